// SPDX-License-Identifier: MIT

/** Wrong on purpose: reports a whole batch as enqueued when only a part of it fits. */

// rejected-by: model stress explore

#define FAKE_STRAIGHT
#define FAKE_BATCH_IN(done, count) ((done) > 0 ? (count) : 0)
#include "fake.h"

FAKE_EXPORT(miscounts_batch, "fake: says that a batch is in of which a part is", FAKE_BATCHES);
