// SPDX-License-Identifier: MIT

/**
 * A list of rings, for lcrq.c and lprq.c: Morrison & Afek, "Fast Concurrent Queues for x86
 * Processors", PPoPP 2013, where the rings are called CRQ and the list LCRQ.
 *
 * Tickets are taken with a fetch-and-add, which is never refused; a ticket stands for a slot of the
 * ring. A compare-and-swap that loses is done again, at the cost of all other threads. A ticket
 * that comes to nothing costs only its thread, which takes another one.
 *
 *     head 3           tail 6
 *       v                v
 *     [i3][i4][i5][  ][  ][  ][  ][  ]      tickets 3 to 5 are inside
 *
 * A ring cannot refuse an item when it is full: a ticket is taken before its slot is seen. So a
 * producer closes the ring, by a bit of `tail` which every later ticket of a producer comes with,
 * and goes on in a new ring behind it:
 *
 *     head -> [closed] -> [closed] -> [open] <- tail
 *
 * as in Michael and Scott's list, with rings for nodes. A producer closes a ring when it is full,
 * and when its own tickets come to nothing over and over. The latter makes the queue lock-free,
 * since in a single ring producers and consumers can spoil each other's tickets for ever.
 *
 * A producer of ticket t and a consumer of the same t may come in either order, at any distance in
 * time. The file that includes this decides how a slot records that. It defines `struct slot`
 * before, and behind the include
 *
 *     void slot_reset(struct slot *, uint64_t ticket);    free for that ticket and later
 *     void slot_fill(struct slot *, uint64_t ticket, void *item);      before others see it
 *     bool slot_put(struct ring *, struct slot *, uint64_t ticket, void *item, void *token);
 *     void *slot_take(struct ring *, struct slot *, uint64_t ticket);
 *
 * slot_put() answers false, and slot_take() NULL, if the ticket came to nothing. If slot_take()
 * does, no later slot_put() with that ticket succeeds: a consumer that leaves has spoilt the
 * ticket. `token` is an odd address that no other thread has.
 *
 * Empty: a consumer whose ticket came to nothing looks at `tail`. If `tail` is not past the ticket,
 * nothing is inside. Then the consumer brings `tail` up to `head`, or producers would have to go
 * through all the tickets that were spoilt.
 *
 * Surprising: a ring that is empty and closed need not stay so by the time that `next` is seen. A
 * producer may have closed it after filling slots that the consumer found empty before. So after it
 * has seen `next`, a consumer looks once more before it leaves the ring for the next one. And it
 * helps `tail` past a ring before `head` leaves it, or producers would be led to a ring that is
 * retired.
 *
 * Unlike in other queues, each poll of an empty queue writes to it.
 *
 * Tickets are counted in twos: the low bit of `tail` says "closed", that of a slot's turn is the
 * slot's. The accesses to tickets, slots and links are sequentially consistent unless stated
 * otherwise, as the papers' proofs assume; on x86 that costs nothing beside the fetch-and-adds and
 * compare-and-swaps. An operation takes effect in slot_put() or slot_take(), where marked LP, or
 * where it finds the queue empty, or links a ring with its item.
 */

#ifndef SHARED_LINKED_RINGS_H
#define SHARED_LINKED_RINGS_H

#include "queue.h"
#include "reclaim/hazard.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * log2 of the slots of a ring. The change to the next ring costs about a microsecond, so a
 * nanosecond per item. A ring fills a quarter of the first-level cache.
 */
#ifndef QUEUE_EXPLORED
#define RING_ORDER 10
#else
// Few enough for a short program to go around, and to make another ring
#define RING_ORDER 2
#endif
#define RING_SLOTS (UINT64_C(1) << RING_ORDER)

/** log2 of the slots in a cache line, over which neighbouring tickets are spread. */
#define RING_SPREAD 2

/** Step of a ticket. */
#define TICKET UINT64_C(2)
/** Tickets from a slot to the same slot. */
#define LAP (RING_SLOTS * TICKET)
/** The low bit of `tail`. */
#define CLOSED UINT64_C(1)

/**
 * Looks at a slot whose producer has taken the ticket but has not come yet, before the consumer
 * spoils the ticket: about as long as the line takes from another core.
 */
#ifndef QUEUE_EXPLORED
#define PRODUCER_LOOKS 32
#else
#define PRODUCER_LOOKS 1
#endif

