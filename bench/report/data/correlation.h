// SPDX-License-Identifier: MIT

/**
 * Does a micro-workload put queues into the order in which the real walk puts them?
 *
 * Spearman's rank correlation over the queues that both have, each with its best wait. Two things
 * make it doubtful, and both are told: the ranks rest on samples (its interval is that of
 * correlations of resampled medians), and few queues may stand in the same order by chance (p).
 */

#ifndef BENCH_RELATION_H
#define BENCH_RELATION_H

#include "report/data/files.h"

/** Queues below which no order says anything: 4 have 24, and p is never below 8 %. */
#define RELATION_QUEUES 5

struct relation {
	char what[256];
	/** Items one by one, as fast as can be. */
	bool simple;
	size_t queues;
	/** NAN where there are too few queues, or all are equal. */
	double rho, low, high;
	/** The chance of a correlation as strong if there were none. */
	double p;
};

struct relations {
	struct relation *items;
	size_t count;
	/** What the workloads are held against, in words: "" if nothing is there. */
	char real[256];
	/** Not the walk itself, which no file has, but a replay of one. */
	bool replayed;
};

/** 0, or -1 with errno. */
int relation_find(struct report *report, size_t machine, struct relations *relations);

void relation_destroy(struct relations *relations);

/** Does it say anything? */
bool relation_holds(const struct relation *relation);

#endif // BENCH_RELATION_H
