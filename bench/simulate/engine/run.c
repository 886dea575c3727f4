// SPDX-License-Identifier: MIT

/** A cell in virtual time: queue, threads, the measured window, and the proof of the items. */

#include "hooked/hooked.h"
#include "simulate/engine/engine.h"
#include "workload/loop.h"
#include "workload/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct bench_type simulate_type;
extern const struct simulate_module simulate_module;

/** Items at a time under batch. */
#define BATCH 16
/** Least time that threads have to end after the window, in picoseconds. */
#define DRAIN ((int64_t)50 * 1000 * 1000 * 1000)
/** Items on their way that producers may be ahead, where credit bounds them. */
#define EXTRA_PRODUCERS 1

/** Static, so that its place in cache lines is the same in every run. */
static struct {
	_Alignas(4096) struct loop_run run;
	_Alignas(64) struct cell cell;
	const struct loop *loop;
	struct loop_thread threads[SIMULATE_THREADS];
	struct loop_done done[SIMULATE_THREADS];
	struct proof_tally tallies[SIMULATE_THREADS * (SIMULATE_THREADS + EXTRA_PRODUCERS + 3)];
	struct replay replay;
	int began[SIMULATE_THREADS];
	/** The replay in which the window begins. */
	uint64_t round;
	struct channel_end main_end;
	uint64_t filled;
	/** Picoseconds that threads have to end after the window. */
	int64_t drain;
	uint64_t before[SIMULATE_THREADS];
	bool named;
} state;

/** Body of a thread, as in a measured sample. */
static void thread_body(unsigned int index)
{
	struct loop_thread *thread = &state.threads[index];
	struct loop_run *run = &state.run;
	if (channel_attach(run->type, &run->channels[0], &thread->ends[0]) != 0) {
		hooked_fail("a thread could not join the queue: %s", strerror(errno));
		return;
	}
	state.loop->direct(thread);
	loop_settle(thread);
	credit_return(&run->credit, &thread->purse);
	if (state.loop->split && thread->role == LOOP_PRODUCER && --run->producing == 0) {
		channel_close(run->type, &run->channels[0]);
	}
	channel_detach(run->type, &run->channels[0], &thread->ends[0]);
}

/** Body of the thread that runs a pool, which creates the others. */
static void pool_body(unsigned int index)
{
	(void)index;
	state.loop->direct(&state.threads[0]);
}

static void window_begin(int64_t now)
{
	(void)now;
	for (unsigned int i = 0; i < state.cell.threads; ++i) {
		state.before[i] = state.done[i].count;
	}
	simulation.transfers = simulation.swaps = simulation.failed_swaps = 0;
	simulation.waited = 0;
	state.round = state.replay.round;
	lines_count_anew();
}

/** The window ends, and the threads shall end too. */
static void window_end(int64_t now)
{
	struct simulate_result *result = simulation.result;
	result->fewest_items = UINT64_MAX;
	for (unsigned int i = 0; i < state.cell.threads; ++i) {
		uint64_t items = state.done[i].count - state.before[i];
		result->items += items;
		if (state.threads[i].role != LOOP_PRODUCER) {
			result->most_items =
				items > result->most_items ? items : result->most_items;
			result->fewest_items =
				items < result->fewest_items ? items : result->fewest_items;
		}
	}
	result->transfers = simulation.transfers;
	result->swaps = simulation.swaps;
	result->failed_swaps = simulation.failed_swaps;
	result->waited = simulation.waited;
	lines_tell(result, state.named);
	state.run.phase = LOOP_STOP;
	if (state.loop->whole && state.replay.round < state.round + 2) {
		// Its wide and its narrow parts differ; and one that has lost a node does not end
		hooked_fail("no whole replay is in the window: --time is too short, or a "
			    "node was lost");
	}
	for (unsigned int i = 0; i < simulation.thread_count; ++i) {
		if (simulation.threads[i].spin.asleep) {
			spin_wake(&simulation.threads[i], now);
		}
	}
	event_add(now + state.drain, EVENT_WINDOW, 2);
}

/** All threads must have ended. If nothing else is due, those that have not sleep for ever. */
static void drain_end(int64_t now)
{
	(void)now;
	unsigned int over = 0;
	for (unsigned int i = 0; i < simulation.thread_count; ++i) {
		over += simulation.threads[i].over;
	}
	if (over < simulation.thread_count && event_is_due(INT64_MAX)) {
		hooked_fail("did not drain within %jd ms of virtual time",
			    (intmax_t)(state.drain / 1000000000));
	}
}

/** Producers and consumers take turns, as long as there are both. */
static enum loop_role role_of(unsigned int index)
{
	unsigned int consumers = state.cell.threads - state.cell.producers;
	if (!state.loop->split) {
		return LOOP_BOTH;
	}
	return index / 2 >= state.cell.producers ? LOOP_CONSUMER
	       : index / 2 >= consumers		 ? LOOP_PRODUCER
	       : index % 2			 ? LOOP_CONSUMER
						 : LOOP_PRODUCER;
}

/** The tallies of a thread: of each producer one. They share no line with those of others, and few
 * pages have those of all. */
static struct proof_tally *tallies_of(unsigned int index)
{
	return &state.tallies[index * ((state.run.producers + 2) | 1)];
}

