// SPDX-License-Identifier: MIT

/**
 * This program executed anew, for one sample or one check: with an address layout of its
 * own, watched, and killed if it does not end.
 */

#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>

enum child_end {
	/** With an exit status. */
	CHILD_ENDED,
	/** By a signal. */
	CHILD_KILLED,
	/** It did not end in time, and was killed. */
	CHILD_HUNG,
};

struct child {
	enum child_end end;
	/** The exit status, or the signal. */
	int status;
	/** What it printed, as much as is kept; the caller's to free. */
	char *output;
	/** What it said on standard error, in the same way; NULL unless asked for. */
	char *errors;
};

/** What is kept of what a child prints: more than any sample, a whole histogram in it. */
#define CHILD_OUTPUT_SIZE (512 * 1024)

/**
 * Execute "qbench COMMAND REQUEST", and wait until it has ended.
 *
 * @param patience     nanoseconds it may take
 * @param keep_errors  keep its standard error, and do not show it
 * @return 0, with the child's fields to be freed; or -1 with errno: EINTR if the user
 *         interrupted the child, else what kept it from being started
 */
int child_run(struct child *child, const char *command, const char *request, uint64_t patience,
	      bool keep_errors);

/** Free what was kept. */
void child_destroy(struct child *child);

#endif // BENCH_CHILD_H
