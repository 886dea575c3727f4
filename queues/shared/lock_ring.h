// SPDX-License-Identifier: MIT

/**
 * A ring under a spin lock of Concurrency Kit, for spin_ring.c and mcs_ring.c. The file that
 * includes this defines
 *
 *     struct lock;                                the lock that all threads share
 *     struct waiter;                              a thread's part of it, on its stack
 *     void lock_create(struct lock *);
 *     bool lock_moves(const struct lock *);       false: a thread that waits may wait long
 *     void lock_acquire(struct lock *, struct waiter *);
 *     void lock_release(struct lock *, struct waiter *);
 *
 *     first            first + count
 *       v               v
 *     [a][b][c][d][e][f][ ][ ]           under the lock: plain accesses throughout
 *
 * An operation takes effect while it holds the lock. Both sides share one lock, so that the lock is
 * what is measured. mutex_ring is the same ring under another lock, which can sleep.
 *
 * tsan cannot see into the lock's inline assembly, so the lock is annotated (shared/tsan.h).
 */

#ifndef SHARED_LOCK_RING_H
#define SHARED_LOCK_RING_H

#include "queue.h"

#include "shared/tsan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct queue {
	/** On lines of its own: waiting threads read it, and must not slow down the holder. */
	_Alignas(QUEUE_APART) struct lock lock;
	_Alignas(QUEUE_APART) size_t first;
	size_t count;
	size_t capacity;
	void **slots;
};

static struct queue *lock_ring_create(const struct queue_config *config)
{
	if (config->capacity == 0 || config->capacity > PTRDIFF_MAX / sizeof(void *)) {
		errno = EINVAL;
		return NULL;
	}
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	void **slots = malloc(config->capacity * sizeof(*slots));
	if (!queue || !slots) {
		free(slots);
		free(queue);
		return NULL;
	}
	queue->slots = slots;
	lock_create(&queue->lock);
	queue->capacity = config->capacity;
	queue->first = config->first_ticket % config->capacity;
	queue->count = 0;
	return queue;
}

static void lock_ring_destroy(struct queue *queue)
{
	free(queue->slots);
	free(queue);
}

static size_t lock_ring_capacity(const struct queue *queue)
{
	return queue->capacity;
}

/** Takes the lock. False, with nothing taken, if the lock does not move. */
QUEUE_OP bool enter(struct queue *queue, struct waiter *waiter)
{
	if (!lock_moves(&queue->lock)) {
		return false;
	}
	lock_acquire(&queue->lock, waiter);
	tsan_acquire(&queue->lock);
	return true;
}

QUEUE_OP void leave(struct queue *queue, struct waiter *waiter)
{
	tsan_release(&queue->lock);
	lock_release(&queue->lock, waiter);
}

/** Wraps an index, which is less than twice the capacity, around the end of the ring. */
QUEUE_OP size_t wrap(const struct queue *queue, size_t index)
{
	return index < queue->capacity ? index : index - queue->capacity;
}

/** Puts an item, under the lock. False if the ring is full. */
QUEUE_OP bool put(struct queue *queue, void *item)
{
	if (queue->count == queue->capacity) {
		return false;
	}
	queue->slots[wrap(queue, queue->first + queue->count++)] = item;
	return true;
}

/** Takes an item, under the lock. False if the ring is empty. */
QUEUE_OP bool take(struct queue *queue, void **item)
{
	if (queue->count == 0) {
		return false;
	}
	*item = queue->slots[queue->first];
	queue->first = wrap(queue, queue->first + 1);
	--queue->count;
	return true;
}

QUEUE_OP enum queue_status lock_ring_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	(void)handle;
	struct waiter waiter;
	if (!enter(queue, &waiter)) {
		return QUEUE_BUSY;
	}
	bool done = put(queue, item);
	leave(queue, &waiter);
	return done ? QUEUE_OK : QUEUE_FULL;
}

QUEUE_OP enum queue_status lock_ring_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	(void)handle;
	struct waiter waiter;
	if (!enter(queue, &waiter)) {
		return QUEUE_BUSY;
	}
	if (take(queue, item)) {
		leave(queue, &waiter);
		return QUEUE_OK;
	}
	leave(queue, &waiter);
	return QUEUE_EMPTY;
}

QUEUE_OP size_t lock_ring_enqueue_batch(struct queue *queue, struct queue_handle *handle,
					void *const *items, size_t count)
{
	(void)handle;
	struct waiter waiter;
	size_t done = 0;
	if (!enter(queue, &waiter)) {
		return 0;
	}
	while (done < count && put(queue, items[done])) {
		++done;
	}
	leave(queue, &waiter);
	return done;
}

QUEUE_OP size_t lock_ring_dequeue_batch(struct queue *queue, struct queue_handle *handle,
					void **items, size_t count)
{
	(void)handle;
	struct waiter waiter;
	size_t done = 0;
	if (!enter(queue, &waiter)) {
		return 0;
	}
	while (done < count && take(queue, &items[done])) {
		++done;
	}
	leave(queue, &waiter);
	return done;
}

/** Members of the descriptions of both queues. */
#define LOCK_RING_OPERATIONS                                                                       \
	.enqueue_progress = QUEUE_BLOCKING, .dequeue_progress = QUEUE_BLOCKING,                    \
	.order = QUEUE_FIFO, .exact_empty = 1, .exact_full = 1, .create = lock_ring_create,        \
	.destroy = lock_ring_destroy, .capacity = lock_ring_capacity,                              \
	.enqueue = lock_ring_enqueue, .dequeue = lock_ring_dequeue,                                \
	.enqueue_batch = lock_ring_enqueue_batch, .dequeue_batch = lock_ring_dequeue_batch

#endif // SHARED_LOCK_RING_H
