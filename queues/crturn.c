// SPDX-License-Identifier: MIT

/**
 * The CRTurn queue: Ramalhete & Correia, "A Wait-Free Queue with Wait-Free Memory Reclamation",
 * PPoPP 2017. A list with a dummy in front, like Michael and Scott's. But no thread races for its
 * ends: each thread publishes a request, and all threads serve the requests in turn.
 *
 *     head -> [ ] -> [a] -> [b] -> NULL        each node names the thread that put it in,
 *              ^ the dummy   ^ tail            and the thread that it is given to
 *
 * Enqueue. A thread shows its node in `offered`. Every thread at the tail first clears the offer
 * that became the last node, then links the offer of the next thread, counting from the producer of
 * the last node:
 *
 *     offered[i] == NULL      thread i has nothing to put in
 *     offered[i] == a node    not in the list yet, or the last node
 *
 * The second line makes it safe to link a node that was found there. The offer of any node is
 * cleared before the node gets a successor. So if tail->next is still NULL, an offer that was read
 * after tail cannot have been in the list before.
 *
 * Dequeue. `given` is the node that a thread was given last; `asked` makes the request:
 *
 *     asked[i] != given[i]    thread i wants nothing
 *     asked[i] == given[i]    it wants the next node; giving it one closes the request
 *
 * The first node after the dummy is promised to the next thread that asks, counting from the one
 * that the dummy was given to. The promise is a CAS on the node itself. Then the node is put into
 * that thread's `given`, and head is swung to it. Any thread may do each step. A thread that finds
 * the queue empty takes back its request. By then another thread may have given it a node, or may
 * be about to promise it one: see give_up().
 *
 * Wait-free: at most one node is linked (promised) that was chosen before the request was seen.
 * After that, the turns reach the request within as many nodes as there are threads. Each round of
 * the loops below moves an end by a node, or finds it moved. Reclamation is wait-free as well: if a
 * node moves on while it is being protected, other threads have moved an end, so that is a round
 * too. (As in all queues here, this holds for the algorithm without the allocator.) Surprising: the
 * bound on steps is the number of threads, and so is the usual cost, since each operation looks at
 * all the others' requests. And only the thread that a node was given to retires it, two dequeues
 * later: nodes in `asked` and `given` are compared by address, so they must not come back as other
 * nodes.
 *
 * The authors' loops end after as many rounds as there are threads, and assume that the request was
 * served. Here they end when it is served: a mistake in the bound, or in the turns of threads that
 * come and go, would show as an endless loop, not as an item taken twice. The authors' first dummy
 * belongs to no thread. Here it is the node that thread 0 was given last, and is reclaimed like any
 * other.
 *
 * An enqueue takes effect where tail is swung to its node, a dequeue where head is swung to the
 * node that it was given. Both are marked LP, and any thread may do them. So an item is inside once
 * tail has reached it, and EMPTY is head == tail. Accesses are sequentially consistent unless
 * stated otherwise: the argument about turns needs one order of all requests and ends, and so do
 * the hazard pointers (H1 to H4 in reclaim/hazard.h).
 */

#include "queue.h"
#include "reclaim/hazard.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/**
 * Hazard places: two for each end, which take turns. At AT_TAIL, one protects the last node and the
 * other the thread's offer. Between enqueues the latter is free for give().
 */
enum hazard_place { AT_TAIL = 0, AT_HEAD = 2 };

/** Consumer of a node that is promised to no thread yet. */
#define NOBODY UINT_MAX

struct node {
	_Atomic(struct node *) next;
	void *item;
	/** The thread that put it in, and the thread that it is promised to. */
	unsigned int producer;
	_Atomic unsigned int consumer;
};

/** The requests of a thread. */
struct requests {
	_Alignas(QUEUE_APART) _Atomic(struct node *) offered;
	_Alignas(QUEUE_APART) _Atomic(struct node *) asked;
	_Atomic(struct node *) given;
};

