// SPDX-License-Identifier: MIT

/**
 * A list of rings, for LCRQ, LPRQ and lscq.c: Morrison & Afek, "Fast Concurrent Queues for x86
 * Processors", PPoPP 2013. Nikolaev, DISC 2019, has the same list.
 *
 * A producer that finds the last ring full closes it for good, and goes on in a new ring behind it:
 *
 *     head -> [closed] -> [closed] -> [open] <- tail
 *
 * as in Michael and Scott's list, with rings for nodes. The file that includes this defines before
 *
 *     struct ring { struct ring *_Atomic next; ... };
 *     struct ring *ring_reset(struct ring *, const struct queue_config *, void *item);
 *     bool ring_put(struct ring *, void *item, void *token);
 *     void *ring_take(struct ring *, void *token);
 *     void *ring_take_last(struct ring *, void *token);
 *
 * RINGS_PROGRESS, if that is not QUEUE_LOCK_FREE, and a table of slow paths, with the name that
 * RINGS_SLOW_PATHS stands for, in which APPENDS, APPEND_LOST, LEAVES and LAST_TAKEN are the list's.
 *
 * ring_reset() empties a ring which no other thread sees yet, and puts an item in, unless it is
 * NULL. ring_put() answers false once the ring is closed; `token` is an odd address that no other
 * thread has, twice the thread's index and one. ring_take() answers NULL if nothing was inside at
 * some instant of the call.
 *
 * Surprising: a ring that is empty and closed need not stay so by the time that `next` is seen. A
 * producer may have closed it after filling slots that the consumer found empty before, and another
 * one may still have a ticket of the time before. So after it has seen `next`, a consumer looks
 * once more, by ring_take_last(), before it leaves the ring for the next one. If that answers NULL,
 * each ticket that a producer has was also given to a consumer, which takes the item or spoils the
 * ticket. And it helps `tail` past a ring before `head` leaves it, or producers would be led to a
 * ring that is retired.
 *
 * The accesses to links are sequentially consistent unless stated otherwise. An operation takes
 * effect in the ring, or where it links a ring with its item.
 */

#ifndef SHARED_LINKED_RINGS_H
#define SHARED_LINKED_RINGS_H

#include "queue.h"
#include "reclaim/hazard.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** Hazard places: for the ring that the thread puts into, and for the one it takes from. */
enum {
	PLACE_TAIL,
	PLACE_HEAD,
};

struct queue {
	_Alignas(QUEUE_APART) struct ring *_Atomic head;
	_Alignas(QUEUE_APART) struct ring *_Atomic tail;
	_Alignas(QUEUE_APART) struct queue_config config;
	struct hazards hazards;
};

struct queue_handle {
	struct hazard_thread hazard;
	/** Mark of this thread in slots that it reserves; no other thread has the same. */
	void *token;
};

static struct queue *linked_rings_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct ring *ring = malloc(sizeof(*ring));
	if (!queue || !ring || hazards_create(&queue->hazards, config, sizeof(*ring)) != 0) {
		free(ring);
		free(queue);
		return NULL;
	}
	queue->config = *config;
	ring_reset(ring, config, NULL);
	atomic_init(&queue->head, ring);
	atomic_init(&queue->tail, ring);
	return queue;
}

static void linked_rings_destroy(struct queue *queue)
{
	// Relaxed, all: no other thread is left
	struct ring *ring = atomic_load_explicit(&queue->head, memory_order_relaxed);
	while (ring) {
		struct ring *next = atomic_load_explicit(&ring->next, memory_order_relaxed);
		free(ring);
		ring = next;
	}
	hazards_destroy(&queue->hazards);
	free(queue);
}

static struct queue_handle *linked_rings_attach(struct queue *queue)
{
	struct queue_handle *handle = hazards_attach_handle(&queue->hazards, sizeof(*handle));
	if (handle) {
		uintptr_t index = hazard_index(&queue->hazards, &handle->hazard);
		handle->token = (void *)(2 * index + 1);
	}
	return handle;
}

static void linked_rings_detach(struct queue *queue, struct queue_handle *handle)
{
	hazards_detach_handle(&queue->hazards, handle);
}

