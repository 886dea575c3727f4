// SPDX-License-Identifier: MIT
// requires: liburcu-cds
// requires: liburcu-memb

/**
 * liburcu's lock-free queue (cds_lfq): Michael and Scott's list with RCU in place of hazard
 * pointers.
 *
 *     head -> [dummy] -> [a] -> [b] -> [c] <- tail, or it lags behind and is helped on
 *
 *     enqueue: CAS(last.next, NULL, node)         (LP), then CAS(tail, last, node)
 *     dequeue: CAS(head, first, first.next)       (LP); `first` is the node that was dequeued
 *
 * Each operation is a read-side critical section of RCU: as long as it lasts, no node that it
 * may have seen is freed or used again, so that neither a read of freed memory nor ABA can
 * come about. That protects all nodes at once, with two plain stores for each operation, where
 * hazard pointers need a fence for each node. The fences are on the other side: who waits
 * for a grace period has the kernel put one into every thread, by membarrier(2). That is the
 * flavour liburcu-memb. Its qsbr is cheaper still, but there a thread that sleeps between two
 * operations would have to say so, or stop all freeing.
 *
 * Unlike in Michael and Scott's list the node that leaves is the one whose item it is, and not the
 * one before. So there must always be one behind it: a dequeue of the last node appends a
 * dummy first. What is surprising is what that costs. A queue that hovers about empty has a
 * dummy appended, allocated and freed for nearly each item, which takes six CAS for an enqueue and
 * a dequeue where Michael and Scott's takes three; one that never runs empty has none at all.
 *
 * What has left the list, nodes and dummies, may be used again after a grace period, when all who
 * were in a critical section then have left it. Each thread gathers a magazine of nodes
 * (reclaim/magazine.h), and what dummies come between, and hands them to call_rcu() together.
 * The library's way is a call for each dummy; which function it calls is a parameter of its.
 * call_rcu() has a thread that serves the whole process, and looks every 10 ms. It gives the
 * nodes to the depot:
 *
 *     list -> handle's expiry -> call_rcu(), grace period -> depot -> a handle's magazines -> list
 *
 * So memory grows with the rate: whatever leaves in those 10 ms is waiting, and by then no cache
 * has it any more. RCU sets no bound. A thread that is stopped in the middle of an operation ends
 * all freeing, and so does a thread of call_rcu() that finds no processor. Here a dequeue, or a
 * detach, waits for a grace period itself when EXPIRING_MOST magazines do, as is the rule above 1.6
 * million items a second, or when there is no memory to go on without. While all readers run, that
 * is two membarrier(2) for a magazine; it is as long as one that is off its processor stays there.
 * So dequeue claims no more than blocking; the library's own is lock-free, if memory has no end.
 *
 * EMPTY is a dummy without a next node: `head` has not left it, as it leaves no node that
 * has none, so nothing else is inside. liburcu ends the process where it finds no memory for a
 * dummy (library_memory).
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
// Behind the flavour, of which it takes the names
#include <urcu/rculfqueue.h>

/**
 * Magazines that wait for a grace period before dequeues wait too: as many as the depot keeps. With
 * as many dummies, that is 1.5 MiB. More of them make it no faster: the allocator's memory then
 * goes round through all caches.
 */
#define EXPIRING_MOST DEPOT_MAGAZINES

struct node {
	struct cds_lfq_node_rcu link;
	void *item;
};

struct queue {
	_Alignas(QUEUE_APART) struct cds_lfq_queue_rcu list;
	/** Expiries that call_rcu() has, and 1 for create(): the thread that ends the last frees
	 * the queue. */
	_Alignas(QUEUE_APART) _Atomic size_t expiring;
	struct depot depot;
};

/** Nodes and dummies that wait for a grace period together. */
struct expiry {
	/** Never full. First: the depot frees it as one of its own. */
	struct magazine magazine;
	/** A list of struct rcu_head. */
	struct cds_wfcq_node *dummies;
	unsigned int dummy_count;
	struct queue *queue;
	struct rcu_head head;
};

struct queue_handle {
	struct magazines magazines;
	/** Where the next node goes that is dequeued. */
	struct expiry *expiry;
};

/**
 * Times that this thread is attached to some queue: registered while it is. Initial-exec: in its
 * place from the thread's start. Otherwise the first access from a module would allocate it,
 * where LeakSanitizer takes what stands before the block for glibc's own header.
 */
static __thread unsigned int registrations __attribute__((tls_model("initial-exec")));

/** Where a dequeue puts the library's dummies: dummy_retire() does not know whose it is. */
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

/** In place of call_rcu() for each. In a critical section, so nothing here may wait. */
static void dummy_retire(struct rcu_head *head, void (*release)(struct rcu_head *head))
{
	head->func = release;
	head->next.next = retiring->dummies;
	retiring->dummies = &head->next;
	++retiring->dummy_count;
}

/** A grace period is over, or nobody looks any more. */
static void dummies_free(struct expiry *expiry)
{
	while (expiry->dummies) {
		struct rcu_head *head = caa_container_of(expiry->dummies, struct rcu_head, next);
		expiry->dummies = head->next.next;
		head->func(head);
	}
	expiry->dummy_count = 0;
}

/** The library's dequeue, of which tsan must not see the allocation of a dummy. */
QUEUE_OP struct cds_lfq_node_rcu *list_dequeue(struct cds_lfq_queue_rcu *list)
{
	tsan_blind_begin();
	urcu_memb_read_lock();
	struct cds_lfq_node_rcu *link = cds_lfq_dequeue_rcu(list); // LP
	urcu_memb_read_unlock();
	tsan_blind_end();
	return link;
}

/** Start the thread of call_rcu() here, not in a dequeue, and where no signal is delivered to. */
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

/** One user of the depot less. The last one frees the queue. */
static void queue_release(struct queue *queue)
{
	// R1, release: pairs with the acquire of the last R1, which sees the depot as all left it
	if (atomic_fetch_sub_explicit(&queue->expiring, 1, memory_order_acq_rel) == 1) {
		depot_destroy(&queue->depot);
		free(queue);
	}
}

/** Does not wait for call_rcu(), which takes 10 ms: what it still has goes when it is through. */
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
	// Nobody else is attached: none of it has a reader
	dummies_free(&expiry);
	retiring = NULL;
	cds_lfq_destroy_rcu(&queue->list);
	queue_release(queue);
}

static size_t rculfqueue_capacity(const struct queue *queue)
{
	(void)queue;
	return 0;
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

/** A grace period is over: all of it is free. In the thread of call_rcu(). */
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
	// Relaxed: the thread is attached, so the queue is there; call_rcu() publishes the rest
	atomic_fetch_add_explicit(&queue->expiring, 1, memory_order_relaxed);
	tsan_release(expiry);
	urcu_memb_call_rcu(&expiry->head, expiry_end);
}

/** May call_rcu() have one more? */
static bool expiry_wanted(struct queue *queue)
{
	// Relaxed: about as many will do
	return atomic_load_explicit(&queue->expiring, memory_order_relaxed) < EXPIRING_MOST;
}

/** In place of expiry_begin(): leaves the expiry empty. */
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

/** The expiry has enough: hand it over, or see to it here. Outside of any critical section. */
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

/** After EMPTY as well: a thread that lost an item to another may have retired a dummy only. */
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
	// Others may still look at the node's link: only its item is this thread's alone
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
	.capacity = rculfqueue_capacity,
	.attach = rculfqueue_attach,
	.detach = rculfqueue_detach,
	.enqueue = rculfqueue_enqueue,
	.dequeue = rculfqueue_dequeue,
};
