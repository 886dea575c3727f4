// SPDX-License-Identifier: MIT

/** A queue's file and the loops of workloads, compiled with hooks. The sizes are those that are
 * measured. */

void simulate_pause(void);
#define __builtin_ia32_pause() simulate_pause()

#include QUEUE_FILE

#include "workload/loop.h"

#define QUEUE_TYPE_OF(id) queue_type_##id
#define QUEUE_TYPE(id) QUEUE_TYPE_OF(id)
#define LOOP_QUEUE QUEUE_TYPE(QUEUE_ID)

void simulate_work(uint64_t nanoseconds);
#define loop_work(thread) simulate_work((thread)->work_rounds)

// Calls through the table are not simulated: half of the code need not be compiled
#undef LOOP_EXPORT
#define LOOP_EXPORT(id, ...)                                                                       \
	static void id##_direct(struct loop_thread *thread)                                        \
	{                                                                                          \
		struct loop_thread own = *thread;                                                  \
		id##_loop(&LOOP_QUEUE, &own);                                                      \
		*thread = own;                                                                     \
	}                                                                                          \
	static const struct loop loop_##id = {.name = #id, .direct = id##_direct, __VA_ARGS__}

#include "workload/loops/mixed.c"
#include "workload/loops/pairwise.c"
#include "workload/loops/producers_consumers.c"

static const struct loop *const queue_loops[] = {&loop_pairwise, &loop_mixed,
						 &loop_producers_consumers, NULL};

static const struct bench_type instance = {
	.queue = &LOOP_QUEUE,
	.loops = queue_loops,
#ifdef QUEUE_FLOOR
	.floor = true,
#endif
};

extern const struct bench_type *const simulate_type;
const struct bench_type *const simulate_type = &instance;
