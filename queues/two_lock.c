// SPDX-License-Identifier: MIT

/**
 * The two-lock queue (Michael & Scott, PODC 1996): a list with a lock for each end, so that a
 * producer and a consumer do not meet.
 *
 *     head lock                              tail lock
 *       head -> [ ] -> [a] -> [b] -> [c] -> NULL
 *                ^ the dummy          ^ tail
 *
 * The dummy in front keeps the ends apart. A producer writes the last node and `tail`, a consumer
 * reads the first node and writes `head`, and neither looks at the other's end. A textbook's
 * "protected by the locks" hides one exception. When the queue is empty the last node is the dummy:
 * the producer writes its `next` while the consumer, under the other lock, reads it. So `next` is
 * atomic, and carries the item over from lock to lock.
 *
 *     dummy's next is NULL     empty; the consumer knows no more of the producers
 *     linked, tail behind it   the consumer may take it already, and free the old dummy:
 *                              the producer must not touch the dummy after the link
 *
 * Blocking, but each side for itself: a producer that stops with its lock held stops the producers;
 * the consumers go on until the queue is empty. No thread waits for a lock: after a few looks the
 * answer is QUEUE_BUSY, and the caller decides. The paper's locks spin with backoff; these are of
 * the same kind, test-and-test-and-set.
 *
 * A native batch moves many items under one lock. A producer links them before it takes the lock,
 * so it holds the lock as long as for one. Nodes come from magazines, outside of the lock.
 *
 * An operation takes effect where it is marked LP.
 */

#include "queue.h"
#include "reclaim/magazine.h"
#include "shared/try_lock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/** Most items that a consumer takes under one lock, so that others get their turn. */
#define BATCH_MOST 64

struct node {
	_Atomic(struct node *) next;
	void *item;
};

/** One end of the list. */
struct end {
	_Alignas(QUEUE_APART) atomic_bool locked;
	/** Under the lock. */
	struct node *node;
};

struct queue {
	struct end tail;
	struct end head;
	struct depot depot;
};

#include "reclaim/nodes.h"

static struct queue *two_lock_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct node *dummy = malloc(sizeof(*dummy));
	if (!queue || !dummy) {
		free(dummy);
		free(queue);
		return NULL;
	}
	atomic_init(&dummy->next, NULL);
	atomic_init(&queue->tail.locked, false);
	queue->tail.node = dummy;
	atomic_init(&queue->head.locked, false);
	queue->head.node = dummy;
	depot_create(&queue->depot, sizeof(struct node));
	return queue;
}

static void two_lock_destroy(struct queue *queue)
{
	struct node *node = queue->head.node;
	while (node) {
		// Relaxed: no other thread is left
		struct node *next = atomic_load_explicit(&node->next, memory_order_relaxed);
		free(node);
		node = next;
	}
	depot_destroy(&queue->depot);
	free(queue);
}

/** Makes a node with an item. NULL if there is no memory. */
QUEUE_OP struct node *make_node(struct queue *queue, struct queue_handle *handle, void *item)
{
	struct node *node = node_alloc(&queue->depot, &handle->magazines);
	if (node) {
		// Relaxed: E1 publishes it
		atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
		node->item = item;
	}
	return node;
}

/** Links a chain of nodes. False if another producer is in the way. */
QUEUE_OP bool append(struct queue *queue, struct node *first, struct node *last)
{
	if (!lock_try(&queue->tail.locked)) {
		return false;
	}
	// E1, release: publishes the items to D1; LP. The old last node may be freed from here on
	atomic_store_explicit(&queue->tail.node->next, first, memory_order_release);
	queue->tail.node = last;
	lock_leave(&queue->tail.locked);
	return true;
}

QUEUE_OP enum queue_status two_lock_enqueue(struct queue *queue, struct queue_handle *handle,
					    void *item)
{
	struct node *node = make_node(queue, handle, item);
	if (!node) {
		return QUEUE_NOMEM;
	}
	if (!append(queue, node, node)) {
		node_free(&queue->depot, &handle->magazines, node);
		return QUEUE_BUSY;
	}
	return QUEUE_OK;
}

/** The dummy's successor, under the lock. NULL if the queue is empty. */
QUEUE_OP struct node *successor(struct node *dummy)
{
	// D1, acquire: pairs with E1, so that the item is seen whole. LP if the queue is empty
	return atomic_load_explicit(&dummy->next, memory_order_acquire);
}

QUEUE_OP enum queue_status two_lock_dequeue(struct queue *queue, struct queue_handle *handle,
					    void **item)
{
	if (!lock_try(&queue->head.locked)) {
		return QUEUE_BUSY;
	}
	struct node *dummy = queue->head.node;
	struct node *first = successor(dummy);
	if (first) {
		queue->head.node = first; // LP, with the lock held
		*item = first->item;
	}
	lock_leave(&queue->head.locked);

	if (!first) {
		return QUEUE_EMPTY;
	}
	node_free(&queue->depot, &handle->magazines, dummy);
	return QUEUE_OK;
}

QUEUE_OP size_t two_lock_enqueue_batch(struct queue *queue, struct queue_handle *handle,
				       void *const *items, size_t count)
{
	struct node *first = count > 0 ? make_node(queue, handle, items[0]) : NULL;
	if (!first) {
		return 0;
	}
	struct node *last = first;
	size_t made = 1;
	for (; made < count; ++made) {
		struct node *node = make_node(queue, handle, items[made]);
		if (!node) {
			break;
		}
		// Relaxed: E1 publishes the whole chain
		atomic_store_explicit(&last->next, node, memory_order_relaxed);
		last = node;
	}
	if (append(queue, first, last)) {
		return made;
	}

	for (size_t i = 0; i < made; ++i) {
		// Relaxed: no other thread has seen it
		struct node *next = atomic_load_explicit(&first->next, memory_order_relaxed);
		node_free(&queue->depot, &handle->magazines, first);
		first = next;
	}
	return 0;
}

QUEUE_OP size_t two_lock_dequeue_batch(struct queue *queue, struct queue_handle *handle,
				       void **items, size_t count)
{
	if (!lock_try(&queue->head.locked)) {
		return 0;
	}
	struct node *dummy = queue->head.node;
	struct node *last = dummy;
	size_t done = 0;
	while (done < count && done < BATCH_MOST) {
		struct node *node = successor(last);
		if (!node) {
			break;
		}
		items[done++] = node->item;
		last = node;
	}
	queue->head.node = last; // LP, with the lock held
	lock_leave(&queue->head.locked);

	// No other thread can reach the nodes between the old dummy and the new one
	while (dummy != last) {
		struct node *next = successor(dummy);
		node_free(&queue->depot, &handle->magazines, dummy);
		dummy = next;
	}
	return done;
}

QUEUE_EXPORT(two_lock) = {
	.name = "two_lock",
	.title = "unbounded list, a spin lock for each end",
	.source = "Michael & Scott, PODC 1996, doi:10.1145/248052.248106",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = two_lock_create,
	.destroy = two_lock_destroy,
	NODES_OPERATIONS,
	.enqueue = two_lock_enqueue,
	.dequeue = two_lock_dequeue,
	.enqueue_batch = two_lock_enqueue_batch,
	.dequeue_batch = two_lock_dequeue_batch,
};
