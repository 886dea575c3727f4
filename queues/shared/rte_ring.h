// SPDX-License-Identifier: MIT

/**
 * DPDK's ring, for rte_ring.c, rte_ring_rts.c and rte_ring_hts.c: one ring, and three ways in which
 * the threads of one side agree on which one is next. All of it is DPDK's own code, without its
 * EAL: a ring in memory of this file, made with rte_ring_init().
 *
 *     cons.tail    cons.head         prod.tail    prod.head
 *         v            v                 v            v
 *     [ ][-][-][-][-][a][b][c][d][e][f][?][?][?][?][ ][ ]
 *         'being left'  '---- items ---' '- claimed -'
 *
 * On either side a thread claims slots by moving `head` with a CAS, works on them, and gives them
 * to the other side by moving `tail`. The file that includes this defines how:
 *
 *     MODE_FLAGS         for rte_ring_init()
 *     MODE_ENQUEUE       the library's calls; their burst form, which is the native batch
 *     MODE_DEQUEUE
 *     MODE_HEAD(side)    where a side, prod or cons, has its head
 *     MODE_AHEAD(side)   how far the head may be ahead of the tail before a claim has to wait
 *     MODE_PUT           the counter whose step is the effect of an enqueue
 *     MODE_LATE          1 if that counter is ahead of what consumers can see
 *
 * The library also answers "none" and "no room" while a peer is between its two steps. A second
 * look tells these cases apart: FULL and EMPTY are true at an instant of the call; otherwise the
 * answer is BUSY.
 *
 * Inside its calls, the library spins for peers of the same side. shared/stall.h says what that
 * leads to, and why a thread looks at the side before the call. DPDK is for threads that own their
 * processors. It once had a setting for a yield in the wait (RTE_RING_PAUSE_REP_COUNT), which DPDK
 * 17.05 removed.
 *
 * Its C11 form is used, which has the orders in the language, and which DPDK has on Arm. On x86 it
 * compiles to the same as the other form.
 */

#ifndef SHARED_RTE_RING_H
#define SHARED_RTE_RING_H

#include "queue.h"

#include "shared/stall.h"
#include "shared/tsan.h"

#define RTE_USE_C11_MEM_MODEL
#include <rte_pause.h>

/** Waits until the peers that claimed before have moved the tail to this thread's claim. */
QUEUE_OP void rte_ring_wait(volatile uint32_t *at, uint32_t expected, int order)
{
	(void)order;
	// Acquire, where the library asks for relaxed. The release with which this thread moves the
	// tail then also covers the slots that the peers before filled. C11 needs that. It costs
	// nothing: the processors that DPDK is for order these accesses anyway
	while (__atomic_load_n(at, __ATOMIC_ACQUIRE) != expected) {
		stall();
	}
}

#define rte_wait_until_equal_32 rte_ring_wait
#define rte_pause stall
#include <rte_ring.h>
#undef rte_pause
#undef rte_wait_until_equal_32

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct queue {
	/** Managed by the library, with the slots behind it. */
	struct rte_ring ring;
};

static struct queue *rte_ring_make(const struct queue_config *config)
{
	// The library makes no larger ring
	if (config->capacity == 0 || config->capacity >= RTE_RING_SZ_MASK / 2) {
		errno = EINVAL;
		return NULL;
	}
	unsigned int size = 2;
	while (size - 1 < config->capacity) {
		size *= 2;
	}
	size_t bytes = (size_t)rte_ring_get_memsize(size);
	bytes = (bytes + QUEUE_APART - 1) & ~(size_t)(QUEUE_APART - 1);
	struct queue *queue = aligned_alloc(QUEUE_APART, bytes);
	if (!queue) {
		return NULL;
	}
	int error = rte_ring_init(&queue->ring, "queue", (unsigned int)config->capacity,
				  MODE_FLAGS | RING_F_EXACT_SZ);
	if (error != 0) {
		free(queue);
		errno = -error;
		return NULL;
	}
	uint32_t first = (uint32_t)config->first_ticket;
	queue->ring.MODE_HEAD(prod) = first;
	queue->ring.MODE_HEAD(cons) = first;
	queue->ring.prod.tail = first;
	queue->ring.cons.tail = first;
	return queue;
}

static void rte_ring_destroy(struct queue *queue)
{
	free(queue);
}

static size_t rte_ring_room(const struct queue *queue)
{
	return rte_ring_get_capacity(&queue->ring);
}

