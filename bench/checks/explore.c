// SPDX-License-Identifier: MIT

/**
 * explore: small programs in every order in which their threads can meet.
 *
 * Each program is explored under two memory models, first with two preemptions, then with three,
 * then without a bound, as far as the time goes; what was reached is told, and nothing beyond is
 * known. A queue that claims to be lock-free also has each thread of each program stopped for
 * ever, before each of its steps: the others must finish. See bench/explore/explore.h.
 */

#include "check.h"
#include "exploring.h"

#include "base/program.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Bounds on preemptions, one after the other. */
static const uint32_t bounds[] = {2, 3, UINT32_MAX};

#define BOUNDS (sizeof(bounds) / sizeof(*bounds))
#define PROGRAMS 64
#define MODELS 2

/** Share of the time for stopping threads, in percent. */
#define STOPPING 30

struct exploration {
	struct check_run *run;
	const struct explore_module *module;
	const struct explore_program *programs[PROGRAMS];
	unsigned int count;
	/** Bounds within which a program was explored to the end. */
	unsigned int reached[PROGRAMS][MODELS];
	uint64_t executions;
	uint64_t stops;
	/** Lines where a stopped thread kept others from going on. */
	char blocks_at[1024];
	bool blocked_enqueue;
	bool blocked_dequeue;
};

/** Where the exploring module of a queue is: beside the programs, or beside the queue's own. */
static int find_module(const char *queue, char path[PATH_MAX])
{
	const char *alias = strchr(queue, '=');
	const char *name = alias ? alias + 1 : queue;
	const char *slash = strrchr(name, '/');
	if (slash) {
		snprintf(path, PATH_MAX, "%.*s/explore/%s", (int)(slash - name), name, slash + 1);
		return 0;
	}
	char built[PATH_MAX];
	char installed[PATH_MAX];
	snprintf(built, sizeof(built), "explore/%s.so", name);
	snprintf(installed, sizeof(installed), EXPLORE_INSTALLED "/%s.so", name);
	const char *const places[] = {built, installed, NULL};
	return program_find(places, path);
}

const struct explore_module *exploring_module(const char *queue)
{
	char path[PATH_MAX];
	void *handle = find_module(queue, path) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	const struct explore_module *module = handle ? dlsym(handle, "explore_module") : NULL;
	return module && module->version == EXPLORE_MODULE_VERSION ? module : NULL;
}

/** Does the queue allow so many producers and consumers? */
static bool allowed(const struct queue_type *type, const struct explore_program *program)
{
	unsigned int producers = 0;
	unsigned int consumers = 0;
	for (unsigned int i = 0; i < EXPLORE_THREADS && program->threads[i]; ++i) {
		producers += strchr(program->threads[i], 'e') != NULL;
		consumers += strchr(program->threads[i], 'd') != NULL;
	}
	return (!type->max_producers || producers <= type->max_producers) &&
	       (!type->max_consumers || consumers <= type->max_consumers);
}

/** Explore one program. False if something was found. */
static bool explore(struct exploration *exploration, struct explore_request *request,
		    struct explore_result *result)
{
	struct check_run *run = exploration->run;
	request->most = UINT64_MAX;
	if (exploration->module->run(exploration->module->type(), request, result) != 0) {
		check_fail(run, "the queue of program \"%s\" cannot be made\n",
			   request->program->name);
		return false;
	}
	exploration->executions += result->executions;
	if (result->finding) {
		check_fail(run, "%s", result->finding);
	}
	free(result->finding);
	return !check_failed(run);
}

/** All programs within one bound, as far as the time goes. */
static void explore_bound(struct exploration *exploration, unsigned int bound, uint64_t until)
{
	unsigned int left = MODELS * exploration->count;
	for (unsigned int i = 0; i < exploration->count; ++i) {
		for (unsigned int model = 0; model < MODELS; ++model, --left) {
			uint64_t now = clock_now();
			if (now >= until || exploration->reached[i][model] < bound) {
				// What did not end within a smaller bound does not within this
				continue;
			}
			struct explore_request request = {
				.program = exploration->programs[i],
				.model = (enum explore_model)model,
				.preemptions = bounds[bound],
				.until = now + (until - now) / left,
				.stopped = -1,
			};
			struct explore_result result;
			if (!explore(exploration, &request, &result)) {
				return;
			}
			exploration->reached[i][model] += result.finished;
		}
	}
}

