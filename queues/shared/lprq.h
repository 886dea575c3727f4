// SPDX-License-Identifier: MIT

/**
 * LPRQ, for lprq.c and lprq_funnel.c: Romanov & Koval, "The State-of-the-Art LCRQ Concurrent Queue
 * Algorithm Does NOT Require CAS2", PPoPP 2023.
 *
 * shared/crq.h has the tickets and the ring, shared/linked_rings.h the list of rings; this file has
 * the states of a slot. A slot is two words. LCRQ changes them together; here they are changed one
 * after the other:
 *
 *     [ turn | unsafe ][ item ]        item == NULL or a token: nothing inside
 *
 *     turn <= t, no item           free for the producer of t, if it is safe
 *     turn == t + LAP, an item     filled: the consumer of t takes it
 *     turn <  t + LAP, an item     of an earlier lap: the consumer of t marks it unsafe
 *     turn == t + LAP, no item     the producer of t is about to fill it, or its item
 *                                  is out, or t was spoilt
 *
 * A producer reserves the slot, advances its turn, and puts its item there:
 *
 *     item:  NULL -> token     P1
 *     turn:  old  -> t + LAP   P2
 *     item:  token -> item     P3
 *
 * Each step is a compare-and-swap, and the token is the thread's own. A consumer that does not wait
 * for the producer takes the token away. Then P3 fails: no other thread can have put the same token
 * there. P2 fails if the turn has changed since the producer looked, for instance because a
 * consumer spoilt the ticket. Then the producer takes its token back. Between P1 and P3 other
 * producers leave the slot alone.
 *
 * Once put, an item belongs to the consumer of t alone. The consumer looks at the turn, the item,
 * and the turn again: in between, a reservation can have been taken away, and the slot filled by a
 * later producer. Then it takes the item with a store. Surprising, beside that it is possible at
 * all: without CAS2 an enqueue has three compare-and-swaps for one, but a dequeue has none, so the
 * whole is not slower.
 *
 * Lock-free, without funnels: a thread that stops between P1 and P3 spoils its own ticket, and its
 * slot until a consumer comes by.
 */

#ifndef SHARED_LPRQ_H
#define SHARED_LPRQ_H

#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct slot {
	_Atomic uint64_t turn;
	void *_Atomic item;
};

// Adds the slow path RESERVATION_LOST
#define SLOTS_ARE_RESERVED
#include "shared/crq.h"

/** The low bit of a turn. */
#define UNSAFE UINT64_C(1)

/** Tokens are odd, items are even. */
QUEUE_OP bool is_token(void *item)
{
	return (uintptr_t)item & 1;
}

QUEUE_OP bool turn_change(struct slot *slot, uint64_t turn, uint64_t new_turn)
{
	return atomic_compare_exchange_strong_explicit(&slot->turn, &turn, new_turn,
						       memory_order_seq_cst, memory_order_seq_cst);
}

QUEUE_OP bool item_change(struct slot *slot, void *item, void *new_item)
{
	return atomic_compare_exchange_strong_explicit(&slot->item, &item, new_item,
						       memory_order_seq_cst, memory_order_seq_cst);
}

QUEUE_OP void slot_reset(struct slot *slot, uint64_t ticket)
{
	// Relaxed, both: linking the ring publishes them. Likewise below
	atomic_store_explicit(&slot->turn, ticket, memory_order_relaxed);
	atomic_store_explicit(&slot->item, NULL, memory_order_relaxed);
}

QUEUE_OP void slot_fill(struct slot *slot, uint64_t ticket, void *item)
{
	atomic_store_explicit(&slot->turn, ticket + LAP, memory_order_relaxed);
	atomic_store_explicit(&slot->item, item, memory_order_relaxed);
}

/**
 * True if a consumer may be at this ticket, or past it. If not, one that comes later finds the slot
 * no older than this producer has seen it. A look at `head` is not enough: that consumer might not
 * see T1 yet, and if the slot is unsafe already, P2 does not see that it was marked again.
 */
QUEUE_RARE bool consumer_may_have(struct ring *ring, uint64_t ticket)
{
	// Relaxed: U1 fails if it was not the latest
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	// U1, release: pairs with the tickets of later consumers. It changes nothing else
	return ahead(head, ticket) > 0 ||
	       !atomic_compare_exchange_strong_explicit(&ring->head, &head, head,
							memory_order_release, memory_order_relaxed);
}

QUEUE_OP bool slot_put(struct ring *ring, struct slot *slot, uint64_t ticket, void *item,
		       void *token)
{
	uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_seq_cst);
	void *old = atomic_load_explicit(&slot->item, memory_order_seq_cst);
	if (old || ahead(turn & ~UNSAFE, ticket) > 0 ||
	    ((turn & UNSAFE) && consumer_may_have(ring, ticket)) ||
	    !item_change(slot, NULL, token)) { // P1
		return false;
	}
	if (!turn_change(slot, turn, ticket + LAP)) { // P2
		queue_slow_path(&crq_slow_paths[RESERVATION_LOST]);
		// If this fails, a consumer has taken the token away, and left the slot free
		item_change(slot, token, NULL);
		return false;
	}
	if (!item_change(slot, token, item)) { // P3, LP
		queue_slow_path(&crq_slow_paths[RESERVATION_LOST]);
		return false;
	}
	return true;
}

QUEUE_OP void *slot_take(struct ring *ring, struct slot *slot, uint64_t ticket)
{
	for (int looks = 0;;) {
		uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_seq_cst);
		void *item = atomic_load_explicit(&slot->item, memory_order_seq_cst);
		int64_t late = ahead(turn & ~UNSAFE, ticket + LAP);

		if (late > 0) {
			return NULL;
		}
		if (item && !is_token(item)) {
			if (late == 0) {
				// A later producer may have put the item between the looks
				if (atomic_load_explicit(&slot->turn, memory_order_seq_cst) !=
				    turn) {
					continue;
				}
				// T1, release: if P1 of the next lap sees it late, that costs its
				// ticket. LP
				atomic_store_explicit(&slot->item, NULL, memory_order_release);
				return item;
			}
			// If the item was of this turn, the slot is now marked, or was already
			if (turn_change(slot, turn, turn | UNSAFE)) {
				queue_slow_path(&crq_slow_paths[MARKS_UNSAFE]);
				return NULL;
			}
		} else if (!producer_comes(ring, ticket, &looks)) {
			// First the token, so that P3 of an earlier turn, or of this one, fails
			if (item && !item_change(slot, item, NULL)) {
				continue;
			}
			if (turn_change(slot, turn, (turn & UNSAFE) | (ticket + LAP))) {
				queue_slow_path(&crq_slow_paths[SPOILS]);
				return NULL;
			}
		}
	}
}

#endif // SHARED_LPRQ_H
