// SPDX-License-Identifier: MIT

/**
 * An execution is a sequence of steps. For each step, a node says which thread made it and which
 * others could have.
 *
 * Only orders that differ in what threads see are run. Two steps depend on each other if they touch
 * the same memory and one of them writes. When a step depends on an earlier one of another thread,
 * and nothing orders the two, the other order must be run, too: a thread that can begin it is added
 * to the `backtrack` of the earlier step's node (source sets: Abdulla, Aronis, Jonsson & Sagonas,
 * POPL 2014, doi:10.1145/2535838.2535845). A thread sleeps if its next step was explored at a node,
 * and no step since then depends on it: running the thread now would repeat that (sleep sets,
 * Godefroid 1996).
 *
 * A search by states (states.c) gives every thread a turn in every state, whatever its steps depend
 * on.
 *
 * With a bound on preemptions (Musuvathi & Qadeer, PLDI 2007) the bound may forbid an order at the
 * node that asks for it. So it is also asked for where the running thread began (Coons, Musuvathi &
 * McKinley, OOPSLA 2013).
 */

#include "explore/search.h"
#include "explore/finding.h"
#include "explore/heap.h"
#include "explore/memory.h"
#include "explore/states.h"
#include "explore/trace.h"

#include "base/clock.h"

#include <string.h>

/** Repeated reads of unchanged values after which a thread waits for a change. */
#define LOOKS 300

/** Calls of sched_yield() by a thread above which an execution with too many steps is unfair. */
#define YIELDS 50

/** Executions between two looks at the clock. */
#define CLOCK_EVERY 256

struct search search;

static uint8_t bit(unsigned int thread)
{
	return (uint8_t)(1U << thread);
}

int search_begin(const struct explore_request *request)
{
	search.request = request;
	search.thread_count = 0;
	while (search.thread_count < EXPLORE_THREADS &&
	       request->program->threads[search.thread_count]) {
		++search.thread_count;
	}
	search.prefix = 0;
	search.finding[0] = '\0';
	search.watched = false;
	search.cut = false;
	search.unsuited = false;
	search.strong = true;
	heap_begin();
	memory_begin();
	for (unsigned int i = 0; i < EXPLORE_THREADS; ++i) {
		if (coroutine_prepare(&search.threads[i].coroutine, 0) != 0) {
			return -1;
		}
	}
	return request->states ? states_begin() : 0;
}

/** True if the request has stopped this thread for ever. */
static bool is_stopped(unsigned int thread)
{
	return (int)thread == search.request->stopped &&
	       search.threads[thread].stamp >= search.request->stopped_after;
}

/** Returns the threads whose pending access can be made now. */
static uint8_t find_enabled(void)
{
	uint8_t enabled = 0;
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		const struct thread *thread = &search.threads[i];
		bool ready = thread->state == THREAD_READY ||
			     (thread->state == THREAD_ASLEEP && thread->woken);
		if (ready && thread->pending.kind == ACCESS_LOCK) {
			ready = *(const uint64_t *)thread->pending.address == 0;
		}
		if (ready && !is_stopped(i)) {
			enabled |= bit(i);
		}
	}
	return enabled;
}

/** Returns the threads of a mask that may run at a node within the bound on preemptions. */
static uint8_t within_bound(const struct node *node, uint8_t mask)
{
	bool switches = node->enabled & bit(node->previous);
	return switches && node->preemptions >= search.request->preemptions
		       ? mask & bit(node->previous)
		       : mask;
}

/** True if every thread that could run next has its turn, whatever its steps depend on. */
static bool runs_all(void)
{
	return search.request->all || search.request->states;
}

/** In a search by states: returns the threads that must have their turn; none in a known state. */
static uint8_t new_candidates(uint8_t candidates)
{
	for (uint8_t rest = candidates; rest; rest &= rest - 1) {
		unsigned int thread = (unsigned int)__builtin_ctz(rest);
		if (search.threads[thread].pending.kind == ACCESS_START) {
			// Its first step has no effect: no other order need be run
			return bit(thread);
		}
	}
	return candidates && !states_known() ? candidates : 0;
}

