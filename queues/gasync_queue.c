// SPDX-License-Identifier: MIT
// requires: glib-2.0

/**
 * GLib's asynchronous queue (GAsyncQueue), with which GNOME programs hand over work.
 *
 *     one mutex, one condition variable, a count of sleepers, and
 *
 *     head [a] <-> [b] <-> [c] tail            a GQueue: nodes linked both ways
 *
 * An unbounded list under a mutex, like mutex_list, but with other parts, which make it faster or
 * slower. GLib's mutex is a futex of three states without the C library's bookkeeping. The nodes
 * come from GLib's slice allocator, which keeps magazines per thread and is called under the lock.
 * GLib signals with the lock held, for every item, as long as a thread sleeps.
 *
 * GAsyncQueue is made for blocking, so its own sleep is offered as native waiting. It cannot be
 * closed: here an item stands for the end. A consumer that finds the end puts it back, which wakes
 * the next consumer, and takes an item that was enqueued after the end, since a plain enqueue is
 * never refused. All of that is one critical section under GLib's lock, and an operation takes
 * effect while it holds the lock.
 *
 * Surprising: GLib ends the process when an enqueue finds no memory, so there is no QUEUE_NOMEM.
 * The memory that it frees stays in caches of the process (library_memory).
 *
 * GLib is compiled without tsan, which cannot see its lock: see shared/tsan.h.
 */

#include "queue.h"

#include "shared/tsan.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct queue {
	GAsyncQueue *items;
	/** Under the lock. Atomic only for tsan, which does not see the lock. */
	atomic_bool closed;
	/** Its address is the item that stands for the end. */
	char end;
};

static struct queue *gasync_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = malloc(sizeof(*queue));
	if (queue) {
		queue->items = g_async_queue_new();
		atomic_init(&queue->closed, false);
	}
	return queue;
}

static void gasync_destroy(struct queue *queue)
{
	g_async_queue_unref(queue->items);
	free(queue);
}

QUEUE_OP enum queue_status gasync_enqueue(struct queue *queue, struct queue_handle *handle,
					  void *item)
{
	(void)handle;
	tsan_release(queue);
	g_async_queue_push(queue->items, item);
	return QUEUE_OK;
}

/**
 * Puts the end back after it was taken out. Returns an item that was enqueued after it, or NULL if
 * there is none.
 */
QUEUE_RARE void *gasync_end(struct queue *queue)
{
	g_async_queue_lock(queue->items);
	g_async_queue_push_unlocked(queue->items, &queue->end);
	void *item = g_async_queue_try_pop_unlocked(queue->items);
	if (item == &queue->end) {
		g_async_queue_push_unlocked(queue->items, item);
		item = NULL;
	}
	g_async_queue_unlock(queue->items);
	return item;
}

/** Finishes a dequeue that took `found` out. */
QUEUE_OP enum queue_status gasync_found(struct queue *queue, void *found, void **item,
					enum queue_status none)
{
	if (__builtin_expect(found == &queue->end, 0)) {
		found = gasync_end(queue);
	}
	// Also where it is NULL: gcc cannot tell that nobody reads it then
	*item = found;
	if (!found) {
		return none;
	}
	tsan_acquire(queue);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status gasync_dequeue(struct queue *queue, struct queue_handle *handle,
					  void **item)
{
	(void)handle;
	return gasync_found(queue, g_async_queue_try_pop(queue->items), item, QUEUE_EMPTY);
}

QUEUE_OP enum queue_status gasync_enqueue_wait(struct queue *queue, struct queue_handle *handle,
					       void *item)
{
	(void)handle;
	enum queue_status status = QUEUE_CLOSED;
	tsan_release(queue);
	g_async_queue_lock(queue->items);
	// Relaxed: under the lock
	if (!atomic_load_explicit(&queue->closed, memory_order_relaxed)) {
		g_async_queue_push_unlocked(queue->items, item);
		status = QUEUE_OK;
	}
	g_async_queue_unlock(queue->items);
	return status;
}

QUEUE_OP enum queue_status gasync_dequeue_wait(struct queue *queue, struct queue_handle *handle,
					       void **item)
{
	(void)handle;
	// As g_async_queue_pop() does, which does not tell whether it sleeps
	g_async_queue_lock(queue->items);
	void *found = g_async_queue_try_pop_unlocked(queue->items);
	if (!found) {
		queue_sleeps();
		found = g_async_queue_pop_unlocked(queue->items);
	}
	g_async_queue_unlock(queue->items);
	return gasync_found(queue, found, item, QUEUE_CLOSED);
}

static void gasync_close(struct queue *queue)
{
	g_async_queue_lock(queue->items);
	// Relaxed, both: under the lock
	if (!atomic_load_explicit(&queue->closed, memory_order_relaxed)) {
		atomic_store_explicit(&queue->closed, true, memory_order_relaxed);
		g_async_queue_push_unlocked(queue->items, &queue->end);
	}
	g_async_queue_unlock(queue->items);
}

QUEUE_EXPORT(gasync_queue) = {
	.name = "gasync_queue",
	.title = "unbounded list under a mutex, GLib's",
	.source = "GLib, GAsyncQueue",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.library_memory = 1,
	.create = gasync_create,
	.destroy = gasync_destroy,
	.enqueue = gasync_enqueue,
	.dequeue = gasync_dequeue,
	.enqueue_wait = gasync_enqueue_wait,
	.dequeue_wait = gasync_dequeue_wait,
	.close = gasync_close,
};
