// SPDX-License-Identifier: MIT

/** Measuring the cells of a matrix: rounds in random order, within a budget of time. */

#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "results/run.h"
#include "run/matrix.h"

#include <stdint.h>

/** A cell that loses that many samples one after the other gets no more. */
#define RUN_MOST_LOST 12

struct run_request {
	/** Nanoseconds of each sample: before it is measured, and while it is. */
	uint64_t warm_up;
	uint64_t duration;
	/** How often a sample is taken again if others disturb it. */
	unsigned int repeats;
	/** Samples of each cell; 0: as many as the budget allows. */
	unsigned int rounds;
	/** Nanoseconds for all samples, if `rounds` is 0. */
	uint64_t budget;
	uint64_t seed;
	/** Path of the walk to replay; NULL if no workload replays one. */
	const char *shape;
};

/**
 * Measures all cells of a matrix into those of a run, which have the same numbers.
 *
 * With a budget, each cell is first sampled as often as a verdict takes. In the time that is left,
 * groups that more rounds would decide are sampled further, without what is slower for sure.
 *
 * The caller notes signals, between interrupt_begin() and interrupt_end(): one ends the rounds.
 *
 * @return 0; or -1 with errno, EINTR after a signal. What was measured until then is in the run
 */
int run_matrix(const struct run_request *request, const struct matrix *matrix,
	       const struct topology *topology, struct run *run);

#endif // BENCH_RUN_H
