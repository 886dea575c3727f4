// SPDX-License-Identifier: MIT

/** Fill, then drain: each thread enqueues its share of a burst, then dequeues as many. */

#include "workload/loop.h"

/** Items of a burst, all threads together, unless the capacity is smaller. */
#define BURST 4096

QUEUE_OP void burst_loop(const struct queue_type *type, struct loop_thread *thread)
{
	const struct cell *cell = thread->run->cell;
	size_t burst = cell->capacity < BURST ? cell->capacity : BURST;
	size_t share = burst / cell->threads ? burst / cell->threads : 1;
	while (!loop_stopped(thread)) {
		uint64_t began = clock_now();
		for (size_t i = 0; i < share; ++i) {
			if (!loop_enqueue(type, thread)) {
				return;
			}
			loop_work(thread);
		}
		uint64_t filled = clock_now();
		for (size_t i = 0; i < share; ++i) {
			if (!loop_dequeue(type, thread)) {
				return;
			}
			loop_work(thread);
		}
		loop_split(thread, filled - began, clock_now() - filled, share);
	}
}

LOOP_EXPORT(burst, .title = "fill, then drain, the two timed apart", .waits = LOOP_POLLS,
	    .halves = true);
