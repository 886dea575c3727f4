// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: the queue of Michael and Scott (PODC'96, doi:10.1145/248052.248106), which
 * frees a node as soon as it is unlinked, when a slow peer may still read it.
 */

// rejected-by: memory explore

#include "queue.h"

#include <stdatomic.h>
#include <stdlib.h>

struct node {
	struct node *_Atomic next;
	/** Atomic, relaxed: consumers read it before the CAS that decides whose it is. */
	void *_Atomic item;
};

struct queue {
	/** Points to a node whose item is gone. */
	_Alignas(QUEUE_APART) struct node *_Atomic first;
	/** The last node, or the one before it. */
	_Alignas(QUEUE_APART) struct node *_Atomic last;
};

static struct node *reclaims_node(void *item)
{
	struct node *node = malloc(sizeof(*node));
	if (node) {
		atomic_init(&node->next, NULL);
		atomic_init(&node->item, item);
	}
	return node;
}

static struct queue *reclaims_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct node *node = reclaims_node(NULL);
	if (!queue || !node) {
		free(node);
		free(queue);
		return NULL;
	}
	atomic_init(&queue->first, node);
	atomic_init(&queue->last, node);
	return queue;
}

/** Relaxed throughout: only one thread can reach the nodes. */
static void reclaims_destroy(struct queue *queue)
{
	struct node *node = atomic_load_explicit(&queue->first, memory_order_relaxed);
	while (node) {
		struct node *next = atomic_load_explicit(&node->next, memory_order_relaxed);
		free(node);
		node = next;
	}
	free(queue);
}

/** Acquire: pairs with swing(), so that a node is seen whole. */
QUEUE_OP struct node *follow(struct node *_Atomic *link)
{
	return atomic_load_explicit(link, memory_order_acquire);
}

/** Release: publishes the node to follow(); acquire, so that what it frees is no longer used. */
QUEUE_OP int swing(struct node *_Atomic *link, struct node *from, struct node *to)
{
	return atomic_compare_exchange_strong_explicit(link, &from, to, memory_order_acq_rel,
						       memory_order_relaxed);
}

QUEUE_OP enum queue_status reclaims_enqueue(struct queue *queue, struct queue_handle *handle,
					    void *item)
{
	(void)handle;
	struct node *node = reclaims_node(item);
	if (!node) {
		return QUEUE_NOMEM;
	}
	for (;;) {
		struct node *last = follow(&queue->last);
		struct node *next = follow(&last->next);
		if (next) {
			swing(&queue->last, last, next);
		} else if (swing(&last->next, NULL, node)) { // LP
			swing(&queue->last, last, node);
			return QUEUE_OK;
		}
	}
}

QUEUE_OP enum queue_status reclaims_dequeue(struct queue *queue, struct queue_handle *handle,
					    void **item)
{
	(void)handle;
	for (;;) {
		struct node *first = follow(&queue->first);
		struct node *last = follow(&queue->last);
		struct node *next = follow(&first->next);
		if (!next) {
			return QUEUE_EMPTY;
		}
		if (first == last) {
			swing(&queue->last, last, next);
			continue;
		}
		void *value = atomic_load_explicit(&next->item, memory_order_relaxed);
		if (swing(&queue->first, first, next)) { // LP
			*item = value;
			free(first);
			return QUEUE_OK;
		}
	}
}

QUEUE_EXPORT(reclaims_early) = {
	.name = "reclaims_early",
	.title = "fake: frees nodes that a peer may still read",
	.source = "wrong on purpose",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = reclaims_create,
	.destroy = reclaims_destroy,
	.enqueue = reclaims_enqueue,
	.dequeue = reclaims_dequeue,
};
