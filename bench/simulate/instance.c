// SPDX-License-Identifier: MIT

/** A queue's file and the loops of workloads, compiled with hooks. The sizes are those that are
 * measured. */

void simulate_pause(void);
#define __builtin_ia32_pause() simulate_pause()

#include QUEUE_FILE

uint64_t simulate_clock(void);
struct rank_log;
void simulate_note(struct rank_log *log, uintptr_t item, uint64_t before);
#define rank_now() simulate_clock()
#define rank_note(log, item, before) simulate_note(log, item, before)

#include "workload/loop.h"

#define QUEUE_TYPE_OF(id) queue_type_##id
#define QUEUE_TYPE(id) QUEUE_TYPE_OF(id)
#define LOOP_QUEUE QUEUE_TYPE(QUEUE_ID)
// Without the loops for calls through a pointer, which nobody simulates
#undef LOOP_EXPORT
#define LOOP_EXPORT(id, ...)                                                                       \
	LOOP_DIRECT(id)                                                                            \
	static const struct loop loop_##id = {.name = #id, .direct = id##_direct, __VA_ARGS__}
// Of a queue in C++ the file is queue.h: loops call it through its table
extern const struct queue_type LOOP_QUEUE;

void simulate_work(uint64_t nanoseconds);
#define loop_work(thread) simulate_work((thread)->work_rounds)
#define clock_now() simulate_clock()
// Threads are on their processors
#include "processors.h"
#define processors_pin(processor) 0

// All workloads. SIMULATE_WORKLOADS says which of them the engine can run
#include "loops.inc"

static const struct loop *const queue_loops[] = {LOOPS NULL};

extern const struct bench_type simulate_type;
const struct bench_type simulate_type = {
	.queue = &LOOP_QUEUE,
	.loops = queue_loops,
#ifdef QUEUE_FLOOR
	.floor = true,
#endif
};