/** Begins a new node with the same thread as before, if it can run. False if no thread must run. */
static bool make_node(struct node *node, uint8_t enabled)
{
	const struct node *before = search.depth ? node - 1 : NULL;
	bool preempted = before && before->chosen != before->previous &&
			 (before->enabled & bit(before->previous));
	*node = (struct node){
		.enabled = enabled,
		.sleeping = search.sleeping & enabled,
		.previous = before ? before->chosen : 0,
		.options = 1,
		.preemptions = before ? before->preemptions + preempted : 0,
	};
	uint8_t candidates = within_bound(node, enabled & ~node->sleeping);
	if (search.request->states) {
		candidates = new_candidates(candidates);
	}
	if (!candidates) {
		return false;
	}
	node->chosen = candidates & bit(node->previous) ? node->previous
							: (uint8_t)__builtin_ctz(candidates);
	node->backtrack = runs_all() ? candidates : bit(node->chosen);
	return true;
}

/** Switches to the thread that the node chooses. Returns when that is the caller again. */
static void schedule(void)
{
	struct thread *self = &search.threads[search.current];
	uint8_t enabled = find_enabled();
	if (search.depth == MODEL_STEPS - 1) {
		// No system schedules so unfairly that a thread yields for ever. Else threads may
		// chase each other round a large ring for long, which is not wrong
		search.cut |= self->yields <= YIELDS;
		search.redundant = true;
		finding_leave();
		return;
	}
	if (!enabled) {
		for (unsigned int i = 0; i < search.thread_count; ++i) {
			if (search.threads[i].state != THREAD_FINISHED && !is_stopped(i)) {
				search.stuck |= bit(i);
			}
		}
		finding_leave();
		return;
	}
	struct node *node = &search.nodes[search.depth];
	if (search.depth >= search.prefix && !make_node(node, enabled)) {
		search.redundant = true;
		finding_leave();
		return;
	}
	search.current = node->chosen;
	if (&search.threads[search.current] != self) {
		coroutine_switch(&self->coroutine, &search.threads[search.current].coroutine);
	}
}

/** True if the access is in the single order of sequentially consistent events. */
static bool is_ordered(const struct access *access)
{
	return search.request->model == EXPLORE_C11 && access->order == __ATOMIC_SEQ_CST &&
	       access->kind != ACCESS_START && access->kind <= ACCESS_FENCE;
}

/** True if two accesses to different places must keep their order: one is a fence. */
static bool order_matters(const struct access *first, const struct access *second)
{
	return (first->kind == ACCESS_FENCE || second->kind == ACCESS_FENCE) && is_ordered(first) &&
	       is_ordered(second);
}

static bool touches_memory(const struct access *access)
{
	return access->kind != ACCESS_START && access->kind != ACCESS_FENCE;
}

/** True if a step and an access that comes later depend on each other. */
static bool depends(const struct event *event, const struct access *access)
{
	if (order_matters(&event->access, access)) {
		return true;
	}
	if (!touches_memory(&event->access) || !touches_memory(access)) {
		return false;
	}
	uintptr_t first = event->access.address & ~(uintptr_t)7;
	uintptr_t second = access->address & ~(uintptr_t)7;
	bool meet = first < second + access->size && second < first + event->access.size;
	return meet && (event->writes || access->kind != ACCESS_LOAD);
}

