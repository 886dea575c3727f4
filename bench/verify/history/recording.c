// SPDX-License-Identifier: MIT

/** Records histories: see recording.h. */

#include "verify/history/recording.h"

#include "processors.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/** Histories of a round: its threads are reused. */
#define HISTORIES (BUILD_SANITIZED ? 2 : 8)

/**
 * Steps of a thread's program. Half of the programs are long: on a busy machine threads seldom run
 * concurrently, and meeting before a history takes most of the time.
 */
#define MIN_STEPS 50
#define FEW_STEPS 400
#define MAX_STEPS 2000

/** BUSY answers after which a step is given up. */
#define BUSY_TRIES 20
/** Tries after which a thread yields the processor. */
#define BUSY_LOOKS 4

/** Entries of a log: a step has one for its answer, and one for all BUSY before that. */
#define LOG_SIZE (2 * MAX_STEPS)

/** Most threads: a few more than a small machine has processors. */
#define MAX_THREADS 16

/** Looks for others to wake up, about 200 us. */
#define START_LOOKS 4000

/** The program of a thread, and its log. */
struct program {
	bool produces;
	bool consumes;
	struct rng rng;
	struct queue_handle *handle;
	/** Number of the next item. */
	size_t next_item;
	size_t count;
	struct operation log[LOG_SIZE];
};

struct session {
	struct check_run *run;
	void (*judge)(struct check_run *run, const struct recording *recording, void *context);
	void *context;
	struct recording_totals *totals;
	struct rng rng;
	/** Processors that the process may use; and whether threads are bound to them. */
	unsigned int processors;
	bool bound;
	/** Histories left in this round. */
	unsigned int left;
	bool over;

	/** The current history. Written by thread 0 while the others wait. */
	struct recording recording;
	struct queue *queue;
	unsigned int steps;
	/** Of 256 steps: those that enqueue, that are delayed, and that yield. */
	unsigned int enqueues;
	unsigned int delays;
	unsigned int yields;
	struct operation *operations;
	struct program *programs;

	/** All threads meet here before and after a history. */
	_Alignas(QUEUE_APART) pthread_barrier_t barrier;
	/** Threads that have left the barrier. */
	_Alignas(QUEUE_APART) _Atomic unsigned int awake;
};

/**
 * Waits, but not for long, until as many threads are awake as there are processors. Threads that
 * slept wake one after the other: the first would be done before the last begins.
 */
static void start_together(struct session *session)
{
	unsigned int enough = check_at_most(session->recording.threads, session->processors);
	// Relaxed: only the timing depends on it
	atomic_fetch_add_explicit(&session->awake, 1, memory_order_relaxed);
	for (unsigned int look = 0;
	     look < START_LOOKS &&
	     atomic_load_explicit(&session->awake, memory_order_relaxed) < enough;
	     ++look) {
		queue_pause();
	}
}

static unsigned int between(struct rng *rng, unsigned int low, unsigned int high)
{
	return low + (unsigned int)rng_below(rng, high - low + 1);
}

/** Draws the roles: separate, or both for as many threads as the queue allows. */
static void plan_roles(struct session *session)
{
	const struct queue_type *type = session->run->type;
	struct recording *recording = &session->recording;
	unsigned int threads = recording->threads;
	bool mixed = rng_below(&session->rng, 2) == 0;
	if (mixed) {
		recording->producers = check_at_most(threads, type->max_producers);
		recording->consumers = check_at_most(threads, type->max_consumers);
	} else {
		unsigned int producers = between(&session->rng, 1, threads - 1);
		recording->producers = check_at_most(producers, type->max_producers);
		recording->consumers = check_at_most(threads - producers, type->max_consumers);
	}
	for (unsigned int i = 0; i < threads; ++i) {
		struct program *program = &session->programs[i];
		// From either end, so that as few threads as possible have no role
		program->produces = i < recording->producers;
		program->consumes = threads - i <= recording->consumers;
		program->count = 0;
		program->next_item = (i + 1) * RECORDING_THREAD;
		program->handle = NULL;
		rng_seed(&program->rng, rng_next(&session->rng));
	}
}

