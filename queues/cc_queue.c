// SPDX-License-Identifier: MIT

/**
 * CC-Queue: Michael and Scott's two-lock list, each lock replaced by CC-Synch, a
 * combining construction: Fatourou & Kallimanis, "Revisiting the Combining
 * Synchronization Technique", PPoPP 2012.
 *
 * Threads do not pass a lock around, which would move the list's ends from cache to cache. They
 * announce requests, and one thread, the combiner, serves them all. Each end of the list has its
 * own line of requests. A thread joins with one exchange: it gets the blank request that the thread
 * before it left, and leaves a blank one behind in turn:
 *
 *     [A: combine] -> [B: waiting] -> [C: waiting] -> [blank: waiting]
 *       A serves itself, B and C                        ^ last
 *
 * The combiner goes down the line, serves each request, and says so in the request, where its
 * thread is looking. At the end of the line, or after COMBINE_MOST requests, it leaves the role to
 * the next request. That is mostly the blank one, so the next thread to join is the combiner at
 * once and waits for nobody. A combiner does not write down its own request, since nobody would
 * read it. So a lone thread does no more work than with two locks.
 *
 *     waiting       joined or still blank; a thread before it combines
 *     combine       its thread does the work, now or when one joins
 *     done          the answer is in the request
 *
 * So a combiner never waits for a thread that has joined and not yet written down its request: it
 * leaves the role to that thread. Surprising: this makes a stopped thread the combiner, which stops
 * all. The queue is blocking, like the locks that it replaces, with one difference: a thread that
 * joined cannot leave. So waiting is part of every operation and cannot be answered as QUEUE_BUSY.
 * A thread that waits long gives its processor away, as under a mutex.
 *
 * The list begins with a node whose item is out already. Its `next` is where the two ends meet
 * while the queue is empty:
 *
 *     first -> [out] -> [a] -> [b] <- end
 *
 * An operation takes effect when its combiner does it (marked LP).
 */

#include "queue.h"
#include "reclaim/magazine.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/**
 * Requests that a combiner serves before it leaves the role to the next thread. The number bounds
 * the work of one operation for others. At this number, handing over the role costs less than a
 * percent of the work.
 */
#define COMBINE_MOST 256

/**
 * Looks at its own request before a thread gives the processor away: a few microseconds, as long as
 * a switch to another thread and back takes. A combiner that runs is done by then.
 */
#define COMBINER_LOOKS 256

struct node {
	struct node *_Atomic next;
	void *item;
};

enum request_state {
	REQUEST_WAITING,
	REQUEST_COMBINE,
	REQUEST_DONE,
};

struct request {
	/** NULL while it is blank. */
	_Alignas(QUEUE_APART) struct request *_Atomic next;
	_Atomic enum request_state state;
	/** In: the node to enqueue. Out: the node that a dequeue freed, or NULL for empty. */
	struct node *node;
	/** Out: the item that was dequeued, unless the list was empty. */
	void *item;
};

/** One end of the list, and the line before it. */
struct side {
	/** All threads exchange it. */
	_Alignas(QUEUE_APART) struct request *_Atomic last;
	/** Used by the combiner only: the last node, or the node before the first item. */
	_Alignas(QUEUE_APART) struct node *node;
};

struct queue {
	struct side enqueues;
	struct side dequeues;
	struct depot depot;
};

struct queue_handle {
	/** Blank requests, to leave behind. */
	struct request *enqueue;
	struct request *dequeue;
	struct magazines magazines;
};

static struct request *request_create(enum request_state state)
{
	struct request *request = aligned_alloc(_Alignof(struct request), sizeof(*request));
	if (request) {
		atomic_init(&request->next, NULL);
		atomic_init(&request->state, state);
	}
	return request;
}

static struct queue *cc_queue_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct node *node = malloc(sizeof(*node));
	struct request *enqueue = request_create(REQUEST_COMBINE);
	struct request *dequeue = request_create(REQUEST_COMBINE);
	if (!queue || !node || !enqueue || !dequeue) {
		free(dequeue);
		free(enqueue);
		free(node);
		free(queue);
		return NULL;
	}

	atomic_init(&node->next, NULL);
	queue->enqueues.node = node;
	queue->dequeues.node = node;
	atomic_init(&queue->enqueues.last, enqueue);
	atomic_init(&queue->dequeues.last, dequeue);
	depot_create(&queue->depot, sizeof(struct node));
	return queue;
}

static void cc_queue_destroy(struct queue *queue)
{
	// Relaxed, all: no other thread is left
	struct node *node = queue->dequeues.node;
	while (node) {
		struct node *next = atomic_load_explicit(&node->next, memory_order_relaxed);
		free(node);
		node = next;
	}
	free(atomic_load_explicit(&queue->enqueues.last, memory_order_relaxed));
	free(atomic_load_explicit(&queue->dequeues.last, memory_order_relaxed));
	depot_destroy(&queue->depot);
	free(queue);
}

static struct queue_handle *cc_queue_attach(struct queue *queue)
{
	struct queue_handle *handle = malloc(sizeof(*handle));
	if (!handle) {
		return NULL;
	}
	handle->enqueue = request_create(REQUEST_WAITING);
	handle->dequeue = request_create(REQUEST_WAITING);
	if (!handle->enqueue || !handle->dequeue ||
	    magazines_attach(&queue->depot, &handle->magazines) != 0) {
		free(handle->dequeue);
		free(handle->enqueue);
		free(handle);
		return NULL;
	}
	return handle;
}

