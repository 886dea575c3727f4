// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers FULL once in 20,000 enqueues of a queue, with one item inside. */

// rejected-by: model
// unseen-under: asan

#define FAKE_STRAIGHT
#define FAKE_EXACT_FULL 0
#define FAKE_FULL(queue)                                                                           \
	((queue)->count == (queue)->capacity ||                                                    \
	 ((queue)->count == 1 && (queue)->calls > 20000 && ((queue)->calls = 0, true)))
#include "fake.h"

FAKE_EXPORT(seldom_full, "fake: answers FULL with one item inside, once in 20,000 times");
