// SPDX-License-Identifier: MIT

/**
 * Handles that count what was put, and when a queue of several places is empty: for shared/parts.h
 * and blockfifo.c. The file that includes this defines
 *
 *     struct owned;    what else a handle keeps
 *
 * An empty place says nothing of the place that was looked at before. So EMPTY needs two equal
 * counts of all items that were ever put, and a look at all places in between. Each handle counts
 * an item after it has put it. Then
 *
 *     count 1     every place is found empty     count 2, the same: EMPTY
 *                                            ^ LP
 *
 * is right. Take an item that is inside at the LP. If it was counted by then, it was counted before
 * count 1, or the counts would differ. So it was in its place when the place was looked at, and
 * would have been found, or its consumer was there. If it was not counted yet, its enqueue is not
 * over: the enqueue takes effect when the item is counted, or when it is taken, if that comes
 * first. A handle keeps its last count, also across calls, so polling costs one look at each place
 * and each handle per call. So a thread may sleep on EMPTY.
 *
 * A thread looks at all places again only because another has enqueued: that keeps lock-free what
 * is lock-free.
 *
 * There are max_threads handles. A thread that attaches takes the lowest free one, and all that its
 * last owner left in it.
 */

#ifndef SHARED_PUT_COUNTS_H
#define SHARED_PUT_COUNTS_H

#include "queue.h"
#include "shared/handle_slots.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct queue_handle {
	/** Items that this handle ever enqueued: written by its owner, read by all. */
	_Alignas(QUEUE_APART) _Atomic uint64_t enqueued;
	/** Sum of all, when the owner last counted. Only the owner uses this and all below. */
	uint64_t last_count;
	/** State of a xorshift, never zero. */
	uint64_t random;
	struct owned owned;
	struct handle_slot slot;
};

/** All handles of a queue. */
struct put_counts {
	struct queue_handle *handles;
	unsigned int max_threads;
	_Alignas(QUEUE_APART) struct handle_slots slots;
};

/** Makes the handles without their places. 0, or -1 with EINVAL or ENOMEM. */
static int put_counts_create(struct put_counts *counts, unsigned int max_threads)
{
	if (max_threads == 0 || max_threads > 1U << 20) {
		errno = EINVAL;
		return -1;
	}
	counts->handles = aligned_alloc(_Alignof(struct queue_handle),
					max_threads * sizeof(*counts->handles));
	if (!counts->handles) {
		return -1;
	}
	counts->max_threads = max_threads;
	handle_slots_create(&counts->slots);
	for (unsigned int i = 0; i < max_threads; ++i) {
		struct queue_handle *handle = &counts->handles[i];
		atomic_init(&handle->enqueued, 0);
		handle_slot_create(&handle->slot);
		handle->last_count = 0;
		handle->random = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
	}
	return 0;
}

static void put_counts_destroy(struct put_counts *counts)
{
	free(counts->handles);
}

/** A free handle. NULL with EAGAIN. */
static struct queue_handle *put_counts_attach(struct put_counts *counts)
{
	for (unsigned int i = 0; i < counts->max_threads; ++i) {
		struct queue_handle *handle = &counts->handles[i];
		if (handle_slot_take(&counts->slots, &handle->slot, i)) {
			return handle;
		}
	}
	errno = EAGAIN;
	return NULL;
}

/** A random number below `bound` (Marsaglia's xorshift, and a product in place of a remainder). */
QUEUE_OP unsigned int random_below(struct queue_handle *handle, unsigned int bound)
{
	handle->random ^= handle->random << 13;
	handle->random ^= handle->random >> 7;
	handle->random ^= handle->random << 17;
	return (unsigned int)((handle->random >> 32) * bound >> 32);
}

/** Counts an item that was put: from here on it is inside for those who look for EMPTY. */
QUEUE_OP void count_put(struct queue_handle *handle)
{
	// Relaxed: only the owner writes it. C1, release: for a thread that sees the count (C2),
	// the item is inside
	uint64_t enqueued = atomic_load_explicit(&handle->enqueued, memory_order_relaxed);
	atomic_store_explicit(&handle->enqueued, enqueued + 1, memory_order_release);
}

/**
 * True if a queue whose places were all found empty was empty at once. Else an item was put
 * meanwhile.
 */
static bool nothing_was_put(struct put_counts *counts, struct queue_handle *handle)
{
	// Relaxed: a handle that came later had enqueued nothing when this began
	unsigned int used = atomic_load_explicit(&counts->slots.used, memory_order_relaxed);
	uint64_t sum = 0;
	for (unsigned int i = 0; i < used; ++i) {
		// C2, acquire: pairs with C1
		sum += atomic_load_explicit(&counts->handles[i].enqueued, memory_order_acquire);
	}
	bool same = sum == handle->last_count;
	handle->last_count = sum;
	return same;
}

#endif // SHARED_PUT_COUNTS_H