struct queue {
	_Alignas(QUEUE_APART) _Atomic(struct node *) tail;
	_Alignas(QUEUE_APART) _Atomic(struct node *) head;
	_Alignas(QUEUE_APART) struct requests *requests;
	/** Threads whose requests exist; fewer than all only while create() fails. */
	unsigned int threads;
	struct hazards hazards;
};

struct queue_handle {
	struct hazard_thread hazards;
	/** Index of this thread's requests. */
	unsigned int thread;
	/** Hazard place of the node at each end. */
	unsigned int tail_place;
	unsigned int head_place;
};

enum {
	LINKS_PEERS,
	PROMISES_PEERS,
	GIVES_PEERS,
	GIVES_UP,
};

static struct queue_slow_path slow_paths[] = {
	[LINKS_PEERS] = {"link a peer's node", true, 0},
	[PROMISES_PEERS] = {"promise a peer a node", true, 0},
	[GIVES_PEERS] = {"give a peer its node", true, 0},
	[GIVES_UP] = {"take a request back", false, 0},
	{NULL, false, 0},
};

static void requests_destroy(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->threads; ++i) {
		// Relaxed: no other thread is left
		free(atomic_load_explicit(&queue->requests[i].asked, memory_order_relaxed));
		free(atomic_load_explicit(&queue->requests[i].given, memory_order_relaxed));
	}
	free(queue->requests);
}

/** Gives every thread two nodes, which are no request. 0, or -1 with ENOMEM. */
static int requests_create(struct queue *queue, unsigned int threads)
{
	queue->threads = 0;
	queue->requests =
		aligned_alloc(_Alignof(struct requests), threads * sizeof(struct requests));
	if (!queue->requests) {
		return -1;
	}
	for (unsigned int i = 0; i < threads; ++i) {
		struct node *asked = malloc(sizeof(*asked));
		struct node *given = malloc(sizeof(*given));
		if (!asked || !given) {
			free(asked);
			free(given);
			requests_destroy(queue);
			errno = ENOMEM;
			return -1;
		}
		atomic_init(&queue->requests[i].offered, NULL);
		atomic_init(&queue->requests[i].asked, asked);
		atomic_init(&queue->requests[i].given, given);
		++queue->threads;
	}
	return 0;
}

static struct queue *crturn_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	if (hazards_create(&queue->hazards, config, sizeof(struct node)) != 0) {
		goto fail_queue;
	}
	if (requests_create(queue, config->max_threads) != 0) {
		goto fail_hazards;
	}
	struct node *dummy = atomic_load_explicit(&queue->requests[0].given, memory_order_relaxed);
	atomic_init(&dummy->next, NULL);
	dummy->producer = 0;
	atomic_init(&dummy->consumer, 0);
	atomic_init(&queue->tail, dummy);
	atomic_init(&queue->head, dummy);
	return queue;

fail_hazards:
	hazards_destroy(&queue->hazards);
fail_queue:
	free(queue);
	return NULL;
}

static void crturn_destroy(struct queue *queue)
{
	// Relaxed: no other thread is left. The dummy is in `given` of some thread
	struct node *dummy = atomic_load_explicit(&queue->head, memory_order_relaxed);
	struct node *node = atomic_load_explicit(&dummy->next, memory_order_relaxed);
	while (node) {
		struct node *next = atomic_load_explicit(&node->next, memory_order_relaxed);
		free(node);
		node = next;
	}
	requests_destroy(queue);
	hazards_destroy(&queue->hazards);
	free(queue);
}

static struct queue_handle *crturn_attach(struct queue *queue)
{
	struct queue_handle *handle = hazards_attach_handle(&queue->hazards, sizeof(*handle));
	if (handle) {
		handle->thread = hazard_index(&queue->hazards, &handle->hazards);
		handle->tail_place = AT_TAIL;
		handle->head_place = AT_HEAD;
	}
	return handle;
}

static void crturn_detach(struct queue *queue, struct queue_handle *handle)
{
	hazards_detach_handle(&queue->hazards, handle);
}

QUEUE_OP struct node *look(const _Atomic(struct node *) *pointer)
{
	return atomic_load_explicit(pointer, memory_order_seq_cst);
}

