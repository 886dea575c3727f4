// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: passes a slot to consumers before the item is in it. The pause stands for the
 * time to store an item of more than a word.
 */

// rejected-by: stress explore
// voided-by: burst

#define SLOTS_FILL(slot, value, ticket)                                                            \
	do {                                                                                       \
		pass(slot, (ticket) + 1);                                                          \
		queue_pause();                                                                     \
		(slot)->item = (value);                                                            \
	} while (0)
#include "slots.h"

SLOTS_EXPORT(publishes_early, "fake: publishes a slot before it is filled", .exact_empty = 1,
	     .exact_full = 1);
