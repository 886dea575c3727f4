// SPDX-License-Identifier: MIT

/**
 * What the queue did in walks of a real tree: figures of the walks that scripts/bench.sh made with
 * dirwalk --stats, and the time of walks against their floor.
 */

#ifndef BENCH_REPORT_WALK_H
#define BENCH_REPORT_WALK_H

#include "report/data/files.h"

/** What a walk with --stats says. */
enum walk_figure {
	/** From enqueueing a directory to dequeueing it, nanoseconds. */
	WALK_P50,
	WALK_P99,
	WALK_MAX,
	/** Percent of the workers' time in which they waited for a directory. */
	WALK_WAITED,
	/** The most directories that were not finished at one time. */
	WALK_DEPTH,
	WALK_OVERFLOW,
	WALK_UNQUEUED,
	/** Answers of the queue of directories, and its sleepers. */
	WALK_FULL,
	WALK_EMPTY,
	WALK_BUSY,
	WALK_PARKS,
	WALK_WAKES,
	/** The same of the queue of results. */
	WALK_RESULTS_FULL,
	WALK_RESULTS_EMPTY,
	WALK_RESULTS_BUSY,
	WALK_RESULTS_PARKS,
	WALK_RESULTS_WAKES,
	WALK_FIGURES,
};

/** Where processors are during a walk. */
enum walk_place {
	WALK_KERNEL,
	WALK_USER,
	WALK_PLACES,
};

/** A median, and how far it may be off. NAN where it is not known. */
struct walk_range {
	double median, low, high;
};

/** A queue and a number of workers. */
struct walk_row {
	/** As scripts/bench.sh has it. */
	const json_t *row;
	const char *queue;
	/** How its workers wait. */
	const char *wait;
	long long threads;
	bool oversubscribed;
	/** Results travel on another queue. */
	bool two_queues;
	/** Walks with --stats. */
	size_t walks;
	/** Over these walks, with the smallest and the largest. */
	struct walk_range figures[WALK_FIGURES];
	/**
	 * The time of whole processes without --stats by that of raw walks, in the same round: over
	 * the rounds, with the smallest and the largest.
	 */
	struct walk_range over_floor;
	/**
	 * Time of processors, by how many walks the floor has at once, and by that of the floor in
	 * the same round: the median over the rounds, and the same of the floor itself. NAN where
	 * it is not known. What over_floor is more than their sum, processors had nothing to do;
	 * with fewer workers than processors, main may be on one that is not among the floor's.
	 */
	double by_floor[WALK_PLACES];
	double of_floor[WALK_PLACES];
};

struct walk_rows {
	/** NULL where no file has such walks. */
	const struct report_file *file;
	/** By workers, then by name. */
	struct walk_row *rows;
	size_t count;
};

/** Is what a row says of walks with --stats whole? True also where it says nothing of them. */
bool walk_row_valid(const json_t *row);

/** The name of a figure in CSV, without spaces. */
const char *walk_figure_name(enum walk_figure figure);

/** The rows of a machine, from the file that has most of them. 0, or -1 with errno. */
int walk_rows_find(const struct report *report, size_t machine, struct walk_rows *rows);

/** The rows of one file. 0, or -1 with errno. */
int walk_rows_of(const struct report_file *file, struct walk_rows *rows);

void walk_rows_destroy(struct walk_rows *rows);

/**
 * What the queue's share of the wall time is below, percent: all that the walk takes beyond its
 * floor, in the largest round. NAN where even that is below the floor, or not known.
 */
double walk_share(const struct walk_row *row);

#endif // BENCH_REPORT_WALK_H
