// SPDX-License-Identifier: MIT

/** What the states of a machine make of costs, to be shown: results/states.h says what they are. */

#ifndef BENCH_REPORT_STATES_H
#define BENCH_REPORT_STATES_H

#include "report/data/files.h"

#include <stdbool.h>
#include <stddef.h>

/** The cost of a sample: the time of an item. NAN if the sample does not count. */
double states_cost(const struct run_cell *cell, const struct sample *sample);

/**
 * The median cost of a cell in a state.
 *
 * @param count  if not NULL, receives the number of samples
 * @return nanoseconds; NAN without a sample, or memory
 */
double states_median(const struct run_cell *cell, size_t state, size_t *count);

/** Costs of a workload in each state, relative to the same cell in the common state. */
struct state_effect {
	/** Median of the costs by that of the same cell in the common state; NAN if unknown. */
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