/** Takes out what is left, and proves that each item came out once, and in order. */
static void prove(void)
{
	static struct proof_tally left[SIMULATE_THREADS + EXTRA_PRODUCERS];
	struct simulate_result *result = simulation.result;
	struct loop_run *run = &state.run;
	void *item;
	while (run->type->dequeue(run->channels[0].queue, state.main_end.handle, &item) ==
	       QUEUE_OK) {
		if (!proof_take(left, run->producers, item)) {
			hooked_fail("an item came out that nobody made");
			return;
		}
	}
	loop_prove(run, left, state.filled, result->failure, sizeof(result->failure));
}

/** Proves that each node of the walk was visited once in every replay. */
static void prove_replay(void)
{
	const char *failure = replay_failure(&state.replay, state.cell.threads,
					     state.run.type->order != QUEUE_UNORDERED);
	if (failure) {
		hooked_fail("%s", failure);
	}
}

/** Copies the walk to where it is in every run. 0, or -1 with ENOMEM. */
static int prepare_replay(const struct simulate_request *request)
{
	struct replay *replay = &state.replay;
	size_t size = request->replay->count * sizeof(*replay->nodes);
	*replay = *request->replay;
	replay->began = state.began;
	replay->nodes = aligned_alloc(_Alignof(struct replay_node), size);
	replay->last = calloc(request->threads, sizeof(*replay->last));
	if (!replay->nodes || !replay->last) {
		return -1;
	}
	memcpy(replay->nodes, request->replay->nodes, size);
	state.run.replay = replay;
	return 0;
}

/** Makes the queue, and fills it as far as the workload wants. 0, or -1 with errno. */
static int prepare_queue(const struct simulate_request *request)
{
	struct loop_run *run = &state.run;
	struct channel_config config = {
		.queue = {.capacity = request->capacity,
			  .max_threads = request->threads + 1,
			  .first_ticket = request->seed % 1000003},
		.wait = CHANNEL_SPIN,
	};
	if (channel_create(run->type, &run->channels[0], &config) != 0 ||
	    channel_attach(run->type, &run->channels[0], &state.main_end) != 0) {
		return -1;
	}
	if (state.loop->half_full) {
		state.filled = loop_fill_half(run, &state.main_end);
	}
	return 0;
}

/** Prepares what the loops share. 0, or -1 with errno. */
static int prepare(const struct simulate_request *request)
{
	struct loop_run *run = &state.run;
	// Batches of all threads fit into the queue
	size_t share = request->capacity / request->threads;
	state.cell = (struct cell){.threads = request->threads,
				   .capacity = request->capacity,
				   .producers = request->producers ? request->producers
								   : request->threads / 2,
				   .work = request->work,
				   .batch = (unsigned int)(share < BATCH ? share : BATCH)};
	run->cell = &state.cell;
	run->type = simulate_type.queue;
	if (state.loop->whole) {
		state.cell.wait =
			channel_offers(run->type, CHANNEL_PARK) ? CHANNEL_PARK : CHANNEL_YIELD;
	}
	run->producers = request->threads + EXTRA_PRODUCERS;
	run->threads = state.threads;
	run->done = state.done;
	run->phase = LOOP_MEASURED;
	run->producing = state.cell.producers;
	credit_create(&run->credit, request->capacity, request->threads);
	for (unsigned int i = 0; i < request->threads; ++i) {
		struct loop_thread *thread = &state.threads[i];
		thread->role = role_of(i);
		thread->work_rounds = request->work;
		loop_prepare(thread, run, i, tallies_of(i), request->seed);
	}
	for (unsigned int i = 0; state.loop->ranks && i < request->threads; ++i) {
		if (rank_log_create(&state.threads[i].ranks) != 0) {
			return -1;
		}
	}
	return state.loop->whole ? prepare_replay(request) : prepare_queue(request);
}

static void run(const struct simulate_request *request, struct simulate_result *result)
{
	simulation.machine = request->machine;
	simulation.result = result;
	simulation.most = request->most;
	simulation.current = &simulation.main;
	state.named = !request->unnamed;
	// A full queue has work for each item, and a burst twice
	state.drain = DRAIN + request->window + (int64_t)(3000 * request->capacity * request->work);
	for (const struct loop *const *loop = simulate_type.loops; *loop; ++loop) {
		state.loop = strcmp((*loop)->name, request->workload) == 0 ? *loop : state.loop;
	}
	// A pool is run by one thread more, and creates the others
	unsigned int creatable = state.loop->whole ? request->threads : 0;
	events_create();
	if (lines_create() != 0 || overflow_watch() != 0 || prepare(request) != 0 ||
	    threads_create(request->threads + state.loop->whole, creatable, request->seed,
			   state.loop->whole ? pool_body : thread_body) != 0) {
		if (!result->failure[0]) {
			hooked_fail("cannot prepare: %s", strerror(errno));
		}
		return;
	}
	simulation.window[0] = window_begin;
	simulation.window[1] = window_end;
	simulation.window[2] = drain_end;
	event_add(request->warm_up, EVENT_WINDOW, 0);
	event_add(request->warm_up + request->window, EVENT_WINDOW, 1);
	threads_run();
	if (result->failure[0]) {
		return;
	}
	if (state.loop->whole) {
		prove_replay();
	} else if (!simulate_type.floor) {
		prove();
		if (state.loop->ranks &&
		    rank_measure(&state.run, state.filled, &result->rank_error) != 0) {
			hooked_fail("rank errors cannot be measured: %s", strerror(errno));
		}
	}
}

__attribute__((visibility("default"))) const struct simulate_module simulate_module = {
	.version = SIMULATE_MODULE_VERSION,
	.run = run,
};
