// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: passes a slot to consumers before the item is in it. The pause stands for the
 * time to store an item of more than a word.
 */

// In a burst the slot would have to stay empty while a peer fills and drains a whole one
// rejected-by: stress explore
// voided-by: pairwise

#include "hold.h"

#define SLOTS_FILL(slot, value, ticket)                                                            \
	do {                                                                                       \
		pass(slot, (ticket) + 1);                                                          \
		queue_pause();                                                                     \
		FAKE_HOLD(ticket, 64);                                                             \
		(slot)->item = (value);                                                            \
	} while (0)
#include "slots.h"

SLOTS_EXPORT(publishes_early, "fake: publishes a slot before it is filled", .exact_empty = 1,
	     .exact_full = 1);