/** Draws a capacity: mostly small, now and then `most`, which is never exceeded. */
static size_t plan_capacity(struct rng *rng, size_t most)
{
	static const uint64_t bounds[] = {3, 16, 100};
	uint64_t drawn = rng_below(rng, 4);
	return drawn < 3 ? 1 + rng_below(rng, bounds[drawn]) : most;
}

/** Draws a first ticket: half of them just below wrap-around, the rest 0. */
static size_t plan_ticket(struct rng *rng)
{
	return rng_below(rng, 2) ? 0 : (size_t)-1 - rng_below(rng, FEW_STEPS);
}

static void plan(struct session *session)
{
	static const unsigned int enqueues[] = {90, 128, 128, 165};
	static const unsigned int delays[] = {0, 0, 16, 128};
	static const unsigned int yields[] = {0, 0, 2, 32};
	struct rng *rng = &session->rng;
	struct recording *recording = &session->recording;
	plan_roles(session);
	session->steps = between(rng, MIN_STEPS, rng_below(rng, 2) ? FEW_STEPS : MAX_STEPS);
	recording->asked_capacity = plan_capacity(rng, recording->threads * session->steps);
	recording->first_ticket = plan_ticket(rng);
	session->enqueues = enqueues[rng_below(rng, 4)];
	session->delays = delays[rng_below(rng, 4)];
	session->yields = yields[rng_below(rng, 4)];
}

/** Prepares the next history, or notes that there is none. */
static void prepare(struct session *session, struct check_thread *thread)
{
	struct check_run *run = session->run;
	struct recording *recording = &session->recording;
	session->over = session->left == 0 || check_failed(run) ||
			(session->left < HISTORIES && check_late(run));
	if (session->over) {
		return;
	}
	--session->left;
	plan(session);
	session->queue = check_create(run, recording->asked_capacity, recording->threads,
				      recording->first_ticket);
	if (!session->queue) {
		session->over = true;
		return;
	}
	recording->claims = (struct linearize_claims){
		.order = run->type->order,
		.exact_empty = run->type->exact_empty,
		.exact_full = run->type->exact_full,
		.capacity = queue_capacity(run->type, session->queue),
	};
	recording->start = clock_now();
	// Relaxed: the barrier publishes it
	atomic_store_explicit(&session->awake, 0, memory_order_relaxed);
	check_step(thread);
}

/** Calls the queue once, between fences and time stamps. */
static void call(struct session *session, struct queue_handle *handle, struct operation *operation)
{
	const struct queue_type *type = session->run->type;
	void *item = (void *)operation->item;
	operation->invoked = clock_now();
	// Before: the stamp is taken before anything of the operation is read or visible
	atomic_thread_fence(memory_order_seq_cst);
	operation->status = operation->kind == OPERATION_ENQUEUE
				    ? type->enqueue(session->queue, handle, item)
				    : type->dequeue(session->queue, handle, &item);
	// After: everything that the operation stored is visible before the clock is read
	atomic_thread_fence(memory_order_seq_cst);
	operation->responded = clock_now();
	operation->item = (uintptr_t)item;
}

/** Does an operation and logs it. */
static enum queue_status record(struct session *session, struct program *program,
				unsigned int thread, enum operation_kind kind)
{
	struct operation *operation = &program->log[program->count];
	*operation = (struct operation){.thread = thread, .kind = kind};
	if (kind == OPERATION_ENQUEUE) {
		operation->item = program->next_item << RECORDING_SHIFT;
	}
	call(session, program->handle, operation);
	if (operation->status == QUEUE_BUSY && program->count > 0 &&
	    operation[-1].status == QUEUE_BUSY) {
		// Successive BUSY answers share an entry
		operation[-1].responded = operation->responded;
	} else {
		++program->count;
	}
	return operation->status;
}

/** Does a step of a program: an operation, repeated while it answers BUSY. */
static void step(struct session *session, struct program *program, unsigned int thread)
{
	struct rng *rng = &program->rng;
	bool enqueue = program->produces &&
		       (!program->consumes || rng_below(rng, 256) < session->enqueues);
	enum operation_kind kind = enqueue ? OPERATION_ENQUEUE : OPERATION_DEQUEUE;
	for (unsigned int tries = 0;
	     tries < BUSY_TRIES && record(session, program, thread, kind) == QUEUE_BUSY;) {
		queue_give_way(&tries, BUSY_LOOKS);
	}
	// Each item is offered once, also if it is refused
	program->next_item += enqueue;
}

