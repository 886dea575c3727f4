// SPDX-License-Identifier: MIT

/** A floor whose operations never end once there were a thousand, though time goes on. */

#define FLOOR_TOUCH(counter) endless_touch(counter)
#include <stdatomic.h>
#include <stdint.h>

static void endless_touch(_Atomic uint64_t *counter)
{
	while (atomic_fetch_add(counter, 1) > 1000) {
	}
}

#include "workload/floors/floor.h"

FLOOR_EXPORT(endless, "floor: operations without an end");
