// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers EMPTY once in a thousand times, whatever is inside. */

// rejected-by: waiting model

#define FAKE_STRAIGHT
#define FAKE_ENTER_DEQUEUE(queue) ((queue)->looks++ % 1000 != 999 && (FAKE_ENTER(queue), true))
#include "fake.h"

FAKE_EXPORT(seldom_empty, "fake: answers EMPTY once in a thousand times");
