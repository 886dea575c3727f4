// SPDX-License-Identifier: MIT

/**
 * Programs are run within one bound on preemptions after the other, the last being none; those that
 * a bound was too much for, once more before that last one. In the time that is left they are
 * searched by states, where these can be told apart: that may end where orders are too many, and
 * sees each order of beginnings and ends of operations besides.
 */

#include "exploring.h"

#include "base/program.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

const struct explore_module *exploring_module(struct check_run *run)
{
	char path[PATH_MAX];
	void *handle =
		find_module(run->queue, path) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	const struct explore_module *module = handle ? dlsym(handle, "explore_module") : NULL;
	if (!module || module->version != EXPLORE_MODULE_VERSION) {
		check_skip(run,
			   "no exploring module was made of it: a library's own code cannot be "
			   "seen, nor the system's, nor what a sanitizer sees");
		return NULL;
	}
	return module;
}

/** Does the queue allow so many producers and consumers? */
static bool is_allowed(const struct queue_type *type, const struct explore_program *program)
{
	unsigned int producers = 0;
	unsigned int consumers = 0;
	for (unsigned int i = 0; i < EXPLORE_THREADS && program->threads[i]; ++i) {
		// All of a pool enqueue work
		producers += strpbrk(program->threads[i], "eEPmr") != NULL;
		consumers += strpbrk(program->threads[i], "dDRr") != NULL;
	}
	return (!type->max_producers || producers <= type->max_producers) &&
	       (!type->max_consumers || consumers <= type->max_consumers);
}

void exploring_add(struct exploring *exploring, const struct explore_program *program,
		   enum channel_wait wait)
{
	if (!is_allowed(exploring->run->type, program) ||
	    exploring->count + EXPLORING_MODELS > EXPLORING_PROGRAMS) {
		return;
	}
	for (int model = 0; model < EXPLORING_MODELS; ++model) {
		exploring->programs[exploring->count++].request = (struct explore_request){
			.program = program,
			.model = (enum explore_model)model,
			.wait = wait,
			.stopped = -1,
		};
	}
}

/** Do the programs wait, each in more than one way? */
static bool is_waiting(const struct exploring *exploring)
{
	return exploring->explore == exploring->module->run_waiting;
}

