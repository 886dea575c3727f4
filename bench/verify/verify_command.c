// SPDX-License-Identifier: MIT

/** `qbench verify`: the command line, the table, the file of findings. */

#include "arguments.h"
#include "base/quote.h"
#include "base/replace.h"
#include "catalog/selection.h"
#include "commands.h"
#include "machine/machine.h"
#include "registry.h"
#include "verify/verify.h"
#include "verify/verify_table.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Default of --time in nanoseconds: with start and end this takes two minutes. */
#define DEFAULT_BUDGET 110000000000

struct command_line {
	const char *queues;
	const char *checks;
	const char *output;
	uint64_t budget;
	uint64_t seed;
};

#define AT(member, read) SETTING(struct command_line, member, read)
static const struct setting option_table[] = {
	{"queues", 'q', "LIST", 0,
	 "Names, patterns ('mutex*') and modules (./mine.so), separated by commas (default: all)",
	 AT(queues, setting_text)},
	{"checks", 0, "LIST", 0, "Names and patterns of checks, separated by commas (default: all)",
	 AT(checks, setting_text)},
	{"time", 0, "TIME", 1, "Time for all checks, as 20s, 2m or 1h (default: 2m)",
	 AT(budget, arguments_time)},
	{"seed", 0, "N", 1, "Seed of everything random; a failure names the seed that repeats it",
	 AT(seed, setting_number), 0, 1UL << 53},
	{"output", 'o', "FILE", 1, "Write the findings to FILE, as JSON", AT(output, setting_text)},
	{0},
};

/** Adds the list of checks to --help. */
static char *help_filter(int key, const char *text, void *input)
{
	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC) {
		return (char *)text;
	}
	char *all = NULL;
	size_t size;
	FILE *stream = open_memstream(&all, &size);
	if (!stream) {
		return (char *)text;
	}
	fprintf(stream, "The checks:\n");
	for (const struct check *const *check = checks; *check; ++check) {
		fprintf(stream, "  %-15s %s\n", (*check)->name, (*check)->title);
	}
	fprintf(stream, "\n%s", text);
	fclose(stream);
	return all;
}

static const struct argp argp = {
	.doc = "Tests queues against what they claim: order, exact answers, progress, waiting, "
	       "memory. Each check of each queue runs in a process of its own.\vExit status: 0 no "
	       "claim was found false; 1 a claim is false, or the findings could not be written; 2 "
	       "wrong usage, or FILE cannot be opened; 130 on SIGINT, 143 on SIGTERM, with what "
	       "was found until then.",
	.help_filter = help_filter,
};

/** The checks that match a list, NULL-terminated; free() it. Exits if a part matches none. */
static const struct check **choose_checks(const char *list)
{
	char *error = NULL;
	if (selection_check(list, "check", (const void *const *)checks, &error) != 0) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	size_t count = 0;
	while (checks[count]) {
		++count;
	}
	const struct check **chosen = calloc(count + 1, sizeof(*chosen));
	if (!chosen) {
		err(COMMAND_USAGE, "cannot verify");
	}
	count = 0;
	for (const struct check *const *check = checks; *check; ++check) {
		if (selection_has(list, (*check)->name)) {
			chosen[count++] = *check;
		}
	}
	return chosen;
}

int verify_command(int argc, char **argv)
{
	struct command_line line = {
		.checks = "*", .budget = DEFAULT_BUDGET, .seed = arguments_seed()};
	char *words = arguments_join(argc, argv);
	settings_parse(option_table, &argp, argc, argv, &line);
	if (line.output && replace_check(line.output) != 0) {
		err(COMMAND_USAGE, "cannot write findings to %s", quoted(line.output));
	}
	char *error;
	struct verify_request request = {
		.queues = selection_queues(line.queues, false, false, &error),
		.checks = choose_checks(line.checks),
		.budget = line.budget,
		.seed = line.seed,
	};
	if (!request.queues) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}

	for (char **name = request.queues; *name; ++name) {
		if (!registry_find(*name, &error)) {
			errx(COMMAND_USAGE, "%s: %s", *name, error ? error : strerror(ENOMEM));
		}
	}

	// If the reader of the table leaves, the findings are written all the same
	signal(SIGPIPE, SIG_IGN);
	struct verify_table table;
	verify_table_begin(&table, stdout, request.queues, request.checks);
	struct findings findings = {.command = words};
	if (verify_run(&request, &table, &findings) != 0) {
		err(COMMAND_USAGE, "cannot verify");
	}
	int status = findings.interrupted	      ? COMMAND_INTERRUPTED
		     : findings_any_failed(&findings) ? COMMAND_FAILED
						      : 0;
	// The file before the table: standard output may be a pipe that is closed
	if (line.output) {
		struct machine machine;
		findings.machine = machine_observe(&machine) == 0 ? machine_json(&machine) : NULL;
		machine_free(&machine);
		if (!findings.machine || findings_write(line.output, &findings) != 0) {
			warn("cannot write findings to %s", quoted(line.output));
			status = COMMAND_FAILED;
		}
	}
	verify_table_end(&table, &findings);
	findings_destroy(&findings);
	free(words);
	registry_names_free(request.queues);
	free(request.checks);
	return status;
}
