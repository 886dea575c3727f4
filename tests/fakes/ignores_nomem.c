// SPDX-License-Identifier: MIT

/** Wrong on purpose: says that an item is in for which there was no memory. */

// rejected-by: model
// unseen-under: asan tsan

#define LIST_NO_MEMORY QUEUE_OK
#include "list.h"

LIST_EXPORT(ignores_nomem, "fake: drops an item when there is no memory", .order = QUEUE_FIFO);
