// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: takes tickets modulo the capacity as slots. Where tickets wrap around, the
 * slot jumps, unless the capacity is a power of two.
 */

// rejected-by: model explore

#define FAKE_STRAIGHT
#define FAKE_INDEX(queue, ticket) (ticket)
#include "fake.h"

FAKE_EXPORT(wraps_unevenly, "fake: loses its place when its tickets wrap around");
