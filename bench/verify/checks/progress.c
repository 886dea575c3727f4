// SPDX-License-Identifier: MIT

/**
 * The progress audit: one thread is stopped at a random instruction inside an operation, thousands
 * of times, and the others must make progress.
 *
 * Three threads share a queue in a process of their own, which is traced from here by ptrace
 * (stepper.h):
 *
 *     victim      enqueues or dequeues, is stepped instruction by instruction, and is stopped
 *     producer    enqueues, while fewer items than a window are inside
 *     consumer    dequeues
 *
 * Producer and consumer are the victim's peers. Now and then the victim is stepped through an
 * operation from its beginning, mostly with the peers stopped between two operations, so that every
 * instruction has its turn. That takes a hundred steps. More often the victim runs concurrently
 * with its peers, is interrupted, and stepped a little further. After a stop the gate opens until
 * each peer has done more than a lap of the ring, since a ring notices only after a lap. If the
 * queue allows one producer or one consumer, the victim is that one in every other round.
 *
 * What a claim means. A side that claims to be lock-free or wait-free must finish its operations
 * wherever any thread is stopped, on either side. To finish is QUEUE_OK, or an honest QUEUE_EMPTY
 * or QUEUE_FULL, by the counts of what was enqueued and dequeued, if the other side claims nothing
 * and stands still. QUEUE_BUSY does not count. So a queue with a wait-free enqueue and a blocking
 * dequeue must let producers go on while a consumer is stopped with the lock. How its consumers
 * fare is counted and shown, not judged. The window is wider if no consumer can be relied on, so
 * that producers have room.
 *
 * The allocator has locks that do not concern the queue, so the victim is never stopped inside it.
 * Without allocator.so, the victim is only stopped in the queue's own code. All functions are
 * called once before the first stop, so that the dynamic linker has bound them.
 */

#include "verify/check.h"

#include "base/number.h"
#include "base/patience.h"
#include "verify/progress/peers.h"
#include "verify/progress/stage.h"
#include "verify/progress/stepper.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** Share of a round in the time. Six rounds have all roles and capacities. */
#define ROUND_SHARE 12
#define ROUND_LEAST 50000000

/** Most steps of an operation; and most steps to leave the allocator. */
#define STEPS_MOST 4000
#define ALLOCATOR_STEPS_MOST 200000
/** Lengths of operations that are remembered; and the assumed length before there is one. */
#define LENGTHS 16
#define LENGTH_FIRST 128
/** Most steps after an interruption; and most steps to the next operation. */
#define STEPS_ON 16
#define STEPS_OUTSIDE 60
/** One operation in this many is stepped from its beginning, after at most this many others. */
#define LED_SELDOM 4
#define OPERATIONS_MOST 8
/** Peers run while the victim is stepped, once in this many times. */
#define RACE_SELDOM 4
/** Most nanoseconds that the victim runs. */
#define RUN_MOST 60000

/** The current round, and the totals of all rounds. */
struct audit {
	struct check_run *run;
	struct stage *stage;
	pid_t victim;
	struct rng rng;
	/** Instructions of recent operations, for each side. */
	unsigned int lengths[2][LENGTHS];
	unsigned int length_count[2];
	/** Steps of the current operation. */
	unsigned int steps;

	uint64_t stops;
	/** Stops at which a side that claims nothing was blocked. */
	uint64_t blocked;
	uint64_t blocked_sides[2];
	uint64_t held;
	unsigned int longest;
	/** Base address of the object file that holds the queue. */
	const void *object;
};

/** Writes where the victim is stopped. */
static void describe_place(const struct audit *audit, char *text, size_t size)
{
	uintptr_t address = stepper_where(audit->victim);
	const struct queue_type *type = audit->run->type;
	enum role side = audit->stage->role;
	uintptr_t start = side == PRODUCER ? (uintptr_t)type->enqueue : (uintptr_t)type->dequeue;
	char found[256];
	stepper_describe(address, found, sizeof(found));
	if (address >= start && address - start < 4096) {
		snprintf(text, size, "%s()+0x%zx, %s, %u steps on", stage_side_names[side],
			 (size_t)(address - start), found, audit->steps);
	} else {
		snprintf(text, size, "%s, in %s() %u steps on", found, stage_side_names[side],
			 audit->steps);
	}
}

