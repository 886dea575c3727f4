// SPDX-License-Identifier: MIT

/** A cell of the run matrix: one queue under one workload with one setting of everything. */

#ifndef BENCH_CELL_H
#define BENCH_CELL_H

#include "channel.h"
#include "machine/place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell {
	/** A name, or the path of a module. */
	const char *queue;
	const char *workload;
	/** All threads; and how many of them only enqueue, and only dequeue, where that differs. */
	unsigned int threads;
	unsigned int producers;
	unsigned int consumers;
	enum channel_wait wait;
	/** Items that a bounded queue must hold. */
	size_t capacity;
	enum place place;
	/** Nanoseconds of work between operations. */
	uint64_t work;
	/** Items at a time, where the workload has that; else 1. */
	unsigned int batch;
	/** Share of the measured capacity at which items are due, where the workload has that; else
	 * 0. */
	double load;
	/** Call the queue through its table. */
	bool indirect;
};

#endif // BENCH_CELL_H
