// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers EMPTY where it would have to wait for the lock. */

// rejected-by: history explore

#define FAKE_STRAIGHT
#define FAKE_ENTER_DEQUEUE(queue) (pthread_mutex_trylock(&(queue)->lock) == 0)
#include "fake.h"

FAKE_EXPORT(false_empty, "fake: answers EMPTY under contention");