/** Fails: peers made no progress. Lets the victim run, to see if it was the cause. */
static void fail_stopped(struct audit *audit, enum peers_outcome outcome, enum role side,
			 uint64_t quiet)
{
	char place[400];
	describe_place(audit, place, sizeof(place));
	const char *peer = peers_describe(audit->stage, side);
	int64_t inside = stage_backlog(audit->stage);
	stepper_run(audit->victim, PEERS_HANG_AFTER / 4);
	bool moves = peers_go_on(audit->stage, side, PEERS_HANG_AFTER / 4);
	check_fail(audit->run,
		   "%s while one thread was stopped in an operation:\n"
		   "  stopped at  %s\n"
		   "  peer        wants to %s: %s, for %.1f s, with %lld item%s inside\n"
		   "  afterwards  %s\n"
		   "  claimed     enqueue %s, dequeue %s\n",
		   outcome == PEERS_FALSE_CLAIM ? "a side that claims to go on has stopped"
						: "nothing moved",
		   place, stage_side_names[side], peer, (double)quiet / 1e9, (long long)inside,
		   number_plural((unsigned long)inside),
		   moves ? "it went on as soon as the thread did"
			 : "nor did it go on when the thread did",
		   stage_claims(audit->run->type, PRODUCER) ? "lock-free or better" : "blocking",
		   stage_claims(audit->run->type, CONSUMER) ? "lock-free or better" : "blocking");
}

/** The victim is stopped inside an operation: watches and judges its peers. */
static bool stop_here(struct audit *audit)
{
	struct stage *stage = audit->stage;
	enum role side = PRODUCER;
	uint64_t quiet = 0;
	// Items are only left inside if a producer can add more
	bool leave = stage->peers[PRODUCER] && rng_below(&audit->rng, 2);
	atomic_store_explicit(&stage->left_inside, leave ? stage->window / 2 : 0,
			      memory_order_relaxed);
	enum peers_outcome outcome = peers_watch(stage, &side, &quiet);
	++audit->stops;
	if (outcome == PEERS_FALSE_CLAIM || outcome == PEERS_HANG) {
		fail_stopped(audit, outcome, side, quiet);
		return false;
	}
	if (outcome == PEERS_BLOCKED) {
		++audit->blocked;
		++audit->blocked_sides[side];
	}
	atomic_store_explicit(&stage->beyond, 0, memory_order_relaxed);
	return true;
}

/** True if the victim is in an operation. */
static bool operating(const struct audit *audit)
{
	return atomic_load_explicit(&audit->stage->actors[VICTIM].operating, memory_order_relaxed);
}

/** Steps the victim once. False if its operation, or the thread, has ended. */
static bool step(struct audit *audit, enum stepper_event *event)
{
	*event = stepper_step(audit->victim, PEERS_HANG_AFTER);
	++audit->steps;
	return *event == STEPPER_STOPPED && operating(audit);
}