/** Returns the threads that can begin an order in which `last` comes before `earlier`. */
static uint8_t find_initials(const struct event *earlier, const struct event *last)
{
	uint8_t initials = 0;
	uint8_t seen = 0;
	uint8_t all = (uint8_t)(bit(search.thread_count) - 1);
	// First step of each thread that does not come after `earlier`
	uint16_t first[EXPLORE_THREADS];
	for (const struct event *event = earlier + 1; event <= last && seen != all; ++event) {
		// `last` will come before `earlier`, so it may depend on it
		bool after = event != last && event->depends[earlier->thread] >= earlier->stamp;
		if ((seen & bit(event->thread)) || after) {
			continue;
		}
		bool initial = true;
		for (uint8_t rest = seen; rest; rest &= rest - 1) {
			unsigned int other = (unsigned int)__builtin_ctz(rest);
			initial = initial && event->depends[other] < first[other];
		}
		initials |= initial ? bit(event->thread) : 0;
		seen |= bit(event->thread);
		first[event->thread] = event->stamp;
	}
	return initials;
}

/** Asks for a thread at a node, and with a bound also where the running thread began. */
static void ask_for(struct node *node, uint8_t mask)
{
	node->backtrack |= mask & node->enabled;
	if (search.request->preemptions == UINT32_MAX) {
		return;
	}
	while (node > search.nodes && node->chosen == node->previous) {
		--node;
	}
	node->backtrack |= mask & node->enabled;
}

/** Asks for the other order of two steps that nothing orders. */
static void reverse(const struct event *earlier, const struct event *event)
{
	struct node *node = &search.nodes[earlier - search.events];
	uint8_t initials = find_initials(earlier, event);
	if (initials & node->backtrack) {
		return;
	}
	initials &= node->enabled;
	if (initials) {
		ask_for(node,
			initials & bit(event->thread) ? bit(event->thread) : initials & -initials);
	} else if (event->access.kind != ACCESS_LOAD) {
		// It could not be made there: whoever could has to make it possible
		ask_for(node, node->enabled);
	}
}

/** The event before this one at the location of a side. */
static struct event *event_before(const struct event *event, const struct location *location)
{
	return event->previous[event_side(event, location)];
}

/**
 * Is this a load whose old values are run in place of orders? A load that sees what was before a
 * store leaves all as it would be had it come before the store, so that order of the two need not
 * be run as well. It may be one within a bound on preemptions where this one is beyond it.
 */
static bool sees_old(const struct event *event)
{
	return event->access.kind == ACCESS_LOAD && search.request->model == EXPLORE_C11 &&
	       !event->locations[1] && search.request->preemptions == UINT32_MAX;
}

/** True if the load sees a value from before the store. Then it does not depend on the store. */
static bool sees_past(const struct event *load, const struct event *store,
		      const struct location *location)
{
	return sees_old(load) &&
	       store->modification[event_side(store, location)] > load->modification[0];
}

/** What the step depends on at one of its locations. A write depends on all that was before. */
static vector_clock depends_at(const struct event *event, const struct location *location)
{
	vector_clock all = {0};
	for (const struct event *other = event_before(event, location); other;
	     other = event_before(other, location)) {
		if (other->writes && sees_past(event, other, location)) {
			continue;
		}
		if (other->writes || event->writes) {
			all = vector_clock_join(all, other->depends);
		}
		if (other->writes) {
			break;
		}
	}
	return all;
}

/**
 * True if the load has the value before the store among its options, so that the other order need
 * not be run. Not if both are sequentially consistent, nor in a loop that has read the old value.
 */
static bool looks_past(const struct event *load, const struct event *store,
		       const struct location *location)
{
	return sees_old(load) && store->modification[event_side(store, location)] > load->oldest;
}

/** Asks for the other order of each race at a location. Adds the steps that are ordered before. */
static void find_races_at(const struct event *event, const struct location *location,
			  vector_clock *known)
{
	// Backwards: a step in between orders those before it
	for (struct event *other = event_before(event, location); other;
	     other = event_before(other, location)) {
		// A lock cannot come before the unlock, only before the lock of the same section
		bool unlocks =
			event->access.kind == ACCESS_LOCK && other->access.kind == ACCESS_UNLOCK;
		if (other->writes && sees_past(event, other, location)) {
			continue;
		}
		if ((other->writes || event->writes) && !unlocks) {
			if (other->thread != event->thread &&
			    other->stamp > (*known)[other->thread] &&
			    !looks_past(event, other, location)) {
				reverse(other, event);
			}
			*known = vector_clock_join(*known, other->depends);
		}
		if (other->writes && !unlocks) {
			break;
		}
	}
}

