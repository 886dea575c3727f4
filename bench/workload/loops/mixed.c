// SPDX-License-Identifier: MIT

/** Each thread flips a coin: an enqueue or a dequeue, on a queue that begins half full. */

#include "workload/loop.h"

/**
 * One dequeue. If a peer is in the way, the thread polls as the cell says. To go on with the next
 * coin would be to spin, with more threads than processors until the peer runs again.
 */
QUEUE_OP bool dequeue_unless_empty(const struct queue_type *type, struct loop_thread *thread,
				   void **item)
{
	unsigned int polls = 0;
	enum queue_status status;
	while ((status = loop_try_dequeue(type, thread, item)) == QUEUE_BUSY &&
	       !loop_stopped(thread)) {
		channel_poll(&thread->run->channels[0], &polls);
	}
	return status == QUEUE_OK;
}

QUEUE_OP void mixed_loop(const struct queue_type *type, struct loop_thread *thread)
{
	uint64_t coins = 0;
	while (!loop_stopped(thread)) {
		// 63 throws a draw: the bit at the top says when they are used up
		if (coins <= 1) {
			coins = rng_next(&thread->rng) | (uint64_t)1 << 63;
		}
		bool enqueue = coins & 1;
		coins >>= 1;

		if (enqueue && credit_spend(&thread->run->credit, &thread->purse)) {
			if (!loop_enqueue(type, thread)) {
				++thread->purse.credits;
				break;
			}
		} else if (!enqueue) {
			void *item;
			// Empty is an answer too, and no item
			if (dequeue_unless_empty(type, thread, &item)) {
				loop_take(thread, item);
				credit_earn(&thread->run->credit, &thread->purse);
			}
		}
		loop_work(thread);
	}
}

LOOP_EXPORT(mixed, .title = "each thread flips a coin, queue half full at the start",
	    .waits = LOOP_POLLS, .half_full = true);
