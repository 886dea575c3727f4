// SPDX-License-Identifier: MIT

/**
 * The progress audit: a thread is stopped at a random instruction inside of an operation,
 * thousands of times, and the others must go on.
 *
 * In a process of its own, which is led from here by ptrace (stepper.h), three threads share
 * a queue:
 *
 *     victim      enqueues or dequeues, instruction by instruction, and is stopped
 *     producer    enqueues, while fewer items than a window are inside
 *     consumer    dequeues
 *
 * The last two are its peers. Now and then the victim is led through an operation from its
 * beginning, with the peers at a gate between two of theirs, so that every instruction has
 * its turn. That takes a hundred steps; so mostly it runs, in the midst of its peers, and is
 * interrupted at some moment, and led on from there for a few steps. At a stop the gate is
 * open until each peer has done more than a lap of the ring, which goes by before a ring
 * notices. A queue that allows one consumer (producer) has the victim for it every other
 * round.
 *
 * What a claim means. Lock-free or wait-free on a side says that operations of this side
 * finish wherever any thread is stopped, on this side or on the other. Finishing is
 * QUEUE_OK; or an honest QUEUE_EMPTY or QUEUE_FULL, by the count of what was enqueued and
 * dequeued, where the other side claims nothing and has come to a stand. QUEUE_BUSY is not
 * finishing. So a queue with a wait-free enqueue and a blocking dequeue must let producers
 * go on while a consumer is stopped with the lock in its hands, and nobody asks how its
 * consumers fare: that is counted, and shown. To let them go on, the window is widened
 * where no consumer can be relied on.
 *
 * A thread that is merely not run must not be taken for one that is held up. A side has
 * stopped when nothing finished for a long time in which its peers had the processor, or
 * slept inside of an operation; and it did so because of the victim if it goes on when
 * the victim does.
 *
 * The allocator has locks that are none of the queue's business: the victim is never
 * stopped in it. Where allocator.so is not preloaded, it is stopped only in the queue's
 * own code. It was everywhere once before, so that the dynamic linker has nothing to do.
 */

#include "checks/check.h"

#include "allocator.h"
#include "proof.h"
#include "stepper.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** How long nothing finishes before a side that claims nothing is said to be blocked. */
#define BLOCKED_AFTER 1500000
/** The same before a claim is said to be false; about as long again for it to go on. */
#define FALSE_AFTER 1200000000
/** What a peer must have had of a processor in that time, unless it slept. */
#define BLOCKED_RUN 1000000
#define FALSE_RUN 50000000
/** Or the answers it must have had. */
#define BLOCKED_ANSWERS 64
#define FALSE_ANSWERS 500
/** What ought to happen at once has not happened at all. */
#define HANGS_AFTER 10000000000
/** A round's share of the time: all roles and capacities come up in six. */
#define ROUND_SHARE 12
#define ROUND_LEAST 50000000

/** Operations before the first stop, so that all is bound and warm. */
#define WARM_UP 256
/** Fruitless looks before a peer lets others run. */
#define LOOKS 32
/** Steps after which an operation is let run, and to leave the allocator. */
#define STEPS_MOST 4000
#define ALLOCATOR_STEPS_MOST 200000
/** Lengths that are remembered, and what is taken for one before. */
#define LENGTHS 16
#define LENGTH_FIRST 128
/** Steps from where a running victim was interrupted, at most; and to come to an operation. */
#define STEPS_ON 16
#define STEPS_OUTSIDE 60
/** An operation is led from its beginning once in so many. */
#define LED_SELDOM 12
/** Peers go on while the victim is led once in so many times. */
#define RACE_SELDOM 4
/** Nanoseconds that it runs, at most. */
#define RUN_MOST 60000

enum role { PRODUCER, CONSUMER, VICTIM, ACTORS };

static const char *const side_names[] = {[PRODUCER] = "enqueue", [CONSUMER] = "dequeue"};

/** One of the three threads, seen by the process that watches. Written by the thread alone. */
struct actor {
	_Alignas(QUEUE_APART) _Atomic pid_t thread;
	/** Items that it has enqueued and dequeued. */
	_Atomic uint64_t enqueued;
	_Atomic uint64_t dequeued;
	/** Operations begun and ended. */
	_Atomic uint64_t begun;
	_Atomic uint64_t ended;
	/** What the last one said. */
	_Atomic int answer;
	/** It is in one just now. */
	_Atomic int operating;
	/** It has no reason to begin one: no credit, or nothing to take. */
	atomic_bool idle;
	/** The longest time that one item took. */
	_Atomic uint64_t held;
	struct proof_tally tallies[ACTORS];
};

/** What the two processes share. */
struct stage {
	const struct queue_type *type;
	struct queue *queue;
	const struct allocator *allocator;
	/** What the victim does. */
	enum role role;
	bool peers[2];
	size_t requested;
	size_t first_ticket;
	struct actor actors[ACTORS];

