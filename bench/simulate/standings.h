// SPDX-License-Identifier: MIT

/** Who leads with how many threads, from how many on, and how the cost of an item grows. */

#ifndef SIMULATE_STANDINGS_H
#define SIMULATE_STANDINGS_H

#include "simulate/simulate.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Queues that are closer than this are not told apart: so far the model is off by itself. */
#define STANDING_APART 1.5

/** The throughput of a queue with a number of threads: median, least and most over the seeds. */
struct standing {
	const char *queue;
	struct simulate_threads threads;
	/** It promises less than FIFO order, and does not lead. */
	bool relaxed;
	double median;
	double least;
	double most;
};

/** The standings of a machine under a workload; queues that have no number are left out. */
struct standings {
	struct standing *rows;
	size_t count;
};

/** The fastest with a number of threads, except one; NULL if none else has a number. */
const struct standing *standings_fastest(const struct standings *standings,
					 struct simulate_threads threads,
					 const struct standing *except);

/** True if the other cannot be told from the leader: it is close, or seeds make the difference. */
bool standing_is_near(const struct standing *leader, const struct standing *other);

/**
 * The queue that leads on: the one that led with fewer threads, as long as it can not be told from
 * the fastest. Where producers were told apart it is not asked who leads on.
 *
 * @param before  the queue that led, NULL for none
 */
const char *standings_goes_on(const struct standings *standings, const struct standing *leader,
			      const char *before);

/** By what the time of an item is multiplied with each doubling of the threads, of which half are
 * producers where any are; NAN if unknown. */
double standings_growth(const struct standings *standings, const char *queue);

/** Adds how many are producers and how many consumers to a JSON object, where that was told. 0, or
 * -1 without memory. */
int standings_add_shape(json_t *json, struct simulate_threads threads);

/** Arrays of a document, with what the standings of all its tables say. */
struct standings_arrays {
	json_t *leaders;
	json_t *crossovers;
	json_t *growth;
};

/**
 * Adds what the standings of a table say.
 *
 * @param threads  ascending numbers of threads. Crossovers are of those whose shape was not told
 * @param arrays   one that is NULL, as without memory, is an error
 * @return 0, or -1 with ENOMEM
 */
int standings_json(const struct standings *standings, const struct simulate_threads *threads,
		   size_t count, const char *machine, const char *workload,
		   const struct standings_arrays *arrays);

#endif // SIMULATE_STANDINGS_H
