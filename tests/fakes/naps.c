// SPDX-License-Identifier: MIT

/**
 * Not wrong, and so slow that a round of a check does not end in its time: a thread naps before it
 * fills a slot.
 */

// accepted: model

#include <unistd.h>

#define SLOTS_FILL(slot, value, ticket)                                                            \
	do {                                                                                       \
		usleep(100000);                                                                    \
		(slot)->item = (value);                                                            \
		pass(slot, (ticket) + 1);                                                          \
	} while (0)
#include "slots.h"

SLOTS_EXPORT(naps, "no fake: slow", .exact_empty = 0, .exact_full = 0);
