// SPDX-License-Identifier: MIT

/** A floor: one successful compare-and-swap on a shared counter for each operation. */

#include <stdatomic.h>
#include <stdint.h>

static inline void floor_swap(_Atomic uint64_t *counter)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(counter, &value, value + 1,
						      memory_order_relaxed, memory_order_relaxed)) {
	}
}

#define FLOOR_TOUCH(counter) floor_swap(counter)
#include "workload/floors/floor.h"

FLOOR_EXPORT(floor_cas, "floor: one compare-and-swap per operation");
