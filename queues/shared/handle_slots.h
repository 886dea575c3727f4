// SPDX-License-Identifier: MIT

/**
 * Handles that stay where they are: a queue with a part for each thread keeps them in a table, and
 * a thread that attaches takes the first that is free, with what its last owner left in it.
 */

#ifndef BODY_SEATS_H
#define BODY_SEATS_H

#include <stdatomic.h>
#include <stdbool.h>

/** What all handles have in common, for which ones have ever been taken. */
struct seats {
	/** Handles below this have been taken once: no other has anything in it. */
	_Atomic unsigned int used;
};

/** A handle's. */
struct seat {
	atomic_bool taken;
};

static inline void seats_create(struct seats *seats)
{
	atomic_init(&seats->used, 0);
}

static inline void seat_create(struct seat *seat)
{
	atomic_init(&seat->taken, false);
}

/** Take the handle with that index. False if somebody has it. */
static inline bool seat_take(struct seats *seats, struct seat *seat, unsigned int index)
{
	// A1, acquire: pairs with A2, so that the handle is seen as its last owner left it
	if (atomic_exchange_explicit(&seat->taken, true, memory_order_acquire)) {
		return false;
	}
	// Before anything is put there. Relaxed: who is to see what was put there sees this as
	// well, which came earlier
	unsigned int used = atomic_load_explicit(&seats->used, memory_order_relaxed);
	while (used <= index &&
	       !atomic_compare_exchange_weak_explicit(&seats->used, &used, index + 1,
						      memory_order_relaxed, memory_order_relaxed)) {
	}
	return true;
}

static inline void seat_leave(struct seat *seat)
{
	// A2, release: hands the handle to the next A1
	atomic_store_explicit(&seat->taken, false, memory_order_release);
}

#endif // BODY_SEATS_H
