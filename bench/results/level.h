// SPDX-License-Identifier: MIT

/** Costs of a family without what the machine makes of them: its states, results/states.h; its
 * pace. */

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

/**
 * Takes out of a family's costs what the pace of the machine makes of them, where it was measured
 * beside each sample and apart from the queue. Inside each cell, logarithms of costs follow those
 * of paces by a slope, which is one for the family: that with the least sum of distances. Costs are
 * moved along it to the median of all paces (analysis of covariance: Fisher, "Statistical Methods
 * for Research Workers", 4th edition, 1932). They stay where costs do not rise with paces, or are
 * few; and so do those of a cell whose paces are told from the others' in the same rounds (rank
 * sum): that may be the queue's doing.
 *
 * @param paces  of each cost: sample_pace(), above 0. NAN: the cost stays
 * @return 0, or -1 with ENOMEM
 */
int level_paces(double *costs, const double *paces, size_t rounds, size_t cells);

#endif // BENCH_RESULTS_LEVEL_H