/** For an ordered access the fence before it; for a fence the ordered events back to a fence. */
static struct event *ordered_before(const struct event *event, const struct event *other)
{
	if (event->access.kind != ACCESS_FENCE) {
		return other == event ? search.last_fence : NULL;
	}
	return other != event && other->access.kind == ACCESS_FENCE ? NULL
								    : other->previous_ordered;
}

/** Finds the steps that a step depends on, and those of them that could have come after it. */
static void find_races(struct event *event)
{
	struct thread *thread = &search.threads[event->thread];
	vector_clock known = thread->depends;
	bool ordered = is_ordered(&event->access);
	event->previous_ordered = search.last_ordered;
	for (int i = 0; i < 2 && event->locations[i]; ++i) {
		thread->depends =
			vector_clock_join(thread->depends, depends_at(event, event->locations[i]));
	}
	for (struct event *other = ordered ? ordered_before(event, event) : NULL; other;
	     other = ordered_before(event, other)) {
		thread->depends = vector_clock_join(thread->depends, other->depends);
	}
	thread->depends[event->thread] = event->stamp;
	event->depends = thread->depends;

	for (int i = 0; i < 2 && event->locations[i]; ++i) {
		find_races_at(event, event->locations[i], &known);
	}
	for (struct event *other = ordered ? ordered_before(event, event) : NULL; other;
	     other = ordered_before(event, other)) {
		if (other->thread != event->thread && other->stamp > known[other->thread]) {
			reverse(other, event);
		}
		known = vector_clock_join(known, other->depends);
	}
	if (ordered) {
		search.last_ordered = event;
		search.last_fence = event->access.kind == ACCESS_FENCE ? event : search.last_fence;
	}
}

/** Makes threads ready that wait for a change of a location that was written. */
static void wake_watchers(const struct event *event)
{
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		struct thread *thread = &search.threads[i];
		for (unsigned int s = 0; thread->state == THREAD_WATCHING && s < thread->seen_count;
		     ++s) {
			if (thread->seen[s].location == event->locations[0] ||
			    thread->seen[s].location == event->locations[1]) {
				thread->state = THREAD_READY;
				thread->looks = 0;
				thread->seen_count = 0;
			}
		}
	}
}

/** Notes what a thread has read, to recognize repeated reads. */
static void note_seen(struct thread *thread, const struct event *event)
{
	const struct access *access = &event->access;
	if (event->writes) {
		// A store of the same value is no progress: a loop may repeat it
		if (access->kind != ACCESS_STORE || access->before != access->after) {
			thread->seen_count = 0;
			thread->looks = 0;
		}
		return;
	}
	for (int i = 0; i < 2 && event->locations[i]; ++i) {
		struct seen seen = {event->access.code, event->locations[i],
				    event->modification[i]};
		unsigned int s = 0;
		while (s < thread->seen_count && (thread->seen[s].code != seen.code ||
						  thread->seen[s].location != seen.location)) {
			++s;
		}
		if (s == THREAD_SEEN) {
			s = 0;
		}
		thread->seen[s] = seen;
		thread->seen_count += s == thread->seen_count;
	}
}

/** Makes the step of the current thread. */
static struct event *make_step(void)
{
	struct thread *thread = &search.threads[search.current];
	struct node *node = &search.nodes[search.depth];
	struct event *event = &search.events[search.depth];
	search.accesses = 0;
	event->access = thread->pending;
	event->thread = search.current;
	event->stamp = ++thread->stamp;
	event->writes = false;
	search.depths[event->thread][event->stamp] = (uint16_t)search.depth;
	event->locations[0] = event->locations[1] = NULL;
	thread->happens[event->thread] = event->stamp;
	thread->visible[event->thread] = event->stamp;
	memory_perform(event, thread, node);
	if (!runs_all()) {
		find_races(event);
	}
	if (event->access.kind == ACCESS_LOAD || event->access.kind == ACCESS_UPDATE ||
	    event->writes) {
		note_seen(thread, event);
	}
	if (event->writes) {
		wake_watchers(event);
	}