QUEUE_OP bool change(_Atomic(struct node *) *pointer, struct node *from, struct node *to)
{
	// Also on failure: for the thread that retires, a swing by another thread is H3
	// (hazard_retire())
	return atomic_compare_exchange_strong_explicit(pointer, &from, to, memory_order_seq_cst,
						       memory_order_seq_cst);
}

/**
 * Swings an end from one node to the next, unless a peer has done it. A thread that tries `again`
 * has such peers: it reads the end first, since a CAS that fails takes the cache line from them. At
 * its first try it may be alone, and does the CAS at once.
 */
QUEUE_OP void advance(_Atomic(struct node *) *end, struct node *from, struct node *to, bool again)
{
	if (!again || look(end) == from) {
		change(end, from, to);
	}
}

/** Protects a node that was found while `end` was `there`. False if `end` moved since. */
QUEUE_OP bool protect(struct queue_handle *handle, unsigned int place, struct node *node,
		      const _Atomic(struct node *) *end, struct node *there)
{
	// H2
	return hazard_protects(&handle->hazards, place, node) || look(end) == there;
}

/** The thread whose turn comes after another's. Threads that never attached have no turn. */
QUEUE_OP unsigned int turn_after(unsigned int thread, unsigned int used)
{
	return thread + 1 < used ? thread + 1 : 0;
}

/**
 * Links the next offer in turn behind `tail`, the last node, which is protected. Not needed if
 * `tail` has a successor: the thread that linked the successor had cleared the offer of `tail`.
 */
QUEUE_OP void link_next(struct queue *queue, struct queue_handle *handle, struct node *tail)
{
	_Atomic(struct node *) *offered = &queue->requests[tail->producer].offered;
	if (look(offered) == tail) {
		change(offered, tail, NULL);
	}

	// Read after tail: the offer of a thread that attaches later is not linked in this call
	unsigned int used = hazards_used(&queue->hazards);
	unsigned int thread = tail->producer;
	for (unsigned int i = 0; i < used; ++i) {
		thread = turn_after(thread, used);
		struct node *node = look(&queue->requests[thread].offered);
		if (node) {
			if (change(&tail->next, NULL, node) && thread != handle->thread) {
				queue_slow_path(&slow_paths[LINKS_PEERS]);
			}
			return;
		}
	}
}

/**
 * Helps the end of the list on by one node. True if that node is `node`, this thread's own; false
 * if it was another one, or if tail had moved before.
 */
QUEUE_OP bool link_round(struct queue *queue, struct queue_handle *handle, struct node *node,
			 bool again)
{
	struct node *tail = look(&queue->tail); // H2
	if (!protect(handle, handle->tail_place, tail, &queue->tail, tail)) {
		return false;
	}
	// At the first try the thread may be alone: then the CAS alone fetches the line
	struct node *next = again ? look(&tail->next) : NULL;
	if (!next) {
		link_next(queue, handle, tail);
		next = look(&tail->next);
	}
	if (!next) {
		return false;
	}
	advance(&queue->tail, tail, next, again); // LP of the enqueue of `next`; H3
	if (next != node) {
		return false;
	}
	// Release: after the swing, on which a thread that sees no offer relies
	atomic_store_explicit(&queue->requests[handle->thread].offered, NULL, memory_order_release);
	return true;
}

QUEUE_RARE void link_again(struct queue *queue, struct queue_handle *handle, struct node *node)
{
	while (look(&queue->requests[handle->thread].offered) &&
	       !link_round(queue, handle, node, true)) {
	}
}

