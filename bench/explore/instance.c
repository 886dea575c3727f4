// SPDX-License-Identifier: MIT

/**
 * A queue's file made for exploring: compiled with hooks, and shown to the check. Nothing else
 * is compiled like this.
 */

#include "explore.h"

#include QUEUE_FILE

#define QUEUE_TYPE_OF(id) queue_type_##id
#define QUEUE_TYPE(id) QUEUE_TYPE_OF(id)

extern const struct queue_type *const explore_type;
const struct queue_type *const explore_type = &QUEUE_TYPE(QUEUE_ID);