/**
 * Tickets that a producer may lose in one operation before it closes the ring: enough to mean that
 * tickets are spoilt without end, and little beside the cost of a new ring.
 */
#ifndef QUEUE_EXPLORED
#define PRODUCER_TICKETS 16
#else
#define PRODUCER_TICKETS 2
#endif

enum {
	APPENDS,
	APPEND_LOST,
	CLOSES,
	SPOILS,
	MARKS_UNSAFE,
	CATCHES_UP,
	LEAVES,
	LAST_TAKEN,
#ifdef SLOTS_ARE_RESERVED
	RESERVATION_LOST,
#endif
};

static struct queue_slow_path linked_rings_slow_paths[] = {
	[APPENDS] = {"link a ring", false, 0},
	[APPEND_LOST] = {"find a ring linked by a peer", false, 0},
	[CLOSES] = {"close a ring that is not full", false, 0},
	[SPOILS] = {"spoil a ticket", false, 0},
	[MARKS_UNSAFE] = {"mark a slot unsafe", false, 0},
	[CATCHES_UP] = {"bring the producers' tickets up to date", false, 0},
	[LEAVES] = {"leave a ring for the next", false, 0},
	[LAST_TAKEN] = {"find an item in a ring that was closed", false, 0},
#ifdef SLOTS_ARE_RESERVED
	[RESERVATION_LOST] = {"lose a reserved slot", false, 0},
#endif
	{NULL, false, 0},
};

/** Hazard places: for the ring that the thread puts into, and for the one it takes from. */
enum {
	PLACE_TAIL,
	PLACE_HEAD,
};

/** Padding keeps the counters apart: nodes are only 16-byte aligned. */
struct ring {
	struct ring *_Atomic next;
	char apart_next[QUEUE_APART - sizeof(void *)];
	_Atomic uint64_t head;
	char apart_head[QUEUE_APART - sizeof(uint64_t)];
	_Atomic uint64_t tail;
	char apart_tail[QUEUE_APART - sizeof(uint64_t)];
	struct slot slots[RING_SLOTS];
};

struct queue {
	_Alignas(QUEUE_APART) struct ring *_Atomic head;
	_Alignas(QUEUE_APART) struct ring *_Atomic tail;
	_Alignas(QUEUE_APART) uint64_t first_ticket;
	struct hazards hazards;
};

struct queue_handle {
	struct hazard_thread hazard;
	/** Mark of this thread in slots that it reserves; no other thread has the same. */
	void *token;
};

QUEUE_OP void slot_reset(struct slot *slot, uint64_t ticket);
QUEUE_OP void slot_fill(struct slot *slot, uint64_t ticket, void *item);
QUEUE_OP bool slot_put(struct ring *ring, struct slot *slot, uint64_t ticket, void *item,
		       void *token);
QUEUE_OP void *slot_take(struct ring *ring, struct slot *slot, uint64_t ticket);

/** Distance of a ticket from another one. Tickets wrap around. */
QUEUE_OP int64_t ahead(uint64_t ticket, uint64_t other)
{
	return (int64_t)(ticket - other);
}

/** The slot of a ticket. Neighbouring tickets are spread over different lines. */
QUEUE_OP struct slot *ring_slot(struct ring *ring, uint64_t ticket)
{
	uint64_t index = ticket / TICKET % RING_SLOTS;
	index = (index << RING_SPREAD | index >> (RING_ORDER - RING_SPREAD)) % RING_SLOTS;
	return &ring->slots[index];
}

/** True if a consumer is at this ticket, or past it. */
QUEUE_OP bool consumer_has(const struct ring *ring, uint64_t ticket)
{
	return ahead(atomic_load_explicit(&ring->head, memory_order_seq_cst), ticket) > 0;
}

/**
 * Waits a little for the producer of a ticket. False if no producer has the ticket, if the producer
 * took too long, or if the ring is closed: then the producer can as well go to the next ring.
 */
QUEUE_OP bool producer_comes(const struct ring *ring, uint64_t ticket, int *looks)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst);
	if (*looks == PRODUCER_LOOKS || (tail & CLOSED) || ahead(tail, ticket) <= 0) {
		return false;
	}
	++*looks;
	queue_pause();
	return true;
}

