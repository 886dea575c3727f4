// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: is full when more tickets are out than there are slots, as far as two looks
 * tell, of which the second may find that consumers have overtaken the ticket of the first: the
 * difference is below zero then, and without a sign.
 */

// rejected-by: explore

#define SLOTS_NOT_FREE(queue, ticket)                                                              \
	((ticket)-peek(&(queue)->dequeue_ticket) > (queue)->mask ? QUEUE_FULL : QUEUE_BUSY)
#include "slots.h"

SLOTS_EXPORT(underflows, "fake: FULL by two tickets of different times", .exact_empty = 1,
	     .exact_full = 1);
