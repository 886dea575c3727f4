// SPDX-License-Identifier: MIT

/** Running the matrix: rounds in random order, a budget of time, progress, Ctrl-C. */

#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "results/run.h"
#include "run/matrix.h"

#include <stdbool.h>
#include <stdint.h>

struct run_request {
	/** Nanoseconds that each sample warms up, and is measured for. */
	uint64_t warm_up;
	uint64_t duration;
	/** Rounds, each of every cell; 0: as many as the budget allows. */
	unsigned int rounds;
	/** Nanoseconds to spend in all, if the rounds are not given. */
	uint64_t budget;
	uint64_t seed;
	/** The recorded walk to replay; NULL if no workload does. */
	const char *shape;
	/** Say on standard error how far it is. */
	bool progress;
};

/**
 * Measure all cells, which are in the document under the numbers of the matrix.
 *
 * With a budget: first all cells in turn, as often as a verdict needs; then, as long as
 * there is time, those groups again whose intervals are the widest.
 *
 * @param interrupted receives whether it was ended by SIGINT or SIGTERM; what was measured
 *        until then is in the document
 * @return 0, or -1 with errno
 */
int run_matrix(const struct run_request *request, const struct matrix *matrix,
	       const struct topology *topology, struct run *run, bool *interrupted);

#endif // BENCH_RUN_H
