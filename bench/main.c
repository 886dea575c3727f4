// SPDX-License-Identifier: MIT

/**
 * qbench: the measuring engine.
 *
 *     main.c        this: commands, and the command line of each
 *     list.c        the queues and their contracts
 *     matrix.c      from lists of queues, workloads and settings to cells
 *     run.c         rounds of all cells, in random order, within a budget of time
 *     selection.c   which queues a list of names and patterns means
 *     child.c       this program executed anew, and watched; interrupt.c, Ctrl-C
 *     sample.c      one sample: a process of its own
 *     sampler.c     that process: threads, and the measured window; sampler_proof.c, the proof;
 *                   sampler_json.c, what it tells
 *     loop.h        what a workload is made of; loops/ has one a file
 *     floors/       what a loop costs without a queue
 *     proof.h       items that prove what happened to them
 *     credit.h      the bound of the backlog
 *     counters.c    hardware counters, where there are any
 *     work.c        work between operations
 *     replay.c      a recorded walk in memory, for loops/replay.c; shapes/ has one
 *     summary.c     from samples to verdicts
 *     results.c     the document; results_file.c writes and reads it
 *     table.c       ranked tables, of the figures in figures.c
 *     report.h      which queue to use, from files: begins with a map of its own
 *     compare.c     two runs, cell by cell; compare_command.c says it
 *     verify.c      the checks of all queues; checks/ has one a file, check.c what they share
 *     allocator.c   an allocator that can be told to fail, preload/, which checks are run with
 *     linearize.c   have recorded operations an order? recording.c records, diagram.c shows them
 *     explore/      a queue's file with a scheduler in place of its atomics: every order of steps
 *     stepper.c     stopping a thread of another process at any instruction
 *     contract.c    what a queue claims
 *     machine/      what this machine is, and what is bad about it: machine.h has a map
 *     instantiate.c all of the loops, and the pool, made for one queue
 */

#include "commands.h"
#include "sample/sample.h"
#include "verify/check.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"list", list_command, "the queues and their contracts"},
	{"run", run_command, "measure queues under workloads, and rank them"},
	{"verify", verify_command, "hold every queue against its contract"},
	{"report", report_command, "tables, plots and an answer, from the files of runs"},
	{"compare", compare_command, "what changed between two runs, and whether it is noise"},
	{"machine", machine_command,
	 "what this machine is, and what is wrong with it for measuring"},
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static void usage(FILE *stream)
{
	fprintf(stream, "Usage: qbench COMMAND [OPTION]...\n\n");
	for (size_t i = 0; i < COMMANDS; ++i) {
		fprintf(stream, "  %-9s  %s\n", commands[i].name, commands[i].what);
	}
	fputs("\n'qbench COMMAND --help' says more. To begin with:\n\n"
	      "  qbench machine                    is this a machine to measure on?\n"
	      "  qbench run -o run.json            the headline, in two minutes\n"
	      "  qbench report run.json            which queue to use: report/report.html\n"
	      "  qbench compare old.json run.json  what changed\n",
	      stream);
}

int main(int argc, char **argv)
{
	// What the program executes itself for, in processes of their own
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
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	bool asked = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
	if (argc > 1 && !asked) {
		fprintf(stderr, "qbench: there is no command '%s'\n\n", argv[1]);
	}
	usage(asked ? stdout : stderr);
	return asked ? 0 : COMMAND_USAGE;
}
