// SPDX-License-Identifier: MIT

/**
 * Two threads and two queues: an item goes there and back. A round trip for which one of them slept
 * is told apart from one for which both only polled.
 */

#include "workload/loop.h"

/** Sleeps for items so far, of both threads. */
QUEUE_OP uint64_t slept_so_far(const struct loop_thread *thread)
{
	// Relaxed: the item that came back has brought it along
	return thread->ends[1].counts.parks +
	       atomic_load_explicit(&thread->run->slept, memory_order_relaxed);
}

/** Sends the next item, and waits until it is back. */
QUEUE_OP bool round_trip(const struct queue_type *type, struct loop_thread *thread)
{
	struct loop_run *run = thread->run;
	void *item = loop_make(thread);
	uint64_t slept = slept_so_far(thread);
	uint64_t since = clock_now();
	if (channel_enqueue(type, &run->channels[0], &thread->ends[0], item) != QUEUE_OK) {
		thread->next -= PROOF_STEP;
		return false;
	}
	channel_wake(&run->channels[0], &thread->ends[0], 1);
	if (channel_dequeue(type, &run->channels[1], &thread->ends[1], &item) != QUEUE_OK) {
		return false;
	}
	uint64_t now = clock_now();
	loop_record(thread, now - since, slept_so_far(thread) != slept);
	loop_take(thread, item);
	return true;
}

/** Sends back the item that comes. */
QUEUE_OP bool answer(const struct queue_type *type, struct loop_thread *thread)
{
	struct loop_run *run = thread->run;
	void *item = NULL;
	const uint64_t *parks = &thread->ends[0].counts.parks;
	uint64_t slept = *parks;
	if (channel_dequeue(type, &run->channels[0], &thread->ends[0], &item) != QUEUE_OK) {
		return false;
	}
	if (*parks != slept) {
		// Relaxed: the item brings it along
		atomic_store_explicit(&run->slept, *parks, memory_order_relaxed);
	}
	if (channel_enqueue(type, &run->channels[1], &thread->ends[1], item) != QUEUE_OK) {
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
	    .pair = true, .sleeps = true, .floor = "floor_bounce");