/** Delays or yields now and then, so that the threads drift apart. */
static void dawdle(const struct session *session, struct rng *rng)
{
	if (rng_below(rng, 256) < session->delays) {
		for (uint64_t pauses = rng_below(rng, 100); pauses > 0; --pauses) {
			queue_pause();
		}
	}
	if (rng_below(rng, 256) < session->yields) {
		sched_yield();
	}
}

static void work(struct session *session, struct check_thread *thread)
{
	struct program *program = &session->programs[thread->index];
	check_doing(thread, "enqueue() and dequeue()");
	for (unsigned int i = 0; i < session->steps; ++i) {
		dawdle(session, &program->rng);
		step(session, program, thread->index);
		check_step(thread);
	}
}

static void attach(struct session *session, struct check_thread *thread)
{
	struct program *program = &session->programs[thread->index];
	if (program->produces || program->consumes) {
		check_doing(thread, "attach()");
		program->handle = queue_attach(session->run->type, session->queue);
		if (!program->handle) {
			check_cannot(session->run, errno, "attach() of thread %u of %u failed",
				     thread->index + 1, session->recording.threads);
		}
	}
}

static void detach(struct session *session, struct check_thread *thread)
{
	struct program *program = &session->programs[thread->index];
	if (program->handle) {
		check_doing(thread, "detach()");
		queue_detach(session->run->type, session->queue, program->handle);
	}
}

/** Copies all logs into the history. Returns the number of items enqueued. */
static size_t gather(struct session *session)
{
	struct recording *recording = &session->recording;
	size_t enqueued = 0;
	recording->count = 0;
	for (unsigned int i = 0; i < recording->threads; ++i) {
		const struct program *program = &session->programs[i];
		for (size_t j = 0; j < program->count; ++j) {
			const struct operation *operation = &program->log[j];
			enqueued += operation->kind == OPERATION_ENQUEUE &&
				    operation->status == QUEUE_OK;
			session->operations[recording->count++] = *operation;
		}
	}
	return enqueued;
}

/**
 * Drains the queue with a handle of its own, after all threads have detached. Stops after one item
 * more than was enqueued: the history is illegal then.
 */
static void drain(struct session *session, struct check_thread *thread, size_t enqueued)
{
	struct recording *recording = &session->recording;
	struct queue_handle *handle = queue_attach(session->run->type, session->queue);
	if (!handle) {
		check_cannot(session->run, errno, "attach() failed after all threads had detached");
		return;
	}
	bool empty = false;
	for (size_t taken = 0; taken <= enqueued && !empty;) {
		struct operation *operation = &session->operations[recording->count];
		*operation = (struct operation){.kind = OPERATION_DEQUEUE};
		call(session, handle, operation);
		if (operation->status == QUEUE_OK) {
			++recording->count;
			++taken;
			check_step(thread);
		} else if (operation->status == QUEUE_EMPTY) {
			// There is no peer, so this EMPTY must be exact
			++recording->count;
			empty = true;
		}
	}
	queue_detach(session->run->type, session->queue, handle);
}

/** Sorts the history by time, and adds it to the totals. */
static void count(struct session *session)
{
	const struct recording *recording = &session->recording;
	struct recording_totals *totals = session->totals;
	struct operation *operations = session->operations;
	uint64_t last_response = 0;
	qsort(operations, recording->count, sizeof(*operations), operation_compare);
	for (size_t i = 0; i < recording->count; ++i) {
		++totals->operations[operations[i].status];
		totals->overlapping += operations[i].invoked <= last_response ||
				       (i + 1 < recording->count &&
					operations[i + 1].invoked <= operations[i].responded);
		if (operations[i].responded > last_response) {
			last_response = operations[i].responded;
		}
	}
	++totals->histories;
}

static void conclude(struct session *session, struct check_thread *thread)
{
	check_doing(thread, "draining the queue");
	drain(session, thread, gather(session));
	session->run->type->destroy(session->queue);
	check_step(thread);
	if (!check_failed(session->run)) {
		count(session);
		check_doing(thread, "checking the history");
		session->judge(session->run, &session->recording, session->context);
	}
}

