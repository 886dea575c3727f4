// SPDX-License-Identifier: MIT

/**
 * A floor: one fetch-and-add through an Aggregating Funnel (queues/shared/funnel.h) for each
 * operation. With few threads it costs more than floor_faa, so it is measured only where it is
 * named.
 */

#include "shared/funnel.h"

struct end {
	_Atomic uint64_t counter;
	char apart[QUEUE_APART - sizeof(uint64_t)];
	struct funnel funnel;
};

#define FLOOR_END struct end
#define FLOOR_HEADLINE 0
#define FLOOR_PROGRESS QUEUE_BLOCKING
#define FLOOR_TOUCH(end) funnel_add(&(end)->funnel, handle->thread, &(end)->counter, 1, NULL)
#include "workload/floors/floor.h"

FLOOR_EXPORT(floor_funnel, "floor: one fetch-and-add through a funnel per operation");
