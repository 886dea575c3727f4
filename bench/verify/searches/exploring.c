// SPDX-License-Identifier: MIT

/**
 * Runs each program within one bound on preemptions after the other; the last is no bound. Then it
 * is searched by states, if states can be told apart. That may end where orders are too many, and
 * also covers every order in which operations begin and end.
 *
 * How long a search takes is not known in advance, and may be for ever. So all searches that are
 * due take turns, one for each processor at a time, and the one that had least time is next. No
 * search waits for another that does not end.
 */

#include "verify/searches/exploring.h"

#include "base/program.h"
#include "processors.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Nanoseconds of the first turn of a search, and of the longest turn. */
#define FIRST_TURN 4000000
#define LONGEST_TURN 200000000

/** Time of a search without a bound is charged this many times: bounded searches come first. */
#define UNBOUNDED 4

/** Processor time in nanoseconds after which one execution counts as endless. */
#define STALLED 200000000

/** Turns without progress after which a search gets the longest. */
#define IDLE_TURNS 8

/** Seeds from here on name a search with a finding. Drawn seeds are smaller. */
#define SEED_BASE ((UINT64_C(1) << 53) - (UINT64_C(1) << 24))

/** Most searches at a time. */
#define PROCESSORS 64

/** A search that has its turn. */
struct turn {
	unsigned int program;
	enum exploring_way way;
};

/** Why there is no module of a queue that was not found, and the way out. */
static const char *why_missing(const char *name)
{
	if (strchr(name, '/')) {
		return "there is no exploring module beside it, in explore/: qbench-module makes "
		       "one unless the file requires a library";
	}
	// The names are generated, with a colon before and after each
	char listed[PATH_MAX];
	snprintf(listed, sizeof(listed), ":%s:", name);
	if (strstr(EXPLORED_QUEUES, listed)) {
		return "its exploring module is not built: cmake --build BUILD --target exploring "
		       "makes it";
	}
	return "it has no exploring module: the code of a library, of the system, or under a "
	       "sanitizer cannot be explored";
}

const struct explore_module *exploring_module(struct check_run *run)
{
	char path[PATH_MAX];
	const char *alias = strchr(run->queue, '=');
	const char *name = alias ? alias + 1 : run->queue;
	if (program_find_module("explore", EXPLORE_INSTALLED, name, path) != 0 ||
	    access(path, F_OK) != 0) {
		check_skip(run, why_missing(name));
		return NULL;
	}
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct explore_module *module = handle ? dlsym(handle, "explore_module") : NULL;
	if (!module || module->version != EXPLORE_MODULE_VERSION) {
		check_skip(run, "its exploring module is of another build: make it again");
		return NULL;
	}
	run->counted = module->type;
	return module;
}

