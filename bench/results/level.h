// SPDX-License-Identifier: MIT

/** Costs of a family without what the states of the machine make of them: results/states.h. */

#ifndef BENCH_RESULTS_LEVEL_H
#define BENCH_RESULTS_LEVEL_H

#include <stddef.h>

/**
 * Takes out of a family's costs what the states make of them: divides each by the median, over the
 * samples of its state, of the cost by the median of the same cell in the family's common state.
 * Costs stay where the state changed, few samples are in it, or its costs are not told from those
 * of the common one (rank sum).
 *
 * @param costs   above 0, of each round the cost of each cell; NAN where there is none
 * @param states  of each cost: sample.state
 * @return 0, or -1 with ENOMEM
 */
int level_costs(double *costs, const double *states, size_t rounds, size_t cells);

#endif // BENCH_RESULTS_LEVEL_H
