// SPDX-License-Identifier: MIT

/** A floor whose operations never return from a call of themselves: no stack is deep enough. */

#define FLOOR_TOUCH(counter) deep_touch(counter)
#include <stdatomic.h>
#include <stdint.h>

static __attribute__((noinline)) uint64_t deep_touch(_Atomic uint64_t *counter)
{
	volatile uint64_t depth = atomic_load_explicit(counter, memory_order_relaxed) + 1;
	uint64_t below = depth ? deep_touch(counter) : 0;
	// Read after the call, so that the compiler makes no loop of it
	return depth + below;
}

#include "workload/floors/floor.h"

FLOOR_EXPORT(deep, "floor: recursion without an end");
