// SPDX-License-Identifier: MIT

/**
 * LCRQ, for lcrq.c and lcrq_funnel.c: Morrison & Afek, "Fast Concurrent Queues for x86
 * Processors", PPoPP 2013.
 *
 * shared/crq.h has the tickets and the ring, shared/linked_rings.h the list of rings; this file has
 * the states of a slot. A slot is two words, which are changed together by a compare-and-swap of 16
 * bytes (CAS2):
 *
 *     [ turn | unsafe ][ item ]        item == NULL: nothing inside
 *
 *     turn <= t, no item     free for the producer of t, which fills it if it is safe
 *     turn == t, an item     filled: the consumer of t empties it for turn t + LAP
 *     turn <  t, an item     of an earlier lap: the consumer of t marks it unsafe
 *     turn >  t              t was spoilt, or its item is already out
 *
 * A consumer that is at t before its producer must keep that producer out for good. If the slot is
 * empty, the consumer advances the turn to t + LAP. If not, the turn must stay, for the consumer of
 * the item inside: so it marks the slot unsafe instead. A producer may fill an unsafe slot only
 * while no consumer has been at the producer's own ticket, and thereby makes the slot safe again.
 *
 * Lock-free, without funnels: a thread that stops spoils at most its own ticket, and a ring that it
 * never finishes is closed and left. Surprising: how much depends on CAS2. x86 has it, and Arm, as
 * CASP or as LDXP and STXP; elsewhere this does not link. If the words were changed one by one, a
 * consumer could lose an item that has just been put in. shared/lprq.h shows how to do without.
 */

#ifndef SHARED_LCRQ_H
#define SHARED_LCRQ_H

#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct slot {
	union {
		struct {
			_Atomic uint64_t turn;
			void *_Atomic item;
		};
		/** Both words, for CAS2. */
		unsigned __int128 pair;
	};
};

#include "shared/crq.h"

/** The low bit of a turn. */
#define UNSAFE UINT64_C(1)

/** Changes both words of a slot. A full barrier. */
QUEUE_OP bool slot_change(struct slot *slot, uint64_t turn, void *item, uint64_t new_turn,
			  void *new_item)
{
	unsigned __int128 old = (unsigned __int128)(uintptr_t)item << 64 | turn;
	unsigned __int128 new = (unsigned __int128)(uintptr_t)new_item << 64 | new_turn;
	return __sync_bool_compare_and_swap(&slot->pair, old, new);
}

/*
 * The two words of a slot are read one after the other, so they can be of different times. All that
 * follows from both is done by slot_change(), which fails unless they belong together. All that is
 * done without it follows from the turn alone, which only grows.
 */

QUEUE_OP void slot_reset(struct slot *slot, uint64_t ticket)
{
	// Relaxed, both: linking the ring publishes them. Likewise below
	atomic_store_explicit(&slot->turn, ticket, memory_order_relaxed);
	atomic_store_explicit(&slot->item, NULL, memory_order_relaxed);
}

QUEUE_OP void slot_fill(struct slot *slot, uint64_t ticket, void *item)
{
	atomic_store_explicit(&slot->turn, ticket, memory_order_relaxed);
	atomic_store_explicit(&slot->item, item, memory_order_relaxed);
}

QUEUE_OP bool slot_put(struct ring *ring, struct slot *slot, uint64_t ticket, void *item,
		       void *token)
{
	(void)token;

	uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_seq_cst);
	void *old = atomic_load_explicit(&slot->item, memory_order_seq_cst);
	return !old && ahead(turn & ~UNSAFE, ticket) <= 0 &&
	       (!(turn & UNSAFE) || !consumer_has(ring, ticket)) &&
	       slot_change(slot, turn, NULL, ticket, item); // LP
}

QUEUE_OP void *slot_take(struct ring *ring, struct slot *slot, uint64_t ticket)
{
	for (int looks = 0;;) {
		uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_seq_cst);
		void *item = atomic_load_explicit(&slot->item, memory_order_seq_cst);
		int64_t late = ahead(turn & ~UNSAFE, ticket);

		if (late > 0) {
			return NULL;
		}
		if (item && late == 0) {
			if (slot_change(slot, turn, item, (turn & UNSAFE) | (ticket + LAP),
					NULL)) { // LP
				return item;
			}
		} else if (item) {
			if (slot_change(slot, turn, item, turn | UNSAFE, item)) {
				queue_slow_path(&crq_slow_paths[MARKS_UNSAFE]);
				return NULL;
			}
		} else if (!producer_comes(ring, ticket, &looks)) {
			if (slot_change(slot, turn, NULL, (turn & UNSAFE) | (ticket + LAP), NULL)) {
				queue_slow_path(&crq_slow_paths[SPOILS]);
				return NULL;
			}
		}
	}
}

#endif // SHARED_LCRQ_H
