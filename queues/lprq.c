// SPDX-License-Identifier: MIT

/** LPRQ, whose tickets are the processor's fetch-and-adds: see shared/lprq.h. */

#include "shared/lprq.h"

QUEUE_EXPORT(lprq) = {
	.name = "lprq",
	.title = "linked rings, fetch-and-add",
	.source = "Romanov & Koval, PPoPP 2023, doi:10.1145/3572848.3577485",
	LINKED_RINGS_OPERATIONS,
};
