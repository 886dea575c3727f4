// SPDX-License-Identifier: MIT

/**
 * An open loop: items are due at the moments of a Poisson process, at a share of the
 * capacity, which is measured first. Each is sent as soon as possible after its moment.
 * The recorded time runs from the moment at which the item was due, not sent, until its
 * consumer has it. So a stall shows in every item that it delays.
 *
 * The floor is without a queue: how late the machine lets a producer be. Consumers poll beside it.
 *
 * The capacity is measured with the same loop and its reads of the clock, with every item due
 * at once.
 */

#include "workload/loop.h"

QUEUE_OP void send_when_due(const struct queue_type *type, struct loop_thread *thread)
{
	struct loop_run *run = thread->run;
	struct channel *channel = &run->channels[0];
	uint64_t due = clock_now();
	unsigned int polls = 0;
	while (!loop_stopped(thread)) {
		uint64_t now = clock_now();
		// Relaxed: a number that main changes once
		uint64_t gap = atomic_load_explicit(&run->gap, memory_order_relaxed);
		if (gap == 0) {
			// Saturated: every item is due when the last one was sent
			due = now;
		} else if (now < due) {
			channel_poll(channel, &polls);
			continue;
		}
		if (LOOP_FLOOR) {
			loop_record(thread, now - due, false);
			loop_count(thread, 1);
		} else if (!credit_spend(&run->credit, &thread->purse)) {
			channel_poll(channel, &polls);
			continue;
		} else {
			loop_note_due(thread, due);
			void *item = loop_make(thread);
			if (channel_enqueue(type, channel, &thread->ends[0], item) != QUEUE_OK) {
				thread->next -= PROOF_STEP;
				break;
			}
			channel_wake(channel, &thread->ends[0], 1);
		}
		polls = 0;
		due += (uint64_t)(rng_exponential(&thread->rng, (double)gap) / 1e3 + 0.5);
	}
}

QUEUE_OP void open_loop_loop(const struct queue_type *type, struct loop_thread *thread)
{
	if (thread->role == LOOP_PRODUCER) {
		send_when_due(type, thread);
		return;
	}
	unsigned int polls = 0;
	while (LOOP_FLOOR && !loop_stopped(thread)) {
		channel_poll(&thread->run->channels[0], &polls);
	}
	void *item;
	while (loop_receive(type, thread, &item)) {
		uint64_t now = clock_now();
		loop_record_due(thread, (uintptr_t)item, now, false);
		loop_take(thread, item);
		credit_earn(&thread->run->credit, &thread->purse);
		loop_work(thread);
	}
}

LOOP_EXPORT(open_loop, .title = "sojourn time of items that are due at Poisson moments, p99.9",
	    .unit = LOOP_NANOSECONDS, .waits = LOOP_ALL_WAITS, .split = true, .timed = true,
	    .dues = true, .loads = true, .floor = "floor_empty");
