// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers FULL beside a peer in an operation, however little is inside. */

// rejected-by: history

#include <pthread.h>
#include <stdbool.h>

#define FAKE_STRAIGHT
#define FAKE_EXACT_FULL 0
#define FAKE_ENTER_ENQUEUE(queue) (pthread_mutex_trylock(&(queue)->lock) == 0)
#include "fake.h"

FAKE_EXPORT(full_beside_peer, "fake: answers FULL beside a peer, with much room");
