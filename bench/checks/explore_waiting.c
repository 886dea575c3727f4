// SPDX-License-Identifier: MIT

/**
 * explore_waiting: the channel, its eventcount, its closing, and the pool, over this queue, in
 * every order in which their threads can meet.
 *
 * What is told to sleepers is the channel's, but whether one can sleep on a queue is the queue's:
 * its EMPTY and FULL must be such that the second look of the eventcount can rely on them. So it
 * is explored for every queue, under each wait of it that sleeps. See bench/explore/waiting.c.
 */

#include "check.h"
#include "exploring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Bounds on preemptions, one after the other. */
static const uint32_t bounds[] = {1, 2, 3, UINT32_MAX};

#define BOUNDS (sizeof(bounds) / sizeof(*bounds))
#define MODELS 2
#define REQUESTS 256

struct exploration {
	struct check_run *run;
	const struct explore_module *module;
	/** What is explored: programs, under each model and each wait. */
	struct explore_request requests[REQUESTS];
	/** Bounds within which it was explored to the end. */
	unsigned int reached[REQUESTS];
	unsigned int count;
	uint64_t executions;
};

/** Does the queue allow so many producers and consumers? */
static bool allowed(const struct queue_type *type, const struct explore_program *program)
{
	unsigned int producers = 0;
	unsigned int consumers = 0;
	for (unsigned int i = 0; i < EXPLORE_THREADS && program->threads[i]; ++i) {
		// All of a pool enqueue work
		producers += strpbrk(program->threads[i], "EPmr") != NULL;
		consumers += strpbrk(program->threads[i], "DRr") != NULL;
	}
	return (!type->max_producers || producers <= type->max_producers) &&
	       (!type->max_consumers || consumers <= type->max_consumers);
}

/** Can it be full? Programs that begin at full are without meaning where there is no bound. */
static bool can_be_full(const struct queue_type *type)
{
	struct queue_config config = {.capacity = 1, .max_threads = 1};
	struct queue *queue = type->create(&config);
	bool bounded = queue && type->capacity(queue) > 0;
	if (queue) {
		type->destroy(queue);
	}
	return bounded;
}

/** Note all that is to be explored. */
static void choose(struct exploration *exploration)
{
	const struct queue_type *type = exploration->run->type;
	bool bounded = can_be_full(type);
	bool sleeps = channel_offers(type, CHANNEL_PARK) || channel_offers(type, CHANNEL_NATIVE);
	for (enum channel_wait wait = CHANNEL_YIELD; wait <= CHANNEL_NATIVE; ++wait) {
		// Where nobody can sleep, closing and ending are left to be explored
		if (!channel_offers(type, wait) || (wait == CHANNEL_YIELD && sleeps)) {
			continue;
		}
		const struct explore_waiting *waiting = exploration->module->waiting;
		for (; waiting->program.name; ++waiting) {
			const struct explore_program *program = &waiting->program;
			for (int model = 0; model < MODELS && exploration->count < REQUESTS &&
					    allowed(type, program) && (bounded || !program->filled);
			     ++model) {
				exploration->requests[exploration->count++] =
					(struct explore_request){
						.program = program,
						.model = (enum explore_model)model,
						.wait = wait,
						.most = UINT64_MAX,
						.stopped = -1,
					};
			}
		}
	}
}

/** Everything within one bound, as far as the time goes. */
static void explore_bound(struct exploration *exploration, unsigned int bound)
{
	struct check_run *run = exploration->run;
	// What is too large for one bound leaves the others their time
	uint64_t began = clock_now();
	uint64_t until = began < run->until ? began + (run->until - began) / (BOUNDS - bound) : 0;
	for (unsigned int i = 0; i < exploration->count; ++i) {
		struct explore_request *request = &exploration->requests[i];
		struct explore_result result;
		uint64_t now = clock_now();
		if (now >= until || exploration->reached[i] < bound) {
			continue;
		}
		request->preemptions = bounds[bound];
		request->until = now + (until - now) / (exploration->count - i);
		if (exploration->module->run_waiting(exploration->module->type(), request,
						     &result) != 0) {
			check_fail(run, "what program \"%s\" is made of cannot be made\n",
				   request->program->name);
			return;
		}
		exploration->executions += result.executions;
		exploration->reached[i] += result.finished;
		if (result.finding) {
			check_fail(run, "waiting: %s\n%s", channel_wait_name(request->wait),
				   result.finding);
			free(result.finding);
			return;
		}
	}
}

/** What was explored, a line a program. */
static void tell(struct exploration *exploration)
{
	static const char *const models[MODELS] = {"sequentially consistent", "C11"};
	static const char *const words[BOUNDS + 1] = {
		"not to the end", "1 preemption", "2 preemptions", "3 preemptions", "all orders"};
	struct check_run *run = exploration->run;
	char text[REQUESTS * 112] = "";
	size_t length = 0;
	unsigned int whole = 0;
	for (unsigned int i = 0; i < exploration->count && length < sizeof(text); ++i) {
		const struct explore_request *request = &exploration->requests[i];
		whole += exploration->reached[i] == BOUNDS;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s, %s, %s: %s\n",
					   request->program->name, channel_wait_name(request->wait),
					   models[request->model], words[exploration->reached[i]]);
	}
	json_object_set_new(run->figures, "explored", json_string(text));
	check_figure(run, "executions", (double)exploration->executions);
	check_figure(run, "programs", exploration->count);
	check_figure(run, "programs_whole", whole);
	check_summarize(run, "%u/%u all", whole, exploration->count);
}

static void run_explore_waiting(struct check_run *run)
{
	static struct exploration exploration;
	exploration.run = run;
	exploration.module = exploring_module(run->queue);
	if (!exploration.module) {
		check_skip(run,
			   "no exploring module was made of it: a library's own code cannot be "
			   "seen, nor what a sanitizer sees");
		return;
	}
	choose(&exploration);
	uint64_t seed;
	check_round(run, &seed);
	for (unsigned int bound = 0; bound < BOUNDS && !check_failed(run); ++bound) {
		explore_bound(&exploration, bound);
	}
	tell(&exploration);
}

CHECK_EXPORT(explore_waiting,
	     .title = "sleeping, waking, closing and the pool over it, in every order", .weight = 2,
	     .run = run_explore_waiting);
