// SPDX-License-Identifier: MIT

/** How much work per item makes the choice of a queue irrelevant? */

#ifndef BENCH_REPORT_CROSSOVER_H
#define BENCH_REPORT_CROSSOVER_H

#include "report/data/ranking.h"

/** Replays of a walk with one amount of work per item. */
struct crossover_point {
	/** Nanoseconds: first, for statistics_compare(). */
	double work;
	struct ranking ranking;
};

struct crossover {
	/** By work, ascending. */
	struct crossover_point *points;
	size_t count;
	/** Of all points: as many as processors, or nearly. */
	long long workers;
};

/** 0, with no points where no file has replays; or -1 with errno. */
int crossover_find(const struct report *report, size_t machine, struct crossover *crossover);

void crossover_destroy(struct crossover *crossover);

/** The point with the least work from which on all queues are within 5 %. NULL if there is none. */
const struct crossover_point *crossover_end(const struct crossover *crossover);

#endif // BENCH_REPORT_CROSSOVER_H
