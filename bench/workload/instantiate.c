// SPDX-License-Identifier: MIT

/**
 * The pool and all workloads made for one queue. Compiled once per queue, with what
 * src/instantiate.c needs. The build writes loops.inc: an #include of every file in
 * loops/, and LOOPS, a list of the loops that they export.
 */

#define QUEUE_BENCH
#include "../../src/instantiate.c"

#include "workload/loop.h"

#define QUEUE_TYPE_OF(id) queue_type_##id
#define QUEUE_TYPE(id) QUEUE_TYPE_OF(id)
/** What a loop is made for. */
#define LOOP_QUEUE QUEUE_TYPE(QUEUE_ID)

#include "loops.inc"

static const struct loop *const queue_loops[] = {LOOPS NULL};

#define BENCH_TYPE_OF(id) bench_type_##id
#define BENCH_TYPE(id) BENCH_TYPE_OF(id)

/** What qbench measures. */
const struct bench_type BENCH_TYPE(QUEUE_ID) = {
	.queue = &QUEUE_TYPE(QUEUE_ID),
	.loops = queue_loops,
#ifdef QUEUE_FLOOR
	.floor = true,
#endif
};

#ifdef QUEUE_MODULE
#define POOL_TYPE_OF(id) pool_type_##id
#define POOL_TYPE(id) POOL_TYPE_OF(id)

/** What registry.c looks up. */
const struct registry_module registry_module = {
	.version = REGISTRY_MODULE_VERSION,
	.queue =
		{
			.pool = &POOL_TYPE(QUEUE_ID),
			.bench = &BENCH_TYPE(QUEUE_ID),
#ifdef QUEUE_CALLED
			.called = true,
#endif
		},
};
#endif