/** The first or the last ring, protected in a place. */
QUEUE_OP struct ring *ring_protect(struct queue_handle *handle, unsigned int place,
				   struct ring *_Atomic *source)
{
	struct ring *ring;
	do {
		ring = atomic_load_explicit(source, memory_order_seq_cst);
	} while (__builtin_expect(!hazard_protects(&handle->hazard, place, ring), 0));
	return ring;
}

/** Moves a pointer from a ring to the next, unless it has left that ring already. */
QUEUE_OP bool ring_leave(struct ring *_Atomic *source, struct ring *ring, struct ring *next)
{
	return atomic_compare_exchange_strong_explicit(source, &ring, next, memory_order_seq_cst,
						       memory_order_seq_cst);
}

/** Enqueues after the last ring was found closed: into the next one, or a new one. */
QUEUE_RARE enum queue_status enqueue_next(struct queue *queue, struct queue_handle *handle,
					  void *item)
{
	for (;;) {
		struct ring *last = ring_protect(handle, PLACE_TAIL, &queue->tail);
		struct ring *next = atomic_load_explicit(&last->next, memory_order_seq_cst);
		if (next) {
			queue_slow_path(&RINGS_SLOW_PATHS[APPEND_LOST]);
			ring_leave(&queue->tail, last, next);
			continue;
		}
		if (ring_put(last, item, handle->token)) {
			return QUEUE_OK;
		}

		struct ring *ring = hazard_alloc(&queue->hazards, &handle->hazard);
		if (!ring) {
			return QUEUE_NOMEM;
		}
		ring_reset(ring, &queue->config, item);
		if (ring_leave(&last->next, NULL, ring)) { // LP
			queue_slow_path(&RINGS_SLOW_PATHS[APPENDS]);
			ring_leave(&queue->tail, last, ring);
			return QUEUE_OK;
		}
		hazard_free(&queue->hazards, &handle->hazard, ring);
	}
}

/** Goes on after the first ring was found empty. True if the caller shall try the next one. */
QUEUE_RARE bool dequeue_next(struct queue *queue, struct queue_handle *handle, struct ring *first,
			     void **item)
{
	struct ring *next = atomic_load_explicit(&first->next, memory_order_seq_cst);
	if (!next) {
		return false; // The queue was empty at the look before
	}
	// The ring is closed by now, but items may have come since it was found empty
	*item = ring_take_last(first, handle->token);
	if (*item) {
		queue_slow_path(&RINGS_SLOW_PATHS[LAST_TAKEN]);
		return false;
	}
	queue_slow_path(&RINGS_SLOW_PATHS[LEAVES]);
	ring_leave(&queue->tail, first, next);
	if (ring_leave(&queue->head, first, next)) {
		hazard_retire(&queue->hazards, &handle->hazard, first);
	}
	return true;
}

QUEUE_OP enum queue_status linked_rings_enqueue(struct queue *queue, struct queue_handle *handle,
						void *item)
{
	struct ring *last = ring_protect(handle, PLACE_TAIL, &queue->tail);
	if (__builtin_expect(ring_put(last, item, handle->token), 1)) {
		return QUEUE_OK;
	}
	return enqueue_next(queue, handle, item);
}

QUEUE_OP enum queue_status linked_rings_dequeue(struct queue *queue, struct queue_handle *handle,
						void **item)
{
	do {
		struct ring *first = ring_protect(handle, PLACE_HEAD, &queue->head);
		*item = ring_take(first, handle->token);
		if (__builtin_expect(*item != NULL, 1)) {
			return QUEUE_OK;
		}
		if (!dequeue_next(queue, handle, first, item)) {
			return *item ? QUEUE_OK : QUEUE_EMPTY;
		}
	} while (true);
}

#ifndef RINGS_PROGRESS
#define RINGS_PROGRESS QUEUE_LOCK_FREE
#endif

/** Members of the descriptions of the queues. */
#define LINKED_RINGS_OPERATIONS                                                                    \
	.enqueue_progress = RINGS_PROGRESS, .dequeue_progress = RINGS_PROGRESS,                    \
	.order = QUEUE_FIFO, .exact_empty = 1, .exact_full = 1, .create = linked_rings_create,     \
	.destroy = linked_rings_destroy, .attach = linked_rings_attach,                            \
	.detach = linked_rings_detach, .enqueue = linked_rings_enqueue,                            \
	.dequeue = linked_rings_dequeue, .slow_paths = RINGS_SLOW_PATHS

#endif // SHARED_LINKED_RINGS_H
