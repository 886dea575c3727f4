// SPDX-License-Identifier: MIT

/** From how much work an item on does it no longer matter which queue is taken? */

#ifndef BENCH_CROSSOVER_H
#define BENCH_CROSSOVER_H

#include "report/data/ranking.h"

/** Replays of a walk with one number of workers, and one work an item. */
struct crossover_point {
	/** Nanoseconds. */
	double work;
	struct ranking ranking;
};

struct crossover {
	/** By work, ascending. */
	struct crossover_point *points;
	size_t count;
	/** As many as processors, or nearly. */
	long long workers;
};

/** 0, with no points where no file has replays; or -1 with errno. */
int crossover_find(struct report *report, size_t machine, struct crossover *crossover);

void crossover_destroy(struct crossover *crossover);

/**
 * The least work that was measured from which on all queues are within 5 %. NULL if that was not
 * reached.
 */
const struct crossover_point *crossover_end(const struct crossover *crossover);

#endif // BENCH_CROSSOVER_H
