// SPDX-License-Identifier: MIT

/**
 * SCQ, the scalable circular queue, with indirection (SCQD): Nikolaev, "A
 * Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue", DISC 2019.
 *
 * Items stand in an array of n slots. Two rings pass the slots' indices around:
 * `vacant` those that are free, `filled` those with an item.
 *
 *     enqueue:  vacant --index--> slots[index] = item --index--> filled
 *     dequeue:  filled --index--> item = slots[index] --index--> vacant
 *
 * So neither ring ever has more than n indices in it, in its 2n entries, and
 * enqueueing an index cannot fail. An entry is one word:
 *
 *     [ cycle | safe | index ]        index == NOTHING: no index inside
 *
 * A ticket T, taken with a fetch-and-add, stands for entry T mod 2n in cycle
 * T / 2n. A producer may fill an entry that is empty and of an earlier cycle; a
 * consumer takes the index if the cycle is its own, and otherwise makes the entry
 * useless for its own late producer, by advancing the cycle, or by marking it
 * unsafe while an older index is still inside. Either then takes a new ticket.
 *
 *     entry's cycle <  T's, nothing inside      free, if safe (or no consumer can be at T)
 *     entry's cycle == T's, an index inside     filled: the consumer of T takes it
 *     entry's cycle == T's, nothing inside      taken, or forbidden to the producer of T
 *
 * Empty is known from a threshold: an enqueue sets it to 3n - 1, which is the most
 * tickets that consumers can waste before they meet an index that is inside; each
 * wasted ticket takes one off; below zero the ring is empty, and saying so costs
 * one load. That bound needs at most n threads: n is rounded up to it.
 *
 * Lock-free: a producer or consumer that stops spoils its own ticket only. What is
 * surprising: a slot is lost to the others while a thread that stopped holds its
 * index, so FULL can be answered with fewer than n items inside (exact_full = 0);
 * and consumers of an almost empty ring spoil entries for producers, who then try
 * again: each pair of them alone could go on for ever, but for the threshold.
 *
 * The accesses to tickets, entries and the threshold are sequentially consistent,
 * as the paper's proofs assume. On x86 that costs a fence at the threshold's store
 * alone, which is skipped while the threshold is at its top. An operation takes
 * effect where an index enters or leaves `filled` (marked LP).
 */

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * Looks at an entry whose producer has its ticket but has not been yet, before the
 * ticket is spoilt for both: about as long as the line takes from another core.
 */
#define PRODUCER_LOOKS 32

/** Entries in a cache line, over which neighbouring tickets are spread. */
#define LINE_ENTRIES (64 / sizeof(uint64_t))

struct ring {
	_Alignas(QUEUE_APART) _Atomic uint64_t tail;
	_Alignas(QUEUE_APART) _Atomic uint64_t head;
	_Alignas(QUEUE_APART) _Atomic int64_t threshold;
	/** Read only, like the line that it begins. */
	_Alignas(QUEUE_APART) _Atomic uint64_t *entries;
};

struct queue {
	/** 2n - 1: the mask of a ring's places, and the index that says "nothing inside". */
	uint64_t nothing;
	/** The bit above: set while a late producer may still fill the entry. */
	uint64_t safe;
	/** The threshold's top, 3n - 1. */
	int64_t top;
	/** Places are tickets with their lowest `spread` bits moved to the top, so rotated. */
	unsigned int spread;
	unsigned int unspread;
	void **slots;

	struct ring vacant;
	struct ring filled;
};

/** The cycle of a ticket, in place: an entry has one bit less for it than a ticket. */
QUEUE_OP uint64_t cycle(const struct queue *queue, uint64_t ticket)
{
	return (ticket << 1) & ~(queue->safe | queue->nothing);
}

/** How many cycles an entry is ahead of a ticket, times something. Cycles wrap around. */
QUEUE_OP int64_t cycles_ahead(const struct queue *queue, uint64_t entry, uint64_t ticket)
{
	return (int64_t)((entry & ~(queue->safe | queue->nothing)) - cycle(queue, ticket));
}

