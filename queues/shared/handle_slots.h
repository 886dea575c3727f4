// SPDX-License-Identifier: MIT

/**
 * Handles in a table, for queues with a part for each thread. A thread that attaches takes the
 * first free handle, with everything that its last owner left in it.
 */

#ifndef SHARED_HANDLE_SLOTS_H
#define SHARED_HANDLE_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>

/** Extent of the handles of a table that were ever taken. */
struct handle_slots {
	/** Handles below this index were taken at least once. The others are empty. */
	_Atomic unsigned int used;
};

/** Member of each handle. */
struct handle_slot {
	atomic_bool taken;
};

static inline void handle_slots_create(struct handle_slots *slots)
{
	atomic_init(&slots->used, 0);
}

static inline void handle_slot_create(struct handle_slot *slot)
{
	atomic_init(&slot->taken, false);
}

/** Takes the handle with that index. False if another thread has it. */
static inline bool handle_slot_take(struct handle_slots *slots, struct handle_slot *slot,
				    unsigned int index)
{
	// A1, acquire: pairs with A2, so that the handle is seen as its last owner left it
	if (atomic_exchange_explicit(&slot->taken, true, memory_order_acquire)) {
		return false;
	}
	// Before the handle is used. Relaxed: a thread that sees what its owner puts there sees
	// this as well, which came earlier
	unsigned int used = atomic_load_explicit(&slots->used, memory_order_relaxed);
	while (used <= index &&
	       !atomic_compare_exchange_weak_explicit(&slots->used, &used, index + 1,
						      memory_order_relaxed, memory_order_relaxed)) {
	}
	return true;
}

static inline void handle_slot_leave(struct handle_slot *slot)
{
	// A2, release: hands the handle to the next A1
	atomic_store_explicit(&slot->taken, false, memory_order_release);
}

#endif // SHARED_HANDLE_SLOTS_H
