// SPDX-License-Identifier: MIT

/** `qbench machine`: facts and findings of this machine. */

#include "commands.h"
#include "machine/machine.h"

#include <err.h>
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
		if (document && json_dumpf(document, stdout, JSON_INDENT(2)) == 0 &&
		    putchar('\n') != EOF) {
			result = fflush(stdout);
		}
		json_decref(document);
	} else {
		result = machine_print(&machine, stdout);
	}
	if (result != 0) {
		err(COMMAND_FAILED, "standard output");
	}
	machine_free(&machine);
	return 0;
}
