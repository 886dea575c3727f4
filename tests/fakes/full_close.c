// SPDX-License-Identifier: MIT

/** Wrong on purpose: close() does not wake the threads that sleep for room. */

// rejected-by: waiting

#define FAKE_STRAIGHT
#define FAKE_CLOSES_PRODUCERS false
#include "fake.h"

FAKE_EXPORT(full_close, "fake: close() forgets those that sleep for room", FAKE_WAITS);
