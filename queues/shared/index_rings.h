// SPDX-License-Identifier: MIT

/**
 * Two rings of indices around an array of slots: the whole of SCQ, for scq.c, which has one,
 * shared/index_parts.h, whose queues have several, and lscq.c, which has a list of them. Nikolaev,
 * "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue", DISC 2019, with indirection
 * (SCQD).
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
 * the ring is empty, and finding that out costs one load. The bound is that of n threads: 2n - 1
 * tickets from `head` to the index at most, and one for each thread, which may take one off late.
 * So n is rounded up to the number of threads, or the threshold is as much higher.
 *
 * Lock-free: a producer or consumer that stops spoils its own ticket only. Surprising: a stopped
 * thread that holds an index keeps its slot from the others. So FULL can be answered with fewer
 * than n items inside (exact_full = 0). And consumers of an almost empty ring spoil entries for
 * producers, which then try again: without the threshold, a producer and a consumer could go on so
 * for ever.
 *
 * Tickets are counted in twos: the low bit of the tail of `filled` says "closed", which only lscq.c
 * needs. Every later ticket of a producer comes with it.
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

/** Step of a ticket. */
#define TICKET UINT64_C(2)
/** The low bit of `tail`. */
#define CLOSED UINT64_C(1)

/** Entries in a cache line, over which neighbouring tickets are spread. */
#define LINE_ENTRIES (64 / sizeof(uint64_t))

struct index_ring {
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
	/** The threshold's top: 3n - 1, if there are no more than n threads. */
	int64_t top;
	/** Places are tickets rotated: their lowest `spread` bits are moved to the top. */
	unsigned int spread;
	unsigned int unspread;
	void **slots;

	struct index_ring vacant;
	struct index_ring filled;
};

enum {
	PUTS_AGAIN,
	SPOILS,
	MARKS_UNSAFE,
	CATCHES_UP,
#ifdef RINGS_ARE_LINKED
	APPENDS,
	APPEND_LOST,
	LEAVES,
	LAST_TAKEN,
#endif
};

static struct queue_slow_path index_rings_slow_paths[] = {
	[PUTS_AGAIN] = {"put with another ticket", false, 0},
	[SPOILS] = {"spoil a ticket", false, 0},
	[MARKS_UNSAFE] = {"mark an entry unsafe", false, 0},
	[CATCHES_UP] = {"bring the producers' tickets up to date", false, 0},
#ifdef RINGS_ARE_LINKED
	[APPENDS] = {"link a ring", false, 0},
	[APPEND_LOST] = {"find a ring linked by a peer", false, 0},
	[LEAVES] = {"leave a ring for the next", false, 0},
	[LAST_TAKEN] = {"find an item in a ring that was closed", false, 0},
#endif
	{NULL, false, 0},
};

/** The cycle of a ticket, at the same place in an entry. */
QUEUE_OP uint64_t cycle(const struct index_rings *rings, uint64_t ticket)
{
	return ticket & ~(rings->safe | rings->nothing);
}

/** Distance in cycles from a ticket to an entry, times a constant. Cycles wrap around. */
QUEUE_OP int64_t cycles_ahead(const struct index_rings *rings, uint64_t entry, uint64_t ticket)
{
	return (int64_t)((entry & ~(rings->safe | rings->nothing)) - cycle(rings, ticket));
}

/** The entry of a ticket. Neighbouring tickets are spread over different lines. */
QUEUE_OP _Atomic uint64_t *place(const struct index_rings *rings, const struct index_ring *ring,
				 uint64_t ticket)
{
	uint64_t index = ticket / TICKET & rings->nothing;
	index = (index << rings->spread | index >> rings->unspread) & rings->nothing;
	return &ring->entries[index];
}

/** Puts an index; fewer than n are inside. False if the ring `closes`, and is closed. */
QUEUE_OP bool index_ring_put(struct index_rings *rings, struct index_ring *ring, uint64_t index,
			     bool closes)
{
	for (;;) {
		uint64_t ticket =
			atomic_fetch_add_explicit(&ring->tail, TICKET, memory_order_seq_cst);
		if (closes && (ticket & CLOSED)) {
			return false;
		}
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
				return true;
			}
		}
		queue_slow_path(&index_rings_slow_paths[PUTS_AGAIN]);
	}
}

/** Brings the producers' tickets up to date after consumers overtook them, unless closed. */
QUEUE_RARE void index_ring_catch_up(struct index_ring *ring, uint64_t tail, uint64_t head)
{
	queue_slow_path(&index_rings_slow_paths[CATCHES_UP]);
	while (!atomic_compare_exchange_weak_explicit(&ring->tail, &tail, head,
						      memory_order_seq_cst, memory_order_seq_cst)) {
		head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
		if ((tail & CLOSED) || (int64_t)(tail - head) >= 0) {
			break;
		}
	}
}

/** True if a producer is at this ticket, or past it. */
QUEUE_OP bool producer_has(const struct index_ring *ring, uint64_t ticket)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst) & ~CLOSED;
	return (int64_t)(tail - ticket) > 0;
}

/**
 * Takes an index out. False if there was none at some instant of the call; with `last` only if each
 * ticket that a producer has was also given to a consumer.
 */
QUEUE_OP bool index_ring_take(struct index_rings *rings, struct index_ring *ring, uint64_t *index,
			      bool last)
{
	if (!last && atomic_load_explicit(&ring->threshold, memory_order_seq_cst) < 0) {
		return false; // LP
	}

	for (;;) {
		uint64_t ticket =
			atomic_fetch_add_explicit(&ring->head, TICKET, memory_order_seq_cst);
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

		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst) & ~CLOSED;
		if ((int64_t)(tail - (ticket + TICKET)) <= 0) { // LP: no producer is ahead of it
			index_ring_catch_up(ring, tail, ticket + TICKET);
			atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst);
			return false;
		}
		if (atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst) <= 0 &&
		    !last) {
			return false; // LP
		}
	}
}

