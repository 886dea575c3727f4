// SPDX-License-Identifier: MIT

/**
 * Handles that stay where they are: a queue with a part for each thread keeps them in a table, and
 * a thread that attaches takes the first that is free, with what its last owner left in it.
 */

#ifndef SHARED_HANDLE_SLOTS_H
#define SHARED_HANDLE_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>

/** What all handles have in common, for which ones have ever been taken. */
struct handle_slots {
	/** Handles below this have been taken once: no other has anything in it. */
	_Atomic unsigned int used;
};

/** A handle's. */
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

/** Take the handle with that index. False if somebody has it. */
static inline bool handle_slot_take(struct handle_slots *slots, struct handle_slot *slot,
				    unsigned int index)
{
	// A1, acquire: pairs with A2, so that the handle is seen as its last owner left it
	if (atomic_exchange_explicit(&slot->taken, true, memory_order_acquire)) {
		return false;
	}
	// Before anything is put there. Relaxed: who is to see what was put there sees this as
	// well, which came earlier
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
