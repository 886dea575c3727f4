// SPDX-License-Identifier: MIT

/**
 * States of a machine: the clusters that the bounces beside its samples fall into.
 *
 * On a virtual machine the bounce changes between a few values that are apart, for stretches of
 * time. Whatever passes from thread to thread costs more or less then, with every queue. A state
 * may begin inside a round, so comparing inside rounds alone does not take it out of the costs.
 */

#ifndef BENCH_RESULTS_STATES_H
#define BENCH_RESULTS_STATES_H

#include "results/cell.h"

#include <stddef.h>

/** Most states: from SAMPLE_CHANGED on, a `state` has a special meaning. */
enum { STATES_MOST = SAMPLE_CHANGED };

struct states {
	/** From the shortest bounce to the longest; 0 where no sample has a bounce. */
	size_t count;
	/** Of each state: its longest bounce, its median bounce in nanoseconds, and its samples. */
	double to[STATES_MOST];
	double bounce[STATES_MOST];
	size_t samples[STATES_MOST];
	/** The state with the most samples. */
	size_t common;
	/** Samples during which the state changed. */
	size_t changed;
};

/** Cells, one after the other: those of a run. */
struct states_cells {
	struct run_cell *cells;
	size_t count;
};

/**
 * Finds the states in the samples of some runs of a machine, and gives each sample its own. Bounces
 * are cut in two, as logarithms, where that leaves the least variance, if the dip test finds more
 * than one mode; and so are both parts.
 *
 * @return 0, or -1 with ENOMEM
 */
int states_find(const struct states_cells *runs, size_t count, struct states *states);

#endif // BENCH_RESULTS_STATES_H