/** True if the victim is in the allocator or, without allocator.so, outside the queue's code. */
static bool out_of_bounds(const struct audit *audit)
{
	Dl_info info;
	if (audit->stage->allocator) {
		return atomic_load_explicit(&audit->stage->inside, memory_order_relaxed) != 0;
	}
	return !dladdr((void *)stepper_where(audit->victim), &info) ||
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

/** Notes the length of an operation that was stepped to its end. */
static void note_length(struct audit *audit)
{
	enum role side = audit->stage->role;
	audit->lengths[side][audit->length_count[side]++ % LENGTHS] = audit->steps;
	audit->longest = audit->steps > audit->longest ? audit->steps : audit->longest;
}

/**
 * Steps the victim on, and stops it after `steps`, or when it leaves the allocator.
 *
 * @param event  receives what became of the victim
 * @return true if it was stopped in this operation, and its peers made progress
 */
static bool lead_on(struct audit *audit, uint64_t steps, enum stepper_event *event)
{
	// Mostly closed while stepping: a race with the peers is slow, but worth it now and then
	stage_set_gate(audit->stage, rng_below(&audit->rng, RACE_SELDOM) == 0);
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
 * Stops the victim after fewer than `steps`, and then mostly again just behind: an operation that
 * was overtaken takes other paths.
 */
static void lead_through(struct audit *audit, uint64_t most, enum stepper_event *event)
{
	uint64_t steps = rng_below(&audit->rng, most);
	while (lead_on(audit, steps, event) && rng_below(&audit->rng, 4)) {
		steps = 1 + rng_below(&audit->rng, STEPS_ON);
	}
}

/** Steps until the victim is in an operation. */
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

/** Steps from the beginning of an operation to any of its instructions. */
static void lead_from_start(struct audit *audit, enum stepper_event *event)
{
	struct stage *stage = audit->stage;
	stage_set_gate(stage, true);
	stage_let_run(stage, rng_below(&audit->rng, OPERATIONS_MOST));
	*event = stepper_run(audit->victim, PEERS_HANG_AFTER);
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

/** Interrupts the running victim, and steps on if it is in an operation. */
static void lead_from_anywhere(struct audit *audit, enum stepper_event *event)
{
	struct stage *stage = audit->stage;
	stage_set_gate(stage, true);
	stage_let_run(stage, STAGE_NO_STOP);
	*event = stepper_interrupt(audit->victim, 1 + rng_below(&audit->rng, RUN_MOST),
				   PEERS_HANG_AFTER);
	stage_let_run(stage, 0);
	if (*event == STEPPER_STOPPED && operating(audit)) {
		audit->steps = 0;
		// It is mostly found at slow instructions; what follows those is what matters
		lead_through(audit, 1 + rng_below(&audit->rng, STEPS_ON), event);
	}
}

static void fail_ended(struct audit *audit, enum stepper_event event)
{
	int status = 0;
	const char *how = "its threads hang";
	if (event == STEPPER_ENDED) {
		waitpid(audit->stage->process, &status, 0);
		how = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "its process has ended";
		audit->stage->process = 0;
	}
	check_fail(
		audit->run,
		"a thread was stopped in %s() now and then, and let go on; after %llu stops: %s\n",
		stage_side_names[audit->stage->role], (unsigned long long)audit->stops, how);
}

/** A wait for threads that pass items: patience counts from the last item. */
struct wait {
	struct patience patience;
	uint64_t passed;
	/** An item was passed since the last look. */
	bool moved;
};

/** True if the threads have passed no item for so long that they hang. */
static bool hangs(const struct stage *stage, struct wait *wait)
{
	uint64_t passed = stage_get(&stage->actors[VICTIM].ended);
	for (int i = 0; i < ACTORS; ++i) {
		passed += stage_get(&stage->actors[i].enqueued) +
			  stage_get(&stage->actors[i].dequeued);
	}
	wait->moved = passed != wait->passed;
	if (wait->moved) {
		wait->passed = passed;
		patience_begin(&wait->patience);
	}
	return patience_look(&wait->patience) > PEERS_HANG_AFTER;
}

/** Lets all threads end, and checks that no item is lost. */
static void finish(struct audit *audit)
{
	struct stage *stage = audit->stage;
	atomic_store_explicit(&stage->ending, true, memory_order_relaxed);
	stage_set_gate(stage, true);
	enum stepper_event event = stepper_run(audit->victim, PEERS_HANG_AFTER);
	if (event == STEPPER_STOPPED) {
		stepper_release(audit->victim);
	}
	int status;
	pid_t found;
	struct wait wait = {0};
	patience_begin(&wait.patience);
	while ((found = waitpid(audit->stage->process, &status, WNOHANG)) == 0 &&
	       !hangs(stage, &wait)) {
		if (check_give_up(audit->run, wait.moved)) {
			return;
		}
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	if (found == 0) {
		fail_ended(audit, STEPPER_LATE);
		return;
	}
	audit->stage->process = 0;
	if (!stage->finished) {
		check_fail(audit->run, "the process died while it ended: %s\n",
			   WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it gave up");
	} else if (!stage->conserved) {
		uint64_t enqueued = 0;
		uint64_t dequeued = 0;
		for (int i = 0; i < ACTORS; ++i) {
			enqueued += stage_get(&stage->actors[i].enqueued);
			dequeued += stage_get(&stage->actors[i].dequeued);
		}
		check_fail(audit->run,
			   "after %llu stops not every item came out once: %llu were enqueued, "
			   "%llu dequeued\n",
			   (unsigned long long)audit->stops, (unsigned long long)enqueued,
			   (unsigned long long)dequeued);
	}
}

/** Starts the traced process, and waits until the victim is ready. */
static bool start(struct audit *audit)
{
	struct stage *stage = audit->stage;
	atomic_store_explicit(&stage->gate, 1, memory_order_relaxed);
	pid_t parent = getpid();
	pid_t process = fork();
	if (process == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
			_exit(1);
		}
		stage_main(stage);
	}
	if (process < 0) {
		check_lack(audit->run, "no process can be started: %s", strerror(errno));
		return false;
	}
	stage->process = process;
	struct wait wait = {0};
	patience_begin(&wait.patience);
	// R2, acquire: pairs with R1
	while (!atomic_load_explicit(&stage->ready, memory_order_acquire)) {
		int status;
		pid_t found = waitpid(audit->stage->process, &status, WNOHANG);
		if (found != 0 && stage->error) {
			stage->process = 0;
			if (stage->error == EAGAIN) {
				check_lack(audit->run, "cannot start a thread: %s",
					   strerror(EAGAIN));
			} else {
				check_cannot(audit->run, stage->error, "create() failed");
			}
			return false;
		}
		if (found != 0 || hangs(stage, &wait)) {
			audit->stage->process = found == 0 ? audit->stage->process : 0;
			check_fail(audit->run, "its threads did not come to do %d operations: %s\n",
				   STAGE_WARM_UP, found == 0 ? "they hang" : "the process ended");
			return false;
		}
		if (check_give_up(audit->run, wait.moved)) {
			return false;
		}
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	audit->victim = atomic_load_explicit(&stage->actors[VICTIM].thread, memory_order_relaxed);
	if (stepper_seize(audit->victim) != 0) {
		check_skip(audit->run, errno == EPERM ? "ptrace is not permitted here"
						      : "ptrace does not work here");
		return false;
	}
	stage_let_run(stage, 0);
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

/** Runs a round: a process, with a role for the victim, a capacity, a first ticket. */
static bool round_once(struct audit *audit, uint64_t seed, uint64_t until)
{
	static const size_t capacities[] = {8, 16, 4};
	const struct queue_type *type = audit->run->type;
	struct stage *stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage == MAP_FAILED) {
		check_lack(audit->run, "no memory for a process: %s", strerror(errno));
		return false;
	}
	rng_seed(&audit->rng, seed);
	stage->type = type;
	stage->allocator = audit->run->allocator;
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
	if (audit->stage->process > 0) {
		kill(audit->stage->process, SIGKILL);
		waitpid(audit->stage->process, NULL, 0);
	}
	for (enum role peer = PRODUCER; peer <= CONSUMER; ++peer) {
		uint64_t held = stage_get(&stage->actors[peer].held);
		audit->held = held > audit->held ? held : audit->held;
	}
	munmap(stage, sizeof(*stage));
	return started;
}

/** Notes the figures, and the verdict unless the check failed. */
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
	} else if (stage_claims(audit->run->type, PRODUCER) &&
		   stage_claims(audit->run->type, CONSUMER)) {
		check_summarize(run, "%s stops", check_count(count, audit->stops));
	} else {
		// Passed if a side has a claim that held; else the figure is only shown
		run->found.verdict = stage_claims(audit->run->type, PRODUCER) ||
						     stage_claims(audit->run->type, CONSUMER)
					     ? FINDING_PASSED
					     : FINDING_SHOWN;
		check_summarize(run, "blocks %.0f%%",
				100 * (double)audit->blocked / (double)audit->stops);
	}
}

static void run(struct check_run *run)
{
	if (BUILD_SANITIZED) {
		check_skip(run, "the runtime of a sanitizer has locks of its own");
		return;
	}
	Dl_info info = {0};
	dladdr((void *)(uintptr_t)run->type->enqueue, &info);
	struct audit audit = {.run = run, .object = info.dli_fbase};
	uint64_t now = clock_now();
	uint64_t share = run->until > now ? (run->until - now) / ROUND_SHARE : 0;
	share = share > ROUND_LEAST ? share : ROUND_LEAST;
	// Sleeps must not be longer than asked for
	prctl(PR_SET_TIMERSLACK, 1UL);
	uint64_t seed;
	while (check_round(run, &seed)) {
		uint64_t end = clock_now() + share;
		if (!round_once(&audit, seed, end < run->until ? end : run->until)) {
			break;
		}
	}
	if (run->found.verdict != FINDING_SKIPPED) {
		tell(&audit);
	}
}

CHECK_EXPORT(progress, .title = "other threads go on while one is stopped in an operation",
	     .weight = 3, .refutes = "enqueue dequeue", .run = run);
