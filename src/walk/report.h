// SPDX-License-Identifier: MIT

/** Output of dirwalk: the original's lines, JSON, the queue's statistics, a live line. */

#ifndef WALK_REPORT_H
#define WALK_REPORT_H

#include "walk/options.h"
#include "walk/walk.h"

#include <stdbool.h>
#include <stdint.h>

/** An error, kept for the JSON. */
struct failure {
	char *path;
	int error;
};

struct report {
	const struct options *options;
	const struct choice *choice;
	const struct walk *walk;
	/** Why a listing could not be written, as an errno, or 0. */
	int write_error;
	struct failure *failures;
	size_t failure_count;
	/** Standard output is a terminal: names are quoted. */
	bool terminal;
	bool progress;
	uint64_t progress_at;
};

void report_create(struct report *report, const struct options *options,
		   const struct choice *choice);

struct walk_listener report_listener(struct report *report);

/** Prints what comes before the walk. */
void report_begin(struct report *report, const struct walk *walk);

/** Prints what comes after it. */
void report_end(struct report *report, const struct pool_stats *stats, bool interrupted);

void report_destroy(struct report *report);

#endif // WALK_REPORT_H
