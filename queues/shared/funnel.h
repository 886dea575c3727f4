// SPDX-License-Identifier: MIT

/**
 * Aggregating Funnels: Roh, Wei, Ruppert, Fatourou, Jayanti & Shun, "Aggregating Funnels for Faster
 * Fetch&Add and Queues", PPoPP 2025. A fetch-and-add for many threads, whose line they do not all
 * fight for.
 *
 * Threads are spread over aggregators. A thread takes a position in its own one, by a fetch-and-add
 * that only its neighbours fight for. All that have come since the last batch are the next batch.
 * The first of them adds for all of them to the counter, and publishes what the counter was:
 *
 *     positions of an aggregator           counter
 *     [ 9 10 11 ][ 12 13 14 15 16 ] 17 18     [.. 40 41 42 43 44 ][ 45 46 ][ 47 48 ..
 *                         served ---^             these five       others'
 *
 *     batch: begins at 12, first ticket 40    so position 14 has ticket 42
 *
 * So the counter has no more threads at a time than there are aggregators. The paper adds any
 * number, and has aggregators for either sign. Tickets only grow, all by the same step, so
 * positions are counted.
 *
 * Invariant: `served` is the end of the last batch, and one thread at most has the position there.
 * That thread alone writes `served` and batches. A position before `served` is in a batch of which
 * `left` counts it until its thread has read its ticket. A batch is not overwritten before `left`
 * is 0, nor, since batches are used in turn, are those after it. So a thread that looks for its
 * batch, from the last one back, finds it.
 *
 * The paper links batches to a list, of which memory reclamation frees the old ones. Here there are
 * FUNNEL_BATCHES, in place. That is bounded, and costs the first of a batch a look at one more
 * line, and, unless it is alone, a store to it and an update by each of the others. The tickets
 * stand in the line that all wait for, which has no room for more than four. A first that is alone
 * uses up a batch, too: so all that are not read yet are near each other, and half of a position
 * tells them apart.
 *
 * The counter is an ordinary one. An add takes effect at the C1 of its batch, which is within its
 * call; so all other operations go to the counter directly, and mean what they mean without
 * funnels. Batches of a counter with a bit in it (CLOSED) have the bit in each ticket.
 *
 * Surprising: what is blocking. A thread that stops between its position and its ticket stops its
 * aggregator, at once if it is the first of a batch, else when its batch is due to be overwritten.
 * The other aggregators go on. A thread that has a position cannot leave, so waiting is part of an
 * operation, and cannot be answered as QUEUE_BUSY. Neither waits for the other in a circle: a first
 * waits for threads whose tickets are published, and others wait for a first. A thread that waits
 * long gives its processor away.
 */

#ifndef SHARED_FUNNEL_H
#define SHARED_FUNNEL_H

#include "queue.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Aggregators of a counter. The paper's bound is for the square root of the threads, but 8 were
 * slower when simulated with 64 threads, and 11 with 128.
 */
#ifndef QUEUE_EXPLORED
#define FUNNEL_AGGREGATORS 6
#else
// So that the few threads of a program meet
#define FUNNEL_AGGREGATORS 1
#endif

/**
 * Threads with numbers that follow each other, which share an aggregator: they often are near each
 * other. More than one, so that producers and consumers that attach in turn are spread as well.
 */
#ifndef FUNNEL_NEIGHBOURS
#define FUNNEL_NEIGHBOURS 2
#endif

/** Batches of an aggregator, a power of two: a thread has that long to read its ticket. */
#ifndef QUEUE_EXPLORED
#define FUNNEL_BATCHES 4
#else
// Few enough for a short program to use one again
#define FUNNEL_BATCHES 2
#endif

/** Step of a position. The bits below it have the index of the last batch, in `served`. */
#define POSITION ((uint64_t)FUNNEL_BATCHES)

/** Looks before a thread gives its processor away, as long as a switch and back takes. */
#define FUNNEL_LOOKS 256

/** Slow paths, in the table that funnel_add() is given. */
enum {
	FUNNEL_GOES_BACK,
	FUNNEL_HELD,
	FUNNEL_PATHS,
};
#define FUNNEL_SLOW_PATHS                                                                          \
	[FUNNEL_GOES_BACK] = {"find the ticket in an earlier batch", false, 0},                    \
	[FUNNEL_HELD] = {"wait until a batch is read", false, 0}

struct aggregator {
	/** The next position. */
	_Alignas(QUEUE_APART) _Atomic uint64_t positions;
	/**
	 * End of the last batch, and its index. With the batches in one line, which a first writes
	 * once, and those who wait for it read once.
	 */
	_Alignas(QUEUE_APART) _Atomic uint64_t served;
	/** Positions of the batches' first threads, without their upper half. */
	uint32_t begins[FUNNEL_BATCHES];
	/** The tickets of these threads. */
	uint64_t tickets[FUNNEL_BATCHES];
	/**
	 * Threads of a batch that have not read it yet, beside its first. On a line each, which
	 * they update, and the first of the batch that overwrites this one looks at.
	 */
	struct unread {
		_Alignas(QUEUE_APART) _Atomic uint64_t left;
	} unread[FUNNEL_BATCHES];
};

// What a first writes once, and others read once
_Static_assert(offsetof(struct aggregator, tickets) + sizeof(uint64_t[FUNNEL_BATCHES]) -
			       offsetof(struct aggregator, served) <=
		       64,
	       "a batch does not fit into the line that threads wait for");