	uint8_t asleep = (node->sleeping | node->done) & (uint8_t)~bit(search.current);
	if (runs_all() || search.request->preemptions != UINT32_MAX) {
		// The bound may have cut short what was explored
		asleep = 0;
	}
	search.sleeping = 0;
	for (uint8_t rest = asleep; rest; rest &= rest - 1) {
		unsigned int other = (unsigned int)__builtin_ctz(rest);
		if (!depends(event, &search.threads[other].pending)) {
			search.sleeping |= bit(other);
		}
	}
	++search.depth;
	return event;
}

/** True if the access would read only what the thread has read there before. */
static bool sees_again(const struct thread *thread, const struct access *access)
{
	if (access->kind != ACCESS_LOAD && access->kind != ACCESS_UPDATE) {
		return false;
	}
	for (unsigned int s = 0; s < thread->seen_count; ++s) {
		const struct seen *seen = &thread->seen[s];
		if (seen->code == access->code &&
		    seen->location->address == (access->address & ~(uintptr_t)7) &&
		    seen->modification == seen->location->modifications) {
			return true;
		}
	}
	return false;
}

/**
 * Reading an unchanged value again is not a step. The thread goes on alone, so that a loop with a
 * limit comes to its end. In a loop without one it waits for a change.
 */
static bool look_again(struct thread *thread, struct access *access)
{
	if (!sees_again(thread, access)) {
		return false;
	}
	unsigned __int128 value = 0;
	memcpy(&value, (const void *)access->address, access->size);
	if (access->kind == ACCESS_UPDATE) {
		// Only an update that would change nothing
		bool same = access->update == UPDATE_COMPARE
				    ? value != access->expected
				    : access->update == UPDATE_EXCHANGE && value == access->operand;
		if (!same) {
			return false;
		}
	}
	if (++thread->looks > LOOKS) {
		thread->state = THREAD_WATCHING;
		return false;
	}
	access->before = value;
	return true;
}

/** True if this only reads a known value again; not counted as a step. */
__attribute__((noinline)) static bool is_no_step(struct access *access)
{
	if (touches_memory(access) &&
	    !heap_owns(access->address, access->size, "an atomic access", access->code)) {
		finding_set("an atomic access to memory outside of the queue's blocks");
	}
	return look_again(&search.threads[search.current], access);
}

/** Lets other threads run, and then makes the access of this one. */
__attribute__((noinline)) static void take_turn(struct access *access)
{
	search.threads[search.current].pending = *access;
	schedule();
	access->before = make_step()->access.before;
}

void hooked_access(struct access *access)
{
	if (!search.running || search.current == MODEL_MAIN) {
		memory_perform_alone(access);
		return;
	}
	if (is_no_step(access)) {
		return;
	}
	if (!search.request->states) {
		take_turn(access);
		return;
	}
	// The frame of this function is part of the state: nothing of the search may be in it
	states_stand(&search.threads[search.current]);
	take_turn(access);
	states_wipe();
}

/** Body of every coroutine. */
static void thread_entry(void)
{
	unsigned int self = search.current;
	struct thread *thread = &search.threads[self];
	make_step();
	if (search.request->states) {
		states_wipe();
	}
	search.body(self);
	thread->state = THREAD_FINISHED;
	schedule();
	// A finished thread is never chosen
	__builtin_unreachable();
}

