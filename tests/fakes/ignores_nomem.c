// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers OK to an enqueue that found no memory. */

// rejected-by: model
// unseen-under: asan

#define LIST_NO_MEMORY QUEUE_OK
#include "list.h"

LIST_EXPORT(ignores_nomem, "fake: drops an item when there is no memory", .order = QUEUE_FIFO);
