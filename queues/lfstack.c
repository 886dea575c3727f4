// SPDX-License-Identifier: MIT
// requires: liburcu-cds

/**
 * liburcu's lock-free stack (cds_lfs), its pop side under a lock of this file. Not a queue: the
 * youngest item leaves first.
 *
 *     head -> [c] -> [b] -> [a]
 *
 *     push: node.next = head, CAS(head, node.next, node)          (LP)
 *     pop:  CAS(head, node, node.next)                            (LP)
 *
 * This is Treiber's stack (IBM RJ 5118, 1986), with its ABA problem: between the reading of
 * node.next and the CAS, the node may be popped, used again, and be back at the head with another
 * successor. A push is safe, as it looks at no node but its own. liburcu offers three ways for
 * pops: RCU and a grace period before a node is used again; one consumer; or a lock among
 * consumers. This file takes the lock, since nodes can then be used again at once. As in
 * wfcqueue.c, a consumer that finds the lock taken answers QUEUE_BUSY after a few looks.
 *
 * Surprising: only the push is lock-free, and all pushes and pops meet at one word. Two threads
 * that do nothing but exchange items meet there every time, while a queue has two ends. The library
 * first guesses that the stack is empty, so each push to a non-empty stack costs a failed CAS.
 * EMPTY is answered without the lock, by a look at the head, as liburcu allows.
 *
 * The library's functions are inlined (_LGPL_SOURCE), as their licence, LGPL 2.1, allows here; the
 * compiled module is then covered by it too. Under sanitizers they are called in the library
 * instead, because ubsan, which comes with asan, objects to the address of a member of NULL in the
 * first guess. The edge from push to pop is annotated (shared/tsan.h).
 */

#include "queue.h"

#include "reclaim/magazine.h"
#include "shared/try_lock.h"
#include "shared/tsan.h"

#if defined(__SANITIZE_ADDRESS__)
#define LFSTACK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LFSTACK_ASAN 1
#endif
#endif
#if !TSAN && !defined(LFSTACK_ASAN)
#define _LGPL_SOURCE
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <urcu/compiler.h>
#include <urcu/lfstack.h>

struct node {
	struct cds_lfs_node link;
	void *item;
};

struct queue {
	_Alignas(QUEUE_APART) struct __cds_lfs_stack stack;
	_Alignas(QUEUE_APART) atomic_bool locked;
	struct depot depot;
};

#include "reclaim/nodes.h"

static struct queue *lfstack_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (queue) {
		__cds_lfs_init(&queue->stack);
		atomic_init(&queue->locked, false);
		depot_create(&queue->depot, sizeof(struct node));
	}
	return queue;
}

static void lfstack_destroy(struct queue *queue)
{
	struct cds_lfs_node *link;
	while ((link = __cds_lfs_pop(&queue->stack))) {
		free(caa_container_of(link, struct node, link));
	}
	depot_destroy(&queue->depot);
	free(queue);
}

QUEUE_OP enum queue_status lfstack_enqueue(struct queue *queue, struct queue_handle *handle,
					   void *item)
{
	struct node *node = node_alloc(&queue->depot, &handle->magazines);
	if (!node) {
		return QUEUE_NOMEM;
	}
	cds_lfs_node_init(&node->link);
	node->item = item;
	tsan_release(queue);
	// LP. liburcu documents full barriers around each CAS
	cds_lfs_push(&queue->stack, &node->link);
	return QUEUE_OK;
}

/** Pops an item, under the lock, and frees its node. False if the stack is empty. */
QUEUE_OP bool lfstack_take(struct queue *queue, struct queue_handle *handle, void **item)
{
	struct cds_lfs_node *link = __cds_lfs_pop(&queue->stack); // LP
	if (!link) {
		return false;
	}
	tsan_acquire(queue);
	struct node *node = caa_container_of(link, struct node, link);
	*item = node->item;
	// No other pop can have seen the node, and a push looks only at its own
	node_free(&queue->depot, &handle->magazines, node);
	return true;
}

QUEUE_OP enum queue_status lfstack_dequeue(struct queue *queue, struct queue_handle *handle,
					   void **item)
{
	if (cds_lfs_empty(&queue->stack)) {
		return QUEUE_EMPTY; // LP
	}
	if (!lock_try(&queue->locked)) {
		return QUEUE_BUSY;
	}
	if (lfstack_take(queue, handle, item)) {
		lock_leave(&queue->locked);
		return QUEUE_OK;
	}
	lock_leave(&queue->locked);
	return QUEUE_EMPTY;
}

QUEUE_EXPORT(lfstack) = {
	.name = "lfstack",
	.title = "unbounded stack, compare-and-swap, lock among pops",
	.source = "liburcu-cds (Desnoyers), cds_lfs; Treiber, IBM RJ 5118, 1986",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_UNORDERED,
	.exact_empty = 1,
	.exact_full = 1,
	.create = lfstack_create,
	.destroy = lfstack_destroy,
	NODES_OPERATIONS,
	.enqueue = lfstack_enqueue,
	.dequeue = lfstack_dequeue,
};
