// SPDX-License-Identifier: MIT
// requires: liburcu-cds
// requires: liburcu-memb
// exported: It registers threads with liburcu: one prefix, one C file, threads not registered yet.

/**
 * liburcu's lock-free queue (cds_lfq): Michael and Scott's list with RCU in place of hazard
 * pointers.
 *
 *     head -> [dummy] -> [a] -> [b] -> [c] <- tail, or it lags behind and is helped on
 *
 *     enqueue: CAS(last.next, NULL, node)         (LP), then CAS(tail, last, node)
 *     dequeue: CAS(head, first, first.next)       (LP); `first` is the node that was dequeued
 *
 * Each operation is a read-side critical section of RCU. While it lasts, no node that it may have
 * seen is freed or used again, so neither reads of freed memory nor ABA can happen. That protects
 * all nodes at once, with two plain stores per operation, where hazard pointers need a fence per
 * node. The fences are on the other side: a thread that waits for a grace period has the kernel put
 * one into every thread, by membarrier(2). That is the flavour liburcu-memb. Its qsbr is cheaper
 * still, but there a thread that sleeps between two operations would have to say so, or stop all
 * freeing.
 *
 * The node that leaves is the one whose item it is; in Michael and Scott's list it is the node
 * before. So another node must always be behind it: a dequeue of the last node first appends a
 * dummy. Surprising: what that costs. A queue that is almost empty has a dummy appended, allocated
 * and freed for nearly each item. An enqueue and a dequeue then take six CAS, where Michael and
 * Scott's take three. A queue that never runs empty has no dummies at all.
 *
 * Nodes and dummies that have left the list may be used again after a grace period, when all
 * threads that were in a critical section have left it. Each thread gathers a magazine of nodes
 * (reclaim/magazine.h) and the dummies that come between, and hands them to call_rcu() together.
 * The library would call call_rcu() for each dummy, but the function that it calls is a parameter.
 * call_rcu() has one thread for the whole process, which looks every 10 ms and gives the nodes to
 * the depot:
 *
 *     list -> handle's expiry -> call_rcu(), grace period -> depot -> a handle's magazines -> list
 *
 * So memory grows with the rate: all nodes that leave in those 10 ms wait, and by then no cache has
 * them any more. RCU sets no bound. A thread that is stopped in the middle of an operation ends all
 * freeing, and so does a thread of call_rcu() that finds no processor. Here a dequeue, or a detach,
 * waits for a grace period itself while EXPIRING_MOST magazines wait, which is the rule above 1.6
 * million items a second, or when there is no memory to go on without. While all readers run, the
 * wait is two membarrier(2) for a magazine. Otherwise it lasts as long as a reader is off its
 * processor. So dequeue claims no more than blocking. The library's own is lock-free, if memory has
 * no end.
 *
 * EMPTY is a dummy without a next node. `head` never leaves a node that has no next one, so nothing
 * else is inside. liburcu ends the process when it finds no memory for a dummy (library_memory).
 *
 * A thread is registered with RCU once, however many queues it is attached to. The library's
 * functions are inlined (_LGPL_SOURCE), as their licence, LGPL 2.1, allows here; the compiled
 * module is then covered by it too. They have full barriers around each CAS. Under tsan they are
 * called in the library instead, and the edges are annotated: see shared/tsan.h.
 */

#include "queue.h"

#include "reclaim/magazine.h"
#include "shared/tsan.h"

#if !TSAN
#define _LGPL_SOURCE
#endif

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <urcu/compiler.h>
#include <urcu/urcu-memb.h>
// After the flavour, whose names it uses
#include <urcu/rculfqueue.h>

/**
 * Magazines that wait for a grace period before dequeues wait too: as many as the depot keeps. With
 * as many dummies, that is 1.5 MiB. More would make it no faster: the allocator's memory then goes
 * round through all caches.
 */
#define EXPIRING_MOST DEPOT_MAGAZINES

struct node {
	struct cds_lfq_node_rcu link;
	void *item;
};

struct queue {
	_Alignas(QUEUE_APART) struct cds_lfq_queue_rcu list;
	/** Expiries in call_rcu(), plus 1 until destroy(). At 0 the queue is freed. */
	_Alignas(QUEUE_APART) _Atomic size_t expiring;
	struct depot depot;
};

/** Nodes and dummies that wait for a grace period together. */
struct expiry {
	/** The first member: the depot frees the expiry as one of its magazines. Never full. */
	struct magazine magazine;
	/** A list of struct rcu_head. */
	struct cds_wfcq_node *dummies;
	unsigned int dummy_count;
	struct queue *queue;
	struct rcu_head head;
};