QUEUE_OP enum queue_status crturn_enqueue(struct queue *queue, struct queue_handle *handle,
					  void *item)
{
	struct node *node = hazard_alloc(&queue->hazards, &handle->hazards);
	if (!node) {
		return QUEUE_NOMEM;
	}
	// Relaxed: the offer publishes it
	atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
	atomic_store_explicit(&node->consumer, NOBODY, memory_order_relaxed);
	node->item = item;
	node->producer = handle->thread;
	hazard_announce(&handle->hazards, handle->tail_place ^ 1, node);

	_Atomic(struct node *) *offered = &queue->requests[handle->thread].offered;
	atomic_store_explicit(offered, node, memory_order_seq_cst);
	// If a peer has linked it already, this round serves another thread
	if (!link_round(queue, handle, node, false)) {
		link_again(queue, handle, node);
	}
	handle->tail_place ^= 1;
	return QUEUE_OK;
}

/**
 * Promises the dummy's successor, which is protected, to the next thread in turn that asks. False
 * if none did. If it tries `again`, it first looks whether a peer has promised the node, and if so
 * reads no request.
 */
QUEUE_OP bool promise_next(struct queue *queue, struct queue_handle *handle, struct node *dummy,
			   struct node *next, bool again)
{
	if (again && atomic_load_explicit(&next->consumer, memory_order_seq_cst) != NOBODY) {
		return true;
	}
	unsigned int used = hazards_used(&queue->hazards);
	unsigned int thread = atomic_load_explicit(&dummy->consumer, memory_order_seq_cst);
	for (unsigned int i = 0; i < used; ++i) {
		thread = turn_after(thread, used);
		struct requests *requests = &queue->requests[thread];
		// In this order: `given` only follows `asked`. A request that is taken back between
		// the two loads looks open; give_up() handles that
		struct node *asked = look(&requests->asked);
		if (asked == look(&requests->given)) {
			unsigned int nobody = NOBODY;
			if (atomic_compare_exchange_strong_explicit(&next->consumer, &nobody,
								    thread, memory_order_seq_cst,
								    memory_order_relaxed) &&
			    thread != handle->thread) {
				queue_slow_path(&slow_paths[PROMISES_PEERS]);
			}
			return true;
		}
	}
	return atomic_load_explicit(&next->consumer, memory_order_seq_cst) != NOBODY;
}

/** Gives a promised node to its thread, and swings head to it. Both nodes are protected. */
QUEUE_OP void give(struct queue *queue, struct queue_handle *handle, struct node *dummy,
		   struct node *next, bool again)
{
	unsigned int thread = atomic_load_explicit(&next->consumer, memory_order_seq_cst);
	_Atomic(struct node *) *given = &queue->requests[thread].given;
	if (thread == handle->thread) {
		// Release: orders it before the swing. Other threads can only have stored the same
		// value, and only this thread can go on to another request
		atomic_store_explicit(given, next, memory_order_release);
	} else {
		// H1 and H2. While the dummy is at head, `last` is either this node or the request
		// that was promised the node, and its thread has not retired it. So the CAS cannot
		// replace a node that the thread has long had, and `last` cannot have come back as
		// another node
		struct node *last = look(given);
		hazard_protects(&handle->hazards, handle->tail_place ^ 1, last);
		if (last != next && look(&queue->head) == dummy && change(given, last, next)) {
			queue_slow_path(&slow_paths[GIVES_PEERS]);
		}
	}
	advance(&queue->head, dummy, next, again); // LP of the dequeue of that thread; H3
}

/**
 * The queue was empty, and this thread has taken its request back. Another thread may have seen the
 * request before, and may be about to promise this thread a node that came meanwhile. That node can
 * only be the dummy's present successor. So the successor must not stay without a promise: it goes
 * to a thread that asks, or to this one if none does.
 */
