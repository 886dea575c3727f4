// SPDX-License-Identifier: MIT

/** Wrong on purpose: leaves out one signal in 1,000. */

// rejected-by: waiting
// voided-by: pingpong --wait=native

#include <stdatomic.h>

/** Signals of all queues together, since tests may make many short-lived queues. */
static _Atomic unsigned int signals;

#define FAKE_STRAIGHT
#define FAKE_SIGNALS(queue)                                                                        \
	(atomic_fetch_add_explicit(&signals, 1, memory_order_relaxed) % 1000 != 999)
#include "fake.h"

FAKE_EXPORT(loses_wakeup, "fake: loses one wake-up in a thousand", FAKE_WAITS);
