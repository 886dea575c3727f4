// SPDX-License-Identifier: MIT

/**
 * Two rings of indices around an array of slots: the whole of SCQ, for scq.c, which has one, and
 * sharded.c, which has one for each thread. Nikolaev, "A Scalable, Portable, and Memory-Efficient
 * Lock-Free FIFO Queue", DISC 2019, with indirection (SCQD).
 *
 * Items stand in an array of n slots. Two rings pass the slots' indices around: `vacant` has the
 * free slots, `filled` those with an item.
 *
 *     put:   vacant --index--> slots[index] = item --index--> filled
 *     take:  filled --index--> item = slots[index] --index--> vacant
 *
 * So neither ring ever has more than n indices in its 2n entries, and putting an index cannot fail.
 * An entry is one word:
 *
 *     [ cycle | safe | index ]        index == NOTHING: no index inside
 *
 * A ticket T, taken with a fetch-and-add, stands for entry T mod 2n in cycle T / 2n. A producer may
 * fill an entry that is empty and of an earlier cycle. A consumer takes the index if the cycle is
 * its own. Otherwise it makes the entry useless for its own late producer: it advances the cycle,
 * or marks the entry unsafe while an older index is still inside. Either then takes a new ticket.
 *
 *     entry's cycle <  T's, nothing inside      free, if safe (or no consumer can be at T)
 *     entry's cycle == T's, an index inside     filled: the consumer of T takes it
 *     entry's cycle == T's, nothing inside      taken, or forbidden to the producer of T
 *
 * Empty is known from a threshold. An enqueue sets it to 3n - 1, the most tickets that consumers
 * can waste before they meet an index that is inside. Each wasted ticket takes one off. Below zero
 * the ring is empty, and finding that out costs one load. The bound needs at most n threads, so n
 * is rounded up to their number.
 *
 * Lock-free: a producer or consumer that stops spoils its own ticket only. Surprising: a stopped
 * thread that holds an index keeps its slot from the others. So FULL can be answered with fewer
 * than n items inside (exact_full = 0). And consumers of an almost empty ring spoil entries for
 * producers, which then try again: without the threshold, a producer and a consumer could go on so
 * for ever.
 *
 * The accesses to tickets, entries and the threshold are sequentially consistent, as the paper's
 * proofs assume. On x86 that costs only a fence at the threshold's store, which is skipped while
 * the threshold is at its top. An operation takes effect where an index enters or leaves `filled`
 * (marked LP).
 */

#ifndef SHARED_INDEX_RINGS_H
#define SHARED_INDEX_RINGS_H

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * Looks at an entry whose producer has taken the ticket but has not come yet, before the consumer
 * spoils the ticket: about as long as the line takes from another core.
 */
#ifndef QUEUE_EXPLORED
#define PRODUCER_LOOKS 32
#else
#define PRODUCER_LOOKS 1
#endif

/** Entries in a cache line, over which neighbouring tickets are spread. */
#define LINE_ENTRIES (64 / sizeof(uint64_t))

struct ring {
	_Alignas(QUEUE_APART) _Atomic uint64_t tail;
	_Alignas(QUEUE_APART) _Atomic uint64_t head;
	_Alignas(QUEUE_APART) _Atomic int64_t threshold;
	/** Read only, like the line that it begins. */
	_Alignas(QUEUE_APART) _Atomic uint64_t *entries;
};

/** A bounded FIFO of items. */
struct index_rings {
	/** 2n - 1: the mask of a ring's places, and the index that says "nothing inside". */
	uint64_t nothing;
	/** The bit above: set while a late producer may still fill the entry. */
	uint64_t safe;
	/** The threshold's top, 3n - 1. */
	int64_t top;
	/** Places are tickets rotated: their lowest `spread` bits are moved to the top. */
	unsigned int spread;
	unsigned int unspread;
	void **slots;

	struct ring vacant;
	struct ring filled;
};

enum {
	PUTS_AGAIN,
	SPOILS,
	MARKS_UNSAFE,
	CATCHES_UP,
};

static struct queue_slow_path index_rings_slow_paths[] = {
	[PUTS_AGAIN] = {"put with another ticket", false, 0},
	[SPOILS] = {"spoil a ticket", false, 0},
	[MARKS_UNSAFE] = {"mark an entry unsafe", false, 0},
	[CATCHES_UP] = {"bring the producers' tickets up to date", false, 0},
	{NULL, false, 0},
};

/** The cycle of a ticket, at its place in an entry, which has one bit less for it. */
QUEUE_OP uint64_t cycle(const struct index_rings *rings, uint64_t ticket)
{
	return (ticket << 1) & ~(rings->safe | rings->nothing);
}

