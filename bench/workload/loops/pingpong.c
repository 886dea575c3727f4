// SPDX-License-Identifier: MIT

/** Two threads and two queues: an item goes there and back. */

#include "workload/loop.h"

/** Sends the next item, and waits until it is back. */
QUEUE_OP bool round_trip(const struct queue_type *type, struct loop_thread *thread)
{
	struct loop_run *run = thread->run;
	void *item = loop_make(thread);
	uint64_t since = clock_now();
	if (channel_enqueue(type, &run->channels[0], &thread->ends[0], item) != QUEUE_OK) {
		thread->next -= PROOF_STEP;
		return false;
	}
	channel_wake(&run->channels[0], &thread->ends[0], 1);
	if (channel_dequeue(type, &run->channels[1], &thread->ends[1], &item) != QUEUE_OK) {
		return false;
	}
	loop_record(thread, clock_now() - since);
	loop_take(thread, item);
	return true;
}

/** Sends back the item that comes. */
QUEUE_OP bool answer(const struct queue_type *type, struct loop_thread *thread)
{
	struct loop_run *run = thread->run;
	void *item = NULL;
	if (channel_dequeue(type, &run->channels[0], &thread->ends[0], &item) != QUEUE_OK ||
	    channel_enqueue(type, &run->channels[1], &thread->ends[1], item) != QUEUE_OK) {
		return false;
	}
	channel_wake(&run->channels[1], &thread->ends[1], 1);
	return true;
}

QUEUE_OP void pingpong_loop(const struct queue_type *type, struct loop_thread *thread)
{
	if (thread->role == LOOP_PRODUCER) {
		while (!loop_stopped(thread) && round_trip(type, thread)) {
			loop_work(thread);
		}
	} else {
		while (answer(type, thread)) {
			loop_work(thread);
		}
	}
}

LOOP_EXPORT(pingpong, .title = "round trip between two threads over two queues",
	    .unit = LOOP_NANOSECONDS, .waits = LOOP_ALL_WAITS, .split = true, .timed = true,
	    .pair = true);