QUEUE_RARE void give_up(struct queue *queue, struct queue_handle *handle, struct node *request)
{
	queue_slow_path(&slow_paths[GIVES_UP]);
	struct node *dummy = look(&queue->head);
	// Protected before all else. Otherwise the dummy can be retired and come back as another
	// node between any two of the looks below: then they are not about the same node, and
	// `next` may be NULL. If head has moved since the request was taken back, the dummy's
	// successor was promised before that, and there is nothing to do
	if (!protect(handle, handle->head_place, dummy, &queue->head, dummy)) {
		return;
	}
	// After the protection, at which the dummy was at head: if this thread is served later,
	// then with the dummy's successor. If it was served before, the others finish that
	if (look(&queue->requests[handle->thread].given) != request ||
	    // Likewise: tail is never behind head. So if it is at the dummy now, it was there then,
	    // and the queue was still empty. Otherwise tail is past the dummy, which has a
	    // successor
	    dummy == look(&queue->tail)) {
		return;
	}
	struct node *next = look(&dummy->next);
	if (!protect(handle, handle->head_place ^ 1, next, &queue->head, dummy)) {
		return;
	}
	if (!promise_next(queue, handle, dummy, next, true)) {
		unsigned int nobody = NOBODY;
		atomic_compare_exchange_strong_explicit(&next->consumer, &nobody, handle->thread,
							memory_order_seq_cst, memory_order_relaxed);
	}
	give(queue, handle, dummy, next, true);
}

/** Moves head by a node, or finds it moved. False if the queue was empty: LP. */
QUEUE_OP bool serve_round(struct queue *queue, struct queue_handle *handle, bool again)
{
	struct node *dummy = look(&queue->head); // H2
	if (!protect(handle, handle->head_place, dummy, &queue->head, dummy)) {
		return true;
	}
	if (dummy == look(&queue->tail)) { // LP, unless the request is served nevertheless
		return false;
	}
	struct node *next = look(&dummy->next);
	if (protect(handle, handle->head_place ^ 1, next, &queue->head, dummy) &&
	    promise_next(queue, handle, dummy, next, again)) {
		give(queue, handle, dummy, next, again);
	}
	return true;
}

QUEUE_RARE bool serve_again(struct queue *queue, struct queue_handle *handle, struct node *request)
{
	while (look(&queue->requests[handle->thread].given) == request) {
		if (!serve_round(queue, handle, true)) {
			return false;
		}
	}
	return true;
}

/**
 * Serves requests in turn until this thread's is served. False if the queue was empty; then it may
 * be served, too, since the first round does not look.
 */
QUEUE_OP bool serve(struct queue *queue, struct queue_handle *handle, struct node *request)
{
	return serve_round(queue, handle, false) &&
	       (look(&queue->requests[handle->thread].given) != request ||
		serve_again(queue, handle, request));
}

QUEUE_OP enum queue_status crturn_dequeue(struct queue *queue, struct queue_handle *handle,
					  void **item)
{
	struct requests *own = &queue->requests[handle->thread];
	struct node *request = look(&own->given);
	// Relaxed: no other thread writes it
	struct node *before = atomic_load_explicit(&own->asked, memory_order_relaxed);

	atomic_store_explicit(&own->asked, request, memory_order_seq_cst);
	if (!serve(queue, handle, request)) {
		atomic_store_explicit(&own->asked, before, memory_order_seq_cst);
		give_up(queue, handle, request);
		if (look(&own->given) == request) {
			return QUEUE_EMPTY;
		}
		atomic_store_explicit(&own->asked, request, memory_order_seq_cst);
	}

	// Head may be one node behind, if the thread that served this one stopped
	struct node *node = look(&own->given);
	struct node *dummy = look(&queue->head);
	handle->head_place ^= 1;
	if (protect(handle, handle->head_place, dummy, &queue->head, dummy) &&
	    look(&dummy->next) == node) {
		change(&queue->head, dummy, node); // LP; H3
	}

	// Given two dequeues ago: head is past it, and it is in neither asked nor given
	hazard_retire(&queue->hazards, &handle->hazards, before);
	*item = node->item;
	return QUEUE_OK;
}

QUEUE_EXPORT(crturn) = {
	.name = "crturn",
	.title = "unbounded list, requests served by turns",
	.source = "Ramalhete & Correia, PPoPP 2017, doi:10.1145/3018743.3019022",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_WAIT_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = crturn_create,
	.destroy = crturn_destroy,
	.attach = crturn_attach,
	.detach = crturn_detach,
	.enqueue = crturn_enqueue,
	.dequeue = crturn_dequeue,
	.slow_paths = slow_paths,
};
