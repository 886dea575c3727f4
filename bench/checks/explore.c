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

/** How much of the rest has passed when a bound must have ended, in percent. */
static const unsigned int shares[BOUNDS] = {20, 50, 100};

/** Seeds above all that are drawn name a finding: the one search that came upon it. */
#define SEED_BASE ((UINT64_C(1) << 53) - (UINT64_C(1) << 24))

/** One search: all executions of a program with these bounds. Seeds are made of it. */
struct search {
	unsigned int program;
	unsigned int model;
	/** Of `bounds`; BOUNDS: with a thread stopped. */
	unsigned int bound;
	unsigned int thread;
	unsigned int after;
};

struct exploration {
	struct check_run *run;
	const struct explore_module *module;
	const struct explore_program *programs[PROGRAMS];
	unsigned int count;
	/** Bounds within which a program was explored to the end. */
	unsigned int reached[PROGRAMS][MODELS];
	/** The search under way. */
	struct search search;
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

/** The search is the same each time: it finds what it found, and nothing else is searched. */
static uint64_t seed_of(const struct search *search)
{
	return SEED_BASE + (search->program | search->model << 6 | search->bound << 7 |
			    search->thread << 9 | search->after << 11);
}

/** False if it is not one of ours. */
static bool search_of(uint64_t seed, struct search *search)
{
	if (seed < SEED_BASE) {
		return false;
	}
	unsigned int code = (unsigned int)(seed - SEED_BASE);
	*search =
		(struct search){code & 63, code >> 6 & 1, code >> 7 & 3, code >> 9 & 3, code >> 11};
	return true;
}

/** Say what was found, and with which seed it is found at once. */
static void tell_finding(struct exploration *exploration, const char *text)
{
	struct check_run *run = exploration->run;
	check_fail(run, "%s", text);
	run->failed_seed = seed_of(&exploration->search);
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
		tell_finding(exploration, result->finding);
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
			exploration->search =
				(struct search){.program = i, .model = model, .bound = bound};
			struct explore_request request = {
				.program = exploration->programs[i],
				.model = (enum explore_model)model,
				.preemptions = bounds[bound],
				.until = now + (until - now) / left,
				.all = exploration->programs[i]->all,
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

/** Hold what stopped threads did to the others against what is claimed. */
static void judge_stop(struct exploration *exploration, const struct explore_result *result)
{
	const struct queue_type *type = exploration->run->type;
	const struct search *search = &exploration->search;
	const char *side =
		result->blocked_enqueue && type->enqueue_progress != QUEUE_BLOCKING   ? "enqueue"
		: result->blocked_dequeue && type->dequeue_progress != QUEUE_BLOCKING ? "dequeue"
										      : NULL;
	if (side) {
		char text[1024];
		snprintf(text, sizeof(text),
			 "%s is claimed to go on whoever stops, and does not: in program \"%s\",\n"
			 "thread %u is stopped after %u steps, at %s\n",
			 side, exploration->programs[search->program]->name, search->thread,
			 search->after, result->blocked_at);
		tell_finding(exploration, text);
	}
}

/** Stop a thread after so many of its steps. False if something was found, or it has not so many.
 */
static bool stop_once(struct exploration *exploration, uint64_t until)
{
	const struct search *search = &exploration->search;
	struct explore_request request = {
		.program = exploration->programs[search->program],
		.preemptions = 1,
		.until = until,
		.stopped = (int)search->thread,
		.stopped_after = search->after,
	};
	struct explore_result result;
	if (!explore(exploration, &request, &result) || result.never_stopped) {
		return false;
	}
	++exploration->stops;
	note_blocking(exploration, result.blocked_at);
	exploration->blocked_enqueue |= result.blocked_enqueue;
	exploration->blocked_dequeue |= result.blocked_dequeue;
	judge_stop(exploration, &result);
	return !check_failed(exploration->run);
}

/** Stop one thread of a program before each of its steps in turn. */
static void stop_thread(struct exploration *exploration, unsigned int program, unsigned int thread,
			uint64_t until)
{
	exploration->search =
		(struct search){.program = program, .bound = BOUNDS, .thread = thread, .after = 1};
	while (clock_now() < until && stop_once(exploration, until)) {
		++exploration->search.after;
	}
}

static void stop_threads(struct exploration *exploration, uint64_t until)
{
	unsigned int left = exploration->count;
	for (unsigned int i = 0; i < exploration->count; ++i, --left) {
		const struct explore_program *program = exploration->programs[i];
		uint64_t now = clock_now();
		uint64_t share = now < until ? (until - now) / left : 0;
		for (unsigned int thread = 0; thread < EXPLORE_THREADS && program->threads[thread];
		     ++thread) {
			if (!check_failed(exploration->run)) {
				stop_thread(exploration, i, thread, now + share);
			}
		}
	}
}

/** One search alone, that of a finding. */
static void repeat(struct exploration *exploration, uint64_t until)
{
	const struct search *search = &exploration->search;
	if (search->program >= exploration->count) {
		check_skip(exploration->run, "the seed is that of another queue's finding");
	} else if (search->bound == BOUNDS) {
		stop_once(exploration, until);
	} else {
		struct explore_request request = {
			.program = exploration->programs[search->program],
			.model = (enum explore_model)search->model,
			.preemptions = bounds[search->bound],
			.until = until,
			.all = exploration->programs[search->program]->all,
			.stopped = -1,
		};
		struct explore_result result;
		explore(exploration, &request, &result);
		exploration->reached[search->program][search->model] = result.finished;
	}
}

/** All of them, as far as the time goes. */
static void explore_all(struct exploration *exploration)
{
	struct check_run *run = exploration->run;
	uint64_t now = clock_now();
	uint64_t time = run->until > now ? run->until - now : 0;
	for (unsigned int bound = 0; bound < BOUNDS && !check_failed(run); ++bound) {
		explore_bound(exploration, bound,
			      now + time / 100 * (100 - STOPPING) / 100 * shares[bound]);
	}
	if (!check_failed(run)) {
		stop_threads(exploration, run->until);
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
	if (search_of(seed, &exploration.search)) {
		repeat(&exploration, run->until);
	} else {
		explore_all(&exploration);
	}
	tell(&exploration);
}

CHECK_EXPORT(explore, .title = "small programs in every order in which their threads can meet",
	     .weight = 2, .run = run_explore);