static void cc_queue_detach(struct queue *queue, struct queue_handle *handle)
{
	magazines_detach(&queue->depot, &handle->magazines);
	// Other threads' last access to a request changes its state, which this thread saw
	free(handle->dequeue);
	free(handle->enqueue);
	free(handle);
}

/** Links a node behind the last one. Returns NULL. */
QUEUE_OP struct node *serve_enqueue(struct side *side, struct node *node, void **item)
{
	(void)item;
	// N1, release: publishes the item to N2, since the sides share no line. LP
	atomic_store_explicit(&side->node->next, node, memory_order_release);
	side->node = node;
	return NULL;
}

/**
 * Takes the first item. Returns the node before it, which no other thread can reach any more, or
 * NULL if the list is empty.
 */
QUEUE_OP struct node *serve_dequeue(struct side *side, struct node *node, void **item)
{
	(void)node;
	struct node *out = side->node;
	// N2, acquire: pairs with N1, so that the item is seen whole. LP
	struct node *next = atomic_load_explicit(&out->next, memory_order_acquire);
	if (!next) {
		return NULL;
	}
	*item = next->item;
	side->node = next;
	return out;
}

/** Current state of a request. */
QUEUE_OP enum request_state request_look(const struct request *request)
{
	// S1, acquire: pairs with S2. The thread sees the answer, or the list as it was left
	return atomic_load_explicit(&request->state, memory_order_acquire);
}

/** Waits until a request is done, or its thread is the combiner. */
QUEUE_RARE enum request_state request_wait(const struct request *request)
{
	enum request_state state;
	for (unsigned int looks = 0; (state = request_look(request)) == REQUEST_WAITING;) {
		queue_give_way(&looks, COMBINER_LOOKS);
	}
	return state;
}

/** Serves one request: takes a node, returns a node and an item. */
typedef struct node *serve_function(struct side *, struct node *, void **);

/** Serves the requests from `request` on, and leaves the role to the next. */
QUEUE_OP void combine_others(struct side *side, struct request *request, serve_function *serve)
{
	for (int served = 1; served < COMBINE_MOST; ++served) {
		// R2, acquire: pairs with R1. NULL: blank, or the request is not written yet
		struct request *next = atomic_load_explicit(&request->next, memory_order_acquire);
		if (__builtin_expect(!next, 1)) {
			break;
		}
		request->node = serve(side, request->node, &request->item);
		// S2, release: gives the answer to S1, and the request back to its thread
		atomic_store_explicit(&request->state, REQUEST_DONE, memory_order_release);
		request = next;
	}
	// S2, release: hands the side to the next combiner, at S1
	atomic_store_explicit(&request->state, REQUEST_COMBINE, memory_order_release);
}

/**
 * Has a request served.
 *
 * @param blank  the thread's blank request, for another one
 * @param node   node that goes in
 * @param item   receives the item that comes out
 * @param serve  operation of this end, a constant
 * @return the node that comes out
 */
QUEUE_OP struct node *combine(struct side *side, struct request **blank, struct node *node,
			      void **item, serve_function *serve)
{
	struct request *left = *blank;
	// Relaxed: J1 publishes it
	atomic_store_explicit(&left->state, REQUEST_WAITING, memory_order_relaxed);
	// J1, acquire and release: a request is blanked before another thread can get it
	struct request *own = atomic_exchange_explicit(&side->last, left, memory_order_acq_rel);
	*blank = own;
	if (__builtin_expect(request_look(own) == REQUEST_WAITING, 0)) {
		own->node = node;
		// R1, release: publishes the request to R2
		atomic_store_explicit(&own->next, left, memory_order_release);
		enum request_state state = request_wait(own);
		// Relaxed: no other thread looks at it any more, and J1 publishes it. Only a
		// request that waited has `next` set
		atomic_store_explicit(&own->next, NULL, memory_order_relaxed);
		if (state == REQUEST_DONE) {
			*item = own->item;
			return own->node;
		}
	}
	// This thread is the combiner: no other thread looks at its request
	struct node *out = serve(side, node, item);
	combine_others(side, left, serve);
	return out;
}

QUEUE_OP enum queue_status cc_queue_enqueue(struct queue *queue, struct queue_handle *handle,
					    void *item)
{
	struct node *node = node_alloc(&queue->depot, &handle->magazines);
	if (!node) {
		return QUEUE_NOMEM;
	}
	node->item = item;
	// Relaxed: N1 publishes it
	atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
	void *none;
	combine(&queue->enqueues, &handle->enqueue, node, &none, serve_enqueue);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status cc_queue_dequeue(struct queue *queue, struct queue_handle *handle,
					    void **item)
{
	void *taken;
	struct node *out = combine(&queue->dequeues, &handle->dequeue, NULL, &taken, serve_dequeue);
	if (!out) {
		return QUEUE_EMPTY;
	}
	*item = taken;
	node_free(&queue->depot, &handle->magazines, out);
	return QUEUE_OK;
}

QUEUE_EXPORT(cc_queue) = {
	.name = "cc_queue",
	.title = "unbounded list, one thread serves all at each end",
	.source = "Fatourou & Kallimanis, PPoPP 2012, doi:10.1145/2145816.2145849",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = cc_queue_create,
	.destroy = cc_queue_destroy,
	.attach = cc_queue_attach,
	.detach = cc_queue_detach,
	.enqueue = cc_queue_enqueue,
	.dequeue = cc_queue_dequeue,
};
