// SPDX-License-Identifier: MIT

/** All that a report knows of one machine: what sections and plots are made of. */

#ifndef BENCH_REPORT_VIEW_H
#define BENCH_REPORT_VIEW_H

#include "report/data/correlation.h"
#include "report/data/crossover.h"
#include "report/data/files.h"
#include "report/data/ranking.h"
#include "report/data/states.h"
#include "report/data/walk_figures.h"

enum { VIEW_SITUATIONS = 16 };

struct view {
	const struct report *report;
	/** Index into the report's machines. */
	size_t machine;
	/** One a situation, in the order of situations[]. */
	struct ranking rankings[VIEW_SITUATIONS];
	struct correlations correlations;
	struct walk_rows walks;
	struct crossover crossover;
	struct states states;
};

/** 0; or -1 with errno, and nothing to destroy. */
int view_find(const struct report *report, size_t machine, struct view *view);

void view_destroy(struct view *view);

#endif // BENCH_REPORT_VIEW_H
