// SPDX-License-Identifier: MIT

/** Not wrong: FULL and EMPTY count slots on which a peer is at work, and it claims no more. */

// accepted

#define SLOTS_NOT_FREE(queue, ticket) QUEUE_FULL
#define SLOTS_NOT_FILLED(queue, ticket) QUEUE_EMPTY
#include "slots.h"

SLOTS_EXPORT(inexact, "no fake: its FULL and EMPTY count slots, as it says", .exact_empty = 0,
	     .exact_full = 0);
