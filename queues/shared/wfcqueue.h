// SPDX-License-Identifier: MIT

/**
 * liburcu's wfcqueue, for wfcqueue.c (any number of consumers, which take a lock) and
 * wfcqueue_mpsc.c (one consumer, and no lock). The file that includes this defines
 * WFCQUEUE_CONSUMERS: 0 for any number, or 1.
 *
 *     head -> [a] -> [b] -> [c]      the head is a node without an item
 *                            ^ tail
 *
 * A producer swings `tail` to its node with an exchange (LP), then links its predecessor to it. If
 * it stops in between, it leaves a gap that no consumer can cross: that is QUEUE_BUSY. An enqueue
 * never waits for another thread; a dequeue may.
 *
 * Surprising: the library's blocking dequeue sleeps 10 ms at such a gap, with its mutex held. So
 * the non-blocking form is used here, under a lock of this file, on which no thread sleeps. A
 * consumer gives the lock up at a gap. A consumer that finds it taken answers QUEUE_BUSY after a
 * few looks, and its caller decides.
 *
 * EMPTY is answered without the lock: liburcu documents cds_wfcq_empty() for any thread at any
 * time. It reads `tail`, which every enqueue that happened before has swung, and which comes back
 * to the head only when the last item is taken.
 *
 * The library's functions are inlined (_LGPL_SOURCE), as their licence, LGPL 2.1, allows here; the
 * compiled module is then covered by it too. They use inline assembly, which tsan cannot see into.
 * So under tsan they are called in the library instead, and the edge from enqueue to dequeue is
 * annotated.
 */

#ifndef SHARED_WFCQUEUE_H
#define SHARED_WFCQUEUE_H

#include "queue.h"
#include "reclaim/magazine.h"
#include "shared/try_lock.h"
#include "shared/tsan.h"

#if !TSAN
#define _LGPL_SOURCE
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <urcu/compiler.h>
#include <urcu/wfcqueue.h>

struct node {
	struct cds_wfcq_node link;
	void *item;
};

struct queue {
	/** Written by producers. */
	_Alignas(QUEUE_APART) struct cds_wfcq_tail tail;
	/** Written by consumers. */
	_Alignas(QUEUE_APART) struct __cds_wfcq_head head;
	atomic_bool locked;
	struct depot depot;
};

#include "reclaim/nodes.h"

static struct queue *wfcqueue_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (queue) {
		__cds_wfcq_init(&queue->head, &queue->tail);
		atomic_init(&queue->locked, false);
		depot_create(&queue->depot, sizeof(struct node));
	}
	return queue;
}

static void wfcqueue_destroy(struct queue *queue)
{
	struct cds_wfcq_node *link;
	while ((link = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail))) {
		free(caa_container_of(link, struct node, link));
	}
	depot_destroy(&queue->depot);
	free(queue);
}

QUEUE_OP enum queue_status wfcqueue_enqueue(struct queue *queue, struct queue_handle *handle,
					    void *item)
{
	struct node *node = node_alloc(&queue->depot, &handle->magazines);
	if (!node) {
		return QUEUE_NOMEM;
	}
	cds_wfcq_node_init(&node->link);
	node->item = item;
	tsan_release(node);
	// LP. liburcu documents a full barrier before and after the exchange
	cds_wfcq_enqueue(&queue->head, &queue->tail, &node->link);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status wfcqueue_dequeue(struct queue *queue, struct queue_handle *handle,
					    void **item)
{
	if (cds_wfcq_empty(&queue->head, &queue->tail)) {
		return QUEUE_EMPTY;
	}
	if (WFCQUEUE_CONSUMERS != 1 && !lock_try(&queue->locked)) {
		return QUEUE_BUSY;
	}
	struct cds_wfcq_node *link = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail);
	if (WFCQUEUE_CONSUMERS != 1) {
		lock_leave(&queue->locked);
	}

	if (!link) {
		return QUEUE_EMPTY;
	}
	if (link == CDS_WFCQ_WOULDBLOCK) {
		return QUEUE_BUSY;
	}
	struct node *node = caa_container_of(link, struct node, link);
	tsan_acquire(node);
	*item = node->item;
	// No thread looks at a dequeued node: the library allows freeing it at once
	node_free(&queue->depot, &handle->magazines, node);
	return QUEUE_OK;
}

/** Members of the descriptions of both queues. */
#define WFCQUEUE_OPERATIONS                                                                        \
	.enqueue_progress = QUEUE_WAIT_FREE, .dequeue_progress = QUEUE_BLOCKING,                   \
	.order = QUEUE_FIFO, .max_consumers = WFCQUEUE_CONSUMERS, .exact_empty = 1,                \
	.exact_full = 1, .create = wfcqueue_create, .destroy = wfcqueue_destroy, NODES_OPERATIONS, \
	.enqueue = wfcqueue_enqueue, .dequeue = wfcqueue_dequeue

#endif // SHARED_WFCQUEUE_H
