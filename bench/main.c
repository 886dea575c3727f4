// SPDX-License-Identifier: MIT

/**
 * qbench: measures and verifies concurrent queues. This file finds the command.
 *
 *     run/        the command: from lists of queues and settings to cells, in rounds
 *     compare/    the command: two runs, cell by cell
 *     verify/     the command: checks/ has one check a file, check.h what they share
 *     report/     the command: data/ from files, sections/ and plots/ of the page/
 *     export/     the command: a queue as one header
 *     simulate/   the command: queues in virtual time, on a model of caches
 *
 *     sample/     one sample: a process of its own, which measures a cell and proves what it did
 *     results/    structs of result files, with one reader and one writer; verdicts; tables
 *     catalog/    queues and workloads by name; the command list
 *     explore/    small programs in every order of their steps
 *
 *     workload/   loops/, floors/, and items that prove themselves
 *     machine/    facts about this machine, and where threads are put; the command machine
 *     document/   structs as JSON by tables of their fields; files; messages
 *     process/    this program executed anew; signals
 *     hooked/     hooks in place of the memory accesses of a queue file
 *     tools/      programs of their own
 *
 * Each folder includes those below it, and no command includes another.
 */

#include "base/nearest.h"
#include "base/program.h"
#include "base/quote.h"
#include "commands.h"
#include "process/interrupt.h"
#include "sample/sample.h"
#include "verify/check.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"list", list_command, "print the queues and what they promise, or the workloads"},
	{"run", run_command, "measure queues under workloads, and rank them"},
	{"verify", verify_command, "check queues against what they promise"},
	{"report", report_command, "write a page that says which queue to use, from result files"},
	{"compare", compare_command, "show what changed between two runs, beyond noise"},
	{"simulate", simulate_command,
	 "say how queues scale on machines that are not here, in virtual time"},
	{"export", export_command, "write a queue as one header, to be used elsewhere"},
	{"machine", machine_command, "describe this machine, and what is bad for measuring"},
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static void usage(FILE *stream)
{
	fprintf(stream, "Usage: qbench COMMAND [OPTION]...\n\n");
	for (size_t i = 0; i < COMMANDS; ++i) {
		fprintf(stream, "  %-9s  %s\n", commands[i].name, commands[i].what);
	}
	fputs("\n'qbench COMMAND --help' describes a command. To begin with:\n\n"
	      "  qbench machine                    is this machine fit for measuring?\n"
	      "  qbench run -o run.json            measure common queues, in two minutes\n"
	      "  qbench report run.json            which queue to use: report/report.html\n"
	      "  qbench compare old.json run.json  what changed\n",
	      stream);
}

/** Runs a command. Returns the exit status, or dies of a signal that interrupted it. */
static int run(int (*command)(int argc, char **argv), int argc, char **argv)
{
	// What argp's messages begin with
	char name[32];
	snprintf(name, sizeof(name), "qbench %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = COMMAND_USAGE;
	int status = command(argc, argv);
	if (!program_close_output(0) && status == 0) {
		status = COMMAND_FAILED;
	}
	if (status == COMMAND_INTERRUPTED) {
		interrupt_die();
	}
	return status;
}

int main(int argc, char **argv)
{
	program_begin(COMMAND_FAILED);
	// The program executes itself with these, for processes of their own
	if (argc == 3 && strcmp(argv[1], "sample") == 0) {
		return sample_main(argv[2]);
	}
	if (argc == 3 && strcmp(argv[1], "check") == 0) {
		return check_main(argv[2]);
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("qbench " PROGRAM_VERSION);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < COMMANDS; ++i) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			return run(commands[i].run, argc - 1, argv + 1);
		}
	}
	bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
	if (argc > 1 && !asked) {
		struct nearest nearest = NEAREST_NONE;
		for (size_t i = 0; i < COMMANDS; ++i) {
			nearest_look(&nearest, argv[1], commands[i].name);
		}
		char words[128];
		fprintf(stderr, "qbench: there is no command '%s'%s\n\n", quoted(argv[1]),
			nearest_words(&nearest, words, sizeof(words)));
	}
	usage(asked ? stdout : stderr);
	return asked ? 0 : COMMAND_USAGE;
}