	/** As made: 0 is no bound. Set before `ready`. */
	size_t capacity;
	uint64_t window;
	/** errno of what could not be made. */
	int error;
	/** The victim is about to stop for the first time; it is led, and may. */
	atomic_bool ready;
	atomic_bool led;

	/** Peers go on while it is odd. */
	_Atomic uint32_t gate;
	/** Items beyond the window, and those that the consumer leaves inside. */
	_Atomic uint64_t beyond;
	_Atomic uint64_t left_inside;
	atomic_bool ending;
	/** The victim does not stop itself. */
	atomic_bool running;
	/** The victim is in the allocator. */
	_Atomic int inside;

	/** At the end, when all that was left inside had been taken out. */
	bool finished;
	bool conserved;
};

/** One thread writes it, and others read it some time. */
static void add(_Atomic uint64_t *count, uint64_t value)
{
	uint64_t old = atomic_load_explicit(count, memory_order_relaxed);
	atomic_store_explicit(count, old + value, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

/** Items that are inside, give or take operations that are going on. */
static int64_t backlog(const struct stage *stage)
{
	int64_t items = 0;
	for (int i = 0; i < ACTORS; ++i) {
		items -= (int64_t)get(&stage->actors[i].dequeued);
	}
	for (int i = 0; i < ACTORS; ++i) {
		items += (int64_t)get(&stage->actors[i].enqueued);
	}
	return items;
}

/* The process that is led */

/** The fences keep the compiler from moving the operation; whoever looks has stopped us. */
static void set_operating(struct actor *actor, int operating)
{
	atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&actor->operating, operating, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

static enum queue_status operate(struct stage *stage, struct actor *actor, enum role side,
				 struct queue_handle *handle)
{
	unsigned int self = (unsigned int)(actor - stage->actors);
	void *item = (void *)(proof_first(self) + get(&actor->enqueued) * PROOF_STEP);
	const struct queue_type *type = stage->type;
	struct queue *queue = stage->queue;
	enum queue_status status;
	add(&actor->begun, 1);
	set_operating(actor, 1);
	status = side == PRODUCER ? type->enqueue(queue, handle, item)
				  : type->dequeue(queue, handle, &item);
	set_operating(actor, 0);
	if (status == QUEUE_OK && side == PRODUCER) {
		add(&actor->enqueued, 1);
	} else if (status == QUEUE_OK) {
		proof_take(actor->tallies, ACTORS, item);
		add(&actor->dequeued, 1);
	}
	atomic_store_explicit(&actor->answer, (int)status, memory_order_relaxed);
	add(&actor->ended, 1);
	return status;
}

static bool ending(const struct stage *stage)
{
	return atomic_load_explicit(&stage->ending, memory_order_relaxed);
}

static void pass_gate(struct stage *stage)
{
	uint32_t gate;
	while ((gate = atomic_load_explicit(&stage->gate, memory_order_relaxed)) % 2 == 0) {
		syscall(SYS_futex, &stage->gate, FUTEX_WAIT, gate, NULL, NULL, 0);
	}
}

/** Is there something to do for a peer? */
static bool peer_idle(const struct stage *stage, enum role side)
{
	int64_t items = backlog(stage);
	return side == PRODUCER ? items >= (int64_t)(stage->window + get(&stage->beyond))
				: items > 0 && items <= (int64_t)get(&stage->left_inside);
}

/** Nothing to do just now: wait for the others a little. */
static void wait_a_little(unsigned int *looks)
{
	if (++*looks % LOOKS == 0) {
		sched_yield();
	} else {
		queue_pause();
	}
}

static void peer_main(struct stage *stage, struct actor *actor, enum role side,
		      struct queue_handle *handle)
{
	uint64_t since = 0;
	unsigned int looks = 0;
	while (!ending(stage)) {
		pass_gate(stage);
		bool idle = peer_idle(stage, side);
		atomic_store_explicit(&actor->idle, idle, memory_order_relaxed);
		if (idle) {
			wait_a_little(&looks);
			continue;
		}
		uint64_t before = clock_now();
		since = since ? since : before;
		enum queue_status status = operate(stage, actor, side, handle);
		uint64_t held = clock_now() - since;
		if (status == QUEUE_OK && held > get(&actor->held)) {
			atomic_store_explicit(&actor->held, held, memory_order_relaxed);
		}
		if (status != QUEUE_BUSY) {
			since = 0;
		}
		if (status != QUEUE_OK) {
			wait_a_little(&looks);
		}
	}
}

/** One operation of the victim, if its items are still within the window. */
static void operate_within(struct stage *stage, struct actor *actor, enum role side,
			   struct queue_handle *handle)
{
	if (side == PRODUCER && backlog(stage) > (int64_t)stage->window) {
		sched_yield();
		return;
	}
	operate(stage, actor, side, handle);
}

/** The only consumer has been away: what is beyond the window goes now. */
static void victim_catch_up(struct stage *stage, struct actor *actor, struct queue_handle *handle)
{
	while (backlog(stage) > (int64_t)stage->window &&
	       operate(stage, actor, CONSUMER, handle) == QUEUE_OK) {
	}
}

static void victim_main(struct stage *stage, struct actor *actor, enum role side,
			struct queue_handle *handle)
{
	if (stage->allocator) {
		stage->allocator->note_inside(&stage->inside);
	}
	for (unsigned int i = 1; i <= WARM_UP; ++i) {
		operate_within(stage, actor, side, handle);
		if (i % LOOKS == 0) {
			sched_yield();
		}
	}
	// R1, release: what was made is seen by R2, in the process that watches
	atomic_store_explicit(&stage->ready, true, memory_order_release);
	while (!atomic_load_explicit(&stage->led, memory_order_relaxed)) {
		sched_yield();
	}
	while (!ending(stage)) {
		if (!atomic_load_explicit(&stage->running, memory_order_relaxed)) {
			stepper_stop_here();
		}
		operate_within(stage, actor, side, handle);
		if (!stage->peers[CONSUMER]) {
			victim_catch_up(stage, actor, handle);
		}
	}
}

struct part {
	struct stage *stage;
	enum role role;
	pthread_t thread;
};

static void *actor_main(void *context)
{
	const struct part *part = context;
	struct stage *stage = part->stage;
	struct actor *actor = &stage->actors[part->role];
	struct queue_handle *handle = stage->type->attach(stage->queue);
	if (!handle) {
		_exit(2);
	}
	atomic_store_explicit(&actor->thread, gettid(), memory_order_relaxed);
	if (part->role == VICTIM) {
		victim_main(stage, actor, stage->role, handle);
		if (stage->allocator) {
			stage->allocator->note_inside(NULL);
		}
	} else {
		peer_main(stage, actor, part->role, handle);
	}
	stage->type->detach(stage->queue, handle);
	return NULL;
}

/** Take out what is left, and see whether each item has come out once. */
static bool conserved(struct stage *stage)
{
	struct queue_handle *handle = stage->type->attach(stage->queue);
	struct proof_tally *left = stage->actors[CONSUMER].tallies;
	void *item;
	if (!handle) {
		return false;
	}
	while (stage->type->dequeue(stage->queue, handle, &item) == QUEUE_OK) {
		proof_take(left, ACTORS, item);
		add(&stage->actors[CONSUMER].dequeued, 1);
	}
	stage->type->detach(stage->queue, handle);
	for (unsigned int producer = 0; producer < ACTORS; ++producer) {
		uint64_t made = get(&stage->actors[producer].enqueued);
		uint64_t count = 0;
		uint64_t sum = 0;
		for (int i = 0; i < ACTORS; ++i) {
			count += stage->actors[i].tallies[producer].count;
			sum += stage->actors[i].tallies[producer].sum;
		}
		if (count != made || sum != proof_sum(producer, made)) {
			return false;
		}
	}
	return true;
}

/** The process that is led: its threads, and what they leave. */
static _Noreturn void stage_main(struct stage *stage)
{
	struct part parts[ACTORS];
	stage->queue =
		stage->type->create(&(struct queue_config){.capacity = stage->requested,
							   .max_threads = ACTORS + 1,
							   .first_ticket = stage->first_ticket});
	if (!stage->queue) {
		stage->error = errno;
		_exit(1);
	}
	stage->capacity = stage->type->capacity(stage->queue);
	stage->window = (stage->capacity ? stage->capacity : stage->requested) / 2;
	for (enum role role = 0; role < ACTORS; ++role) {
		if (role != VICTIM && !stage->peers[role]) {
			continue;
		}
		parts[role] = (struct part){.stage = stage, .role = role};
		int error = pthread_create(&parts[role].thread, NULL, actor_main, &parts[role]);
		if (error) {
			stage->error = error;
			_exit(1);
		}
	}
	for (enum role role = 0; role < ACTORS; ++role) {
		if (role == VICTIM || stage->peers[role]) {
			pthread_join(parts[role].thread, NULL);
		}
	}
	stage->conserved = conserved(stage);
	stage->finished = true;
	_exit(0);
}

/* The process that watches */

/** A round, and what all of them have found. */
struct audit {
	struct check_run *run;
	struct stage *stage;
	struct stepper stepper;
	struct rng rng;
	pid_t process;
	/** Instructions that operations of late had, of each side. */
	unsigned int lengths[2][LENGTHS];
	unsigned int length_count[2];
	/** Of the operation that goes on. */
	unsigned int steps;

	uint64_t stops;
	/** Stops at which a side that claims nothing did not go on. */
	uint64_t blocked;
	uint64_t blocked_sides[2];
	uint64_t held;
	unsigned int longest;
	/** The object that holds the queue's operations. */
	const void *object;
};

#define NOT_ASKED UINT64_MAX

/** What a peer had done when the victim was stopped. */
struct base {
	uint64_t done;
	/** How much it had finished at the last look, and since when. */
	uint64_t seen;
	uint64_t since;
	/** What it had then begun, and of the processor: NOT_ASKED until that is of interest. */
	uint64_t begun;
	uint64_t run_time;
};

enum side_state {
	/** It has finished what it has to. */
	SIDE_MOVED,
	/** It has nothing to do, or honest answers. */
	SIDE_IDLE,
	/** An operation does not end, or ends with nothing. */
	SIDE_STOPPED,
};

static bool claims(const struct audit *audit, enum role side)
{
	const struct queue_type *type = audit->run->type;
	return (side == PRODUCER ? type->enqueue_progress : type->dequeue_progress) !=
	       QUEUE_BLOCKING;
}

static void set_gate(struct stage *stage, bool open)
{
	uint32_t gate = atomic_load_explicit(&stage->gate, memory_order_relaxed);
	if ((gate % 2 == 1) != open) {
		atomic_store_explicit(&stage->gate, gate + 1, memory_order_relaxed);
		syscall(SYS_futex, &stage->gate, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
}

/** Read the beginning of a file of a thread. */
static bool read_thread(const struct audit *audit, enum role peer, const char *name, char *text,
			int size)
{
	char path[64];
	pid_t thread =
		atomic_load_explicit(&audit->stage->actors[peer].thread, memory_order_relaxed);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", audit->process, thread, name);
	FILE *file = fopen(path, "re");
	if (!file) {
		return false;
	}
	bool found = fgets(text, size, file) != NULL;
	fclose(file);
	return found;
}

/** Nanoseconds of processor time that a peer has had, and whether it sleeps. */
static uint64_t run_time(const struct audit *audit, enum role peer, bool *asleep)
{
	char text[512];
	char state = 'R';
	unsigned long user = 0;
	unsigned long system = 0;
	unsigned long long exact;
	if (read_thread(audit, peer, "stat", text, sizeof(text))) {
		const char *end = strrchr(text, ')');
		if (end) {
			sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			       &state, &user, &system);
		}
	}
	*asleep = state == 'S';
	if (read_thread(audit, peer, "schedstat", text, sizeof(text)) &&
	    sscanf(text, "%llu", &exact) == 1) {
		return exact;
	}
	return (uint64_t)(user + system) * (uint64_t)(1000000000 / sysconf(_SC_CLK_TCK));
}

static uint64_t done(const struct audit *audit, enum role side)
{
	const struct actor *actor = &audit->stage->actors[side];
	return side == PRODUCER ? get(&actor->enqueued) : get(&actor->dequeued);
}

static void look_first(const struct audit *audit, struct base bases[2])
{
	for (enum role side = PRODUCER; side <= CONSUMER; ++side) {
		if (audit->stage->peers[side]) {
			uint64_t count = done(audit, side);
			bases[side] = (struct base){.done = count,
						    .seen = count,
						    .since = clock_now(),
						    .begun = get(&audit->stage->actors[side].begun),
						    .run_time = NOT_ASKED};
		}
	}
}

/** Items that each side has to finish: a lap, what was inside, and some more. */
static uint64_t laps(const struct stage *stage)
{
	return 3 * stage->window + 8;
}

/** Is the last answer of a peer true, by what all have counted? */
static bool honest(const struct stage *stage, enum role side)
{
	int answer = atomic_load_explicit(&stage->actors[side].answer, memory_order_relaxed);
	if (side == CONSUMER) {
		// One may be in the hands of the victim
		return answer == QUEUE_EMPTY && backlog(stage) <= 1;
	}
	// And the victim may hold a place as well
	return answer == QUEUE_FULL && stage->capacity > 0 &&
	       backlog(stage) + 2 >= (int64_t)stage->capacity;
}

static enum side_state look(const struct audit *audit, enum role side, struct base *base)
{
	const struct stage *stage = audit->stage;
	const struct actor *actor = &stage->actors[side];
	if (!stage->peers[side]) {
		return SIDE_MOVED;
	}
	uint64_t count = done(audit, side);
	if (count != base->seen) {
		base->seen = count;
		base->since = clock_now();
		base->begun = get(&actor->begun);
		base->run_time = NOT_ASKED;
	}
	if (count - base->done >= laps(stage)) {
		return SIDE_MOVED;
	}
	bool calling = get(&actor->begun) != get(&actor->ended);
	if (atomic_load_explicit(&actor->idle, memory_order_relaxed)) {
		return SIDE_IDLE;
	}
	// In the midst of many calls: what the last one said holds for all
	bool stuck = calling && get(&actor->begun) - base->begun < 2;
	return !stuck && honest(stage, side) ? SIDE_IDLE : SIDE_STOPPED;
}

/**
 * Has a peer had time to go on? It was told something else often enough, or sleeps in an
 * operation, or has had a processor for so long since it was first asked.
 */
static bool peer_had_chance(const struct audit *audit, enum role peer, struct base *base,
			    uint64_t run, uint64_t answers)
{
	bool asleep;
	const struct actor *actor = &audit->stage->actors[peer];
	// Calls end in what they say: those of one that gives its time away after each
	if (!audit->stage->peers[peer] || get(&actor->ended) - base->begun >= answers) {
		return true;
	}
	uint64_t time = run_time(audit, peer, &asleep);
	if (base->run_time == NOT_ASKED) {
		base->run_time = time;
		return false;
	}
	return asleep || time - base->run_time >= run;
}

/** The peer that has stopped; and the other one, unless that is not in an operation. */
static bool had_chance(const struct audit *audit, struct base bases[2], enum role which,
		       bool claimed)
{
	enum role other = which == PRODUCER ? CONSUMER : PRODUCER;
	const struct actor *actor = &audit->stage->actors[other];
	return peer_had_chance(audit, which, &bases[which], claimed ? FALSE_RUN : BLOCKED_RUN,
			       claimed ? FALSE_ANSWERS : BLOCKED_ANSWERS) &&
	       (get(&actor->begun) == get(&actor->ended) ||
		peer_had_chance(audit, other, &bases[other], BLOCKED_RUN, BLOCKED_ANSWERS));
}

/** Answers that a peer without a partner is asked for, who waits for an item or room. */
#define ANSWERS 16

/** The victim is all that a peer could wait for, and it has been answered honestly. */
static bool all_answered(const struct audit *audit, const struct base bases[2])
{
	const struct stage *stage = audit->stage;
	enum role peer = stage->peers[PRODUCER] ? PRODUCER : CONSUMER;
	return stage->peers[PRODUCER] != stage->peers[CONSUMER] &&
	       get(&stage->actors[peer].ended) - bases[peer].begun >= ANSWERS;
}

enum outcome {
	WENT_ON,
	/** A side that claims nothing did not. */
	BLOCKED,
	/** A side that claims to did not. */
	FALSE_CLAIM,
	/** Nothing says so, yet nothing moves. */
	HANGS,
};

/** Let the peers go on, and see whether they do. */
static enum outcome watch(const struct audit *audit, enum role *which, uint64_t *quiet)
{
	struct base bases[2];
	look_first(audit, bases);
	uint64_t start = clock_now();
	set_gate(audit->stage, true);
	for (;;) {
		enum side_state states[2];
		enum outcome outcome = WENT_ON;
		uint64_t now = clock_now();
		for (enum role side = PRODUCER; side <= CONSUMER; ++side) {
			states[side] = look(audit, side, &bases[side]);
			if (states[side] == SIDE_STOPPED && outcome != FALSE_CLAIM) {
				outcome = claims(audit, side) ? FALSE_CLAIM : BLOCKED;
				*which = side;
			}
		}
		if (states[PRODUCER] == SIDE_MOVED && states[CONSUMER] == SIDE_MOVED) {
			return WENT_ON;
		}
		if (outcome == WENT_ON && all_answered(audit, bases)) {
			return WENT_ON;
		}
		*quiet = now > bases[*which].since ? now - bases[*which].since : 0;
		if (outcome == BLOCKED && *quiet > BLOCKED_AFTER &&
		    had_chance(audit, bases, *which, false)) {
			return BLOCKED;
		}
		if (outcome == FALSE_CLAIM && *quiet > FALSE_AFTER &&
		    had_chance(audit, bases, *which, true)) {
			return FALSE_CLAIM;
		}
		if (now - start > HANGS_AFTER && had_chance(audit, bases, *which, true)) {
			return HANGS;
		}
		long pause = now - start < 1000000    ? 20000
			     : now - start < 20000000 ? 200000
						      : 5000000;
		nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
	}
}

/** Where the victim stands, for the reader. */
static void describe_place(const struct audit *audit, char *text, size_t size)
{
	uintptr_t address = stepper_where(&audit->stepper);
	const struct queue_type *type = audit->run->type;
	enum role side = audit->stage->role;
	uintptr_t start = side == PRODUCER ? (uintptr_t)type->enqueue : (uintptr_t)type->dequeue;
	char found[256];
	stepper_describe(address, found, sizeof(found));
	if (address >= start && address - start < 4096) {
		snprintf(text, size, "%s()+0x%zx, %s, %u steps on", side_names[side],
			 (size_t)(address - start), found, audit->steps);
	} else {
		snprintf(text, size, "%s, in %s() %u steps on", found, side_names[side],
			 audit->steps);
	}
}

/** What a peer does that does not go on. */
static const char *describe_peer(const struct stage *stage, enum role side)
{
	static const char *const answers[] = {
		[QUEUE_OK] = "its operation does not end",
		[QUEUE_FULL] = "it finds the queue full, with room left",
		[QUEUE_EMPTY] = "it finds the queue empty, with items inside",
		[QUEUE_BUSY] = "it is told QUEUE_BUSY",
		[QUEUE_NOMEM] = "it finds no memory",
		[QUEUE_CLOSED] = "it finds the queue closed",
	};
	const struct actor *actor = &stage->actors[side];
	uint64_t begun = get(&actor->begun);
	nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	bool calling = get(&actor->begun) == begun && get(&actor->ended) != begun;
	int answer = atomic_load_explicit(&actor->answer, memory_order_relaxed);
	return calling ? answers[QUEUE_OK] : answers[answer];
}

/** Is it the victim that holds them up? Let it run, and see; say what was found. */
static void fail_stopped(struct audit *audit, enum outcome outcome, enum role side, uint64_t quiet)
{
	char place[400];
	describe_place(audit, place, sizeof(place));
	const char *peer = describe_peer(audit->stage, side);
	int64_t inside = backlog(audit->stage);
	stepper_run(&audit->stepper, clock_now() + HANGS_AFTER / 4);
	struct base bases[2];
	look_first(audit, bases);
	uint64_t end = clock_now() + HANGS_AFTER / 4;
	bool moves = false;
	while (!moves && clock_now() < end) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		moves = look(audit, side, &bases[side]) == SIDE_MOVED;
	}
	check_fail(audit->run,
		   "%s while one thread was stopped in an operation:\n"
		   "  stopped at  %s\n"
		   "  peer        wants to %s: %s, for %.1f s, with %lld items inside\n"
		   "  afterwards  %s\n"
		   "  claimed     enqueue %s, dequeue %s\n",
		   outcome == FALSE_CLAIM ? "a side that claims to go on has stopped"
					  : "nothing moved",
		   place, side_names[side], peer, (double)quiet / 1e9, (long long)inside,
		   moves ? "it went on as soon as the thread did"
			 : "nor did it go on when the thread did",
		   claims(audit, PRODUCER) ? "lock-free or better" : "blocking",
		   claims(audit, CONSUMER) ? "lock-free or better" : "blocking");
}

/** The victim stands still inside an operation: count what becomes of its peers. */
static bool stop_here(struct audit *audit)
{
	struct stage *stage = audit->stage;
	enum role side = PRODUCER;
	uint64_t quiet = 0;
	// Where no consumer can be relied on, producers go on for as long as they are watched
	bool reliable = stage->peers[CONSUMER] && claims(audit, CONSUMER);
	int64_t items = backlog(stage);
	uint64_t over = items > (int64_t)stage->window ? (uint64_t)items - stage->window : 0;
	atomic_store_explicit(&stage->beyond, reliable ? 0 : over + laps(stage),
			      memory_order_relaxed);
	// Without a producer that goes on there is nothing to wait for
	bool leave = stage->peers[PRODUCER] && rng_below(&audit->rng, 2);
	atomic_store_explicit(&stage->left_inside, leave ? stage->window / 2 : 0,
			      memory_order_relaxed);
	enum outcome outcome = watch(audit, &side, &quiet);
	++audit->stops;
	if (outcome == FALSE_CLAIM || outcome == HANGS) {
		fail_stopped(audit, outcome, side, quiet);
		return false;
	}
	if (outcome == BLOCKED) {
		++audit->blocked;
		++audit->blocked_sides[side];
	}
	atomic_store_explicit(&stage->beyond, 0, memory_order_relaxed);
	return true;
}

/** Is the victim in an operation? */
static bool operating(const struct audit *audit)
{
	return atomic_load_explicit(&audit->stage->actors[VICTIM].operating, memory_order_relaxed);
}

/** One step of the victim; false if its operation has ended, or more than that. */
static bool step(struct audit *audit, enum stepper_event *event)
{
	*event = stepper_step(&audit->stepper, clock_now() + HANGS_AFTER);
	++audit->steps;
	return *event == STEPPER_STOPPED && operating(audit);
}

/** Is it none of the queue's business what the victim is doing? */
static bool out_of_bounds(const struct audit *audit)
{
	Dl_info info;
	if (audit->stage->allocator) {
		return atomic_load_explicit(&audit->stage->inside, memory_order_relaxed) != 0;
	}
	return !dladdr((void *)stepper_where(&audit->stepper), &info) ||
	       info.dli_fbase != audit->object;
}

static unsigned int longest_of_late(const struct audit *audit)
{
	enum role side = audit->stage->role;
	unsigned int longest = audit->length_count[side] ? 1 : LENGTH_FIRST;
	for (int i = 0; i < LENGTHS; ++i) {
		unsigned int length = audit->lengths[side][i];
		longest = length > longest ? length : longest;
	}
	return longest;
}

/** An operation has ended while it was led: that is how long it was. */
static void note_length(struct audit *audit)
{
	enum role side = audit->stage->role;
	audit->lengths[side][audit->length_count[side]++ % LENGTHS] = audit->steps;
	audit->longest = audit->steps > audit->longest ? audit->steps : audit->longest;
}

/**
 * Lead the victim on, and stop it after so many steps, or where it comes out of the allocator.
 *
 * @param event  why it does not stand still, if it does not
 * @return whether it was stopped in this operation, and its peers have gone on
 */
static bool lead_on(struct audit *audit, uint64_t steps, enum stepper_event *event)
{
	// At a stop it was open; a race is worth its cost now and then
	set_gate(audit->stage, rng_below(&audit->rng, RACE_SELDOM) == 0);
	uint64_t until = audit->steps + steps;
	uint64_t limit = until + ALLOCATOR_STEPS_MOST;
	while (audit->steps < until || (out_of_bounds(audit) && audit->steps < limit)) {
		if (!step(audit, event)) {
			return false;
		}
	}
	return audit->steps < limit && stop_here(audit);
}

/**
 * Stop the victim after less than so many steps, and mostly again and again, just behind: an
 * operation that was left behind takes other ways.
 */
static void lead_through(struct audit *audit, uint64_t most, enum stepper_event *event)
{
	uint64_t steps = rng_below(&audit->rng, most);
	while (lead_on(audit, steps, event) && rng_below(&audit->rng, 4)) {
		steps = 1 + rng_below(&audit->rng, STEPS_ON);
	}
}

/** Step until an operation begins, unless the victim is in one. */
static bool lead_into(struct audit *audit, enum stepper_event *event)
{
	unsigned int steps = 0;
	*event = STEPPER_STOPPED;
	while (!operating(audit)) {
		if (++steps > STEPS_OUTSIDE) {
			return false;
		}
		if (!step(audit, event) && *event != STEPPER_STOPPED) {
			return false;
		}
	}
	audit->steps = 0;
	return true;
}

/** From the beginning of an operation to any of its instructions. */
static void lead_from_start(struct audit *audit, enum stepper_event *event)
{
	set_gate(audit->stage, false);
	*event = stepper_run(&audit->stepper, clock_now() + HANGS_AFTER);
	if (*event != STEPPER_STOPPED || !lead_into(audit, event)) {
		return;
	}
	uint64_t most = longest_of_late(audit);
	most = most < STEPS_MOST ? most + most / 8 + 1 : STEPS_MOST;
	lead_through(audit, most, event);
	if (*event == STEPPER_STOPPED && !check_failed(audit->run) && !operating(audit)) {
		note_length(audit);
	}
}

/** From wherever it is in the midst of its peers. */
static void lead_from_anywhere(struct audit *audit, enum stepper_event *event)
{
	struct stage *stage = audit->stage;
	set_gate(stage, true);
	atomic_store_explicit(&stage->running, true, memory_order_relaxed);
	*event = stepper_interrupt(&audit->stepper, 1 + rng_below(&audit->rng, RUN_MOST),
				   clock_now() + HANGS_AFTER);
	atomic_store_explicit(&stage->running, false, memory_order_relaxed);
	if (*event == STEPPER_STOPPED && lead_into(audit, event)) {
		// What takes long is where it is found, and behind that is where it matters
		lead_through(audit, 1 + rng_below(&audit->rng, STEPS_ON), event);
	}
}

static void fail_ended(struct audit *audit, enum stepper_event event)
{
	int status = 0;
	const char *how = "its threads hang";
	if (event == STEPPER_ENDED) {
		waitpid(audit->process, &status, 0);
		how = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "its process has ended";
		audit->process = 0;
	}
	check_fail(
		audit->run,
		"a thread was stopped in %s() now and then, and let go on; after %llu stops: %s\n",
		side_names[audit->stage->role], (unsigned long long)audit->stops, how);
}

/** All stop by themselves, and everything must be there. */
static void finish(struct audit *audit)
{
	struct stage *stage = audit->stage;
	atomic_store_explicit(&stage->ending, true, memory_order_relaxed);
	set_gate(stage, true);
	uint64_t end = clock_now() + HANGS_AFTER;
	enum stepper_event event = stepper_run(&audit->stepper, end);
	if (event == STEPPER_STOPPED) {
		stepper_release(&audit->stepper);
	}
	int status;
	pid_t found;
	while ((found = waitpid(audit->process, &status, WNOHANG)) == 0 && clock_now() < end) {
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	if (found == 0) {
		fail_ended(audit, STEPPER_LATE);
		return;
	}
	audit->process = 0;
	if (!stage->finished) {
		check_fail(audit->run, "the process died while it ended: %s\n",
			   WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it gave up");
	} else if (!stage->conserved) {
		uint64_t enqueued = 0;
		uint64_t dequeued = 0;
		for (int i = 0; i < ACTORS; ++i) {
			enqueued += get(&stage->actors[i].enqueued);
			dequeued += get(&stage->actors[i].dequeued);
		}
		check_fail(audit->run,
			   "after %llu stops not every item came out once: %llu were enqueued, "
			   "%llu dequeued\n",
			   (unsigned long long)audit->stops, (unsigned long long)enqueued,
			   (unsigned long long)dequeued);
	}
}

/** Start the process that is led, and wait until the victim is ready. */
static bool start(struct audit *audit)
{
	struct stage *stage = audit->stage;
	atomic_store_explicit(&stage->gate, 1, memory_order_relaxed);
	pid_t parent = getpid();
	audit->process = fork();
	if (audit->process == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
			_exit(1);
		}
		stage_main(stage);
	}
	uint64_t end = clock_now() + HANGS_AFTER;
	// R2, acquire: pairs with R1
	while (!atomic_load_explicit(&stage->ready, memory_order_acquire)) {
		int status;
		pid_t found = waitpid(audit->process, &status, WNOHANG);
		if (found != 0 || clock_now() > end) {
			audit->process = found == 0 ? audit->process : 0;
			check_fail(audit->run, "its threads did not come to do %d operations: %s\n",
				   WARM_UP,
				   found == 0	  ? "they hang"
				   : stage->error ? strerror(stage->error)
						  : "the process ended");
			return false;
		}
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	pid_t victim = atomic_load_explicit(&stage->actors[VICTIM].thread, memory_order_relaxed);
	if (stepper_seize(&audit->stepper, victim) != 0) {
		check_skip(audit->run, errno == EPERM ? "ptrace is not permitted here"
						      : "ptrace does not work here");
		return false;
	}
	atomic_store_explicit(&stage->led, true, memory_order_relaxed);
	return true;
}

static void lead(struct audit *audit, uint64_t until)
{
	enum stepper_event event = STEPPER_STOPPED;
	while (event == STEPPER_STOPPED && clock_now() < until && !check_failed(audit->run)) {
		if (rng_below(&audit->rng, LED_SELDOM) == 0) {
			lead_from_start(audit, &event);
		} else {
			lead_from_anywhere(audit, &event);
		}
	}
	if (!check_failed(audit->run)) {
		if (event == STEPPER_STOPPED) {
			finish(audit);
		} else {
			fail_ended(audit, event);
		}
	}
}

/** One process: a role for the victim, a capacity, a first ticket. */
static bool round_once(struct audit *audit, uint64_t seed, uint64_t until)
{
	static const size_t capacities[] = {8, 64, 16};
	const struct queue_type *type = audit->run->type;
	struct stage *stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage == MAP_FAILED) {
		check_fail(audit->run, "no memory: %s\n", strerror(errno));
		return false;
	}
	rng_seed(&audit->rng, seed);
	stage->type = type;
	stage->allocator = allocator_find();
	stage->role = seed % 2 ? CONSUMER : PRODUCER;
	stage->peers[PRODUCER] = type->max_producers != 1 || stage->role != PRODUCER;
	stage->peers[CONSUMER] = type->max_consumers != 1 || stage->role != CONSUMER;
	stage->requested = capacities[seed / 2 % 3];
	stage->first_ticket = rng_below(&audit->rng, 2) ? -(size_t)rng_below(&audit->rng, 5000) : 0;
	audit->stage = stage;
	bool started = start(audit);
	if (started) {
		lead(audit, until);
	}
	if (audit->process > 0) {
		kill(audit->process, SIGKILL);
		waitpid(audit->process, NULL, 0);
	}
	for (enum role peer = PRODUCER; peer <= CONSUMER; ++peer) {
		uint64_t held = get(&stage->actors[peer].held);
		audit->held = held > audit->held ? held : audit->held;
	}
	munmap(stage, sizeof(*stage));
	return started;
}

/** What was found, unless something failed. */
static void tell(struct audit *audit)
{
	char count[8];
	struct check_run *run = audit->run;
	check_figure(run, "stops", (double)audit->stops);
	check_figure(run, "stops_blocked", (double)audit->blocked);
	check_figure(run, "stops_blocked_enqueue", (double)audit->blocked_sides[PRODUCER]);
	check_figure(run, "stops_blocked_dequeue", (double)audit->blocked_sides[CONSUMER]);
	check_figure(run, "longest_held_up_ns", (double)audit->held);
	check_figure(run, "longest_operation_instructions", audit->longest);
	if (check_failed(run)) {
		check_summarize(run, "stops");
	} else if (audit->stops == 0) {
		check_skip(run, "no operation could be stopped in this time");
	} else if (claims(audit, PRODUCER) && claims(audit, CONSUMER)) {
		check_summarize(run, "%s stops", check_count(count, audit->stops));
	} else {
		// What one side claims was found; what neither claims is for the reader
		run->verdict = claims(audit, PRODUCER) || claims(audit, CONSUMER) ? CHECK_PASSED
										  : CHECK_SHOWN;
		check_summarize(run, "blocks %.0f%%",
				100 * (double)audit->blocked / (double)audit->stops);
	}
}

static void run(struct check_run *run)
{
	if (CHECK_SANITIZED) {
		check_skip(run, "a sanitizer's runtime has locks of its own");
		return;
	}
	Dl_info info = {0};
	dladdr((void *)(uintptr_t)run->type->enqueue, &info);
	struct audit audit = {.run = run, .object = info.dli_fbase};
	uint64_t now = clock_now();
	uint64_t share = run->until > now ? (run->until - now) / ROUND_SHARE : 0;
	share = share > ROUND_LEAST ? share : ROUND_LEAST;
	// A sleep is as long as it says
	prctl(PR_SET_TIMERSLACK, 1UL);
	uint64_t seed;
	while (check_round(run, &seed)) {
		uint64_t end = clock_now() + share;
		if (!round_once(&audit, seed, end < run->until ? end : run->until)) {
			break;
		}
	}
	if (run->verdict != CHECK_SKIPPED) {
		tell(&audit);
	}
}

CHECK_EXPORT(progress, .title = "others go on when a thread is stopped in an operation",
	     .run = run);
