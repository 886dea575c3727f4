// SPDX-License-Identifier: MIT

/** A queue of one item, whose enqueue is a load and a store: two producers lose items. */

#include "queue.h"

#include <stdatomic.h>
#include <stdlib.h>

struct queue {
	_Atomic(void *) slot;
};

static struct queue *forgetful_create(const struct queue_config *config)
{
	(void)config;
	return calloc(1, sizeof(struct queue));
}

static void forgetful_destroy(struct queue *queue)
{
	free(queue);
}

static size_t forgetful_capacity(const struct queue *queue)
{
	(void)queue;
	return 1;
}

QUEUE_OP enum queue_status forgetful_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	(void)handle;
	if (atomic_load(&queue->slot)) {
		return QUEUE_FULL;
	}
	atomic_store(&queue->slot, item);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status forgetful_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	(void)handle;
	*item = atomic_exchange(&queue->slot, NULL);
	return *item ? QUEUE_OK : QUEUE_EMPTY;
}

QUEUE_EXPORT(forgetful) = {
	.name = "forgetful",
	.title = "loses items",
	.source = "no queue",
	.create = forgetful_create,
	.destroy = forgetful_destroy,
	.capacity = forgetful_capacity,
	.enqueue = forgetful_enqueue,
	.dequeue = forgetful_dequeue,
};