/** Distance in cycles from a ticket to an entry, times a constant. Cycles wrap around. */
QUEUE_OP int64_t cycles_ahead(const struct index_rings *rings, uint64_t entry, uint64_t ticket)
{
	return (int64_t)((entry & ~(rings->safe | rings->nothing)) - cycle(rings, ticket));
}

/** The entry of a ticket. Neighbouring tickets are spread over different lines. */
QUEUE_OP _Atomic uint64_t *place(const struct index_rings *rings, const struct ring *ring,
				 uint64_t ticket)
{
	uint64_t index = ticket & rings->nothing;
	index = (index << rings->spread | index >> rings->unspread) & rings->nothing;
	return &ring->entries[index];
}

/** Puts an index; fewer than n are inside. */
QUEUE_OP void ring_put(struct index_rings *rings, struct ring *ring, uint64_t index)
{
	for (;;) {
		uint64_t ticket = atomic_fetch_add_explicit(&ring->tail, 1, memory_order_seq_cst);
		_Atomic uint64_t *entry = place(rings, ring, ticket);
		uint64_t filled = cycle(rings, ticket) | rings->safe | index;
		uint64_t old = atomic_load_explicit(entry, memory_order_seq_cst);

		while (cycles_ahead(rings, old, ticket) < 0 &&
		       (old & rings->nothing) == rings->nothing &&
		       // An unsafe entry will do while no consumer can have come with this ticket
		       ((old & rings->safe) ||
			(int64_t)(atomic_load_explicit(&ring->head, memory_order_seq_cst) -
				  ticket) <= 0)) {
			if (atomic_compare_exchange_strong_explicit(
				    entry, &old, filled, memory_order_seq_cst,
				    memory_order_seq_cst)) { // LP of an enqueue, in `filled`
				if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) !=
				    rings->top) {
					atomic_store_explicit(&ring->threshold, rings->top,
							      memory_order_seq_cst);
				}
				return;
			}
		}
		queue_slow_path(&index_rings_slow_paths[PUTS_AGAIN]);
	}
}

/** Brings the producers' tickets up to date, after consumers have overtaken them. */
QUEUE_RARE void ring_catch_up(struct ring *ring, uint64_t tail, uint64_t head)
{
	queue_slow_path(&index_rings_slow_paths[CATCHES_UP]);
	while (!atomic_compare_exchange_weak_explicit(&ring->tail, &tail, head,
						      memory_order_seq_cst, memory_order_seq_cst)) {
		head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
		if ((int64_t)(tail - head) >= 0) {
			break;
		}
	}
}

/** True if a producer is at this ticket, or past it. */
QUEUE_OP bool producer_has(const struct ring *ring, uint64_t ticket)
{
	return (int64_t)(atomic_load_explicit(&ring->tail, memory_order_seq_cst) - ticket) > 0;
}

/** Takes an index out. False if there was none at some instant of the call. */
QUEUE_OP bool ring_take(struct index_rings *rings, struct ring *ring, uint64_t *index)
{
	if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) < 0) {
		return false; // LP
	}

	for (;;) {
		uint64_t ticket = atomic_fetch_add_explicit(&ring->head, 1, memory_order_seq_cst);
		_Atomic uint64_t *entry = place(rings, ring, ticket);
		uint64_t old = atomic_load_explicit(entry, memory_order_seq_cst);

		for (int look = 0;; ++look) {
			int64_t ahead = cycles_ahead(rings, old, ticket);
			if (ahead == 0) {
				// Only this thread takes the index. Others may change the bit that
				// says "safe"
				atomic_fetch_or_explicit(entry, rings->nothing,
							 memory_order_seq_cst);
				*index = old & rings->nothing;
				return true;
			}
			if (ahead > 0) {
				break;
			}

			uint64_t spoilt = old & ~rings->safe;
			bool vacant = (old & rings->nothing) == rings->nothing;
			if (vacant) {
				if (look < PRODUCER_LOOKS && producer_has(ring, ticket)) {
					queue_pause();
					old = atomic_load_explicit(entry, memory_order_seq_cst);
					continue;
				}
				spoilt =
					cycle(rings, ticket) | (old & rings->safe) | rings->nothing;
			}
			if (atomic_compare_exchange_strong_explicit(entry, &old, spoilt,
								    memory_order_seq_cst,
								    memory_order_seq_cst)) {
				queue_slow_path(
					&index_rings_slow_paths[vacant ? SPOILS : MARKS_UNSAFE]);
				break;
			}
		}

		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst);
		if ((int64_t)(tail - (ticket + 1)) <= 0) { // LP: no producer is ahead of it
			ring_catch_up(ring, tail, ticket + 1);
			atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst);
			return false;
		}
		if (atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst) <= 0) {
			return false; // LP
		}
	}
}

