// SPDX-License-Identifier: MIT

/** LCRQ, whose tickets are the processor's fetch-and-adds: see shared/lcrq.h. */

#include "shared/lcrq.h"

QUEUE_EXPORT(lcrq) = {
	.name = "lcrq",
	.title = "linked rings, fetch-and-add, 16-byte CAS",
	.source = "Morrison & Afek, PPoPP 2013, doi:10.1145/2442516.2442527",
	LINKED_RINGS_OPERATIONS,
};
