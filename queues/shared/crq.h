// SPDX-License-Identifier: MIT

/**
 * The ring of LCRQ and LPRQ: Morrison & Afek, "Fast Concurrent Queues for x86 Processors",
 * PPoPP 2013, where it is called CRQ. linked_rings.h makes a list of such rings.
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
 * producer closes the ring, by a bit of `tail` which every later ticket of a producer comes with.
 * It does so when the ring is full, and when its own tickets come to nothing over and over. The
 * latter makes the queue lock-free, since in a single ring producers and consumers can spoil each
 * other's tickets for ever.
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
 * It may define FUNNELS as 1, and tickets are taken through shared/funnel.h. Then the queue blocks.
 *
 * slot_put() answers false, and slot_take() NULL, if the ticket came to nothing. If slot_take()
 * does, no later slot_put() with that ticket succeeds: a consumer that leaves has spoilt the
 * ticket. `token` is an odd address that no other thread has.
 *
 * Empty: a consumer whose ticket came to nothing looks at `tail`. If `tail` is not past the ticket,
 * nothing is inside. Then the consumer brings `tail` up to `head`, or producers would have to go
 * through all the tickets that were spoilt. Unlike in other queues, each poll of an empty ring
 * writes to it.
 *
 * Tickets are counted in twos: the low bit of `tail` says "closed", that of a slot's turn is the
 * slot's. The accesses to tickets and slots are sequentially consistent unless stated otherwise, as
 * the papers' proofs assume; on x86 that costs nothing beside the fetch-and-adds and
 * compare-and-swaps. An operation takes effect in slot_put() or slot_take(), where marked LP, or
 * where it finds the ring empty.
 */

#ifndef SHARED_CRQ_H
#define SHARED_CRQ_H

#include "queue.h"
#include "shared/funnel.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * log2 of the slots of a ring. The change to the next ring costs about a microsecond, so a
 * nanosecond per item. A ring fills a quarter of the first-level cache.
 */
#ifndef QUEUE_EXPLORED
#define RING_ORDER 10
#else
// Few enough for a short program to go around, and to make another ring
#define RING_ORDER 1
#endif
#define RING_SLOTS (UINT64_C(1) << RING_ORDER)

/** log2 of the slots in a cache line, over which neighbouring tickets are spread. */
#ifndef QUEUE_EXPLORED
#define RING_SPREAD 2
#else
#define RING_SPREAD 0
#endif

#ifndef FUNNELS
#define FUNNELS 0
#endif

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
	APPENDS = FUNNELS ? FUNNEL_PATHS : 0,
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

static struct queue_slow_path crq_slow_paths[] = {
#if FUNNELS
	FUNNEL_SLOW_PATHS,
#endif
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

/** Padding keeps the counters apart: nodes are only 16-byte aligned. */
struct ring {
	struct ring *_Atomic next;
	char apart_next[QUEUE_APART - sizeof(void *)];
	_Atomic uint64_t head;
	char apart_head[QUEUE_APART - sizeof(uint64_t)];
	_Atomic uint64_t tail;
	char apart_tail[QUEUE_APART - sizeof(uint64_t)];
	struct slot slots[RING_SLOTS];
#if FUNNELS
	struct funnel head_funnel;
	struct funnel tail_funnel;
#endif
};

#if FUNNELS
// A token has the index of its thread
#define RING_TICKET(ring, side, token)                                                             \
	funnel_add(&(ring)->side##_funnel, (uintptr_t)(token) / 2, &(ring)->side, TICKET,          \
		   crq_slow_paths)
#define RINGS_PROGRESS QUEUE_BLOCKING
#else
#define RING_TICKET(ring, side, token)                                                             \
	atomic_fetch_add_explicit(&(ring)->side, TICKET, memory_order_seq_cst)
#endif

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

/** Goes on after a producer's first ticket came to nothing. False once the ring is closed. */
QUEUE_RARE bool ring_put_again(struct ring *ring, uint64_t ticket, void *item, void *token)
{
	for (int tickets = 1;; ++tickets) {
		uint64_t head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
		bool full = ahead(ticket, head) >= (int64_t)LAP;
		if (full || tickets == PRODUCER_TICKETS) {
			if (!full) {
				queue_slow_path(&crq_slow_paths[CLOSES]);
			}
			atomic_fetch_or_explicit(&ring->tail, CLOSED, memory_order_seq_cst);
			return false;
		}
		ticket = RING_TICKET(ring, tail, token);
		if (ticket & CLOSED) {
			return false;
		}
		if (slot_put(ring, ring_slot(ring, ticket), ticket, item, token)) {
			return true;
		}
	}
}

/** Puts an item. False once the ring is closed. */
QUEUE_OP bool ring_put(struct ring *ring, void *item, void *token)
{
	uint64_t ticket = RING_TICKET(ring, tail, token);
	return !(ticket & CLOSED) &&
	       (slot_put(ring, ring_slot(ring, ticket), ticket, item, token) ||
		ring_put_again(ring, ticket, item, token));
}

/** Brings the producers' tickets up to date after consumers overtook them, unless closed. */
QUEUE_RARE void ring_catch_up(struct ring *ring)
{
	queue_slow_path(&crq_slow_paths[CATCHES_UP]);
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
QUEUE_OP void *ring_take(struct ring *ring, void *token)
{
	(void)token;
	for (;;) {
		uint64_t ticket = RING_TICKET(ring, head, token);
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

/** Takes an item out of a closed ring. NULL if none will be inside any more. */
QUEUE_OP void *ring_take_last(struct ring *ring, void *token)
{
	return ring_take(ring, token);
}

/** Resets a ring, which no other thread sees yet: empty, or with an item. */
static struct ring *ring_reset(struct ring *ring, const struct queue_config *config, void *item)
{
	uint64_t first_ticket = config->first_ticket * TICKET;
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
#if FUNNELS
	funnel_reset(&ring->head_funnel);
	funnel_reset(&ring->tail_funnel);
#endif
	return ring;
}

#define RINGS_SLOW_PATHS crq_slow_paths
#include "shared/linked_rings.h"

#endif // SHARED_CRQ_H