/** Note a line where others were blocked, once. */
static void note_blocking(struct exploration *exploration, const char *place)
{
	char *list = exploration->blocks_at;
	size_t length = strlen(list);
	if (*place && !strstr(list, place)) {
		snprintf(list + length, sizeof(exploration->blocks_at) - length, "%s%s",
			 length ? ", " : "", place);
	}
}

/** Stop one thread of a program before each of its steps in turn. */
static void stop_thread(struct exploration *exploration, const struct explore_program *program,
			int thread, uint64_t until)
{
	const struct queue_type *type = exploration->run->type;
	for (unsigned int after = 1; clock_now() < until; ++after) {
		struct explore_request request = {
			.program = program,
			.preemptions = 1,
			.until = until,
			.stopped = thread,
			.stopped_after = after,
		};
		struct explore_result result;
		if (!explore(exploration, &request, &result) || result.never_stopped) {
			return;
		}
		++exploration->stops;
		note_blocking(exploration, result.blocked_at);
		exploration->blocked_enqueue |= result.blocked_enqueue;
		exploration->blocked_dequeue |= result.blocked_dequeue;
		const char *side =
			result.blocked_enqueue && type->enqueue_progress != QUEUE_BLOCKING
				? "enqueue"
			: result.blocked_dequeue && type->dequeue_progress != QUEUE_BLOCKING
				? "dequeue"
				: NULL;
		if (side) {
			check_fail(exploration->run,
				   "%s is claimed to go on whoever stops, and does not: in program "
				   "\"%s\",\nthread %d is stopped after %u steps, at %s\n",
				   side, program->name, thread, after, result.blocked_at);
			return;
		}
	}
}

static void stop_threads(struct exploration *exploration, uint64_t until)
{
	unsigned int left = exploration->count;
	for (unsigned int i = 0; i < exploration->count; ++i, --left) {
		const struct explore_program *program = exploration->programs[i];
		uint64_t now = clock_now();
		uint64_t share = now < until ? (until - now) / left : 0;
		for (int thread = 0; thread < EXPLORE_THREADS && program->threads[thread];
		     ++thread) {
			if (!check_failed(exploration->run)) {
				stop_thread(exploration, program, thread, now + share);
			}
		}
	}
}

/** What was explored, a line a program, for who wants to know what is not known. */
static void tell(struct exploration *exploration)
{
	static const char *const models[MODELS] = {"sequentially consistent", "C11"};
	static const char *const words[BOUNDS + 1] = {"not to 2 preemptions", "2 preemptions",
						      "3 preemptions", "all orders"};
	char text[PROGRAMS * 128] = "";
	size_t length = 0;
	unsigned int least = BOUNDS;
	unsigned int whole = 0;
	for (unsigned int i = 0; i < exploration->count; ++i) {
		for (unsigned int model = 0; model < MODELS; ++model) {
			unsigned int reached = exploration->reached[i][model];
			least = reached < least ? reached : least;
			whole += reached == BOUNDS;
			if (length < sizeof(text)) {
				length += (size_t)snprintf(text + length, sizeof(text) - length,
							   "%s, %s: %s\n",
							   exploration->programs[i]->name,
							   models[model], words[reached]);
			}
		}
	}
	struct check_run *run = exploration->run;
	json_object_set_new(run->figures, "explored", json_string(text));
	json_object_set_new(run->figures, "blocks_at", json_string(exploration->blocks_at));
	check_figure(run, "executions", (double)exploration->executions);
	check_figure(run, "programs", exploration->count * MODELS);
	check_figure(run, "programs_whole", whole);
	check_figure(run, "stops", (double)exploration->stops);
	if (least == BOUNDS) {
		check_summarize(run, "all orders");
	} else {
		check_summarize(run, "%u/%u all", whole, exploration->count * MODELS);
	}
}

static void run_explore(struct check_run *run)
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
	for (const struct explore_program *program = exploration.module->programs; program->name;
	     ++program) {
		if (allowed(run->type, program) && exploration.count < PROGRAMS) {
			exploration.programs[exploration.count++] = program;
		}
	}
	uint64_t seed;
	check_round(run, &seed);
	uint64_t now = clock_now();
	uint64_t time = run->until > now ? run->until - now : 0;
	for (unsigned int bound = 0; bound < BOUNDS && !check_failed(run); ++bound) {
		explore_bound(&exploration, bound, now + time * (100 - STOPPING) / 100);
	}
	if (!check_failed(run)) {
		stop_threads(&exploration, run->until);
	}
	tell(&exploration);
}

CHECK_EXPORT(explore, .title = "small programs in every order in which their threads can meet",
	     .weight = 2, .run = run_explore);
