// SPDX-License-Identifier: MIT

/** A floor: a queue that does nothing. Each thread gets back what it put in itself. */

#define FLOOR_TOUCH(queue) ((void)(queue))
#include "workload/floors/floor.h"

FLOOR_EXPORT(floor_empty, "floor: nothing, which leaves the loop and its proof");
