// SPDX-License-Identifier: MIT

/**
 * The pool for one queue. Compiled once for each queue, with these macros:
 *
 *     QUEUE_FILE     the queue's file, in quotes
 *     QUEUE_ID       the queue's name
 *     QUEUE_MODULE   defined if a module is built
 *     QUEUE_BENCH    defined if bench/workload/instantiate.c includes this and exports the module
 */

#include QUEUE_FILE

#include "pool.h"
#include "registry.h"

#define EXPORT(id) POOL_EXPORT(id)
EXPORT(QUEUE_ID);

#if defined(QUEUE_MODULE) && !defined(QUEUE_BENCH)
#define POOL_TYPE_OF(id) &pool_type_##id
#define POOL_TYPE(id) POOL_TYPE_OF(id)

/** The symbol that registry.c looks up. */
const struct registry_module registry_module = {
	.version = REGISTRY_MODULE_VERSION,
	.queue = {.pool = POOL_TYPE(QUEUE_ID)},
};
#endif