/** True if the queue allows the program's producers and consumers, and has its batches. */
static bool is_allowed(const struct queue_type *type, const struct explore_program *program)
{
	unsigned int producers = 0;
	unsigned int consumers = 0;
	bool batches = true;
	for (unsigned int i = 0; i < EXPLORE_THREADS && program->threads[i]; ++i) {
		const char *letters = program->threads[i];
		// All threads of a pool enqueue
		producers += strpbrk(letters, "beEPmr") != NULL;
		consumers += strpbrk(letters, "tdDRr") != NULL;
		batches = batches && (type->enqueue_batch || !strchr(letters, 'b')) &&
			  (type->dequeue_batch || !strchr(letters, 't'));
	}
	return batches && (!type->max_producers || producers <= type->max_producers) &&
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

uint64_t exploring_seed(const struct exploring_choice *choice)
{
	return SEED_BASE + (choice->program | choice->kind << 8 | choice->detail << 11);
}

bool exploring_choice_of(uint64_t seed, struct exploring_choice *choice)
{
	if (seed < SEED_BASE) {
		return false;
	}
	unsigned int code = (unsigned int)(seed - SEED_BASE);
	*choice = (struct exploring_choice){code & 255, code >> 8 & 7, code >> 11};
	return true;
}

/** True if the programs wait. */
static bool is_waiting(const struct exploring *exploring)
{
	return exploring->explore == exploring->module->run_waiting;
}

static void cannot_be_made(const struct exploring *exploring, const struct explore_program *program,
			   int error)
{
	check_cannot(exploring->run, error, "what program \"%s\" is made of cannot be made",
		     program->name);
}

/** Fails the check with a finding, if there is one. */
static void tell_finding(const struct exploring *exploring, const struct explore_request *request,
			 const char *finding)
{
	bool waits = is_waiting(exploring);
	if (finding) {
		check_fail(exploring->run, "%s%s%s%s", waits ? "waiting: " : "",
			   waits ? channel_wait_name(request->wait) : "", waits ? "\n" : "",
			   finding);
	}
}

bool exploring_search(struct exploring *exploring, const struct explore_request *request,
		      struct explore_result *result)
{
	if (exploring->explore(exploring->module->type, request, result) != 0) {
		cannot_be_made(exploring, request->program, errno);
		return false;
	}
	exploring->executions += result->executions;
	tell_finding(exploring, request, result->finding);
	free(result->finding);
	return !check_failed(exploring->run);
}

/** The next entry, C11, need not be searched if its executions are those of this one. */
static void spare_next(struct exploring_program *program)
{
	struct exploring_program *next = program + 1;
	if (program->strong && next->reached < program->reached) {
		next->reached = program->reached;
		next->way = EXPLORING_STRONG;
		next->strong = true;
		next->executions = 0;
		next->nanoseconds = 0;
	}
}

/** Notes how far a search of a program came. */
static void note(struct exploring *exploring, struct exploring_program *program, unsigned int bound,
		 enum exploring_way way, const struct explore_result *result, uint64_t nanoseconds)
{
	exploring->searched[way] += result->executions;
	exploring->nanoseconds[way] += nanoseconds;
	program->unsuited = program->unsuited || result->unsuited;
	program->cut = program->cut || result->cut;
	// The other way may have come further meanwhile
	bool further = bound >= program->reached || way == EXPLORING_STATES;
	if (result->finished && further) {
		program->executions = result->executions;
		program->nanoseconds = nanoseconds;
		program->reached = bound + 1;
		program->way = way;
		program->strong = result->strong;
		if (program->request.model == EXPLORE_SC) {
			spare_next(program);
		}
	}
}

/** True if a search of the program is due in this way. */
static bool is_due(const struct exploring *exploring, const struct exploring_program *program,
		   enum exploring_way way)
{
	unsigned int last = exploring->bound_count - 1;
	bool c11 = program->request.model == EXPLORE_C11;
	if (program->cut || program->given_up) {
		return false;
	}
	if (way == EXPLORING_STATES) {
		return program->reached >= last && program->way != EXPLORING_STATES && !c11 &&
		       !program->unsuited && !is_waiting(exploring);
	}
	return program->reached <= last &&
	       !(c11 && program[-1].strong && program[-1].reached == program->reached);
}

/** Notes the seed that repeats a search, if the check has failed. */
static void note_seed(const struct exploring *exploring, unsigned int index, enum exploring_way way)
{
	if (check_failed(exploring->run)) {
		unsigned int bound = exploring->programs[index].searches[way].bound;
		exploring->run->found.failed_seed = exploring_seed(&(struct exploring_choice){
			.program = index,
			.kind = way == EXPLORING_STATES ? EXPLORING_BY_STATES : bound,
		});
	}
}

/** Judges how a search ended: the death of its process is a finding. */
static void judge_end(const struct exploring *exploring, struct exploring_program *program,
		      const struct search_result *result)
{
	const char *name = program->request.program->name;
	if (result->error == ENOMEM || (!result->whole && result->signal == SIGKILL)) {
		// A lack of memory is not the queue's fault
		program->given_up = true;
	} else if (result->error) {
		cannot_be_made(exploring, program->request.program, result->error);
	} else if (!result->whole) {
		check_fail(exploring->run, "program \"%s\" kills its process: %s\n%s", name,
			   result->signal ? strsignal(result->signal) : "it exits", result->said);
	} else if (result->explored.found && !result->explored.finding) {
		check_fail(exploring->run, "program \"%s\" ends wrong; no memory to say how\n",
			   name);
	}
}

/** Adds what a search's process counted to the table of the explored type. */
static void count_slow_paths(const struct exploring *exploring, const struct explore_result *result)
{
	struct queue_slow_path *paths = exploring->module->type->slow_paths;
	for (unsigned int i = 0; i < EXPLORE_SLOW_PATHS && paths && paths[i].name; ++i) {
		uint64_t entries = paths[i].entries + result->slow_paths[i];
		paths[i].entries = entries < QUEUE_SLOW_PATH_MOST ? (unsigned int)entries
								  : QUEUE_SLOW_PATH_MOST;
	}
}

/** Ends a search, completed or not, and notes how far it came. */
static void end_search(struct exploring *exploring, unsigned int index, enum exploring_way way)
{
	struct exploring_program *program = &exploring->programs[index];
	struct exploring_search *search = &program->searches[way];
	struct search_result result;
	bool over = search_end(&search->process, &result);
	*search = (struct exploring_search){.bound = search->bound};
	exploring->crowded = false;
	exploring->executions += result.explored.executions;
	count_slow_paths(exploring, &result.explored);
	if (!check_failed(exploring->run)) {
		if (over) {
			judge_end(exploring, program, &result);
		}
		tell_finding(exploring, &program->request, result.explored.finding);
		note_seed(exploring, index, way);
		note(exploring, program, search->bound, way, &result.explored, result.nanoseconds);
	}
	free(result.explored.finding);
}

/** Starts a search. False if no process can be started now. */
static bool begin_search(struct exploring *exploring, unsigned int index, unsigned int bound,
			 enum exploring_way way)
{
	struct exploring_program *program = &exploring->programs[index];
	struct exploring_search *search = &program->searches[way];
	struct explore_request request = program->request;
	request.preemptions = exploring->bounds[bound];
	request.states = way == EXPLORING_STATES;
	request.until = UINT64_MAX;
	search->bound = bound;
	exploring->crowded = search_begin(&search->process, exploring->explore,
					  exploring->module->type, &request) != 0;
	return !exploring->crowded;
}

/** Milliseconds for poll(), at most LONGEST_TURN. */
static int milliseconds_until(uint64_t until)
{
	uint64_t now = clock_now();
	uint64_t left = until > now ? until - now : 0;
	return (int)((left < LONGEST_TURN ? left : LONGEST_TURN) / 1000000) + 1;
}

void exploring_again(struct exploring *exploring, const struct exploring_choice *choice,
		     uint64_t until)
{
	unsigned int index = choice->program;
	bool states = choice->kind == EXPLORING_BY_STATES;
	enum exploring_way way = states ? EXPLORING_STATES : EXPLORING_ORDERS;
	unsigned int bound = states ? exploring->bound_count - 1 : choice->kind;
	if (index >= exploring->count || bound >= exploring->bound_count) {
		check_skip(exploring->run, "the seed is that of another queue's finding");
	} else if (!begin_search(exploring, index, bound, way)) {
		check_skip(exploring->run, "there is no process for a search");
	} else {
		struct pollfd end = {.fd = exploring->programs[index].searches[way].process.end};
		while (clock_now() < until && poll(&end, 1, milliseconds_until(until)) <= 0) {
		}
		end_search(exploring, index, way);
	}
}

/** Index of the bound for the next search of a program. */
static unsigned int next_bound(const struct exploring *exploring,
			       const struct exploring_program *program)
{
	unsigned int last = exploring->bound_count - 1;
	return program->reached < last ? program->reached : last;
}

/**
 * Finds the next search: the one that had least time, and of these the one with the lowest bound.
 * False if none waits.
 */
static bool find_next(const struct exploring *exploring, unsigned int *index,
		      enum exploring_way *way)
{
	uint64_t least = UINT64_MAX;
	unsigned int lowest = 0;
	for (unsigned int i = 0; i < exploring->count; ++i) {
		const struct exploring_program *program = &exploring->programs[i];
		unsigned int bound = next_bound(exploring, program);
		for (enum exploring_way w = EXPLORING_ORDERS; w <= EXPLORING_STATES; ++w) {
			const struct exploring_search *search = &program->searches[w];
			bool first =
				search->used < least || (search->used == least && bound < lowest);
			bool can = search->process.id || !exploring->crowded;
			if (first && can && !search->running && is_due(exploring, program, w)) {
				least = search->used;
				lowest = bound;
				*index = i;
				*way = w;
			}
		}
	}
	return least < UINT64_MAX;
}

/** Starts the next turn. False if no search can have one. */
static bool begin_turn(struct exploring *exploring)
{
	unsigned int index;
	enum exploring_way way;
	if (!find_next(exploring, &index, &way)) {
		return false;
	}
	struct exploring_program *program = &exploring->programs[index];
	struct exploring_search *search = &program->searches[way];
	if (search->process.id) {
		kill(search->process.id, SIGCONT);
	} else if (!begin_search(exploring, index, next_bound(exploring, program), way)) {
		// A search that has a process already may go on
		return begin_turn(exploring);
	}
	// On a busy machine a short turn can end before the search had a processor: a search that
	// has made no progress in some turns gets long ones
	bool idle = search->process.id && search->idle_turns >= IDLE_TURNS;
	uint64_t turn = idle ? LONGEST_TURN : FIRST_TURN + search->used / 4;
	search->running = true;
	search->began = clock_now();
	search->until = search->began + (turn < LONGEST_TURN ? turn : LONGEST_TURN);
	return true;
}

/** Ends a turn and charges it. An execution that does not end is a finding. */
static void end_turn(struct exploring *exploring, unsigned int index, enum exploring_way way)
{
	struct exploring_program *program = &exploring->programs[index];
	struct exploring_search *search = &program->searches[way];
	bool unbounded = exploring->bounds[search->bound] == UINT32_MAX;
	search->running = false;
	kill(search->process.id, SIGSTOP);
	uint64_t progress = search_progress(&search->process);
	uint64_t time = search_time(&search->process);
	if (progress != search->progress) {
		// Else it is next again, so that an endless execution shows at once
		search->used += (clock_now() - search->began) * (unbounded ? UNBOUNDED : 1);
		search->progress = progress;
		search->progressed = time;
		search->idle_turns = 0;
	} else {
		++search->idle_turns;
	}
	if (time > search->progressed + STALLED && !search_has_found(&search->process)) {
		check_fail(exploring->run,
			   "program \"%s\": execution %ju does not come to an end\n",
			   program->request.program->name, (uintmax_t)progress + 1);
		note_seed(exploring, index, way);
	}
}

/** Lists the searches that have a turn. Returns their number. */
static unsigned int find_running(const struct exploring *exploring, struct turn *turns)
{
	unsigned int count = 0;
	for (unsigned int i = 0; i < exploring->count; ++i) {
		for (enum exploring_way way = EXPLORING_ORDERS; way <= EXPLORING_STATES; ++way) {
			if (exploring->programs[i].searches[way].running) {
				turns[count++] = (struct turn){i, way};
			}
		}
	}
	return count;
}

/** Waits until a search or a turn is over, and ends it. */
static void pass_turn(struct exploring *exploring)
{
	struct turn turns[PROCESSORS];
	struct pollfd ends[PROCESSORS];
	unsigned int count = find_running(exploring, turns);
	uint64_t until = UINT64_MAX;
	for (unsigned int i = 0; i < count; ++i) {
		const struct exploring_search *search =
			&exploring->programs[turns[i].program].searches[turns[i].way];
		ends[i] = (struct pollfd){.fd = search->process.end};
		until = search->until < until ? search->until : until;
	}
	int ready = poll(ends, count, milliseconds_until(until));
	for (unsigned int i = 0; i < count; ++i) {
		struct exploring_program *program = &exploring->programs[turns[i].program];
		struct exploring_search *search = &program->searches[turns[i].way];
		if (ready > 0 && ends[i].revents) {
			end_search(exploring, turns[i].program, turns[i].way);
		} else if (search_has_found(&search->process)) {
			// The turn ends with the search
			search->until = UINT64_MAX;
		} else if (clock_now() >= search->until) {
			end_turn(exploring, turns[i].program, turns[i].way);
		}
	}
}

/** Ends searches that are not needed any more; all of them, if the check is over. */
static void end_searches(struct exploring *exploring, bool all)
{
	for (unsigned int i = 0; i < exploring->count; ++i) {
		const struct exploring_program *program = &exploring->programs[i];
		for (enum exploring_way way = EXPLORING_ORDERS; way <= EXPLORING_STATES; ++way) {
			if (program->searches[way].process.id &&
			    (all || !is_due(exploring, program, way))) {
				end_search(exploring, i, way);
			}
		}
	}
}

void exploring_end(struct exploring *exploring)
{
	end_searches(exploring, true);
	if (exploring->crowded && exploring->executions == 0) {
		check_skip(exploring->run, "there is no process for a search");
	}
}

void exploring_all(struct exploring *exploring, uint64_t until)
{
	struct turn turns[PROCESSORS];
	unsigned int processors = processors_available();
	if (processors > PROCESSORS) {
		processors = PROCESSORS;
	}
	while (!check_failed(exploring->run) && clock_now() < until) {
		unsigned int running = find_running(exploring, turns);
		while (running < processors && begin_turn(exploring)) {
			++running;
		}
		if (running == 0) {
			break;
		}
		pass_turn(exploring);
		end_searches(exploring, false);
	}
	for (unsigned int left = find_running(exploring, turns); left-- > 0;) {
		end_turn(exploring, turns[left].program, turns[left].way);
	}
}

/** Writes how far a program was explored. */
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

/** Writes the line of a program. Returns its length. */
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
			      reached,
			      program->cut	  ? ", cut"
			      : program->given_up ? ", no memory for more"
						  : "",
			      (uintmax_t)program->executions, (double)program->nanoseconds / 1e9);
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
	check_text(run, "explored", text);
	check_figure(run, "executions", (double)exploring->executions);
	check_figure(run, "orders", (double)exploring->searched[EXPLORING_ORDERS]);
	check_figure(run, "orders_s", (double)exploring->nanoseconds[EXPLORING_ORDERS] / 1e9);
	check_figure(run, "states_s", (double)exploring->nanoseconds[EXPLORING_STATES] / 1e9);
	check_figure(run, "programs", exploring->count);
	check_figure(run, "programs_whole", whole);
	check_summarize(run, "%u/%u all", whole, exploring->count);
	if (exploring->executions == 0 && !check_failed(run)) {
		check_lack(run, "no search could be started, or came to the end of one execution");
	}
}
