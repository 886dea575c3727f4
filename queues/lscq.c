// SPDX-License-Identifier: MIT

/**
 * LSCQ, the unbounded SCQ: Nikolaev, "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO
 * Queue", DISC 2019, section on unbounded queues. Read scq.c first.
 *
 * shared/index_rings.h has the two rings of indices, shared/linked_rings.h the list. Here a ring of
 * the list is a whole SCQ:
 *
 *     head -> [ vacant: 0 free | filled: closed ] -> [ vacant: 3 free | filled: open ] <- tail
 *
 * A producer that finds no vacant index closes `filled`, so no later ticket of a producer counts
 * there. A producer that took its ticket before may still put its item into the closed ring. A
 * producer that took only an index before comes too late, and leaves it: nobody needs the indices
 * of a closed ring any more.
 *
 *     a consumer leaves a ring     only if it is closed, and each ticket that a producer has was
 *                                  also given to a consumer, which takes the item, or spoils
 *                                  the ticket
 *
 * The threshold says that a ring is empty, and not that this is for good: a producer stops between
 * its ticket and its entry. So the last look does not heed it, and goes on to the last ticket. The
 * paper raises the threshold to its top before that look, which comes to the same by a count of
 * tickets: no more than 2n from `head` to `tail`.
 *
 * That count, of which the threshold makes use too, holds for any number of threads, so rings need
 * not grow with it. Of the tickets from `head` to `tail`, each stands for an index that is inside
 * or on its way there, or came to nothing because a late consumer had not yet taken an index out of
 * its entry. Each of the n indices counts at most once either way: an index that a late consumer
 * takes out goes in again with a later ticket, which no consumer has.
 *
 * Lock-free, as scq.c. Surprising, beside lcrq.c: a ring is full when its indices are out, which is
 * known before a ticket is taken. So a ring is never closed because tickets were lost, and a poll
 * of an empty queue costs one load. In return, each item goes through two rings.
 */

#include "queue.h"

// Adds the slow paths of a list
#define RINGS_ARE_LINKED
#include "shared/index_rings.h"

/**
 * Items of a ring, a power of two. The change to the next ring costs a few microseconds, so some
 * nanoseconds per item while the queue grows. A ring fills most of the first-level cache.
 */
#ifndef QUEUE_EXPLORED
#define RING_ITEMS 512
#else
// Few enough for a short program to go around, and to make another ring
#define RING_ITEMS 2
#endif

/** A ring of the list, from the first boundary of QUEUE_APART bytes in it. */
struct parts {
	struct index_rings rings;
	_Alignas(QUEUE_APART) _Atomic uint64_t vacant[2 * RING_ITEMS];
	_Alignas(QUEUE_APART) _Atomic uint64_t filled[2 * RING_ITEMS];
	void *slots[RING_ITEMS];
};

struct ring {
	struct ring *_Atomic next;
	/** Nodes are only 16-byte aligned: the parts begin as late as QUEUE_APART. */
	unsigned char room[QUEUE_APART - sizeof(struct ring *) + sizeof(struct parts)];
};

QUEUE_OP struct parts *ring_parts(struct ring *ring)
{
	return (struct parts *)(((uintptr_t)ring / QUEUE_APART + 1) * QUEUE_APART);
}

/** Puts an item. False once the ring is closed. */
QUEUE_OP bool ring_put(struct ring *ring, void *item, void *token)
{
	(void)token;
	struct index_rings *rings = &ring_parts(ring)->rings;
	uint64_t index;
	if (!index_ring_take(rings, &rings->vacant, &index, false)) {
		atomic_fetch_or_explicit(&rings->filled.tail, CLOSED, memory_order_seq_cst);
		return false;
	}
	// Only this thread has the index until it puts it: the rings' entries order the item
	rings->slots[index] = item;
	return index_ring_put(rings, &rings->filled, index, true);
}

/** Takes an item out. NULL if there was none at some instant of the call. */
QUEUE_OP void *ring_take(struct ring *ring, void *token)
{
	(void)token;
	return index_rings_take(&ring_parts(ring)->rings);
}

/** Takes an item out of a closed ring. NULL if none will be inside any more. */
QUEUE_OP void *ring_take_last(struct ring *ring, void *token)
{
	(void)token;
	return index_rings_take_item(&ring_parts(ring)->rings, true);
}

/** Resets a ring, which no other thread sees yet: empty, or with an item. */
static struct ring *ring_reset(struct ring *ring, const struct queue_config *config, void *item)
{
	struct parts *parts = ring_parts(ring);
	parts->rings.slots = parts->slots;
	parts->rings.vacant.entries = parts->vacant;
	parts->rings.filled.entries = parts->filled;
	index_rings_reset(&parts->rings, RING_ITEMS, config->max_threads, config->first_ticket);
	// Relaxed: linking the ring publishes all of this
	atomic_store_explicit(&ring->next, NULL, memory_order_relaxed);
	if (item) {
		ring_put(ring, item, NULL);
	}
	return ring;
}

#define RINGS_SLOW_PATHS index_rings_slow_paths
#include "shared/linked_rings.h"

QUEUE_EXPORT(lscq) = {
	.name = "lscq",
	.title = "linked rings of indices, fetch-and-add",
	.source = "Nikolaev, DISC 2019, doi:10.4230/LIPIcs.DISC.2019.28",
	LINKED_RINGS_OPERATIONS,
};