/** Puts an item. False once the ring is closed. */
QUEUE_OP bool ring_put(struct ring *ring, void *item, void *token)
{
	for (int tickets = 1;; ++tickets) {
		uint64_t ticket =
			atomic_fetch_add_explicit(&ring->tail, TICKET, memory_order_seq_cst);
		if (ticket & CLOSED) {
			return false;
		}
		if (slot_put(ring, ring_slot(ring, ticket), ticket, item, token)) {
			return true;
		}
		uint64_t head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
		bool full = ahead(ticket, head) >= (int64_t)LAP;
		if (full || tickets == PRODUCER_TICKETS) {
			if (!full) {
				queue_slow_path(&linked_rings_slow_paths[CLOSES]);
			}
			atomic_fetch_or_explicit(&ring->tail, CLOSED, memory_order_seq_cst);
			return false;
		}
	}
}

/** Brings the producers' tickets up to date after consumers overtook them, unless closed. */
QUEUE_RARE void ring_catch_up(struct ring *ring)
{
	queue_slow_path(&linked_rings_slow_paths[CATCHES_UP]);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst);
	for (;;) {
		uint64_t head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
		if ((tail & CLOSED) || ahead(head, tail) <= 0 ||
		    atomic_compare_exchange_weak_explicit(
			    &ring->tail, &tail, head, memory_order_seq_cst, memory_order_seq_cst)) {
			return;
		}
	}
}

/** Takes an item out. NULL if there was none at some instant of the call. */
QUEUE_OP void *ring_take(struct ring *ring)
{
	for (;;) {
		uint64_t ticket =
			atomic_fetch_add_explicit(&ring->head, TICKET, memory_order_seq_cst);
		void *item = slot_take(ring, ring_slot(ring, ticket), ticket);
		if (item) {
			return item;
		}
		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_seq_cst) & ~CLOSED;
		if (ahead(tail, ticket + TICKET) <= 0) { // LP: no producer is ahead of it
			ring_catch_up(ring);
			return NULL;
		}
	}
}

/** Resets a ring, which no other thread sees yet: empty, or with an item. */
static struct ring *ring_reset(struct ring *ring, uint64_t first_ticket, void *item)
{
	for (uint64_t i = 0; i < RING_SLOTS; ++i) {
		uint64_t ticket = first_ticket + i * TICKET;
		slot_reset(ring_slot(ring, ticket), ticket);
	}
	uint64_t tail = first_ticket;
	if (item) {
		slot_fill(ring_slot(ring, tail), tail, item);
		tail += TICKET;
	}
	// Relaxed: linking the ring publishes all of this
	atomic_store_explicit(&ring->head, first_ticket, memory_order_relaxed);
	atomic_store_explicit(&ring->tail, tail, memory_order_relaxed);
	atomic_store_explicit(&ring->next, NULL, memory_order_relaxed);
	return ring;
}

static struct queue *linked_rings_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct ring *ring = malloc(sizeof(*ring));
	if (!queue || !ring || hazards_create(&queue->hazards, config, sizeof(*ring)) != 0) {
		free(ring);
		free(queue);
		return NULL;
	}
	queue->first_ticket = config->first_ticket * TICKET;
	ring_reset(ring, queue->first_ticket, NULL);
	atomic_init(&queue->head, ring);
	atomic_init(&queue->tail, ring);
	return queue;
}

static void linked_rings_destroy(struct queue *queue)
{
	// Relaxed, all: no other thread is left
	struct ring *ring = atomic_load_explicit(&queue->head, memory_order_relaxed);
	while (ring) {
		struct ring *next = atomic_load_explicit(&ring->next, memory_order_relaxed);
		free(ring);
		ring = next;
	}
	hazards_destroy(&queue->hazards);
	free(queue);
}

static size_t linked_rings_capacity(const struct queue *queue)
{
	(void)queue;
	return 0;
}

static struct queue_handle *linked_rings_attach(struct queue *queue)
{
	struct queue_handle *handle = hazards_attach_handle(&queue->hazards, sizeof(*handle));
	if (handle) {
		uintptr_t index = hazard_index(&queue->hazards, &handle->hazard);
		handle->token = (void *)(2 * index + 1);
	}
	return handle;
}

static void linked_rings_detach(struct queue *queue, struct queue_handle *handle)
{
	hazards_detach_handle(&queue->hazards, handle);
}

