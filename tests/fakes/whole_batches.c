// SPDX-License-Identifier: MIT

/** Wrong on purpose: a batch takes nothing when fewer items are inside than it asks for. */

// rejected-by: model explore

#define FAKE_STRAIGHT
#define FAKE_BATCH_LEAST(count) (count)
#include "fake.h"

FAKE_EXPORT(whole_batches, "fake: takes whole batches, or nothing", FAKE_BATCHES);