/** Resets a ring, which no other thread sees, to `count` indices in it: 0 to count - 1. */
static void index_ring_reset(const struct index_rings *rings, struct index_ring *ring,
			     uint64_t first_ticket, uint64_t count)
{
	uint64_t size = rings->nothing + 1;
	for (uint64_t i = 0; i < size; ++i) {
		uint64_t ticket = first_ticket + i * TICKET;
		uint64_t last_lap =
			cycle(rings, ticket - size * TICKET) | rings->safe | rings->nothing;
		uint64_t inside = cycle(rings, ticket) | rings->safe | i;
		atomic_init(place(rings, ring, ticket), i < count ? inside : last_lap);
	}
	atomic_init(&ring->head, first_ticket);
	atomic_init(&ring->tail, first_ticket + count * TICKET);
	atomic_init(&ring->threshold, count > 0 ? rings->top : -1);
}

/**
 * Resets rings for n items, a power of two, to empty. The slots and both rings have their memory,
 * and no other thread sees them. At most `threads` threads may use them at once.
 */
static void index_rings_reset(struct index_rings *rings, uint64_t n, unsigned int threads,
			      size_t first_ticket)
{
	rings->nothing = 2 * n - 1;
	rings->safe = 2 * n;
	rings->top = (int64_t)(2 * n - 1 + (n > threads ? n : threads));
	unsigned int order = 1;
	while ((uint64_t)1 << order < 2 * n) {
		++order;
	}
	rings->spread = 0;
	while (rings->spread + 1 < order && ((size_t)1 << rings->spread) < LINE_ENTRIES) {
		++rings->spread;
	}
	rings->unspread = order - rings->spread;
	index_ring_reset(rings, &rings->vacant, first_ticket * TICKET, n);
	index_ring_reset(rings, &rings->filled, first_ticket * TICKET, 0);
}

/** Frees their memory, not the items. No thread may be attached. */
static inline void index_rings_destroy(struct index_rings *rings)
{
	free(rings->filled.entries);
	free(rings->vacant.entries);
	free(rings->slots);
}

/** Memory for the entries of a ring for n indices. NULL with ENOMEM. */
static inline _Atomic uint64_t *index_ring_entries(uint64_t n)
{
	size_t size = 2 * n * sizeof(_Atomic uint64_t);
	return aligned_alloc(QUEUE_APART, (size + QUEUE_APART - 1) & ~(size_t)(QUEUE_APART - 1));
}

/**
 * Makes rings for at least `capacity` items. At most `threads` threads may use them at once. 0, or
 * -1 with EINVAL or ENOMEM.
 */
static inline int index_rings_create(struct index_rings *rings, size_t capacity,
				     unsigned int threads, size_t first_ticket)
{
	// Entries need bits for a cycle beside the index; 2^40 slots are beyond any machine
	if (capacity == 0 || capacity > (size_t)1 << 40) {
		errno = EINVAL;
		return -1;
	}

	uint64_t n = 1;
	while (n < capacity || n < threads) {
		n *= 2;
	}
	rings->slots = malloc(n * sizeof(*rings->slots));
	rings->vacant.entries = index_ring_entries(n);
	rings->filled.entries = index_ring_entries(n);
	if (!rings->slots || !rings->vacant.entries || !rings->filled.entries) {
		index_rings_destroy(rings);
		return -1;
	}
	index_rings_reset(rings, n, threads, first_ticket);
	return 0;
}

static inline size_t index_rings_capacity(const struct index_rings *rings)
{
	return (rings->nothing + 1) / 2;
}

/** Puts an item. False if no index was vacant at some instant of the call. */
QUEUE_OP bool index_rings_put(struct index_rings *rings, void *item)
{
	uint64_t index;
	if (!index_ring_take(rings, &rings->vacant, &index, false)) {
		return false;
	}
	// Only this thread has the index until it puts it: the rings' entries order the item
	rings->slots[index] = item;
	index_ring_put(rings, &rings->filled, index, false);
	return true;
}

/** Takes the oldest item. NULL if there was none: see index_ring_take(). */
QUEUE_OP void *index_rings_take_item(struct index_rings *rings, bool last)
{
	uint64_t index;
	if (!index_ring_take(rings, &rings->filled, &index, last)) {
		return NULL;
	}
	void *item = rings->slots[index];
	index_ring_put(rings, &rings->vacant, index, false);
	return item;
}

/** Takes the oldest item. NULL if there was none at some instant of the call. */
QUEUE_OP void *index_rings_take(struct index_rings *rings)
{
	return index_rings_take_item(rings, false);
}

/** Approximate number of items inside. Relaxed: a guess, to choose by. */
QUEUE_OP int64_t index_rings_about(const struct index_rings *rings)
{
	const struct index_ring *filled = &rings->filled;
	return (int64_t)(atomic_load_explicit(&filled->tail, memory_order_relaxed) -
			 atomic_load_explicit(&filled->head, memory_order_relaxed)) /
	       (int64_t)TICKET;
}

/**
 * True if every ticket that a producer took has its consumer. Then, at the instant of the second
 * load, a consumer has come for each item inside. If there is nothing to take, this is cheaper than
 * index_rings_take(), since nothing is written.
 */
QUEUE_OP bool index_rings_claimed(const struct index_rings *rings)
{
	const struct index_ring *filled = &rings->filled;
	uint64_t head = atomic_load_explicit(&filled->head, memory_order_seq_cst);
	return (int64_t)(atomic_load_explicit(&filled->tail, memory_order_seq_cst) - head) <= 0;
}

#endif // SHARED_INDEX_RINGS_H
