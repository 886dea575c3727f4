// SPDX-License-Identifier: MIT

/**
 * explore: runs small programs in every order of their threads' steps.
 *
 * Each program is explored under two memory models: first with two preemptions, then with three,
 * then without a bound, as far as the time allows. The findings say how far each program came;
 * beyond that nothing is known. If the queue claims to be lock-free, each thread of each program is
 * also stopped for ever before each of its steps, and the others must finish. See
 * bench/explore/explore.h.
 */

#include "verify/searches/exploring.h"

#include <stdio.h>
#include <string.h>

/** Bounds on preemptions, tried in this order. */
static const uint32_t bounds[] = {2, 3, UINT32_MAX};

/** Largest share of the time for stopping threads, in percent. */
#define STOPPING 30

/** A thread of a program that is stopped for ever. */
struct stop {
	unsigned int program;
	/** Index of the thread, and the number of its steps before the stop. */
	unsigned int thread;
	unsigned int after;
};

struct exploration {
	struct exploring exploring;
	uint64_t stops;
	/** Lines where a stopped thread blocked others. */
	char blocks_at[1024];
	bool blocked_enqueue;
	bool blocked_dequeue;
};

static uint64_t seed_of(const struct stop *stop)
{
	return exploring_seed(&(struct exploring_choice){
		.program = stop->program,
		.kind = EXPLORING_OTHER,
		.detail = stop->thread | stop->after << 2,
	});
}

/** Adds a line where others were blocked, unless it is listed. */
static void note_blocking(struct exploration *exploration, const char *place)
{
	char *list = exploration->blocks_at;
	size_t length = strlen(list);
	if (*place && !strstr(list, place)) {
		snprintf(list + length, sizeof(exploration->blocks_at) - length, "%s%s",
			 length ? ", " : "", place);
	}
}

/** Fails if a stopped thread blocked a side that claims to be lock-free. */
static void judge_stop(struct exploration *exploration, const struct stop *stop,
		       const struct explore_result *result)
{
	struct check_run *run = exploration->exploring.run;
	const struct queue_type *type = run->type;
	const char *side =
		result->blocked_enqueue && type->enqueue_progress != QUEUE_BLOCKING   ? "enqueue"
		: result->blocked_dequeue && type->dequeue_progress != QUEUE_BLOCKING ? "dequeue"
										      : NULL;
	if (side) {
		const struct exploring_program *program =
			&exploration->exploring.programs[stop->program];
		check_fail(
			run,
			"%s is claimed to go on whichever thread stops, and does not: in program "
			"\"%s\",\n"
			"thread %u is stopped after %u steps, at %s\n",
			side, program->request.program->name, stop->thread, stop->after,
			result->blocked_at);
	}
}

/** Stops a thread once. False if the check failed, or the thread has fewer steps. */
static bool stop_once(struct exploration *exploration, const struct stop *stop, uint64_t until)
{
	struct exploring *exploring = &exploration->exploring;
	struct explore_request request = {
		.program = exploring->programs[stop->program].request.program,
		.preemptions = 1,
		.until = until,
		.stopped = (int)stop->thread,
		.stopped_after = stop->after,
	};
	struct explore_result result;
	bool stopped = exploring_search(exploring, &request, &result) && !result.never_stopped;
	if (stopped) {
		++exploration->stops;
		note_blocking(exploration, result.blocked_at);
		exploration->blocked_enqueue |= result.blocked_enqueue;
		exploration->blocked_dequeue |= result.blocked_dequeue;
		judge_stop(exploration, stop, &result);
	}
	if (check_failed(exploring->run)) {
		exploring->run->found.failed_seed = seed_of(stop);
	}
	return stopped && !check_failed(exploring->run);
}

/** Stops a thread of a program before each of its steps in turn. */
static void stop_thread(struct exploration *exploration, unsigned int program, unsigned int thread,
			uint64_t until)
{
	struct stop stop = {.program = program, .thread = thread, .after = 1};
	while (clock_now() < until && stop_once(exploration, &stop, until)) {
		++stop.after;
	}
}

static void stop_threads(struct exploration *exploration, uint64_t until)
{
	const struct exploring *exploring = &exploration->exploring;
	for (unsigned int i = 0; i < exploring->count; i += EXPLORING_MODELS) {
		const struct explore_program *program = exploring->programs[i].request.program;
		unsigned int left = (exploring->count - i) / EXPLORING_MODELS;
		uint64_t now = clock_now();
		uint64_t share = now < until ? (until - now) / left : 0;
		for (unsigned int thread = 0; thread < EXPLORE_THREADS && program->threads[thread];
		     ++thread) {
			if (!check_failed(exploring->run)) {
				stop_thread(exploration, i, thread, now + share);
			}
		}
	}
}

/** Repeats the search of a finding. */
static void repeat(struct exploration *exploration, const struct exploring_choice *choice)
{
	struct exploring *exploring = &exploration->exploring;
	struct stop stop = {choice->program, choice->detail & 3, choice->detail >> 2};
	if (choice->kind != EXPLORING_OTHER) {
		exploring_again(exploring, choice, exploring->run->until);
	} else if (choice->program < exploring->count) {
		stop_once(exploration, &stop, exploring->run->until);
	}
}

/** Runs all searches, as far as the time allows. */
static void explore_all(struct exploration *exploration)
{
	struct check_run *run = exploration->exploring.run;
	uint64_t now = clock_now();
	uint64_t time = run->until > now ? run->until - now : 0;
	exploring_all(&exploration->exploring, now + time / 100 * (100 - STOPPING));
	if (!check_failed(run)) {
		stop_threads(exploration, run->until);
		exploring_all(&exploration->exploring, run->until);
	}
	exploring_end(&exploration->exploring);
}

static void run_explore(struct check_run *run)
{
	static struct exploration exploration;
	struct exploring *exploring = &exploration.exploring;
	const struct explore_module *module = exploring_module(run);
	if (!module) {
		return;
	}
	*exploring = (struct exploring){.run = run,
					.module = module,
					.explore = module->run,
					.bounds = bounds,
					.bound_count = sizeof(bounds) / sizeof(*bounds)};
	for (const struct explore_program *program = module->programs; program->name; ++program) {
		exploring_add(exploring, program, CHANNEL_SPIN);
	}
	unsigned int all = exploring->count;
	for (const struct explore_program *program = module->programs_all; program->name;
	     ++program) {
		exploring_add(exploring, program, CHANNEL_SPIN);
	}
	for (; all < exploring->count; ++all) {
		struct explore_request *request = &exploring->programs[all].request;
		request->all = request->model == EXPLORE_SC;
	}
	uint64_t seed;
	struct exploring_choice choice;
	check_round(run, &seed);
	if (exploring_choice_of(seed, &choice)) {
		repeat(&exploration, &choice);
	} else {
		explore_all(&exploration);
	}
	exploring_tell(exploring);
	check_text(run, "blocks_at", exploration.blocks_at);
	check_figure(run, "stops", (double)exploration.stops);
}

CHECK_EXPORT(explore, .title = "small programs, in every order of their threads' steps",
	     .weight = 2, .run = run_explore);
