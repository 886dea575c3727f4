// SPDX-License-Identifier: MIT

/** `qbench machine`: facts and findings of this machine. */

#include "base/program.h"
#include "commands.h"
#include "machine/machine.h"

#include <err.h>
#include <errno.h>
#include <string.h>

int machine_command(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	if (argc > 1 && !json) {
		bool asked = strcmp(argv[1], "--help") == 0;
		fputs("Usage: qbench machine [--json]\n"
		      "Prints what this machine is, and what is bad about it for measuring.\n",
		      asked ? stdout : stderr);
		return asked ? 0 : COMMAND_USAGE;
	}
	struct machine machine;
	if (machine_observe(&machine) != 0) {
		err(COMMAND_FAILED, "cannot learn what this machine is");
	}
	int result = -1;
	if (json) {
		json_t *document = machine_json(&machine);
		result = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;
		putchar('\n');
		json_decref(document);
	} else {
		result = machine_print(&machine, stdout);
	}
	if (result != 0) {
		program_close_output(errno);
	}
	machine_free(&machine);
	return result == 0 ? 0 : COMMAND_FAILED;
}
