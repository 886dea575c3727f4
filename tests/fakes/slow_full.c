// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: claims that FULL counts items, and counts the slot that a slow consumer is
 * still leaving, while others have taken items behind it.
 */

// rejected-by: history

#define SLOTS_NOT_FREE(queue, ticket) QUEUE_FULL
#include "slots.h"

SLOTS_EXPORT(slow_full, "fake: FULL counts slots that a peer is leaving", .exact_empty = 1,
	     .exact_full = 1);
