// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers FULL with room left, once in some hundred enqueues. */

// rejected-by: model history

#define FAKE_STRAIGHT
#define FAKE_FULL(queue) ((queue)->count == (queue)->capacity || (queue)->calls % 251 == 0)
#include "fake.h"

FAKE_EXPORT(false_full, "fake: answers FULL with room left");
