// SPDX-License-Identifier: MIT

/**
 * Is a history of queue operations legal under the queue's claims?
 *
 * A history is seen from outside: each operation has an interval, from before its invocation to
 * after its response, and takes effect at some instant of it. An operation is before another if its
 * interval ends before the other's begins; a tie counts as concurrent.
 *
 * A complete history of distinct items is linearizable as a FIFO queue if and only if it contains
 * none of a few bad patterns (Henzinger, Sezgin & Vafeiadis, "Aspect-Oriented Linearizability
 * Proofs", CONCUR 2013). Each pattern is found by sorting, in O(n log n), where a search is
 * exponential. An item is "inside for sure" from the response of its enqueue to the invocation of
 * its dequeue, both excluded, or for ever if it is not dequeued.
 */

#ifndef LINEARIZE_H
#define LINEARIZE_H

#include "base/histogram.h"
#include "queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum operation_kind {
	OPERATION_ENQUEUE,
	OPERATION_DEQUEUE,
};

/** An operation, as seen from outside. */
struct operation {
	uint64_t invoked;
	uint64_t responded;
	/** The item enqueued or dequeued. No two enqueues have the same item. */
	uintptr_t item;
	unsigned int thread;
	enum operation_kind kind;
	/**
	 * Operations that answered QUEUE_BUSY or QUEUE_NOMEM did nothing. They only count as peers
	 * of a QUEUE_FULL that is not exact.
	 */
	enum queue_status status;
};

/** Compares the times of invocation of two operations, for qsort(). */
int operation_compare(const void *one, const void *other);

/** The claims of a queue. */
struct linearize_claims {
	enum queue_order order;
	bool exact_empty;
	bool exact_full;
	/** Real capacity; 0 means no bound. */
	size_t capacity;
};

enum linearize_fault {
	LINEARIZE_LEGAL,
	/** An item was dequeued that was never enqueued. */
	LINEARIZE_UNKNOWN,
	/** An item was dequeued twice. */
	LINEARIZE_REPEATED,
	/** The dequeue of an item ended before its enqueue began. */
	LINEARIZE_EARLY,
	/** Enqueued before another item, dequeued after it or never. */
	LINEARIZE_OVERTAKEN,
	/** QUEUE_EMPTY, and at every instant some item was inside for sure. */
	LINEARIZE_NOT_EMPTY,
	/** QUEUE_FULL, and at no instant can the capacity have been inside. */
	LINEARIZE_NOT_FULL,
};

/** Most operations in a proof. */
#define LINEARIZE_PROOF 16

/** A fault, and the operations that prove it, by their indices in the history. */
struct linearize_finding {
	enum linearize_fault fault;
	size_t proof[LINEARIZE_PROOF];
	size_t count;
	/** Further operations of the proof, for which there was no place. */
	size_t omitted;
	/** LINEARIZE_NOT_FULL: the most items that can have been inside. */
	size_t inside;
};

/**
 * Checks a history against claims.
 *
 * If the queue claims QUEUE_FIFO and exact_empty, all patterns are faults, and without a QUEUE_FULL
 * the verdict is exact. For other claims, what is called a fault is one, but some are missed:
 *
 *     QUEUE_PRODUCER_FIFO    only items of one thread may not overtake each other
 *     QUEUE_UNORDERED        all may
 *     neither is FIFO        QUEUE_EMPTY is wrong if one item was inside all the time: that is
 *                            what exact_empty promises. A FIFO is wrong too if several were in turn
 *     exact_empty = 0        QUEUE_EMPTY is wrong only if no peer was in the middle of an operation
 *     exact_full = 0         each operation of a peer that was under way may have held a slot, and
 *                            an item that left meanwhile may have been counted
 *
 * @param finding  receives the first fault, or LINEARIZE_LEGAL
 * @return 0, or -1 with ENOMEM, or with EINVAL if two enqueues offered the same item
 */
int linearize_check(const struct operation *operations, size_t count,
		    const struct linearize_claims *claims, struct linearize_finding *finding);

/**
 * The rank error of every item that was dequeued: how many items were inside for sure when it
 * was taken, and had been enqueued before it for sure. 0 throughout in a FIFO. Items that were
 * never enqueued, or are dequeued again, are left out.
 *
 * @param errors  is added to
 * @return 0, or -1 with ENOMEM or EINVAL
 */
int linearize_rank_errors(const struct operation *operations, size_t count,
			  struct histogram *errors);

#endif // LINEARIZE_H
