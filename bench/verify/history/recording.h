// SPDX-License-Identifier: MIT

/**
 * Histories of a queue under contention: a few threads run small random programs, and the times
 * around each operation are recorded.
 *
 * A full fence stands on either side of an operation, and the time stamps are taken outside of the
 * fences. The fence before: the stamp is taken before anything of the operation is read or becomes
 * visible. The fence after: everything that the operation stored is visible before the clock is
 * read. So an operation takes effect between its stamps, also on a processor with store buffers,
 * and operations that are apart in time are ordered by fences, as exact_empty requires.
 * CLOCK_MONOTONIC is one clock for all processors.
 */

#ifndef RECORDING_H
#define RECORDING_H

#include "verify/check.h"
#include "verify/history/linearize.h"

/** A complete history: at the end one thread has drained the queue. */
struct recording {
	const struct operation *operations;
	size_t count;
	struct linearize_claims claims;
	/** Time of its start, by clock_now(). */
	uint64_t start;

	unsigned int threads;
	unsigned int producers;
	unsigned int consumers;
	size_t asked_capacity;
	size_t first_ticket;
};

/** Totals of all histories. */
struct recording_totals {
	uint64_t histories;
	/** Operations by their answer. */
	uint64_t operations[QUEUE_CLOSED + 1];
	/** Operations during which another thread was in an operation. */
	uint64_t overlapping;
};

/**
 * Records histories in rounds until the time is over, and passes each to `judge`.
 *
 * @param judge    called by one thread at a time
 * @param context  passed to `judge`
 */
void recording_run(struct check_run *run,
		   void (*judge)(struct check_run *run, const struct recording *recording,
				 void *context),
		   void *context, struct recording_totals *totals);

/** Number of operations that answered QUEUE_OK, QUEUE_FULL or QUEUE_EMPTY. */
uint64_t recording_count(const struct recording_totals *totals);

/** Adds the totals to the figures. */
void recording_figures(struct check_run *run, const struct recording_totals *totals);

/** An item is a number, (thread + 1) * RECORDING_THREAD + count, above the bits of the queue. */
#define RECORDING_THREAD 10000
#define RECORDING_SHIFT 3

static inline size_t recording_item_number(uintptr_t item)
{
	return item >> RECORDING_SHIFT;
}

/** Can this be an item of a recording? */
static inline bool recording_is_item(uintptr_t item)
{
	size_t number = recording_item_number(item);
	return item % (1 << RECORDING_SHIFT) == 0 && number >= RECORDING_THREAD &&
	       number < (CHECK_MAX_THREADS + 1) * RECORDING_THREAD;
}

#endif // RECORDING_H
