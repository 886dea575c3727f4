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
 * Takes out of a family's costs what the pace of the machine makes of them. Inside each cell,
 * logarithms of costs follow those of paces by a slope, the same for the whole family: the line
 * with the least sum of distances. Each cost is moved along it to the median pace of its round
 * (analysis of covariance: Fisher, "Statistical Methods for Research Workers", 4th edition, 1932).
 *
 * All costs of a round are moved, or none: one that stays would be compared with what the machine
 * no longer makes of the others. So rounds stay in which a cost has no pace. All rounds stay if
 * costs do not rise with paces, or if the paces of a cell differ from the others' in the same
 * rounds (rank sum): that may be the queue's doing. Where a queue changes the pace by less than
 * that test sees, it is taken out all the same: with 43 cells, 4 % of the pace after 12 rounds, 1.5
 * % after 76.
 *
 * @param paces  of each cost: sample_pace(), above 0. NAN if unknown
 * @return 0, or -1 with ENOMEM
 */
int level_paces(double *costs, const double *paces, size_t rounds, size_t cells);

#endif // BENCH_RESULTS_LEVEL_H
