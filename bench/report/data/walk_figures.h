// SPDX-License-Identifier: MIT

/**
 * What the queue did in walks of a real tree: figures of the walks with --stats, and the time of
 * walks against their floor.
 */

#ifndef BENCH_REPORT_WALK_FIGURES_H
#define BENCH_REPORT_WALK_FIGURES_H

#include "report/data/files.h"
#include "report/data/walks.h"

/** A median, and the smallest and largest value. NAN where it is not known. */
struct walk_range {
	double median, low, high;
};

/** A queue and a number of workers. */
struct walk_row {
	const struct walk *walk;
	/** How its workers wait. */
	const char *wait;
	/** Results travel on another queue. */
	bool two_queues;
	/** Over the walks with --stats. */
	struct walk_range figures[WALK_FIGURES];
	/**
	 * Time of whole processes without --stats divided by that of raw walks in the same round:
	 * over the rounds.
	 */
	struct walk_range over_floor;
	/**
	 * Processor time divided by the number of raw walks at once, and by their time in the same
	 * round: the median over the rounds, and the same of the floor itself. NAN where it is not
	 * known. In what over_floor exceeds their sum, processors had nothing to do. With fewer
	 * workers than processors, main may run on a processor that the floor does not count.
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

/** The rows of a machine, from the file that has most of them. 0, or -1 with errno. */
int walk_rows_find(const struct report *report, size_t machine, struct walk_rows *rows);

/** The rows of one file. 0, or -1 with errno. */
int walk_rows_of(const struct report_file *file, struct walk_rows *rows);

void walk_rows_destroy(struct walk_rows *rows);

/**
 * Upper bound of the queue's share of the wall time, in percent: all that the walk takes beyond its
 * floor, in the largest round. NAN where even that is below the floor, or not known.
 */
double walk_share(const struct walk_row *row);

#endif // BENCH_REPORT_WALK_FIGURES_H
