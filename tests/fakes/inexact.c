// SPDX-License-Identifier: MIT

/**
 * Not wrong: FULL counts one slot that a peer is leaving, EMPTY does not count slots that peers are
 * filling, and it claims no more. A peer that holds up more than its own slot is answered BUSY.
 */

// accepted

#define SLOTS_NOT_FREE(queue, ticket)                                                              \
	((ticket)-peek(&(queue)->dequeue_ticket) >= (queue)->mask ? QUEUE_FULL : QUEUE_BUSY)
#define SLOTS_NOT_FILLED(queue, ticket) QUEUE_EMPTY
#include "slots.h"

SLOTS_EXPORT(inexact, "no fake: its FULL and EMPTY count slots, as it says", .exact_empty = 0,
	     .exact_full = 0);
