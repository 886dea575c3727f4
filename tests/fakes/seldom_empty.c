// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers EMPTY once in 1,000 times, whatever is inside. */

// rejected-by: waiting model

#include <stdint.h>

/** Dequeues of all queues together, since most queues are short-lived. */
static _Atomic uint64_t dequeues;

#define FAKE_STRAIGHT
#define FAKE_ENTER_DEQUEUE(queue) (++dequeues % 1000 && (FAKE_ENTER(queue), true))
#include "fake.h"

FAKE_EXPORT(seldom_empty, "fake: answers EMPTY once in a thousand times");
