// SPDX-License-Identifier: MIT

/**
 * A ring for one producer and one consumer: Lamport, "Specifying Concurrent Program
 * Modules", ACM TOPLAS 1983, with cached indices as in MCRingBuffer (Lee, Bu & Chandranmenon,
 * IPDPS 2010).
 *
 *             taken <= seen_put <= put         the consumer knows this of the producer
 *     put - size <= seen_taken <= taken        the producer knows this of the consumer
 *
 *             taken        seen_put     put
 *               v             v          v
 *     [ ][ ][ ][a][b][c][d][e][f][g][h][i][ ][ ]
 *
 * Each index has one writer, so nothing is claimed and no compare-and-swap is needed. The producer
 * fills a slot and moves `put` over it (LP); the consumer empties one and moves `taken` (LP). It is
 * fast because a side does not look at the other's index, whose line is always on its way, as long
 * as the value that it saw last is good enough. Indices only grow, so an old one hides room or
 * items, and invents none. A side looks again before it answers FULL or EMPTY. In a ring that is
 * neither almost full nor almost empty that is once a lap.
 *
 * Wait-free on both sides, in a dozen instructions: the least that handing over between two threads
 * can cost. Surprising: where that speed goes. In a ring that stays almost empty the cached index
 * is used up at each item, so each item pays for the line's way.
 *
 * There may be several producers, or consumers, but one at a time, with a happens-before edge from
 * each to the next. So the handles keep nothing.
 */

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

struct queue {
	/** The producer's line: items put, and items that it knows to be taken. */
	_Alignas(QUEUE_APART) _Atomic size_t put;
	size_t seen_taken;
	/** The consumer's line. */
	_Alignas(QUEUE_APART) _Atomic size_t taken;
	size_t seen_put;
	/** Read only. */
	_Alignas(QUEUE_APART) size_t mask;
	void **slots;
};

static struct queue *spsc_ring_create(const struct queue_config *config)
{
	if (config->capacity == 0 || config->capacity > SIZE_MAX / 4 / sizeof(void *)) {
		errno = EINVAL;
		return NULL;
	}
	size_t size = 1;
	while (size < config->capacity) {
		size *= 2;
	}

	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	void **slots = malloc(size * sizeof(*slots));
	if (!queue || !slots) {
		free(slots);
		free(queue);
		return NULL;
	}
	queue->slots = slots;
	queue->mask = size - 1;
	atomic_init(&queue->put, config->first_ticket);
	atomic_init(&queue->taken, config->first_ticket);
	queue->seen_taken = config->first_ticket;
	queue->seen_put = config->first_ticket;
	return queue;
}

static void spsc_ring_destroy(struct queue *queue)
{
	free(queue->slots);
	free(queue);
}

static size_t spsc_ring_capacity(const struct queue *queue)
{
	return queue->mask + 1;
}

/** Slots that the producer may fill. Looks at `taken` if it knows of fewer than `wants`. */
QUEUE_OP size_t room(struct queue *queue, size_t put, size_t wants)
{
	size_t free_slots = queue->mask + 1 - (put - queue->seen_taken);
	if (__builtin_expect(free_slots < wants, 0)) {
		// P1, acquire: pairs with C2, so that the items are out before others go in
		queue->seen_taken = atomic_load_explicit(&queue->taken, memory_order_acquire);
		free_slots = queue->mask + 1 - (put - queue->seen_taken);
	}
	return free_slots;
}

/** Items that the consumer may take. Looks at `put` if it knows of fewer than `wants`. */
QUEUE_OP size_t items_inside(struct queue *queue, size_t taken, size_t wants)
{
	size_t inside = queue->seen_put - taken;
	if (inside < wants) {
		// C1, acquire: pairs with P2, so that the items are seen whole
		queue->seen_put = atomic_load_explicit(&queue->put, memory_order_acquire);
		inside = queue->seen_put - taken;
	}
	return inside;
}

QUEUE_OP enum queue_status spsc_ring_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	(void)handle;

	// Relaxed: only the producer writes it
	size_t put = atomic_load_explicit(&queue->put, memory_order_relaxed);
	if (room(queue, put, 1) == 0) {
		return QUEUE_FULL; // LP: P1
	}
	queue->slots[put & queue->mask] = item;
	// P2, release: publishes the item to C1. LP
	atomic_store_explicit(&queue->put, put + 1, memory_order_release);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status spsc_ring_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	(void)handle;

	// Relaxed: only the consumer writes it
	size_t taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);
	if (items_inside(queue, taken, 1) == 0) {
		return QUEUE_EMPTY; // LP: C1
	}
	*item = queue->slots[taken & queue->mask];
	// C2, release: hands the slot to P1. LP
	atomic_store_explicit(&queue->taken, taken + 1, memory_order_release);
	return QUEUE_OK;
}

QUEUE_OP size_t spsc_ring_enqueue_batch(struct queue *queue, struct queue_handle *handle,
					void *const *items, size_t count)
{
	(void)handle;

	// Relaxed, and P2: as above, once for the batch
	size_t put = atomic_load_explicit(&queue->put, memory_order_relaxed);
	size_t most = room(queue, put, count);
	size_t done = count < most ? count : most;
	for (size_t i = 0; i < done; ++i) {
		queue->slots[(put + i) & queue->mask] = items[i];
	}
	atomic_store_explicit(&queue->put, put + done, memory_order_release);
	return done;
}

QUEUE_OP size_t spsc_ring_dequeue_batch(struct queue *queue, struct queue_handle *handle,
					void **items, size_t count)
{
	(void)handle;

	// Relaxed, and C2: as above, once for the batch
	size_t taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);
	size_t most = items_inside(queue, taken, count);
	size_t done = count < most ? count : most;
	for (size_t i = 0; i < done; ++i) {
		items[i] = queue->slots[(taken + i) & queue->mask];
	}
	atomic_store_explicit(&queue->taken, taken + done, memory_order_release);
	return done;
}

QUEUE_EXPORT(spsc_ring) = {
	.name = "spsc_ring",
	.title = "bounded ring for two threads, cached indices",
	.source = "Lamport, TOPLAS 1983, doi:10.1145/69624.357207; Lee et al., IPDPS 2010, "
		  "doi:10.1109/IPDPS.2010.5470368",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_WAIT_FREE,
	.order = QUEUE_FIFO,
	.max_producers = 1,
	.max_consumers = 1,
	.exact_empty = 1,
	.exact_full = 1,
	.create = spsc_ring_create,
	.destroy = spsc_ring_destroy,
	.capacity = spsc_ring_capacity,
	.enqueue = spsc_ring_enqueue,
	.dequeue = spsc_ring_dequeue,
	.enqueue_batch = spsc_ring_enqueue_batch,
	.dequeue_batch = spsc_ring_dequeue_batch,
};
