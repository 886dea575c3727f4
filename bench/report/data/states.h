// SPDX-License-Identifier: MIT

/**
 * States of a machine: the clusters that the bounces beside its samples fall into.
 *
 * On a virtual machine the bounce changes between a few values that are apart, for stretches of
 * time. Whatever passes from thread to thread costs more or less then, with every queue.
 */

#ifndef BENCH_REPORT_STATES_H
#define BENCH_REPORT_STATES_H

#include "report/data/files.h"

#include <stdbool.h>
#include <stddef.h>

enum { STATES_MOST = 4 };

struct states {
	/** From the shortest bounce to the longest; 0 where no sample has a bounce. */
	size_t count;
	/** Of each state: its longest bounce, its median bounce in nanoseconds, and its samples. */
	double to[STATES_MOST];
	double bounce[STATES_MOST];
	size_t samples[STATES_MOST];
	/** The state with the most samples. */
	size_t common;
	/** Samples whose bounces before and after are of two states. */
	size_t changed;
};

/**
 * Finds the states in all runs of a machine. Bounces are cut in two, as logarithms, where that
 * leaves the least variance, if the dip test finds more than one mode; and so are both parts.
 *
 * @return 0, or -1 with ENOMEM
 */
int states_find(const struct report *report, size_t machine, struct states *states);

/** The state of a sample. STATES_MOST if it has no bounce, or the state changed meanwhile. */
size_t states_of(const struct states *states, const struct sample *sample);

/** The cost of a sample: the time of an item. NAN if the sample does not count. */
double states_cost(const struct run_cell *cell, const struct sample *sample);

/**
 * The median cost of a cell in a state.
 *
 * @param count  if not NULL, receives the number of samples
 * @return nanoseconds; NAN without a sample, or memory
 */
double states_median(const struct states *states, const struct run_cell *cell, size_t state,
		     size_t *count);

/** Costs of a workload in each state, relative to the same cell in the common state. */
struct state_effect {
	/** Median of the costs by the median of the same cell in the common state; NAN if unknown.
	 */
	double ratio[STATES_MOST];
	/** Of the hypothesis that the costs are those of the common state (rank sum); else NAN. */
	double p[STATES_MOST];
};

/**
 * Compares the states.
 *
 * @param sleeping  take the cells whose wait can sleep, or the others
 * @return 0, or -1 with ENOMEM
 */
int states_compare(const struct report *report, size_t machine, const struct states *states,
		   const char *workload, bool sleeping, struct state_effect *effect);

#endif // BENCH_REPORT_STATES_H
