// SPDX-License-Identifier: MIT

/** Runs of cells, each in a process of its own. */

#ifndef SIMULATE_CELLS_H
#define SIMULATE_CELLS_H

#include "simulate/simulate.h"

#include <sys/types.h>

/** The workloads that are simulated, for selection_has(). */
#define SIMULATE_WORKLOADS "batch,burst,mixed,pairwise,producers_consumers,rank,replay"

/** One run of a cell: a seed. */
struct simulate_job {
	struct simulate_request request;
	/** Name of a queue, or path of a module. */
	const char *queue;
	/** In memory that the processes share. */
	struct simulate_result *result;
	/** While it runs. */
	pid_t child;
};

bool simulate_has_module(const char *queue);

/**
 * Runs all jobs, one on each processor at a time, with their progress on standard error if that is
 * a terminal. A job that cannot run has a failure in its result. Results stay until the process
 * ends.
 *
 * @return 0; or -1 with errno: EINTR if the user interrupted
 */
int simulate_jobs(struct simulate_job *jobs, size_t count);

#endif // SIMULATE_CELLS_H
