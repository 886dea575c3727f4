// SPDX-License-Identifier: MIT

/** Each thread flips a coin: an enqueue or a dequeue, on a queue that begins half full. */

#include "loop.h"

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
			// Empty and busy are answers too, and no items
			if (loop_try_dequeue(type, thread, &item) == QUEUE_OK) {
				loop_take(thread, item);
				credit_earn(&thread->run->credit, &thread->purse);
			}
		}
		loop_work(thread);
	}
}

LOOP_EXPORT(mixed, .title = "each thread flips a coin, queue half full at the start",
	    .waits = LOOP_POLLS, .half_full = true);