struct queue_handle {
	struct magazines magazines;
	/** Receives the next node that is dequeued. */
	struct expiry *expiry;
};

/**
 * Number of queues that this thread is attached to; above 0 it is registered. Initial-exec:
 * allocated at the thread's start. Otherwise the first access from a module would allocate it, and
 * LeakSanitizer would take what stands before the block for glibc's own header.
 */
static __thread unsigned int registrations __attribute__((tls_model("initial-exec")));

/** Expiry of the dequeue that runs: the library does not tell dummy_retire() whose dummy it is. */
static __thread struct expiry *retiring __attribute__((tls_model("initial-exec")));

static void thread_register(void)
{
	if (registrations++ == 0) {
		urcu_memb_register_thread();
	}
}

static void thread_unregister(void)
{
	if (--registrations == 0) {
		urcu_memb_unregister_thread();
	}
}

/** In place of call_rcu() for each dummy. In a critical section, so it must not wait. */
static void dummy_retire(struct rcu_head *head, void (*release)(struct rcu_head *head))
{
	head->func = release;
	head->next.next = retiring->dummies;
	retiring->dummies = &head->next;
	++retiring->dummy_count;
}

/** Frees the dummies, after a grace period, or when no reader is left. */
static void dummies_free(struct expiry *expiry)
{
	while (expiry->dummies) {
		struct rcu_head *head = caa_container_of(expiry->dummies, struct rcu_head, next);
		expiry->dummies = head->next.next;
		head->func(head);
	}
	expiry->dummy_count = 0;
}

/** The library's dequeue. tsan must not see the allocation of a dummy in it. */
QUEUE_OP struct cds_lfq_node_rcu *list_dequeue(struct cds_lfq_queue_rcu *list)
{
	tsan_blind_begin();
	urcu_memb_read_lock();
	struct cds_lfq_node_rcu *link = cds_lfq_dequeue_rcu(list); // LP
	urcu_memb_read_unlock();
	tsan_blind_end();
	return link;
}

/** Starts the thread of call_rcu(): here and not in a dequeue, and with all signals blocked. */
static void start_expiring(void)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	urcu_memb_get_default_call_rcu_data();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static struct queue *rculfqueue_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (queue) {
		start_expiring();
		cds_lfq_init_rcu(&queue->list, dummy_retire);
		atomic_init(&queue->expiring, 1);
		depot_create(&queue->depot, sizeof(struct node));
	}
	return queue;
}

/** Drops one reference to the queue. The last one frees it. */
static void queue_release(struct queue *queue)
{
	// R1, release: pairs with the acquire of the last R1, which sees the depot as all threads
	// left it
	if (atomic_fetch_sub_explicit(&queue->expiring, 1, memory_order_acq_rel) == 1) {
		depot_destroy(&queue->depot);
		free(queue);
	}
}

/** Does not wait for call_rcu(), which takes 10 ms: the last expiry there frees the rest. */
static void rculfqueue_destroy(struct queue *queue)
{
	struct expiry expiry = {0};
	struct cds_lfq_node_rcu *link;
	retiring = &expiry;
	thread_register();
	do {
		link = list_dequeue(&queue->list);
		free(link ? caa_container_of(link, struct node, link) : NULL);
	} while (link);
	thread_unregister();
	// No thread is attached, so none of the dummies has a reader
	dummies_free(&expiry);
	retiring = NULL;
	cds_lfq_destroy_rcu(&queue->list);
	queue_release(queue);
}

static struct expiry *expiry_create(struct queue *queue)
{
	struct expiry *expiry = malloc(sizeof(*expiry));
	if (expiry) {
		magazine_init(&queue->depot, &expiry->magazine);
		expiry->dummies = NULL;
		expiry->dummy_count = 0;
		expiry->queue = queue;
	}
	return expiry;
}

/** Frees all of it after a grace period. Runs in the thread of call_rcu(). */
static void expiry_end(struct rcu_head *head)
{
	struct expiry *expiry = caa_container_of(head, struct expiry, head);
	tsan_acquire(expiry);
	struct queue *queue = expiry->queue;
	dummies_free(expiry);
	depot_give(&queue->depot, &expiry->magazine);
	queue_release(queue);
}

static void expiry_begin(struct queue *queue, struct expiry *expiry)
{
	// Relaxed: an attached thread keeps the queue alive; call_rcu() publishes the rest
	atomic_fetch_add_explicit(&queue->expiring, 1, memory_order_relaxed);
	tsan_release(expiry);
	urcu_memb_call_rcu(&expiry->head, expiry_end);
}

