// SPDX-License-Identifier: MIT

/**
 * The worker pool replays a recorded walk from memory, again and again.
 *
 * The pool is that of dirwalk, compiled from the same source with queue and work as constants. An
 * item is a node of the shape. A step does the cell's work, hands out the children and sends the
 * node as its own result. Main begins the next replay when it has all results of the last one, so
 * each replay has the narrow beginning and end of a walk. Threads and queues live on between
 * replays, so they are warm.
 *
 * Workers count items, and main reads the counts at both ends of the window, as in every workload.
 * A replay that is cut by an end counts in part. After the window the last replay comes to its end
 * without work, and is proved like the others.
 */

#include "workload/replay.h"

#include "processors.h"
#include "workload/loop.h"

#include <sched.h>

/** A worker begins, on its processor. NULL with errno. */
static void *replay_start(void *context, unsigned int index)
{
	struct loop_run *run = context;
	const int *processors = run->replay->processors;
	if (processors && processors_pin(processors[index]) != 0) {
		return NULL;
	}
	run->replay->began[index] = sched_getcpu();
	return &run->threads[index];
}

QUEUE_OP bool replay_step(void *worker, struct pool_item *item, struct pool_output *output)
{
	struct loop_thread *thread = worker;
	struct replay *replay = thread->run->replay;
	if (!replay_visit(replay, item)) {
		return true;
	}
	struct replay_node *node = (struct replay_node *)item;
	thread->tally.count += node->maker == thread->index;
	if (!loop_stopped(thread)) {
		loop_work(thread);
	}
	struct replay_node *child = &replay->nodes[node->first_child];
	for (uint32_t i = node->children; i > 0; --i, ++child) {
		child->maker = thread->index;
		pool_list_add(&output->items, &child->item);
	}
	loop_count(thread, 1);
	node->worker = thread->index;
	node->nth = thread->done;
	pool_list_add(&output->results, &node->item);
	return true;
}

static void replay_stop(void *worker)
{
	struct loop_thread *thread = worker;
	thread->tallies[thread->index] = thread->tally;
}

QUEUE_OP void replay_result(void *context, struct pool_item *item)
{
	struct loop_run *run = context;
	if (!replay_receive(run->replay, item)) {
		return;
	}
	if (loop_stopped(run->threads)) {
		pool_release(run->replay->pool);
	} else {
		replay_begin(run->replay);
	}
}

static const struct pool_work replay_work = {
	.start = replay_start,
	.step = replay_step,
	.stop = replay_stop,
	.result = replay_result,
};

/** The queue, hidden from the optimiser. */
QUEUE_OP const struct queue_type *replay_hidden(void)
{
	const struct queue_type *type = &LOOP_QUEUE;
	__asm__ volatile("" : "+r"(type));
	return type;
}

static void *replay_worker_direct(void *worker)
{
	return pool_worker_main(&LOOP_QUEUE, &LOOP_QUEUE, &replay_work, worker);
}

static void *replay_worker_indirect(void *worker)
{
	const struct queue_type *type = replay_hidden();
	return pool_worker_main(type, type, &replay_work, worker);
}

static int replay_main_direct(struct pool *pool)
{
	return pool_main(&LOOP_QUEUE, &LOOP_QUEUE, &replay_work, pool, replay_worker_direct);
}

static int replay_main_indirect(struct pool *pool)
{
	const struct queue_type *type = replay_hidden();
	return pool_main(type, type, &replay_work, pool, replay_worker_indirect);
}

/** Replays until the sample is over, in the thread that runs the pool. */
static void replay_run(struct loop_run *run, int (*run_pool)(struct pool *pool))
{
	struct replay *replay = run->replay;
	const struct pool_type type = {.queue = &LOOP_QUEUE, .run_same = run_pool};
	struct pool_config config = {
		.threads = run->cell->threads,
		.capacity = run->cell->capacity,
		.wait = run->cell->wait,
		.polls = CHANNEL_POLLS,
		.work = &replay_work,
		.context = run,
	};
	replay->pool = pool_create(&type, &config);
	if (!replay->pool) {
		replay->error = errno;
		return;
	}
	pool_hold(replay->pool);
	replay_begin(replay);
	if (pool_run(replay->pool) != 0) {
		replay->error = errno;
	}
	replay->stats = *pool_stats(replay->pool);
	run->threads[0].ends[0].counts = replay->stats.work;
	run->threads[0].ends[1].counts = replay->stats.results;
	pool_destroy(replay->pool);
}

static void replay_inlined(struct loop_thread *thread)
{
	replay_run(thread->run, replay_main_direct);
}

static void replay_through_table(struct loop_thread *thread)
{
	replay_run(thread->run, replay_main_indirect);
}

static const struct loop loop_replay = {
	.name = "replay",
	.title = "the worker pool replays a recorded walk, again and again",
	.waits = LOOP_ALL_WAITS,
	.whole = true,
	.floor = "",
	.direct = replay_inlined,
	.indirect = replay_through_table,
};