/** True if a claim need not wait for a peer, or need not any more after a little while. */
QUEUE_OP bool rte_ring_open(const volatile uint32_t *head, const volatile uint32_t *tail,
			    uint32_t ahead)
{
	for (int look = 1;; ++look) {
		// Relaxed: it is a hint, and the library decides
		uint32_t published = __atomic_load_n(tail, __ATOMIC_RELAXED);
		if (__atomic_load_n(head, __ATOMIC_RELAXED) - published <= ahead) {
			return true;
		}
		if (look == PEER_LOOKS) {
			return false;
		}
		queue_pause();
	}
}

/** True if exactly `count` items were inside at an instant of this call. */
QUEUE_OP bool rte_ring_held(struct queue *queue, uint32_t count)
{
	struct rte_ring *ring = &queue->ring;
	// Acquire, all three: they are done in this order, so `put` is of an instant at which the
	// head stood still. They pair with the library's releases of the same counters
	uint32_t taken = __atomic_load_n(&ring->MODE_HEAD(cons), __ATOMIC_ACQUIRE);
	uint32_t put = __atomic_load_n(&ring->MODE_PUT, __ATOMIC_ACQUIRE); // LP
	return __atomic_load_n(&ring->MODE_HEAD(cons), __ATOMIC_ACQUIRE) == taken &&
	       put - taken == count;
}

QUEUE_RARE enum queue_status rte_ring_refused(struct queue *queue)
{
	return rte_ring_held(queue, queue->ring.capacity) ? QUEUE_FULL : QUEUE_BUSY;
}

QUEUE_OP bool rte_ring_open_to_producers(const struct rte_ring *ring)
{
	return rte_ring_open(&ring->MODE_HEAD(prod), &ring->prod.tail, MODE_AHEAD(prod));
}

QUEUE_OP bool rte_ring_open_to_consumers(const struct rte_ring *ring)
{
	return rte_ring_open(&ring->MODE_HEAD(cons), &ring->cons.tail, MODE_AHEAD(cons));
}

/** Gives items to the library. */
QUEUE_OP size_t rte_ring_put(struct queue *queue, void *const *items, size_t count)
{
	tsan_release(queue);
	tsan_blind_begin();
	size_t done = MODE_ENQUEUE(&queue->ring, items, (unsigned int)count, NULL);
	tsan_blind_end();
	return done;
}

/** Takes items from the library. */
QUEUE_OP size_t rte_ring_take(struct queue *queue, void **items, size_t count)
{
	tsan_blind_begin();
	size_t done = MODE_DEQUEUE(&queue->ring, items, (unsigned int)count, NULL);
	tsan_blind_end();
	tsan_acquire(queue);
	return done;
}

QUEUE_OP size_t rte_ring_put_batch(struct queue *queue, struct queue_handle *handle,
				   void *const *items, size_t count)
{
	(void)handle;
	return rte_ring_open_to_producers(&queue->ring) ? rte_ring_put(queue, items, count) : 0;
}

QUEUE_OP size_t rte_ring_take_batch(struct queue *queue, struct queue_handle *handle, void **items,
				    size_t count)
{
	(void)handle;
	return rte_ring_open_to_consumers(&queue->ring) ? rte_ring_take(queue, items, count) : 0;
}

QUEUE_OP enum queue_status rte_ring_put_one(struct queue *queue, struct queue_handle *handle,
					    void *item)
{
	(void)handle;
	if (!rte_ring_open_to_producers(&queue->ring)) {
		return QUEUE_BUSY;
	}
	return rte_ring_put(queue, &item, 1) ? QUEUE_OK : rte_ring_refused(queue);
}

QUEUE_OP enum queue_status rte_ring_take_one(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	(void)handle;
	if (!rte_ring_open_to_consumers(&queue->ring)) {
		return QUEUE_BUSY;
	}
	if (rte_ring_take(queue, item, 1)) {
		return QUEUE_OK;
	}
	return !MODE_LATE || rte_ring_held(queue, 0) ? QUEUE_EMPTY : QUEUE_BUSY;
}

/** Members of the descriptions of all three queues. */
#define RTE_RING_OPERATIONS                                                                        \
	.source = "DPDK, librte_ring; from Macy's buf_ring in FreeBSD",                            \
	.enqueue_progress = QUEUE_BLOCKING, .dequeue_progress = QUEUE_BLOCKING,                    \
	.order = QUEUE_FIFO, .exact_empty = 1, .exact_full = 1, .create = rte_ring_make,           \
	.destroy = rte_ring_destroy, .capacity = rte_ring_room, .enqueue = rte_ring_put_one,       \
	.dequeue = rte_ring_take_one, .enqueue_batch = rte_ring_put_batch,                         \
	.dequeue_batch = rte_ring_take_batch

#endif // SHARED_RTE_RING_H
