// SPDX-License-Identifier: MIT

/** A floor: one fetch-and-add on a shared counter for each operation. */

#define FLOOR_TOUCH(counter) atomic_fetch_add_explicit((counter), 1, memory_order_relaxed)
#include "workload/floors/floor.h"

FLOOR_EXPORT(floor_faa, "floor: one fetch-and-add per operation");