/**
 * Binds each thread to a processor of its own, as far as there are enough. Programs are so short
 * that the scheduler may leave all threads on the processor where they were started.
 */
static void bind(const struct session *session, unsigned int thread)
{
	// Best effort: a thread that is not bound runs where the kernel puts it
	(void)processors_pin(processors_nth(thread % session->processors));
}

static void take_part(struct check_thread *thread)
{
	struct session *session = thread->context;
	if (session->bound) {
		bind(session, thread->index);
	}
	for (;;) {
		if (thread->index == 0) {
			prepare(session, thread);
		}
		check_doing(thread, "waiting for the others");
		pthread_barrier_wait(&session->barrier);
		if (session->over) {
			break;
		}
		attach(session, thread);
		start_together(session);
		if (session->programs[thread->index].handle) {
			work(session, thread);
		}
		detach(session, thread);
		check_doing(thread, "waiting for the others");
		pthread_barrier_wait(&session->barrier);
		if (thread->index == 0) {
			conclude(session, thread);
		}
	}
	check_doing(thread, NULL);
}

/** Draws the number of threads: mostly 2 to 4, at times more than processors. */
static unsigned int plan_threads(const struct queue_type *type, unsigned int processors,
				 struct rng *rng)
{
	unsigned int threads = between(rng, 2, 4);
	if (rng_below(rng, 8) == 0) {
		threads = check_at_most(processors + between(rng, 1, 3), MAX_THREADS);
	}
	if (type->max_producers != 0 && type->max_consumers != 0) {
		threads = check_at_most(threads, type->max_producers + type->max_consumers);
	}
	return threads;
}

static void round_run(struct session *session, uint64_t seed)
{
	rng_seed(&session->rng, seed);
	session->left = HISTORIES;
	session->over = false;
	struct recording *recording = &session->recording;
	session->processors = processors_look().affinity;
	recording->threads = plan_threads(session->run->type, session->processors, &session->rng);
	session->bound = session->processors > 1 && rng_below(&session->rng, 8) != 0;
	pthread_barrier_init(&session->barrier, NULL, recording->threads);
	check_threads(session->run, recording->threads, take_part, session);
	pthread_barrier_destroy(&session->barrier);
}

void recording_run(struct check_run *run,
		   void (*judge)(struct check_run *run, const struct recording *recording,
				 void *context),
		   void *context, struct recording_totals *totals)
{
	struct session session = {.run = run, .judge = judge, .context = context, .totals = totals};
	session.programs = calloc(MAX_THREADS, sizeof(*session.programs));
	// The logs of all threads, and what is drained
	session.operations =
		calloc(MAX_THREADS * (LOG_SIZE + MAX_STEPS) + 2, sizeof(*session.operations));
	session.recording.operations = session.operations;
	memset(totals, 0, sizeof(*totals));
	if (session.programs && session.operations) {
		uint64_t seed;
		while (check_round(run, &seed)) {
			round_run(&session, seed);
		}
		if (!check_failed(run) && totals->operations[QUEUE_OK] == 0) {
			check_fail(run, "of %llu histories, not one operation did anything\n",
				   (unsigned long long)totals->histories);
		}
	} else {
		check_lack(run, "no memory to record histories in");
	}
	free(session.programs);
	free(session.operations);
}

uint64_t recording_count(const struct recording_totals *totals)
{
	return totals->operations[QUEUE_OK] + totals->operations[QUEUE_FULL] +
	       totals->operations[QUEUE_EMPTY];
}

void recording_figures(struct check_run *run, const struct recording_totals *totals)
{
	uint64_t answers = 0;
	for (size_t i = 0; i < sizeof(totals->operations) / sizeof(*totals->operations); ++i) {
		answers += totals->operations[i];
	}
	check_figure(run, "histories", (double)totals->histories);
	check_figure(run, "operations", (double)recording_count(totals));
	check_figure(run, "empty_answers", (double)totals->operations[QUEUE_EMPTY]);
	check_figure(run, "full_answers", (double)totals->operations[QUEUE_FULL]);
	check_figure(run, "busy_answers", (double)totals->operations[QUEUE_BUSY]);
	check_figure(run, "overlapping_percent",
		     answers ? 100 * (double)totals->overlapping / (double)answers : 0);
}