bool search_execute(void (*body)(unsigned int thread))
{
	search.body = body;
	search.depth = 0;
	search.sleeping = 0;
	search.redundant = false;
	search.stuck = 0;
	search.order = (vector_clock){0};
	search.last_ordered = NULL;
	search.last_fence = NULL;
	heap_forget();
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		struct thread *thread = &search.threads[i];
		memset(thread, 0, offsetof(struct thread, seen));
		thread->seen_count = 0;
		thread->woken = false;
		thread->sleeps_on = 0;
		thread->state = THREAD_READY;
		thread->pending = (struct access){.kind = ACCESS_START};
		coroutine_make(&thread->coroutine, thread_entry);
	}
	search.current = MODEL_MAIN;
	search.running = true;
	schedule();
	search.running = false;
	search.current = MODEL_MAIN;
	search.accesses = 0;
	return !search.redundant;
}

static bool search_backtrack(void)
{
	for (unsigned int depth = search.depth; depth-- > 0;) {
		struct node *node = &search.nodes[depth];
		if (node->option + 1 < node->options) {
			++node->option;
			search.prefix = depth + 1;
			return true;
		}
		node->done |= bit(node->chosen);
		uint8_t left = node->backtrack & (uint8_t) ~(node->done | node->sleeping);
		left = within_bound(node, left);
		if (left) {
			node->chosen = (uint8_t)__builtin_ctz(left);
			node->option = 0;
			node->options = 1;
			search.prefix = depth + 1;
			return true;
		}
	}
	return false;
}

struct span search_span(unsigned int thread)
{
	const struct thread *self = &search.threads[thread];
	return (struct span){.thread = thread, .first = self->stamp, .known = self->visible};
}

bool search_is_before(const struct span *first, const struct span *second)
{
	if (first->first == first->last || second->first == second->last) {
		// An operation without a step has no place in the order
		return false;
	}
	if (search.request->model == EXPLORE_C11) {
		return first->last <= second->known[first->thread];
	}
	return search.depths[first->thread][first->last] <
	       search.depths[second->thread][second->first + 1];
}

void search_fail_stuck(void)
{
	char who[400];
	trace_stuck(who, sizeof(who));
	finding_set("threads wait for each other, and none can go on: %s", who);
}

/** Runs one execution, and leaves it if it does not come to an end. */
static bool execute_watched(search_execution *execution, struct explore_result *result)
{
	if (_setjmp(search.escape) != 0) {
		return true;
	}
	search.accesses = 0;
	search.watched = true;
	bool whole = execution(result);
	search.watched = false;
	return whole;
}

/** Adds the entries into slow paths since the last call, when `seen` was filled in. */
static void count_slow_paths(const struct queue_type *type, uint64_t *seen, uint64_t *entries)
{
	const struct queue_slow_path *paths = type->slow_paths;
	for (unsigned int i = 0; i < EXPLORE_SLOW_PATHS && paths && paths[i].name; ++i) {
		entries[i] += paths[i].entries - seen[i];
		seen[i] = paths[i].entries;
	}
}

void search_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result, search_execution *execution)
{
	bool more = true;
	uint64_t seen[EXPLORE_SLOW_PATHS] = {0};
	uint64_t before[EXPLORE_SLOW_PATHS] = {0};
	// What is counted so far belongs to other searches
	count_slow_paths(type, seen, before);
	while (more && !search.finding[0]) {
		if (execute_watched(execution, result)) {
			++result->executions;
		} else {
			++result->repeated;
		}
		count_slow_paths(type, seen, result->slow_paths);
		if ((result->executions + result->repeated) % CLOCK_EVERY == 0 &&
		    clock_now() >= request->until) {
			break;
		}
		more = !search.finding[0] && search_backtrack();
		if (request->states && search.unsuited) {
			break;
		}
	}
	result->cut = search.cut;
	result->unsuited = request->states && search.unsuited;
	result->finished = !more && !search.finding[0] && !search.cut && !result->unsuited;
	result->strong = search.strong;
	if (search.finding[0]) {
		// Relaxed: it hands nothing over, and a reader may see it late
		atomic_store_explicit(&result->found, true, memory_order_relaxed);
		result->finding = trace_execution(type, request);
	}
}
