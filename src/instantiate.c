// SPDX-License-Identifier: MIT

/**
 * The pool made for one queue. Compiled once per queue, with
 *
 *     QUEUE_FILE     the queue's file, in quotes
 *     QUEUE_ID       its name
 *     QUEUE_MODULE   when it becomes a module
 *     QUEUE_BENCH    when bench/workload/instantiate.c includes this and says what the module is
 */

#include QUEUE_FILE

#include "pool.h"
#include "registry.h"

#define EXPORT(id) POOL_EXPORT(id)
EXPORT(QUEUE_ID);

#if defined(QUEUE_MODULE) && !defined(QUEUE_BENCH)
#define POOL_TYPE_OF(id) &pool_type_##id
#define POOL_TYPE(id) POOL_TYPE_OF(id)

/** What registry.c looks up. */
const struct registry_module registry_module = {
	.version = REGISTRY_MODULE_VERSION,
	.queue = {.pool = POOL_TYPE(QUEUE_ID)},
};
#endif
