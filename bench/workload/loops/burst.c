// SPDX-License-Identifier: MIT

/**
 * Fill, then drain: each thread enqueues its share of a burst, then dequeues as many. The backlog
 * is as large as the capacity, at most LOOP_BURST: more than a queue keeps nodes for, so this
 * includes what the allocator costs while a backlog grows and drains.
 */

#include "workload/loop.h"

QUEUE_OP void burst_loop(const struct queue_type *type, struct loop_thread *thread)
{
	size_t share = loop_burst_share(thread->run->cell);
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

LOOP_EXPORT(burst, .title = "fill to the capacity, then drain, the two timed apart",
	    .waits = LOOP_POLLS, .halves = true);
