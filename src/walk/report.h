// SPDX-License-Identifier: MIT

/** What dirwalk says: the original's lines, JSON, the queue's statistics, a live line. */

#ifndef WALK_REPORT_H
#define WALK_REPORT_H

#include "walk/options.h"
#include "walk/walk.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** What could not be read, kept for the JSON. */
struct failure {
	char *path;
	int error;
};

struct report {
	const struct options *options;
	const struct choice *choice;
	const struct walk *walk;
	/** Standard output failed: why, as an errno, or 0. */
	int write_error;
	struct failure *failures;
	size_t failure_count;
	/** A live line is on the terminal. */
	bool line;
	bool progress;
	uint64_t progress_at;
};

void report_create(struct report *report, const struct options *options,
		   const struct choice *choice);

/** The walk's listener. */
struct walk_listener report_listener(struct report *report);

/** What is said before the walk. */
void report_begin(struct report *report, const struct walk *walk);

/** What is said after it, of what the pool did. */
void report_end(struct report *report, const struct pool_stats *stats, bool interrupted);

/** Flush standard output, and say what went wrong there. False if something did. */
bool report_close(struct report *report);

void report_destroy(struct report *report);

#endif // WALK_REPORT_H
