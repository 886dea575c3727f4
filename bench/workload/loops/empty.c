// SPDX-License-Identifier: MIT

/** Polls of an empty queue. */

#include "workload/loop.h"

/** Polls between two looks at the phase. */
#define POLLS 64

QUEUE_OP void empty_loop(const struct queue_type *type, struct loop_thread *thread)
{
	while (!loop_stopped(thread)) {
		for (int i = 0; i < POLLS; ++i) {
			void *item;
			if (loop_try_dequeue(type, thread, &item) == QUEUE_OK) {
				thread->forged = true;
			}
			loop_work(thread);
		}
		loop_count(thread, POLLS);
	}
}

LOOP_EXPORT(empty, .title = "polls of an empty queue, a thread's time for each",
	    .unit = LOOP_NANOSECONDS, .waits = LOOP_WAIT(CHANNEL_SPIN), .works = POLLS);