/** Nanoseconds that the process was given: others may be busy on this machine. */
static uint64_t processor_time(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

bool exploring_search(struct exploring *exploring, struct explore_request *request,
		      struct explore_result *result)
{
	struct check_run *run = exploring->run;
	request->most = UINT64_MAX;
	if (exploring->explore(exploring->module->type(), request, result) != 0) {
		check_fail(run, "what program \"%s\" is made of cannot be made\n",
			   request->program->name);
		return false;
	}
	exploring->executions += result->executions;
	if (result->finding) {
		bool waits = is_waiting(exploring);
		check_fail(run, "%s%s%s%s", waits ? "waiting: " : "",
			   waits ? channel_wait_name(request->wait) : "", waits ? "\n" : "",
			   result->finding);
	}
	free(result->finding);
	return !check_failed(run);
}

bool exploring_again(struct exploring *exploring, uint64_t until)
{
	struct exploring_program *program = &exploring->programs[exploring->program];
	struct explore_result result;
	uint64_t began = processor_time();
	program->request.preemptions = exploring->bounds[exploring->bound];
	program->request.states = exploring->way == EXPLORING_STATES;
	program->request.until = until;
	if (!exploring_search(exploring, &program->request, &result)) {
		return false;
	}
	uint64_t nanoseconds = processor_time() - began;
	exploring->searched[exploring->way] += result.executions;
	exploring->nanoseconds[exploring->way] += nanoseconds;
	program->unsuited = program->unsuited || result.unsuited;
	if (result.finished || program->reached <= exploring->bound) {
		program->executions = result.executions;
		program->nanoseconds = nanoseconds;
		program->cut = result.cut;
	}
	if (result.finished) {
		program->reached = exploring->bound + 1;
		program->way = exploring->way;
		program->strong = result.strong;
	}
	return true;
}

/** Is it known without a search? */
static bool follows(const struct exploring_program *program, unsigned int bound)
{
	return program->request.model == EXPLORE_C11 && program[-1].strong &&
	       program[-1].reached > bound;
}

/** Can it be searched by states? */
static bool has_states(const struct exploring *exploring, const struct exploring_program *program)
{
	return exploring->bounds[exploring->bound] == UINT32_MAX && !is_waiting(exploring) &&
	       program->request.model == EXPLORE_SC && !program->unsuited &&
	       program->way != EXPLORING_STATES;
}

/**
 * Is a program still to be run within a bound? What did not end within a smaller one seldom does:
 * it is when the others are done, `again`. What has no other executions than a program that is
 * still to be run itself is not.
 */
static bool is_due(const struct exploring *exploring, const struct exploring_program *program,
		   bool again)
{
	bool waits = program->request.model == EXPLORE_C11 && program[-1].strong &&
		     program[-1].reached <= exploring->bound;
	return !waits &&
	       (again ? program->reached <= exploring->bound || has_states(exploring, program)
		      : program->reached == exploring->bound);
}

/** Programs that are due, from one on. */
static unsigned int count_due(const struct exploring *exploring, unsigned int first, bool again)
{
	unsigned int due = 0;
	for (unsigned int i = first; i < exploring->count; ++i) {
		due += is_due(exploring, &exploring->programs[i], again);
	}
	return due;
}

/** One program, by orders; or again, by states if they do. */
static void explore_one(struct exploring *exploring, uint64_t until, bool again)
{
	struct exploring_program *program = &exploring->programs[exploring->program];
	if (follows(program, exploring->bound)) {
		*program = (struct exploring_program){.request = program->request,
						      .reached = exploring->bound + 1,
						      .way = EXPLORING_STRONG};
		return;
	}
	if (again && has_states(exploring, program)) {
		exploring->way = EXPLORING_STATES;
		if (!exploring_again(exploring, until) || !program->unsuited ||
		    program->reached > exploring->bound) {
			return;
		}
	}
	exploring->way = EXPLORING_ORDERS;
	exploring_again(exploring, until);
}

/** All programs within one bound. */
static void explore_bound(struct exploring *exploring, uint64_t until, bool again)
{
	for (unsigned int i = 0; i < exploring->count && !check_failed(exploring->run); ++i) {
		uint64_t now = clock_now();
		if (is_due(exploring, &exploring->programs[i], again) && now < until) {
			exploring->program = i;
			explore_one(exploring, now + (until - now) / count_due(exploring, i, again),
				    again);
		}
	}
}

/** So much of what is left until then. */
static uint64_t share(uint64_t until, unsigned int parts)
{
	uint64_t now = clock_now();
	return now < until ? now + (until - now) / parts : until;
}

void exploring_all(struct exploring *exploring, uint64_t until)
{
	unsigned int last = exploring->bound_count - 1;
	for (exploring->bound = 0; exploring->bound < last; ++exploring->bound) {
		// What is too large for one bound leaves the others their time
		explore_bound(exploring, share(until, last + 2 - exploring->bound), false);
	}
	// What fell short of a bound has another half before all are run without one
	uint64_t bounded = share(until, 2);
	for (exploring->bound = 0; exploring->bound < last; ++exploring->bound) {
		explore_bound(exploring, bounded, true);
	}
	explore_bound(exploring, share(until, 2), false);
	// By states, and the large ones once more in all the time that the small ones have left
	exploring->bound = last;
	explore_bound(exploring, until, true);
}

/** How far a program was explored. */
static void write_reached(const struct exploring *exploring,
			  const struct exploring_program *program, char *text, size_t size)
{
	static const char *const ways[] = {
		[EXPLORING_ORDERS] = "all orders",
		[EXPLORING_STATES] = "all states",
		[EXPLORING_STRONG] = "as sequentially consistent",
	};
	if (program->reached == exploring->bound_count) {
		snprintf(text, size, "%s", ways[program->way]);
	} else if (program->reached > 0) {
		snprintf(text, size, "%u preemptions", exploring->bounds[program->reached - 1]);
	} else {
		snprintf(text, size, "not to %u preemptions", exploring->bounds[0]);
	}
}

/** A line of one program. Returns its length. */
static size_t write_line(const struct exploring *exploring, const struct exploring_program *program,
			 char *text, size_t size)
{
	static const char *const models[EXPLORING_MODELS] = {"sequentially consistent", "C11"};
	const struct explore_request *request = &program->request;
	bool waits = is_waiting(exploring);
	char reached[64];
	write_reached(exploring, program, reached, sizeof(reached));
	int length = snprintf(text, size, "%s%s%s, %s: %s%s, %ju executions in %.3f s\n",
			      request->program->name, waits ? ", " : "",
			      waits ? channel_wait_name(request->wait) : "", models[request->model],
			      reached, program->cut ? ", cut" : "", (uintmax_t)program->executions,
			      (double)program->nanoseconds / 1e9);
	return length < 0 ? 0 : (size_t)length;
}

void exploring_tell(struct exploring *exploring)
{
	struct check_run *run = exploring->run;
	char text[EXPLORING_PROGRAMS * 160] = "";
	size_t length = 0;
	unsigned int whole = 0;
	for (unsigned int i = 0; i < exploring->count && length < sizeof(text); ++i) {
		const struct exploring_program *program = &exploring->programs[i];
		whole += program->reached == exploring->bound_count;
		length += write_line(exploring, program, text + length, sizeof(text) - length);
	}
	json_object_set_new(run->figures, "explored", json_string(text));
	check_figure(run, "executions", (double)exploring->executions);
	check_figure(run, "orders", (double)exploring->searched[EXPLORING_ORDERS]);
	check_figure(run, "orders_s", (double)exploring->nanoseconds[EXPLORING_ORDERS] / 1e9);
	check_figure(run, "states_s", (double)exploring->nanoseconds[EXPLORING_STATES] / 1e9);
	check_figure(run, "programs", exploring->count);
	check_figure(run, "programs_whole", whole);
	check_summarize(run, "%u/%u all", whole, exploring->count);
}