/** The first or the last ring, protected in a place. */
QUEUE_OP struct ring *ring_protect(struct queue_handle *handle, unsigned int place,
				   struct ring *_Atomic *source)
{
	struct ring *ring;
	do {
		ring = atomic_load_explicit(source, memory_order_seq_cst);
	} while (__builtin_expect(!hazard_protects(&handle->hazard, place, ring), 0));
	return ring;
}

/** Moves a pointer from a ring to the next, unless it has left that ring already. */
QUEUE_OP bool ring_leave(struct ring *_Atomic *source, struct ring *ring, struct ring *next)
{
	return atomic_compare_exchange_strong_explicit(source, &ring, next, memory_order_seq_cst,
						       memory_order_seq_cst);
}

/** Enqueues after the last ring was found closed: into the next one, or a new one. */
QUEUE_RARE enum queue_status enqueue_next(struct queue *queue, struct queue_handle *handle,
					  void *item)
{
	for (;;) {
		struct ring *last = ring_protect(handle, PLACE_TAIL, &queue->tail);
		struct ring *next = atomic_load_explicit(&last->next, memory_order_seq_cst);
		if (next) {
			queue_slow_path(&linked_rings_slow_paths[APPEND_LOST]);
			ring_leave(&queue->tail, last, next);
			continue;
		}
		if (ring_put(last, item, handle->token)) {
			return QUEUE_OK;
		}

		struct ring *ring = hazard_alloc(&queue->hazards, &handle->hazard);
		if (!ring) {
			return QUEUE_NOMEM;
		}
		ring_reset(ring, queue->first_ticket, item);
		if (ring_leave(&last->next, NULL, ring)) { // LP
			queue_slow_path(&linked_rings_slow_paths[APPENDS]);
			ring_leave(&queue->tail, last, ring);
			return QUEUE_OK;
		}
		hazard_free(&queue->hazards, &handle->hazard, ring);
	}
}

/** Goes on after the first ring was found empty. True if the caller shall try the next one. */
QUEUE_RARE bool dequeue_next(struct queue *queue, struct queue_handle *handle, struct ring *first,
			     void **item)
{
	struct ring *next = atomic_load_explicit(&first->next, memory_order_seq_cst);
	if (!next) {
		return false; // The queue was empty at the look before
	}
	// The ring is closed by now, but items may have come since it was found empty
	*item = ring_take(first);
	if (*item) {
		queue_slow_path(&linked_rings_slow_paths[LAST_TAKEN]);
		return false;
	}
	queue_slow_path(&linked_rings_slow_paths[LEAVES]);
	ring_leave(&queue->tail, first, next);
	if (ring_leave(&queue->head, first, next)) {
		hazard_retire(&queue->hazards, &handle->hazard, first);
	}
	return true;
}

QUEUE_OP enum queue_status linked_rings_enqueue(struct queue *queue, struct queue_handle *handle,
						void *item)
{
	struct ring *last = ring_protect(handle, PLACE_TAIL, &queue->tail);
	if (__builtin_expect(ring_put(last, item, handle->token), 1)) {
		return QUEUE_OK;
	}
	return enqueue_next(queue, handle, item);
}

QUEUE_OP enum queue_status linked_rings_dequeue(struct queue *queue, struct queue_handle *handle,
						void **item)
{
	do {
		struct ring *first = ring_protect(handle, PLACE_HEAD, &queue->head);
		*item = ring_take(first);
		if (__builtin_expect(*item != NULL, 1)) {
			return QUEUE_OK;
		}
		if (!dequeue_next(queue, handle, first, item)) {
			return *item ? QUEUE_OK : QUEUE_EMPTY;
		}
	} while (true);
}

/** Members of the descriptions of both queues. */
#define LINKED_RINGS_OPERATIONS                                                                    \
	.enqueue_progress = QUEUE_LOCK_FREE, .dequeue_progress = QUEUE_LOCK_FREE,                  \
	.order = QUEUE_FIFO, .exact_empty = 1, .exact_full = 1, .create = linked_rings_create,     \
	.destroy = linked_rings_destroy, .capacity = linked_rings_capacity,                        \
	.attach = linked_rings_attach, .detach = linked_rings_detach,                              \
	.enqueue = linked_rings_enqueue, .dequeue = linked_rings_dequeue,                          \
	.slow_paths = linked_rings_slow_paths

#endif // SHARED_LINKED_RINGS_H