/** Where a ticket's entry is: neighbouring tickets are kept off each other's line. */
QUEUE_OP _Atomic uint64_t *place(const struct queue *queue, const struct ring *ring,
				 uint64_t ticket)
{
	uint64_t index = ticket & queue->nothing;
	index = (index << queue->spread | index >> queue->unspread) & queue->nothing;
	return &ring->entries[index];
}

/** Put an index, of which fewer than n are inside. */
QUEUE_OP void ring_put(struct queue *queue, struct ring *ring, uint64_t index)
{
	for (;;) {
		uint64_t ticket = atomic_fetch_add_explicit(&ring->tail, 1, memory_order_seq_cst);
		_Atomic uint64_t *entry = place(queue, ring, ticket);
		uint64_t filled = cycle(queue, ticket) | queue->safe | index;
		uint64_t old = atomic_load_explicit(entry, memory_order_seq_cst);

		while (cycles_ahead(queue, old, ticket) < 0 &&
		       (old & queue->nothing) == queue->nothing &&
		       // Unsafe is still good while no consumer can have come with this ticket
		       ((old & queue->safe) ||
			(int64_t)(atomic_load_explicit(&ring->head, memory_order_seq_cst) -
				  ticket) <= 0)) {
			if (atomic_compare_exchange_strong_explicit(
				    entry, &old, filled, memory_order_seq_cst,
				    memory_order_seq_cst)) { // LP of an enqueue, in `filled`
				if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) !=
				    queue->top) {
					atomic_store_explicit(&ring->threshold, queue->top,
							      memory_order_seq_cst);
				}
				return;
			}
		}
	}
}

/** Consumers have overtaken the producers' tickets: bring those up to date. */
QUEUE_RARE void ring_catch_up(struct ring *ring, uint64_t tail, uint64_t head)
{
	while (!atomic_compare_exchange_weak_explicit(&ring->tail, &tail, head,
						      memory_order_seq_cst, memory_order_seq_cst)) {
		head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
		if ((int64_t)(tail - head) >= 0) {
			break;
		}
	}
}

/** Is a producer at this ticket, or past it? */
QUEUE_OP bool producer_has(const struct ring *ring, uint64_t ticket)
{
	return (int64_t)(atomic_load_explicit(&ring->tail, memory_order_seq_cst) - ticket) > 0;
}

/** Take an index out. False if there was none at some instant of the call. */
QUEUE_OP bool ring_take(struct queue *queue, struct ring *ring, uint64_t *index)
{
	if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) < 0) {
		return false; // LP
	}

	for (;;) {
		uint64_t ticket = atomic_fetch_add_explicit(&ring->head, 1, memory_order_seq_cst);
		_Atomic uint64_t *entry = place(queue, ring, ticket);
		uint64_t old = atomic_load_explicit(entry, memory_order_seq_cst);

		for (int look = 0;; ++look) {
			int64_t ahead = cycles_ahead(queue, old, ticket);
			if (ahead == 0) {
				// Ours alone. The bit that says "safe" may be changed by others
				atomic_fetch_or_explicit(entry, queue->nothing,
							 memory_order_seq_cst);
				*index = old & queue->nothing;
				return true;
			}
			if (ahead > 0) {
				break;
			}

			uint64_t spoilt = old & ~queue->safe;
			if ((old & queue->nothing) == queue->nothing) {
				if (look < PRODUCER_LOOKS && producer_has(ring, ticket)) {
					queue_pause();
					old = atomic_load_explicit(entry, memory_order_seq_cst);
					continue;
				}
				spoilt =
					cycle(queue, ticket) | (old & queue->safe) | queue->nothing;
			}
			if (atomic_compare_exchange_strong_explicit(entry, &old, spoilt,
								    memory_order_seq_cst,
								    memory_order_seq_cst)) {
				break;
			}
		}

		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst);
		if ((int64_t)(tail - (ticket + 1)) <= 0) { // LP: nobody is ahead of this ticket
			ring_catch_up(ring, tail, ticket + 1);
			atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst);
			return false;
		}
		if (atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst) <= 0) {
			return false; // LP
		}
	}
}

