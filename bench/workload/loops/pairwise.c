// SPDX-License-Identifier: MIT

/** Each thread enqueues, then dequeues: the queue is almost empty, and never runs dry. */

#include "workload/loop.h"

QUEUE_OP void pairwise_loop(const struct queue_type *type, struct loop_thread *thread)
{
	while (!loop_stopped(thread)) {
		if (!loop_enqueue(type, thread)) {
			break;
		}
		loop_work(thread);
		if (!loop_dequeue(type, thread)) {
			break;
		}
		loop_work(thread);
	}
}

LOOP_EXPORT(pairwise, .title = "each thread enqueues, then dequeues", .waits = LOOP_POLLS);
