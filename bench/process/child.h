// SPDX-License-Identifier: MIT

/**
 * This program executed anew, for one sample or one check: with an address layout of its own,
 * watched, killed if it does not end, and killed with this process.
 */

#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum child_end {
	/** It ended with an exit status. */
	CHILD_ENDED,
	/** It died of a signal that its own code caused. */
	CHILD_KILLED,
	/** It did not end in time, and was killed. */
	CHILD_HUNG,
	/**
	 * Somebody else ended it: the system for want of memory, a limit of the user, or kill -9.
	 * That says nothing about the code it ran.
	 */
	CHILD_TAKEN,
};

struct child {
	enum child_end end;
	/** The exit status, or the signal. */
	int status;
	/** CHILD_TAKEN: the system counted processes that it killed for want of memory. */
	bool out_of_memory;
	/** Beginning of the process's output, as much as is kept; child_destroy() frees it. */
	char *output;
	/** The same of standard error; NULL unless asked for. */
	char *errors;
};

/** Bytes that are kept of what a child prints: more than any sample, a whole histogram in it. */
#define CHILD_OUTPUT_SIZE (512 * 1024)

/**
 * Execute "qbench COMMAND REQUEST", and wait until it has ended. A signal that interrupt_begin()
 * notes kills the child.
 *
 * @param patience     nanoseconds it may take, not counting time in which this process was stopped
 * @param keep_errors  keep its standard error, and do not show it
 * @return 0, and child_destroy() is due; or -1 with errno: EINTR if the user interrupted this
 *         process or the child, see interrupt_signal(), else why the child could not be started
 */
int child_run(struct child *child, const char *command, const char *request, uint64_t patience,
	      bool keep_errors);

/** The process's end as a phrase: "the process died: Aborted". */
void child_describe(const struct child *child, char *text, size_t size);

/** Free what was kept. */
void child_destroy(struct child *child);

#endif // BENCH_CHILD_H
