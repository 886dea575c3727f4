// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: an enqueue signals only if the queue was empty before. If two items come
 * before the first sleeper has woken up, the second item wakes nobody.
 */

// rejected-by: waiting

#define FAKE_STRAIGHT
#define FAKE_SIGNALS(queue) ((queue)->count == 1)
#include "fake.h"

FAKE_EXPORT(signals_at_edge, "fake: signals the first of several items alone", FAKE_WAITS);