/** What a counter has beside it. Aligned at its use, since nodes are only 16-byte aligned. */
struct funnel {
	unsigned char room[QUEUE_APART - 1 + FUNNEL_AGGREGATORS * sizeof(struct aggregator)];
};

QUEUE_OP struct aggregator *funnel_aggregator(struct funnel *funnel, uint64_t thread)
{
	uintptr_t first = ((uintptr_t)funnel + QUEUE_APART - 1) / QUEUE_APART * QUEUE_APART;
	return (struct aggregator *)first + thread / FUNNEL_NEIGHBOURS % FUNNEL_AGGREGATORS;
}

/** Resets a funnel, which no other thread sees yet. */
static inline void funnel_reset(struct funnel *funnel)
{
	for (unsigned int i = 0; i < FUNNEL_AGGREGATORS; ++i) {
		struct aggregator *aggregator = funnel_aggregator(funnel, i * FUNNEL_NEIGHBOURS);
		// Relaxed, all: who publishes the counter publishes them
		atomic_store_explicit(&aggregator->positions, 0, memory_order_relaxed);
		atomic_store_explicit(&aggregator->served, 0, memory_order_relaxed);
		for (unsigned int j = 0; j < FUNNEL_BATCHES; ++j) {
			atomic_store_explicit(&aggregator->unread[j].left, 0, memory_order_relaxed);
		}
	}
}

/** Adds for all that have come, as the first of them, whose position is `begin`. */
QUEUE_OP uint64_t funnel_serve(struct aggregator *own, unsigned int batch, uint64_t begin,
			       _Atomic uint64_t *counter, uint64_t step,
			       struct queue_slow_path *paths)
{
	unsigned int looks = 0;
	_Atomic uint64_t *left = &own->unread[batch].left;
	// L1, acquire: pairs with L2. Its threads have read what is overwritten below
	while (atomic_load_explicit(left, memory_order_acquire) > 0) {
		if (paths && looks == 0) {
			queue_slow_path(&paths[FUNNEL_HELD]);
		}
		queue_give_way(&looks, FUNNEL_LOOKS);
	}
	// P2, acquire: pairs with each P1 of the batch. All that its threads did before, and saw,
	// comes before C1, as if each had added itself
	uint64_t end = atomic_load_explicit(&own->positions, memory_order_acquire);
	uint64_t count = (end - begin) / POSITION;
	// C1, sequentially consistent, as an add without a funnel. LP of all `count` adds
	uint64_t ticket = atomic_fetch_add_explicit(counter, count * step, memory_order_seq_cst);
	if (count > 1) {
		// Relaxed: S2 publishes it. Else it is 0 already, as L1 saw: nobody else has
		// counted since, and nobody will look but the next first that comes to this batch.
		// So the line, which its last readers have, stays where it is
		atomic_store_explicit(left, count - 1, memory_order_relaxed);
	}
	own->begins[batch] = (uint32_t)begin;
	own->tickets[batch] = ticket;
	// S2, release: publishes C1 and the batch, and hands the aggregator to the next first
	atomic_store_explicit(&own->served, end | batch, memory_order_release);
	return ticket;
}

/** The ticket of a position, by the batch that it is in: the last one, or one before. */
QUEUE_OP uint64_t funnel_read(struct aggregator *own, unsigned int last, uint64_t position,
			      uint64_t step, struct queue_slow_path *paths)
{
	// Signed, and half of a position: the last batches are not far from it
	while ((int32_t)((uint32_t)position - own->begins[last]) < 0) {
		if (paths) {
			queue_slow_path(&paths[FUNNEL_GOES_BACK]);
		}
		last = (last - 1) % FUNNEL_BATCHES;
	}
	uint32_t behind = (uint32_t)position - own->begins[last];
	uint64_t ticket = own->tickets[last] + behind / POSITION * step;
	// L2, release: ends the reading of this batch, and of those after it: pairs with L1
	atomic_fetch_sub_explicit(&own->unread[last].left, 1, memory_order_release);
	return ticket;
}

/**
 * Adds to a counter, and returns what it was before.
 *
 * @param thread  a number of the calling thread, by which threads are spread
 * @param step    the same in all calls
 * @param paths   table that begins with FUNNEL_SLOW_PATHS, or NULL
 */
QUEUE_OP uint64_t funnel_add(struct funnel *funnel, uint64_t thread, _Atomic uint64_t *counter,
			     uint64_t step, struct queue_slow_path *paths)
{
	struct aggregator *own = funnel_aggregator(funnel, thread);
	// P1, release: pairs with P2. What it returns is a number, which brings nothing along
	uint64_t position =
		atomic_fetch_add_explicit(&own->positions, POSITION, memory_order_release);
	for (unsigned int looks = 0;; queue_give_way(&looks, FUNNEL_LOOKS)) {
		// S1, acquire: pairs with S2
		uint64_t served = atomic_load_explicit(&own->served, memory_order_acquire);
		unsigned int last = served % FUNNEL_BATCHES;
		int64_t early = (int64_t)(position - (served - last));
		if (early == 0) {
			return funnel_serve(own, (last + 1) % FUNNEL_BATCHES, position, counter,
					    step, paths);
		}
		if (early < 0) {
			return funnel_read(own, last, position, step, paths);
		}
	}
}

#endif // SHARED_FUNNEL_H
