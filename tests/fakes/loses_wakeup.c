// SPDX-License-Identifier: MIT

/** Wrong on purpose: one signal in a thousand is never given. */

// rejected-by: waiting
// voided-by: pingpong --wait=native

#include <stdatomic.h>

/** Of all queues of the process, since tests may make many that do not live for long. */
static _Atomic unsigned int signals;

#define FAKE_STRAIGHT
#define FAKE_SIGNALS(queue)                                                                        \
	(atomic_fetch_add_explicit(&signals, 1, memory_order_relaxed) % 1000 != 999)
#include "fake.h"

FAKE_EXPORT(loses_wakeup, "fake: loses one wake-up in a thousand", FAKE_WAITS);
