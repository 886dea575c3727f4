// SPDX-License-Identifier: MIT

/**
 * Histories of a queue under contention: small random programs of some threads, every operation
 * recorded with the times around it.
 *
 * Times are stamped outside a full fence on either side. The stamp before an operation is stored,
 * and the fence lets nothing of the operation be seen, nor read, before that store is done, so
 * not before the stamp was taken. The fence after an operation waits until all that it stored
 * is seen, and only then is the clock read. So an operation takes effect between its stamps even
 * on a processor with store buffers, and the operations that are apart in time are ordered by
 * fences: what exact_empty asks for. CLOCK_MONOTONIC is one clock for all processors.
 */

#ifndef RECORDING_H
#define RECORDING_H

#include "verify/check.h"
#include "verify/history/linearize.h"

/** A history that is complete: what was inside at the end has been taken out by one thread. */
struct recording {
	const struct operation *operations;
	size_t count;
	struct linearize_claims claims;
	/** When it began. */
	uint64_t start;

	unsigned int threads;
	unsigned int producers;
	unsigned int consumers;
	size_t asked_capacity;
	size_t first_ticket;
};

/** What was recorded in all. */
struct recording_totals {
	uint64_t histories;
	/** By what they answered. */
	uint64_t operations[QUEUE_CLOSED + 1];
	/** Of all, those during which another thread had one under way. */
	uint64_t overlapping;
};

/**
 * Record histories in rounds, for as long as there is time, and hand each over.
 *
 * @param judge    is called by one thread at a time
 * @param context  handed to it
 */
void recording_run(struct check_run *run,
		   void (*judge)(struct check_run *run, const struct recording *recording,
				 void *context),
		   void *context, struct recording_totals *totals);

/** Operations that were QUEUE_OK, QUEUE_FULL or QUEUE_EMPTY. */
uint64_t recording_count(const struct recording_totals *totals);

/** Add the totals to the figures. */
void recording_figures(struct check_run *run, const struct recording_totals *totals);

/** Items are numbers, (thread + 1) * RECORDING_THREAD + count, above the bits that are not theirs.
 */
#define RECORDING_THREAD 10000
#define RECORDING_SHIFT 3

static inline size_t recording_item_number(uintptr_t item)
{
	return item >> RECORDING_SHIFT;
}

/** Could it be one of a recording? */
static inline bool recording_is_item(uintptr_t item)
{
	size_t number = recording_item_number(item);
	return item % (1 << RECORDING_SHIFT) == 0 && number >= RECORDING_THREAD &&
	       number < (CHECK_MAX_THREADS + 1) * RECORDING_THREAD;
}

#endif // RECORDING_H
