// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: claims an exact FULL, and counts the slot that a slow consumer is still
 * leaving, while others have taken items behind it. In practice an interrupt between two
 * instructions makes it slow. That is too rare for tests, so a yield now and then stands for it.
 */

// rejected-by: history explore

#include <sched.h>

#define SLOTS_LEAVE(slot, turn)                                                                    \
	do {                                                                                       \
		if ((turn) % 61 == 0) {                                                            \
			sched_yield();                                                             \
		}                                                                                  \
		pass(slot, turn);                                                                  \
	} while (0)
#define SLOTS_NOT_FREE(queue, ticket) QUEUE_FULL
#include "slots.h"

SLOTS_EXPORT(slow_full, "fake: FULL counts slots that a peer is leaving", .exact_empty = 1,
	     .exact_full = 1);
