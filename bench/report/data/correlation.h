// SPDX-License-Identifier: MIT

/**
 * Does a micro-workload rank queues as the real walk does?
 *
 * Spearman's rank correlation over the queues that both have, each with its best wait. Two things
 * make it doubtful. The ranks rest on samples: the interval is that of resampled medians, with the
 * correlation itself in it. And few queues may be in the same order by chance: that is p.
 */

#ifndef BENCH_REPORT_CORRELATION_H
#define BENCH_REPORT_CORRELATION_H

#include "report/data/files.h"
#include "report/data/ranking.h"

/** With fewer queues no order is significant: 4 have 24 orders, so p is at least 8 %. */
#define CORRELATION_QUEUES 5

struct correlation {
	char what[256];
	/** One item at a time, without work, as fast as possible. */
	bool simple;
	size_t queues;
	/** NAN where there are too few queues, or all are equal. */
	double rho, low, high;
	/** Chance of a correlation as strong if there is none. */
	double p;
};

struct correlations {
	struct correlation *items;
	size_t count;
	/** What the workloads are compared with, in words; "" for nothing. */
	char real[256];
	/** `real` is a replay of a walk, since no file has times of the walk itself. */
	bool replayed;
};

/**
 * Correlates the micro-workloads of a machine with its walk.
 *
 * @param rankings  one a situation, in the order of situations[]
 * @return 0, or -1 with errno
 */
int correlations_find(const struct report *report, size_t machine, const struct ranking *rankings,
		      struct correlations *correlations);

void correlations_destroy(struct correlations *correlations);

/** True if the correlation is more than chance and noise. */
bool correlation_holds(const struct correlation *correlation);

#endif // BENCH_REPORT_CORRELATION_H