/** True if call_rcu() may have one more expiry. */
static bool expiry_wanted(struct queue *queue)
{
	// Relaxed: the limit need not be exact
	return atomic_load_explicit(&queue->expiring, memory_order_relaxed) < EXPIRING_MOST;
}

/** In place of expiry_begin(): waits for a grace period, and empties the expiry. */
static void expiry_wait(struct queue *queue, struct queue_handle *handle)
{
	struct magazine *magazine = &handle->expiry->magazine;
	urcu_memb_synchronize_rcu();
	dummies_free(handle->expiry);
	while (!magazine_is_empty(magazine)) {
		node_free(&queue->depot, &handle->magazines, magazine->nodes[magazine->top--]);
	}
}

static struct queue_handle *rculfqueue_attach(struct queue *queue)
{
	struct queue_handle *handle = malloc(sizeof(*handle));
	if (!handle) {
		return NULL;
	}
	handle->expiry = expiry_create(queue);
	if (!handle->expiry || magazines_attach(&queue->depot, &handle->magazines) != 0) {
		free(handle->expiry);
		free(handle);
		return NULL;
	}
	thread_register();
	return handle;
}

static void rculfqueue_detach(struct queue *queue, struct queue_handle *handle)
{
	const struct expiry *expiry = handle->expiry;
	bool filled = !magazine_is_empty(&expiry->magazine) || expiry->dummy_count > 0;
	if (filled && expiry_wanted(queue)) {
		expiry_begin(queue, handle->expiry);
	} else {
		if (filled) {
			expiry_wait(queue, handle);
		}
		free(handle->expiry);
	}
	magazines_detach_handle(&queue->depot, handle);
	thread_unregister();
}

QUEUE_OP enum queue_status rculfqueue_enqueue(struct queue *queue, struct queue_handle *handle,
					      void *item)
{
	struct node *node = node_alloc(&queue->depot, &handle->magazines);
	if (!node) {
		return QUEUE_NOMEM;
	}
	cds_lfq_node_init_rcu(&node->link);
	node->item = item;
	tsan_release(queue);
	urcu_memb_read_lock();
	cds_lfq_enqueue_rcu(&queue->list, &node->link); // LP
	urcu_memb_read_unlock();
	return QUEUE_OK;
}

/** Passes a full expiry to call_rcu(), or waits for it here. Not in a critical section. */
QUEUE_RARE void expiry_pass(struct queue *queue, struct queue_handle *handle)
{
	struct expiry *next = expiry_wanted(queue) ? expiry_create(queue) : NULL;
	if (next) {
		expiry_begin(queue, handle->expiry);
		handle->expiry = next;
	} else {
		expiry_wait(queue, handle);
	}
}

/**
 * Passes the expiry if it is full. After EMPTY, too: the dequeue may have retired a dummy alone.
 */
QUEUE_OP void expiry_tend(struct queue *queue, struct queue_handle *handle)
{
	if (__builtin_expect(magazine_is_full(&handle->expiry->magazine) ||
				     handle->expiry->dummy_count >= MAGAZINE_ROUNDS,
			     0)) {
		expiry_pass(queue, handle);
	}
}

QUEUE_OP enum queue_status rculfqueue_dequeue(struct queue *queue, struct queue_handle *handle,
					      void **item)
{
	retiring = handle->expiry;
	struct cds_lfq_node_rcu *link = list_dequeue(&queue->list);
	if (!link) {
		expiry_tend(queue, handle);
		return QUEUE_EMPTY;
	}
	tsan_acquire(queue);
	// Other threads may still read the node's link; only its item belongs to this thread
	struct node *node = caa_container_of(link, struct node, link);
	*item = node->item;
	struct magazine *magazine = &handle->expiry->magazine;
	magazine->nodes[++magazine->top] = node;
	expiry_tend(queue, handle);
	return QUEUE_OK;
}

QUEUE_EXPORT(rculfqueue) = {
	.name = "rculfqueue",
	.title = "unbounded list, nodes freed by RCU",
	.source = "liburcu-cds (Desnoyers), cds_lfq; Michael & Scott, PODC 1996, "
		  "doi:10.1145/248052.248106",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.library_memory = 1,
	.create = rculfqueue_create,
	.destroy = rculfqueue_destroy,
	.attach = rculfqueue_attach,
	.detach = rculfqueue_detach,
	.enqueue = rculfqueue_enqueue,
	.dequeue = rculfqueue_dequeue,
};
