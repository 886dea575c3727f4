// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers EMPTY with items inside, once in 100 times, even without a peer. */

// rejected-by: model history

#include <stdint.h>

/** Dequeues of all queues together, since most queues are short-lived. */
static _Atomic uint64_t dequeues;

#define FAKE_STRAIGHT
#define FAKE_EXACT_EMPTY 0
#define FAKE_ENTER_DEQUEUE(queue) (++dequeues % 100 && (FAKE_ENTER(queue), true))
#include "fake.h"

FAKE_EXPORT(empty_alone, "fake: answers EMPTY with items inside, without a peer");
