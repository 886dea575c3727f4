// SPDX-License-Identifier: MIT

/**
 * The floor of a hand-over: the last item that was put in, in a cache line of its own. It serves
 * one producer, one consumer and one item at a time, as a pair of threads has them: a producer
 * overwrites what is inside. Between two threads, nothing that hands over an item does less.
 */

#include "queue.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

struct queue {
	/** The last item that was put in, or 0. */
	_Alignas(QUEUE_APART) _Atomic uintptr_t item;
};

struct queue_handle {
	/** The last item that came out, or 0. */
	_Alignas(QUEUE_APART) uintptr_t taken;
};

static struct queue *bounce_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (queue) {
		atomic_init(&queue->item, 0);
	}
	return queue;
}

static void bounce_destroy(struct queue *queue)
{
	free(queue);
}

static size_t bounce_capacity(const struct queue *queue)
{
	(void)queue;
	return 1;
}

static struct queue_handle *bounce_attach(struct queue *queue)
{
	(void)queue;
	struct queue_handle *handle = aligned_alloc(_Alignof(struct queue_handle), sizeof(*handle));
	if (handle) {
		handle->taken = 0;
	}
	return handle;
}

static void bounce_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	free(handle);
}

QUEUE_OP enum queue_status bounce_enqueue(struct queue *queue, struct queue_handle *handle,
					  void *item)
{
	(void)handle;
	// Release: pairs with the acquire in bounce_dequeue(), which brings along what the item is
	atomic_store_explicit(&queue->item, (uintptr_t)item, memory_order_release);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status bounce_dequeue(struct queue *queue, struct queue_handle *handle,
					  void **item)
{
	// Acquire: pairs with the release in bounce_enqueue()
	uintptr_t found = atomic_load_explicit(&queue->item, memory_order_acquire);
	// Each item of a pair is another
	if (found == handle->taken) {
		return QUEUE_EMPTY;
	}
	handle->taken = found;
	*item = (void *)found;
	return QUEUE_OK;
}

QUEUE_EXPORT(floor_bounce) = {
	.name = "floor_bounce",
	.title = "floor: one number in a cache line for each direction",
	.source = "no queue",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_WAIT_FREE,
	.order = QUEUE_FIFO,
	.max_producers = 1,
	.max_consumers = 1,
	.exact_empty = true,
	.headline = true,
	.create = bounce_create,
	.destroy = bounce_destroy,
	.capacity = bounce_capacity,
	.attach = bounce_attach,
	.detach = bounce_detach,
	.enqueue = bounce_enqueue,
	.dequeue = bounce_dequeue,
};
