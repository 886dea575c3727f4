// SPDX-License-Identifier: MIT

/**
 * The Michael-Scott queue (PODC 1996), its nodes reclaimed by hazard pointers
 * (Michael, IEEE TPDS 2004): the lock-free queue that others are measured by.
 *
 *     head -> [ ] -> [a] -> [b] -> [c] -> NULL
 *              ^ the dummy          ^ tail, or one node behind it
 *
 * A list with a dummy in front. A producer links its node to the last one with a CAS, then swings
 * `tail` to it with another. In between `tail` is behind: a thread that finds it behind swings it,
 * and does not wait for the producer. A consumer swings `head` to the dummy's successor. Its item
 * then belongs to the consumer, and it is the new dummy; the old one is retired.
 *
 *     the dummy's successor is NULL     empty
 *     head never passes tail            so a node that `tail` shows is not yet retired
 *
 * To keep the second invariant, a consumer helps `tail` on before it swings `head`. Only for that
 * does it look at the producers' end.
 *
 * Lock-free: of all threads that meet at a CAS, one goes on. Surprising: a single thread may lose
 * for ever, and under contention most threads lose at each step, which queues of fetch-and-add
 * avoid. And the helping, which looks expensive, hardly ever happens.
 *
 * Two pairs of hazard places, one for each end, and each pair takes turns. A producer announces the
 * node that it links in one place, while the last node is protected in the other. It finds its own
 * node at `tail` next time, unless other producers came in between. Likewise a consumer must
 * protect the successor at `head` to read the item, and the successor is the dummy next time. So a
 * thread that is alone at its end pays one fence per dequeue, and none per enqueue.
 *
 * An operation takes effect where it is marked LP. Sequentially consistent accesses are so for the
 * hazard pointers; see H1 to H4 in reclaim/hazard.h.
 */

#include "queue.h"
#include "reclaim/hazard.h"

#include <stdatomic.h>
#include <stdlib.h>

/** Hazard places: two for each end. */
enum hazard_place { AT_TAIL = 0, AT_HEAD = 2 };

struct node {
	_Atomic(struct node *) next;
	void *item;
};

struct queue {
	_Alignas(QUEUE_APART) _Atomic(struct node *) tail;
	_Alignas(QUEUE_APART) _Atomic(struct node *) head;
	struct hazards hazards;
};

struct queue_handle {
	struct hazard_thread hazards;
	/** Hazard place of the node at each end. The other of the two is for its neighbour. */
	unsigned int tail_place;
	unsigned int head_place;
};

static struct queue *ms_queue_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct node *dummy = malloc(sizeof(*dummy));
	if (!queue || !dummy || hazards_create(&queue->hazards, config, sizeof(struct node)) != 0) {
		free(dummy);
		free(queue);
		return NULL;
	}
	atomic_init(&dummy->next, NULL);
	atomic_init(&queue->tail, dummy);
	atomic_init(&queue->head, dummy);
	return queue;
}

static void ms_queue_destroy(struct queue *queue)
{
	// Relaxed: no other thread is left
	struct node *node = atomic_load_explicit(&queue->head, memory_order_relaxed);
	while (node) {
		struct node *next = atomic_load_explicit(&node->next, memory_order_relaxed);
		free(node);
		node = next;
	}
	hazards_destroy(&queue->hazards);
	free(queue);
}

static struct queue_handle *ms_queue_attach(struct queue *queue)
{
	struct queue_handle *handle = hazards_attach_handle(&queue->hazards, sizeof(*handle));
	if (handle) {
		handle->tail_place = AT_TAIL;
		handle->head_place = AT_HEAD;
	}
	return handle;
}

static void ms_queue_detach(struct queue *queue, struct queue_handle *handle)
{
	hazards_detach_handle(&queue->hazards, handle);
}

/** Swings an end from one node to its successor, unless it has moved on. */
QUEUE_OP bool swing(_Atomic(struct node *) *end, struct node *from, struct node *to)
{
	// H3, and T2 or D2: hands `to` on, as E1 or D3 received it. H3 also on failure: then
	// another thread has swung the end (see hazard_retire())
	return atomic_compare_exchange_strong_explicit(end, &from, to, memory_order_seq_cst,
						       memory_order_seq_cst);
}

/** The node at an end, protected. */
QUEUE_OP struct node *protect(struct queue_handle *handle, unsigned int place,
			      _Atomic(struct node *) *end)
{
	struct node *node;
	do {
		// H2, and T1 or D1: as an acquire it pairs with the swing, T2 or D2
		node = atomic_load_explicit(end, memory_order_seq_cst);
	} while (!hazard_protects(&handle->hazards, place, node));
	return node;
}

QUEUE_OP enum queue_status ms_queue_enqueue(struct queue *queue, struct queue_handle *handle,
					    void *item)
{
	struct node *node = hazard_alloc(&queue->hazards, &handle->hazards);
	if (!node) {
		return QUEUE_NOMEM;
	}
	node->item = item;
	// Relaxed: nobody sees it before it is linked
	atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
	hazard_announce(&handle->hazards, handle->tail_place ^ 1, node);

	for (;;) {
		struct node *tail = protect(handle, handle->tail_place, &queue->tail);
		struct node *next = NULL;
		// E2, release: publishes the node, and its announcement, to D3 and E1; LP.
		// E1, acquire on failure: pairs with E2, so that the swing hands on a complete node
		if (atomic_compare_exchange_strong_explicit(
			    &tail->next, &next, node, memory_order_release, memory_order_acquire)) {
			swing(&queue->tail, tail, node);
			handle->tail_place ^= 1;
			return QUEUE_OK;
		}
		swing(&queue->tail, tail, next);
	}
}

QUEUE_OP enum queue_status ms_queue_dequeue(struct queue *queue, struct queue_handle *handle,
					    void **item)
{
	for (;;) {
		struct node *head = protect(handle, handle->head_place, &queue->head);
		// D3, acquire: pairs with E2, so that the item is seen whole. LP if it is NULL:
		// this is the last node, and head cannot have passed it
		struct node *next = atomic_load_explicit(&head->next, memory_order_acquire);
		if (!next) {
			return QUEUE_EMPTY;
		}

		// If `next` was in its place already, it was published before D1. Otherwise head
		// must still be where it was: until then its successor has not been retired
		if (!hazard_protects(&handle->hazards, handle->head_place ^ 1, next) &&
		    // H2
		    atomic_load_explicit(&queue->head, memory_order_seq_cst) != head) {
			continue;
		}
		// `tail` is not behind head: D1 has received what kept it in front of head. If it
		// is not at head it is past it, and the swing that moved it is H3 to its readers
		if (atomic_load_explicit(&queue->tail, memory_order_seq_cst) == head) {
			swing(&queue->tail, head, next);
		}

		void *taken = next->item;
		if (swing(&queue->head, head, next)) { // LP
			handle->head_place ^= 1;
			hazard_retire(&queue->hazards, &handle->hazards, head);
			*item = taken;
			return QUEUE_OK;
		}
	}
}

QUEUE_EXPORT(ms_queue) = {
	.name = "ms_queue",
	.title = "unbounded list, CAS at both ends, hazard pointers",
	.source = "Michael & Scott, PODC 1996, doi:10.1145/248052.248106; "
		  "Michael, IEEE TPDS 2004, doi:10.1109/TPDS.2004.8",
	.headline = 1,
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = ms_queue_create,
	.destroy = ms_queue_destroy,
	.attach = ms_queue_attach,
	.detach = ms_queue_detach,
	.enqueue = ms_queue_enqueue,
	.dequeue = ms_queue_dequeue,
};
