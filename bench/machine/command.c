// SPDX-License-Identifier: MIT

/** `qbench machine`: facts and findings, and what is measured between processors. */

#include "arguments.h"
#include "base/program.h"
#include "base/quote.h"
#include "commands.h"
#include "document/json.h"
#include "machine/bounces.h"
#include "machine/machine.h"
#include "machine/quiet.h"

#include <err.h>
#include <errno.h>
#include <string.h>

static void usage(FILE *stream)
{
	fputs("Usage: qbench machine [--json] [--matrix]\n"
	      "       qbench machine --quiet[=TIME]\n"
	      "Prints what this machine is, and what is bad about it for measuring.\n\n"
	      "  --json     print JSON\n"
	      "  --matrix   measure the round trip of a cache line between each pair of\n"
	      "             processors too, in 10 seconds at most. Of more than 64\n"
	      "             processors, 64 are taken\n"
	      "  --quiet    print nothing if other programs leave the processors alone, else\n"
	      "             say what they take, with status 1. With a TIME, such as 2m, wait\n"
	      "             up to that long until they do\n\n"
	      "Exit status: 0 on success; 1 if the machine cannot be described, or is busy with\n"
	      "--quiet; 2 for wrong usage.\n",
	      stream);
}

/** Prints JSON. 0, or -1 with errno. */
static int print_json(const struct machine *machine, const struct bounces *bounces)
{
	json_t *document = machine_json(machine);
	if (document && bounces &&
	    json_object_set_new(document, "bounces", bounces_json(bounces)) != 0) {
		json_decref(document);
		json_lacks_memory();
		return -1;
	}
	int result = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;
	putchar('\n');
	json_decref(document);
	return result;
}

/** Prints for people. 0, or -1 with errno. */
static int print_text(const struct machine *machine, const struct bounces *bounces)
{
	if (machine_print(machine, stdout) != 0) {
		return -1;
	}
	if (bounces) {
		bounces_print(bounces, stdout);
	}
	return 0;
}

/** Looks for `most` nanoseconds at most whether the machine is quiet. The exit status. */
static int look(uint64_t most)
{
	char text[QUIET_WORDS];
	struct quiet seen = most > 0 ? quiet_wait(most) : quiet_look();
	if (!quiet_is_busy(seen.others, seen.steal)) {
		return 0;
	}
	quiet_describe(&seen, text, sizeof(text));
	warnx("the machine is busy: %s", text);
	return COMMAND_FAILED;
}

int machine_command(int argc, char **argv)
{
	uint64_t most = 0;
	if (argc == 2 &&
	    (strcmp(argv[1], "--quiet") == 0 ||
	     (strncmp(argv[1], "--quiet=", 8) == 0 && arguments_parse_time(argv[1] + 8, &most)))) {
		return look(most);
	}
	bool json = false;
	bool measure = false;
	for (int i = 1; i < argc; ++i) {
		bool asked = strcmp(argv[i], "--help") == 0;
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--matrix") == 0) {
			measure = true;
		} else {
			if (!asked) {
				warnx(strncmp(argv[i], "--quiet", 7) == 0
					      ? "'%s': --quiet stands alone, or with a TIME such "
						"as 90s, 2m or 1h\n"
					      : "machine has no option '%s'\n",
				      quoted(argv[i]));
			}
			usage(asked ? stdout : stderr);
			return asked ? 0 : COMMAND_USAGE;
		}
	}
	struct machine machine;
	if (machine_observe(&machine) != 0) {
		err(COMMAND_FAILED, "cannot learn what this machine is");
	}
	static struct bounces bounces;
	if (measure) {
		bounces_measure(&bounces);
	}
	int result = json ? print_json(&machine, measure ? &bounces : NULL)
			  : print_text(&machine, measure ? &bounces : NULL);
	if (result != 0) {
		program_close_output(errno);
	}
	machine_free(&machine);
	return result == 0 ? 0 : COMMAND_FAILED;
}
