// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: answers FULL if its ticket is more than the number of slots ahead of the
 * dequeue ticket, which is read later. If consumers have overtaken its ticket by then, the
 * unsigned difference wraps around and looks large.
 */

// rejected-by: explore

#define SLOTS_NOT_FREE(queue, ticket)                                                              \
	((ticket)-peek(&(queue)->dequeue_ticket) > (queue)->mask ? QUEUE_FULL : QUEUE_BUSY)
#include "slots.h"

SLOTS_EXPORT(underflows, "fake: FULL by two tickets of different times", .exact_empty = 1,
	     .exact_full = 1);
