// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: compares tickets by their size. Once the enqueue tickets have wrapped around
 * and the dequeue tickets have not, it is empty for ever.
 */

// rejected-by: stress model

#define SLOTS_NONE(queue, ticket) ((ticket) >= peek(&(queue)->enqueue_ticket))
#include "slots.h"

SLOTS_EXPORT(hangs_on_wrap, "fake: is empty for ever when its tickets wrap around",
	     .exact_empty = 1, .exact_full = 1);
