// SPDX-License-Identifier: MIT

/** The commands of qbench. Each takes its command line and returns the exit status. */

#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

enum {
	/** A cell is void, a promise is broken, or results could not be written. */
	COMMAND_FAILED = 1,
	/** Wrong usage, or nothing could be measured. */
	COMMAND_USAGE = 2,
	/** By a signal. What was done until then is written. */
	COMMAND_INTERRUPTED = 130,
};

int list_command(int argc, char **argv);

int run_command(int argc, char **argv);

int verify_command(int argc, char **argv);

int report_command(int argc, char **argv);

int compare_command(int argc, char **argv);

int export_command(int argc, char **argv);

int simulate_command(int argc, char **argv);

int machine_command(int argc, char **argv);

#endif // BENCH_COMMANDS_H
