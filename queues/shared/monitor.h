// SPDX-License-Identifier: MIT

/**
 * A monitor (Hoare, CACM 1974): one mutex and two condition variables around a container that knows
 * nothing of threads. The file that includes this defines `struct store`, and for it
 *
 *     int store_create(struct store *, const struct queue_config *);   0, or -1 with errno
 *     void store_destroy(struct store *);
 *
 *     void *cell_make(struct store *, struct queue_handle *, void *item);   NULL: no memory
 *     void *cell_open(struct store *, struct queue_handle *, void *cell);   the item; frees
 *
 *     bool store_put(struct store *, void *cell);                      false if full
 *     void *store_take(struct store *);                                NULL if empty
 *
 * Only the last two run under the lock: the allocator never does.
 *
 * A thread signals only when a thread sleeps. Surprising: it takes the sleeper off the count
 * itself. Otherwise the sleeper, which may run much later, would be signalled for every item until
 * then. A spurious wake-up leaves the count one too high, which costs a needless signal, never a
 * missing one.
 *
 * Blocking: a thread that stops inside the lock stops all. An operation takes effect while it holds
 * the lock.
 */

#ifndef SHARED_MONITOR_H
#define SHARED_MONITOR_H

#include "queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct queue {
	pthread_mutex_t lock;
	/** Sleepers that were not signalled yet. Under the lock, like all that follows. */
	unsigned int consumers_waiting;
	unsigned int producers_waiting;
	bool closed;
	struct store store;

	/** Apart from the lock: threads signal them after they left the lock. */
	_Alignas(QUEUE_APART) pthread_cond_t filled;
	pthread_cond_t drained;
};

static struct queue *monitor_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	if (store_create(&queue->store, config) != 0) {
		free(queue);
		return NULL;
	}

	// With default attributes none of these allocates or fails
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->filled, NULL);
	pthread_cond_init(&queue->drained, NULL);
	queue->consumers_waiting = 0;
	queue->producers_waiting = 0;
	queue->closed = false;
	return queue;
}

static void monitor_destroy(struct queue *queue)
{
	store_destroy(&queue->store);
	pthread_cond_destroy(&queue->drained);
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

/** Takes one sleeper off the count. True if there is one to signal, once the lock is free. */
QUEUE_OP bool claim_sleeper(unsigned int *waiting)
{
	if (*waiting == 0) {
		return false;
	}
	--*waiting;
	return true;
}

/** Puts an item. Sleeps for room if `wait` is set. */
QUEUE_OP enum queue_status monitor_put(struct queue *queue, struct queue_handle *handle, void *item,
				       bool wait)
{
	enum queue_status status = QUEUE_OK;
	bool wake = false;
	void *cell = cell_make(&queue->store, handle, item);
	if (!cell) {
		return QUEUE_NOMEM;
	}

	pthread_mutex_lock(&queue->lock);
	for (;;) {
		if (wait && queue->closed) {
			status = QUEUE_CLOSED;
			break;
		}
		if (store_put(&queue->store, cell)) {
			wake = claim_sleeper(&queue->consumers_waiting);
			break;
		}
		if (!wait) {
			status = QUEUE_FULL;
			break;
		}
		++queue->producers_waiting;
		queue_sleeps();
		pthread_cond_wait(&queue->drained, &queue->lock);
	}
	pthread_mutex_unlock(&queue->lock);

	if (wake) {
		pthread_cond_signal(&queue->filled);
	}
	if (status != QUEUE_OK) {
		cell_open(&queue->store, handle, cell);
	}
	return status;
}

/** Takes an item. Sleeps for one if `wait` is set. */
QUEUE_OP enum queue_status monitor_take(struct queue *queue, struct queue_handle *handle,
					void **item, bool wait)
{
	void *cell;
	bool wake = false;

	pthread_mutex_lock(&queue->lock);
	while (!(cell = store_take(&queue->store)) && wait && !queue->closed) {
		++queue->consumers_waiting;
		queue_sleeps();
		pthread_cond_wait(&queue->filled, &queue->lock);
	}
	if (cell) {
		wake = claim_sleeper(&queue->producers_waiting);
	}
	pthread_mutex_unlock(&queue->lock);

	if (wake) {
		pthread_cond_signal(&queue->drained);
	}
	if (!cell) {
		return wait ? QUEUE_CLOSED : QUEUE_EMPTY;
	}
	*item = cell_open(&queue->store, handle, cell);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status monitor_enqueue(struct queue *queue, struct queue_handle *handle,
					   void *item)
{
	return monitor_put(queue, handle, item, false);
}

QUEUE_OP enum queue_status monitor_dequeue(struct queue *queue, struct queue_handle *handle,
					   void **item)
{
	return monitor_take(queue, handle, item, false);
}

QUEUE_OP enum queue_status monitor_enqueue_wait(struct queue *queue, struct queue_handle *handle,
						void *item)
{
	return monitor_put(queue, handle, item, true);
}

QUEUE_OP enum queue_status monitor_dequeue_wait(struct queue *queue, struct queue_handle *handle,
						void **item)
{
	return monitor_take(queue, handle, item, true);
}

static void monitor_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	queue->consumers_waiting = 0;
	queue->producers_waiting = 0;
	pthread_mutex_unlock(&queue->lock);

	pthread_cond_broadcast(&queue->filled);
	pthread_cond_broadcast(&queue->drained);
}

/** Members of the descriptions of all monitors. */
#define MONITOR_OPERATIONS                                                                         \
	.enqueue_progress = QUEUE_BLOCKING, .dequeue_progress = QUEUE_BLOCKING, .exact_empty = 1,  \
	.exact_full = 1, .create = monitor_create, .destroy = monitor_destroy,                     \
	.enqueue = monitor_enqueue, .dequeue = monitor_dequeue,                                    \
	.enqueue_wait = monitor_enqueue_wait, .dequeue_wait = monitor_dequeue_wait,                \
	.close = monitor_close

#endif // SHARED_MONITOR_H
