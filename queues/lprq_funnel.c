// SPDX-License-Identifier: MIT

/**
 * LPRQ with tickets through Aggregating Funnels: see shared/lprq.h, and lcrq_funnel.c for what that
 * changes.
 */

#define FUNNELS 1
#include "shared/lprq.h"

QUEUE_EXPORT(lprq_funnel) = {
	.name = "lprq_funnel",
	.title = "linked rings, tickets in batches",
	.source = "Romanov & Koval, PPoPP 2023, doi:10.1145/3572848.3577485; "
		  "Roh et al., PPoPP 2025, doi:10.1145/3710848.3710873",
	LINKED_RINGS_OPERATIONS,
};