/** Makes a ring with `count` indices in it, 0 to count - 1. 0, or -1 with ENOMEM. */
static int ring_create(const struct index_rings *rings, struct ring *ring, uint64_t first_ticket,
		       uint64_t count)
{
	uint64_t size = rings->nothing + 1;
	ring->entries = aligned_alloc(QUEUE_APART, (size * sizeof(*ring->entries) + QUEUE_APART -
						    1) & ~(size_t)(QUEUE_APART - 1));
	if (!ring->entries) {
		return -1;
	}

	for (uint64_t i = 0; i < size; ++i) {
		uint64_t ticket = first_ticket + i;
		uint64_t last_lap = cycle(rings, ticket - size) | rings->safe | rings->nothing;
		uint64_t inside = cycle(rings, ticket) | rings->safe | i;
		atomic_init(place(rings, ring, ticket), i < count ? inside : last_lap);
	}
	atomic_init(&ring->head, first_ticket);
	atomic_init(&ring->tail, first_ticket + count);
	atomic_init(&ring->threshold, count > 0 ? rings->top : -1);
	return 0;
}

/**
 * Makes rings for at least `capacity` items. At most `threads` threads may use them at once. 0, or
 * -1 with EINVAL or ENOMEM.
 */
static int index_rings_create(struct index_rings *rings, size_t capacity, unsigned int threads,
			      size_t first_ticket)
{
	// Entries need bits for a cycle beside the index; 2^40 slots are beyond any machine
	if (capacity == 0 || capacity > (size_t)1 << 40) {
		errno = EINVAL;
		return -1;
	}

	uint64_t n = 1;
	unsigned int order = 1;
	while (n < capacity || n < threads) {
		n *= 2;
		++order;
	}

	rings->nothing = 2 * n - 1;
	rings->safe = 2 * n;
	rings->top = (int64_t)(3 * n - 1);
	rings->spread = 0;
	while (rings->spread + 1 < order && ((size_t)1 << rings->spread) < LINE_ENTRIES) {
		++rings->spread;
	}
	rings->unspread = order - rings->spread;

	rings->slots = malloc(n * sizeof(*rings->slots));
	if (!rings->slots) {
		return -1;
	}
	if (ring_create(rings, &rings->vacant, first_ticket, n) != 0) {
		goto fail_slots;
	}
	if (ring_create(rings, &rings->filled, first_ticket, 0) != 0) {
		goto fail_vacant;
	}
	return 0;

fail_vacant:
	free(rings->vacant.entries);
fail_slots:
	free(rings->slots);
	return -1;
}

/** Frees their memory, not the items. No thread may be attached. */
static void index_rings_destroy(struct index_rings *rings)
{
	free(rings->filled.entries);
	free(rings->vacant.entries);
	free(rings->slots);
}

static size_t index_rings_capacity(const struct index_rings *rings)
{
	return (rings->nothing + 1) / 2;
}

/** Puts an item. False if no index was vacant at some instant of the call. */
QUEUE_OP bool index_rings_put(struct index_rings *rings, void *item)
{
	uint64_t index;
	if (!ring_take(rings, &rings->vacant, &index)) {
		return false;
	}
	// Only this thread has the index until it puts it: the rings' entries order the item
	rings->slots[index] = item;
	ring_put(rings, &rings->filled, index);
	return true;
}

/** Takes the oldest item. NULL if there was none at some instant of the call. */
QUEUE_OP void *index_rings_take(struct index_rings *rings)
{
	uint64_t index;
	if (!ring_take(rings, &rings->filled, &index)) {
		return NULL;
	}
	void *item = rings->slots[index];
	ring_put(rings, &rings->vacant, index);
	return item;
}

/** Approximate number of items inside. Relaxed: a guess, to choose by. */
QUEUE_OP int64_t index_rings_about(const struct index_rings *rings)
{
	const struct ring *filled = &rings->filled;
	return (int64_t)(atomic_load_explicit(&filled->tail, memory_order_relaxed) -
			 atomic_load_explicit(&filled->head, memory_order_relaxed));
}

/**
 * True if every ticket that a producer took has its consumer. Then, at the instant of the second
 * load, a consumer has come for each item inside. If there is nothing to take, this is cheaper than
 * index_rings_take(), since nothing is written.
 */
QUEUE_OP bool index_rings_claimed(const struct index_rings *rings)
{
	const struct ring *filled = &rings->filled;
	uint64_t head = atomic_load_explicit(&filled->head, memory_order_seq_cst);
	return (int64_t)(atomic_load_explicit(&filled->tail, memory_order_seq_cst) - head) <= 0;
}

#endif // SHARED_INDEX_RINGS_H
