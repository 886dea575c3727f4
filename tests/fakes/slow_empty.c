// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: claims an exact EMPTY, and answers EMPTY while a slow producer fills a slot,
 * behind which there are items of others. In practice an interrupt between two instructions makes
 * a producer slow. That is too rare for tests, so a yield now and then stands for it.
 */

// rejected-by: history explore

#include <sched.h>

#define SLOTS_FILL(slot, value, ticket)                                                            \
	do {                                                                                       \
		(slot)->item = (value);                                                            \
		if ((ticket) % 61 == 0) {                                                          \
			sched_yield();                                                             \
		}                                                                                  \
		pass(slot, (ticket) + 1);                                                          \
	} while (0)
#define SLOTS_NOT_FILLED(queue, ticket) QUEUE_EMPTY
#include "slots.h"

SLOTS_EXPORT(slow_empty, "fake: EMPTY in front of items that are inside", .exact_empty = 1,
	     .exact_full = 1);
