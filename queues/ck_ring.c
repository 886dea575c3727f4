// SPDX-License-Identifier: MIT
// requires: ck

/**
 * Concurrency Kit's ring, with any number of producers and consumers (ck_ring,
 * the _mpmc calls).
 *
 *         c_head            p_tail        p_head
 *           v                 v             v
 *     [ ][ ][a][b][c][d][e][f][?][?][?][?][ ][ ][ ][ ]
 *           '---- items ----' '- claimed -'
 *
 * A producer claims a slot with a CAS on `p_head`, fills it, waits until `p_tail` has come to the
 * slot, and moves `p_tail` over it (LP). So items become visible in the order of the claims, and no
 * slot carries a turn or a flag. A consumer first copies the slot at `c_head`, then moves `c_head`
 * with a CAS (LP). If the CAS succeeds the copy is its own; if not, the consumer throws it away.
 *
 * Surprising: the two sides differ. The copy before the CAS makes the dequeue lock-free: a consumer
 * that stops has claimed nothing, so it stops no other thread. A producer that stops between its
 * two steps stops all producers that claimed after it. They spin inside the library's enqueue until
 * the one before has published, and the items that they put stay invisible. Two producers that
 * share a processor get into a convoy in which each item costs a time slice (shared/stall.h). So
 * here a producer first looks whether all claims are published, and answers BUSY if they are not
 * soon. That is also faster with a processor for each thread: a producer that does not claim leaves
 * the line to the producer that is about to publish.
 *
 * One slot stays empty, or full and empty would look alike. EMPTY is p_tail == c_head. It is exact:
 * an enqueue that has returned is before `p_tail`. The library also refuses an item when the
 * missing slots are only claimed. That is BUSY here; FULL is answered after a second look that
 * finds all items inside.
 *
 * Counters have 32 bits: a consumer that stops between copy and CAS for exactly 2^32 dequeues would
 * take a wrong item. The library's orders are load and store fences, which on x86 bind only the
 * compiler. tsan cannot see into its inline assembly: see shared/tsan.h.
 */

#include "queue.h"

#include "shared/stall.h"
#include "shared/tsan.h"

#include <ck_pr.h>
// The library calls this while it waits
#define ck_pr_stall stall
#include <ck_ring.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct queue {
	_Alignas(QUEUE_APART) ck_ring_t ring;
	_Alignas(QUEUE_APART) ck_ring_buffer_t *slots;
};

static struct queue *ring_create(const struct queue_config *config)
{
	// The largest power of two that the library's counters tell apart
	if (config->capacity == 0 || config->capacity >= (size_t)1 << 31) {
		errno = EINVAL;
		return NULL;
	}
	unsigned int size = 2;
	while (size - 1 < config->capacity) {
		size *= 2;
	}

	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	ck_ring_buffer_t *slots = malloc(size * sizeof(*slots));
	if (!queue || !slots) {
		free(slots);
		free(queue);
		return NULL;
	}
	queue->slots = slots;
	ck_ring_init(&queue->ring, size);
	queue->ring.p_tail = (unsigned int)config->first_ticket;
	queue->ring.p_head = (unsigned int)config->first_ticket;
	queue->ring.c_head = (unsigned int)config->first_ticket;
	return queue;
}

static void ring_destroy(struct queue *queue)
{
	free(queue->slots);
	free(queue);
}

static size_t ring_capacity(const struct queue *queue)
{
	return ck_ring_capacity(&queue->ring) - 1;
}

/**
 * True if no producer is between claim and publication, or none is any more after a little while. A
 * hint: the two loads need not be of one instant, and the library decides.
 */
QUEUE_OP bool ring_open(const ck_ring_t *ring)
{
	for (int look = 1;; ++look) {
		if (ck_pr_load_uint(&ring->p_tail) == ck_pr_load_uint(&ring->p_head)) {
			return true;
		}
		if (look == PEER_LOOKS) {
			return false;
		}
		queue_pause();
	}
}

/** After a failed claim: FULL if all slots hold items, BUSY if producers are still at some. */
QUEUE_RARE enum queue_status ring_refused(struct queue *queue)
{
	ck_ring_t *ring = &queue->ring;
	unsigned int head = ck_pr_load_uint(&ring->c_head);
	// Orders head, tail, head: the tail is of an instant at which the head stood still
	ck_pr_fence_load();
	unsigned int tail = ck_pr_load_uint(&ring->p_tail);
	ck_pr_fence_load();
	bool stood = ck_pr_load_uint(&ring->c_head) == head;
	return stood && tail - head == ring->mask ? QUEUE_FULL : QUEUE_BUSY; // LP of FULL: tail
}

QUEUE_OP enum queue_status ring_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	(void)handle;
	if (!ring_open(&queue->ring)) {
		return QUEUE_BUSY;
	}
	tsan_release(queue);
	tsan_blind_begin();
	bool done = ck_ring_enqueue_mpmc(&queue->ring, queue->slots, item);
	tsan_blind_end();
	return done ? QUEUE_OK : ring_refused(queue);
}

QUEUE_OP enum queue_status ring_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	(void)handle;
	void *found = NULL;
	tsan_blind_begin();
	bool done = ck_ring_dequeue_mpmc(&queue->ring, queue->slots, &found);
	tsan_blind_end();
	tsan_acquire(queue);
	if (!done) {
		return QUEUE_EMPTY;
	}
	*item = found;
	return QUEUE_OK;
}

QUEUE_EXPORT(ck_ring) = {
	.name = "ck_ring",
	.title = "bounded ring, published in order of the claims",
	.source = "Concurrency Kit (Al Bahra), ck_ring, mpmc",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = ring_create,
	.destroy = ring_destroy,
	.capacity = ring_capacity,
	.enqueue = ring_enqueue,
	.dequeue = ring_dequeue,
};
