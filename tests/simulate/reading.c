// SPDX-License-Identifier: MIT

/** A floor whose counters are only read: each core keeps a copy of their lines. */

#define FLOOR_TOUCH(counter) ((void)atomic_load_explicit((counter), memory_order_relaxed))
#include "workload/floors/floor.h"

FLOOR_EXPORT(reading, "floor: one load per operation");
