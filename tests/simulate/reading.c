// SPDX-License-Identifier: MIT

/** A floor whose counters are only read: each core keeps a copy of their lines. A thread that finds
 * thread-local data of another one writes there.
 */

#define FLOOR_TOUCH(counter) reading_touch(counter)
#include <stdatomic.h>
#include <stdint.h>

static void reading_touch(_Atomic uint64_t *counter)
{
	static __thread uintptr_t stack;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	if (atomic_load_explicit(counter, memory_order_relaxed) == UINT64_MAX ||
	    (stack && (stack < here - 4096 || stack > here + 4096))) {
		atomic_fetch_add(counter, 1);
	}
	stack = here;
}

#include "workload/floors/floor.h"

FLOOR_EXPORT(reading, "floor: one load per operation");
