// SPDX-License-Identifier: MIT

/** A cell of the run matrix: one queue under one workload in one setting. */

#ifndef BENCH_CELL_H
#define BENCH_CELL_H

#include "channel.h"
#include "machine/place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell {
	/** Name of a queue, or path of a module. */
	const char *queue;
	const char *workload;
	/** All threads; and those that only enqueue, or only dequeue, where the workload is split.
	 */
	unsigned int threads;
	unsigned int producers;
	unsigned int consumers;
	enum channel_wait wait;
	/** Items that a bounded queue must hold. */
	size_t capacity;
	enum place place;
	/** Nanoseconds of work between operations. */
	uint64_t work;
	/** Items at a time; 1 where the workload has no batches. */
	unsigned int batch;
	/** Share of the measured capacity at which items are due; 0 where the workload has no load.
	 */
	double load;
	/** Operations are called through the queue's table. */
	bool indirect;
};

#endif // BENCH_CELL_H