/** Make a ring with `count` indices in it, 0 to count - 1. 0, or -1 with ENOMEM. */
static int ring_create(const struct queue *queue, struct ring *ring, uint64_t first_ticket,
		       uint64_t count)
{
	uint64_t size = queue->nothing + 1;
	ring->entries = aligned_alloc(QUEUE_APART, (size * sizeof(*ring->entries) + QUEUE_APART -
						    1) & ~(size_t)(QUEUE_APART - 1));
	if (!ring->entries) {
		return -1;
	}

	for (uint64_t i = 0; i < size; ++i) {
		uint64_t ticket = first_ticket + i;
		uint64_t last_lap = cycle(queue, ticket - size) | queue->safe | queue->nothing;
		uint64_t inside = cycle(queue, ticket) | queue->safe | i;
		atomic_init(place(queue, ring, ticket), i < count ? inside : last_lap);
	}
	atomic_init(&ring->head, first_ticket);
	atomic_init(&ring->tail, first_ticket + count);
	atomic_init(&ring->threshold, count > 0 ? queue->top : -1);
	return 0;
}

static struct queue *scq_create(const struct queue_config *config)
{
	// Entries need bits for a cycle beside the index; 2^40 slots are beyond any machine
	if (config->capacity == 0 || config->capacity > (size_t)1 << 40) {
		errno = EINVAL;
		return NULL;
	}

	uint64_t n = 1;
	unsigned int order = 1;
	while (n < config->capacity || n < config->max_threads) {
		n *= 2;
		++order;
	}

	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->nothing = 2 * n - 1;
	queue->safe = 2 * n;
	queue->top = (int64_t)(3 * n - 1);
	queue->spread = 0;
	while (queue->spread + 1 < order && ((size_t)1 << queue->spread) < LINE_ENTRIES) {
		++queue->spread;
	}
	queue->unspread = order - queue->spread;

	queue->slots = malloc(n * sizeof(*queue->slots));
	if (!queue->slots) {
		goto fail_queue;
	}
	if (ring_create(queue, &queue->vacant, config->first_ticket, n) != 0) {
		goto fail_slots;
	}
	if (ring_create(queue, &queue->filled, config->first_ticket, 0) != 0) {
		goto fail_vacant;
	}
	return queue;

fail_vacant:
	free(queue->vacant.entries);
fail_slots:
	free(queue->slots);
fail_queue:
	free(queue);
	return NULL;
}

static void scq_destroy(struct queue *queue)
{
	free(queue->filled.entries);
	free(queue->vacant.entries);
	free(queue->slots);
	free(queue);
}

static size_t scq_capacity(const struct queue *queue)
{
	return (queue->nothing + 1) / 2;
}

/** The rings keep nothing per thread, so the queue itself serves as the handle. */
static struct queue_handle *scq_attach(struct queue *queue)
{
	return (struct queue_handle *)queue;
}

static void scq_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	(void)handle;
}

QUEUE_OP enum queue_status scq_enqueue(struct queue *queue, struct queue_handle *handle, void *item)
{
	(void)handle;

	uint64_t index;
	if (!ring_take(queue, &queue->vacant, &index)) {
		return QUEUE_FULL;
	}
	// Ours alone, from its taking to its putting: the rings' entries order the item
	queue->slots[index] = item;
	ring_put(queue, &queue->filled, index);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status scq_dequeue(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	(void)handle;

	uint64_t index;
	if (!ring_take(queue, &queue->filled, &index)) {
		return QUEUE_EMPTY;
	}
	*item = queue->slots[index];
	ring_put(queue, &queue->vacant, index);
	return QUEUE_OK;
}

QUEUE_EXPORT(scq) = {
	.name = "scq",
	.title = "bounded ring of indices, fetch-and-add",
	.source = "Nikolaev, DISC 2019, doi:10.4230/LIPIcs.DISC.2019.28",
	.headline = 1,
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 0,
	.create = scq_create,
	.destroy = scq_destroy,
	.capacity = scq_capacity,
	.attach = scq_attach,
	.detach = scq_detach,
	.enqueue = scq_enqueue,
	.dequeue = scq_dequeue,
};
