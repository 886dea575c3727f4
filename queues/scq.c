// SPDX-License-Identifier: MIT

/**
 * SCQ, the scalable circular queue, with indirection (SCQD): Nikolaev, "A
 * Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue", DISC 2019.
 *
 * Items stand in an array of slots. Two rings pass the slots' indices around: one has the free
 * slots, the other the filled ones. All of it is in shared/index_rings.h.
 */

#include "shared/index_rings.h"

struct queue {
	struct index_rings rings;
};

static struct queue *scq_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (queue && index_rings_create(&queue->rings, config->capacity, config->max_threads,
					config->first_ticket) != 0) {
		free(queue);
		queue = NULL;
	}
	return queue;
}

static void scq_destroy(struct queue *queue)
{
	index_rings_destroy(&queue->rings);
	free(queue);
}

static size_t scq_capacity(const struct queue *queue)
{
	return index_rings_capacity(&queue->rings);
}

QUEUE_OP enum queue_status scq_enqueue(struct queue *queue, struct queue_handle *handle, void *item)
{
	(void)handle;
	return index_rings_put(&queue->rings, item) ? QUEUE_OK : QUEUE_FULL;
}

QUEUE_OP enum queue_status scq_dequeue(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	(void)handle;
	void *taken = index_rings_take(&queue->rings);
	if (!taken) {
		return QUEUE_EMPTY;
	}
	*item = taken;
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
	.enqueue = scq_enqueue,
	.dequeue = scq_dequeue,
	.slow_paths = index_rings_slow_paths,
};
