// SPDX-License-Identifier: MIT

/**
 * A lock that no thread waits for: test-and-test-and-set, a few looks, and then the caller answers
 * QUEUE_BUSY.
 */

#ifndef SHARED_TRY_LOCK_H
#define SHARED_TRY_LOCK_H

#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>

/**
 * Looks at a lock. An operation under it takes some 20 ns, so a holder that runs has left by then.
 * A holder that does not run may take very long.
 */
#define LOCK_LOOKS 16

/** Keeps other threads out. False if one is inside and does not leave soon. */
QUEUE_OP bool lock_try(atomic_bool *locked)
{
	for (int look = 1;; ++look) {
		// Relaxed: only a look, which does not take the line from the holder
		if (!atomic_load_explicit(locked, memory_order_relaxed) &&
		    // K1, acquire: pairs with K2, so that all is seen as it was left
		    !atomic_exchange_explicit(locked, true, memory_order_acquire)) {
			return true;
		}
		if (look == LOCK_LOOKS) {
			return false;
		}
		queue_pause();
	}
}

QUEUE_OP void lock_leave(atomic_bool *locked)
{
	// K2, release: hands what the lock guards to the next K1
	atomic_store_explicit(locked, false, memory_order_release);
}

#endif // SHARED_TRY_LOCK_H
