// SPDX-License-Identifier: MIT

/**
 * memory: a queue frees what it allocates, and nothing too early.
 *
 * First many items pass through with few inside at a time. A bounded queue must not grow meanwhile.
 * An unbounded one may keep some nodes for later: as many as the magazines of queues/reclaim/ keep.
 * The same holds while threads attach and detach, and after a burst. When the queue is destroyed,
 * none of its blocks may be left.
 *
 * Then many threads exchange items, so nodes are freed while a slow peer may still read them. A
 * third of the rounds poison what is freed, which shows in a thread that reads it. In the others
 * the allocator reuses a block at once, which shows a thread that takes a new node for an old one
 * (ABA).
 */

#include "base/number.h"
#include "verify/allocator.h"
#include "verify/traffic.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>

/** Items inside at a time, and items that pass in all. */
#define INSIDE 10
#define ITEMS (10000000 / BUILD_SLOW)
#define BURST (300000 / BUILD_SLOW)
/** Number of times a handle attaches and detaches. */
#define VISITS (20000 / BUILD_SLOW)
/** Items of a visit: less than a magazine, so that magazines lost at detach() add up. */
#define VISIT_ITEMS 20
/** Capacity of a bounded queue. */
#define CAPACITY 32

/** Producers, and consumers. */
#define SIDE 2

/**
 * Bytes that an unbounded queue may keep for later. A depot keeps 16 Ki nodes of at most two cache
 * lines, and their magazines: 2.2 MiB. A queue that keeps all its nodes exceeds this after 260,000
 * items of 16 bytes.
 */
#define KEPT_MOST ((uint64_t)4 << 20)

/** Shares of the parts in the time that is left, in percent. */
#define SHARED_SHARE 8
#define VISITS_SHARE 8
/** For enqueueing the burst; dequeueing it takes about as long again. */
#define BURST_SHARE 10

/** Nanoseconds for the items of one thread, however little time is given. */
#define ALONE_MOST 3000000000

/** Items of a round of traffic. */
#define TRAFFIC_ITEMS 60000
#define TRAFFIC_TIME 60000000

struct trial {
	struct check_run *run;
	const struct queue_type *type;
	const struct allocator *allocator;
	struct queue *queue;
	unsigned int producers;
	unsigned int consumers;
	/** A first life, after which what a library allocates once has been allocated. */
	bool practice;
	/** End of the part, by clock_now(). */
	uint64_t until;

	/** Bytes of the new queue. */
	uint64_t own;
	/** Bytes of others; bytes allowed in all; and the peak of the queue. */
	uint64_t bytes;
	uint64_t allowed;
	uint64_t peak;
	/** Items that passed, and bytes kept after a burst. */
	uint64_t items;
	uint64_t kept;

	pthread_barrier_t barrier;
	_Atomic int64_t inside;
	_Atomic unsigned int producing;
	_Atomic uint64_t shared_items;
};

/** A number of repetitions, which is small in a practice life. */
static uint64_t so_many(const struct trial *trial, uint64_t count)
{
	return trial->practice ? count / 1000 : count;
}

static void begin_part(struct trial *trial, unsigned int share)
{
	uint64_t now = clock_now();
	uint64_t left = trial->run->until > now ? trial->run->until - now : 0;
	trial->until = now + left / 100 * share;
}

/** True if the time of the part is over. Looks once in 64 items. */
static bool part_late(const struct trial *trial, uint64_t items)
{
	return items % 64 == 0 && (check_failed(trial->run) || clock_now() >= trial->until);
}

static struct queue_handle *attach(struct trial *trial)
{
	struct queue_handle *handle = queue_attach(trial->type, trial->queue);
	if (!handle) {
		check_cannot(trial->run, errno, "attach() failed");
		check_end(trial->run);
	}
	return handle;
}

static bool put(struct check_thread *thread, struct queue_handle *handle)
{
	struct trial *trial = thread->context;
	void *item = (void *)(uintptr_t)8;
	if (trial->type->enqueue(trial->queue, handle, item) != QUEUE_OK) {
		return false;
	}
	check_step(thread);
	return true;
}

static bool take(struct check_thread *thread, struct queue_handle *handle)
{
	struct trial *trial = thread->context;
	void *item;
	if (trial->type->dequeue(trial->queue, handle, &item) != QUEUE_OK) {
		return false;
	}
	check_step(thread);
	return true;
}

/** Notes the bytes that belong to others. No thread may be attached. */
static void note_others(struct trial *trial)
{
	if (trial->allocator) {
		trial->bytes = *trial->allocator->bytes - trial->own;
	}
}

/** Sets the bound: a bounded queue may keep what it has now, any other KEPT_MOST more. */
static void set_bound(struct trial *trial)
{
	if (trial->allocator) {
		trial->allowed = *trial->allocator->bytes + (trial->type->capacity ? 0 : KEPT_MOST);
		trial->allocator->reset_peak();
	}
}

/** Fails if the queue had more since set_bound(). */
static void judge_bound(struct trial *trial, const char *what)
{
	if (!trial->allocator) {
		return;
	}
	uint64_t peak = *trial->allocator->peak;
	if (peak > trial->allowed) {
		check_fail(trial->run,
			   "it had up to %" PRIu64 " bytes %s, and may have %" PRIu64 ":\n"
			   "  as many as before, if it is bounded, and else %" PRIu64 " more\n",
			   peak - trial->bytes, what, trial->allowed - trial->bytes, KEPT_MOST);
	}
	if (peak > trial->bytes && peak - trial->bytes > trial->peak) {
		trial->peak = peak - trial->bytes;
	}
}

/** One thread passes many items, with few inside. */
static void flow_alone(struct check_thread *thread)
{
	struct trial *trial = thread->context;
	trial->until = clock_now() + ALONE_MOST;
	check_doing(thread, "enqueues and dequeues, alone");
	struct queue_handle *handle = attach(trial);
	for (unsigned int i = 0; i < INSIDE;) {
		i += put(thread, handle);
	}
	set_bound(trial);
	uint64_t most = so_many(trial, ITEMS);
	uint64_t items = 0;
	while (items < most && !part_late(trial, items)) {
		items += put(thread, handle) && take(thread, handle);
	}
	judge_bound(trial, "with 10 items inside at a time");
	for (unsigned int i = 0; i < INSIDE;) {
		i += take(thread, handle);
	}
	queue_detach(trial->type, trial->queue, handle);
	trial->items += items;
}

/** A handle attaches, moves a few items, and detaches: first to enqueue, then to dequeue. */
static void visit(struct check_thread *thread, bool first)
{
	struct trial *trial = thread->context;
	for (int side = 0; side < 2; ++side) {
		struct queue_handle *handle = attach(trial);
		for (unsigned int i = 0; i < VISIT_ITEMS;) {
			i += side == 0 ? put(thread, handle) : take(thread, handle);
		}
		if (first && side == 1) {
			set_bound(trial);
		}
		queue_detach(trial->type, trial->queue, handle);
	}
}

static void come_and_go(struct check_thread *thread)
{
	struct trial *trial = thread->context;
	begin_part(trial, VISITS_SHARE);
	check_doing(thread, "attaches, moves some items, and detaches");
	uint64_t most = so_many(trial, VISITS);
	for (uint64_t i = 0; i < most && !part_late(trial, i); ++i) {
		visit(thread, i == 0);
	}
	judge_bound(trial, "with handles that come and go, one at a time");
}

/** Puts many items inside at once. What is kept afterwards is shown, not judged. */
static void burst(struct check_thread *thread)
{
	struct trial *trial = thread->context;
	begin_part(trial, BURST_SHARE);
	check_doing(thread, "enqueues many, and dequeues them all");
	struct queue_handle *handle = attach(trial);
	if (!trial->type->capacity) {
		uint64_t most = so_many(trial, BURST);
		uint64_t inside = 0;
		while (inside < most && !part_late(trial, inside)) {
			inside += put(thread, handle);
		}
		while (inside > 0) {
			inside -= take(thread, handle);
		}
		trial->kept = trial->allocator ? *trial->allocator->bytes - trial->bytes : 0;
	}
	// These stay inside, and belong to the caller
	for (unsigned int i = 0; i < INSIDE;) {
		i += put(thread, handle);
	}
	queue_detach(trial->type, trial->queue, handle);
}

static void alone_main(struct check_thread *thread)
{
	note_others(thread->context);
	flow_alone(thread);
	come_and_go(thread);
	burst(thread);
}

static void produce(struct check_thread *thread, struct queue_handle *handle)
{
	struct trial *trial = thread->context;
	uint64_t most = so_many(trial, ITEMS) / trial->producers;
	uint64_t items = 0;
	while (items < most && !part_late(trial, items)) {
		// Relaxed: an approximate number is enough
		if (atomic_load_explicit(&trial->inside, memory_order_relaxed) < INSIDE &&
		    put(thread, handle)) {
			atomic_fetch_add_explicit(&trial->inside, 1, memory_order_relaxed);
			++items;
		} else {
			sched_yield();
		}
	}
	atomic_fetch_add_explicit(&trial->shared_items, items, memory_order_relaxed);
	// P1, release: the count of items inside is seen after P2
	atomic_fetch_sub_explicit(&trial->producing, 1, memory_order_release);
}

static void consume(struct check_thread *thread, struct queue_handle *handle)
{
	struct trial *trial = thread->context;
	// P2, acquire: pairs with P1
	while (atomic_load_explicit(&trial->producing, memory_order_acquire) > 0 ||
	       atomic_load_explicit(&trial->inside, memory_order_relaxed) > 0) {
		if (take(thread, handle)) {
			// Each producer may have put an item in that it has not counted
			if (atomic_fetch_sub_explicit(&trial->inside, 1, memory_order_relaxed) <=
			    -(int64_t)trial->producers) {
				check_fail(trial->run, "more items came out than went in\n");
				return;
			}
		} else {
			sched_yield();
		}
	}
}

/** Several threads pass items. They attach before the bound is set. */
static void shared_main(struct check_thread *thread)
{
	struct trial *trial = thread->context;
	if (thread->index == 0) {
		note_others(trial);
	}
	pthread_barrier_wait(&trial->barrier);
	struct queue_handle *handle = attach(trial);
	pthread_barrier_wait(&trial->barrier);
	if (thread->index == 0) {
		set_bound(trial);
	}
	pthread_barrier_wait(&trial->barrier);
	if (thread->index < trial->producers) {
		check_doing(thread, "enqueues, few at a time");
		produce(thread, handle);
	} else {
		check_doing(thread, "dequeues, few at a time");
		consume(thread, handle);
	}
	pthread_barrier_wait(&trial->barrier);
	if (thread->index == 0) {
		judge_bound(trial, "with some 10 items inside at a time, and several threads");
	}
	pthread_barrier_wait(&trial->barrier);
	queue_detach(trial->type, trial->queue, handle);
}

static void share(struct trial *trial)
{
	unsigned int count = trial->producers + trial->consumers;
	begin_part(trial, SHARED_SHARE);
	pthread_barrier_init(&trial->barrier, NULL, count);
	atomic_init(&trial->inside, 0);
	atomic_init(&trial->producing, trial->producers);
	atomic_init(&trial->shared_items, 0);
	check_threads(trial->run, count, shared_main, trial);
	pthread_barrier_destroy(&trial->barrier);
	trial->items += atomic_load_explicit(&trial->shared_items, memory_order_relaxed);
}

/** Fails if blocks of the queue are left. */
static void judge_blocks(struct trial *trial, uint64_t before)
{
	uint64_t left = allocator_left(trial->allocator, before);
	if (left > 0) {
		check_fail(trial->run,
			   "%" PRIu64 " block%s not freed, when the queue was destroyed, after "
			   "%" PRIu64 " item%s\n",
			   left, left == 1 ? " was" : "s were", trial->items,
			   number_plural(trial->items));
	}
}

/** The life of a queue, from create() to destroy(). */
static void live(struct trial *trial)
{
	uint64_t blocks = trial->allocator ? *trial->allocator->blocks : 0;
	uint64_t bytes = trial->allocator ? *trial->allocator->bytes : 0;
	trial->items = 0;
	trial->peak = 0;
	trial->queue = check_create(trial->run, CAPACITY, trial->producers + trial->consumers, 0);
	if (!trial->queue) {
		return;
	}
	trial->own = trial->allocator ? *trial->allocator->bytes - bytes : 0;
	share(trial);
	check_threads(trial->run, 1, alone_main, trial);
	if (check_failed(trial->run)) {
		return;
	}
	trial->type->destroy(trial->queue);
	if (trial->allocator && !trial->practice) {
		judge_blocks(trial, blocks);
	}
}

/** A round of traffic: threads free nodes while others read them. */
static void pass(struct check_run *run, uint64_t seed, const struct allocator *allocator)
{
	static const size_t insides[] = {1, 3, 8, 100};
	struct rng rng;
	rng_seed(&rng, seed);
	struct traffic traffic = {
		.capacity = CAPACITY,
		.time = TRAFFIC_TIME,
		// Few items, so that many threads are at the same node
		.inside = insides[rng_below(&rng, 4)],
		.batch = rng_below(&rng, 2) == 0 ? 0 : 5,
		.reattach = rng_below(&rng, 2) == 0 ? 0 : 1 + (unsigned int)rng_below(&rng, 300),
		.interrupts = true,
		// A thread that frees a node and allocates it again reuses its address soonest
		.both = rng_below(&rng, 4) > 0,
	};
	traffic_threads(&traffic, run->type, &rng, 4);
	traffic.items = TRAFFIC_ITEMS / traffic.producers;
	bool poison = allocator && rng_below(&rng, 3) == 0;
	if (poison) {
		allocator->poison(true);
	}
	traffic_run(run, &traffic, rng_next(&rng));
	if (poison) {
		allocator->poison(false);
	}
}

/** Summarizes with the peak, in units for people. */
static void tell_peak(struct check_run *run, uint64_t bytes)
{
	if (bytes < (uint64_t)1 << 20) {
		check_summarize(run, "%" PRIu64 " KiB", (bytes + 1023) >> 10);
	} else {
		check_summarize(run, "%.1f MiB", (double)bytes / (1 << 20));
	}
}

static void memory_run(struct check_run *run)
{
	struct trial trial = {
		.run = run,
		.type = run->type,
		.allocator = run->type->library_memory ? NULL : run->allocator,
		.producers = check_at_most(SIDE, run->type->max_producers),
		.consumers = check_at_most(SIDE, run->type->max_consumers),
	};
	uint64_t seed;
	while (check_round(run, &seed)) {
		for (int i = 0; run->found.rounds == 1 && i < 2 && !check_failed(run); ++i) {
			trial.practice = i == 0;
			live(&trial);
		}
		if (check_failed(run)) {
			check_end(run);
		}
		pass(run, seed, trial.allocator);
	}
	check_figure(run, "items", (double)trial.items);
	if (trial.allocator) {
		tell_peak(run, trial.peak);
		check_figure(run, "peak_bytes", (double)trial.peak);
		check_figure(run, "kept_after_burst_bytes", (double)trial.kept);
	} else {
		char text[8];
		check_summarize(run, "%s items", check_count(text, trial.items));
	}
	check_need_allocator(run);
}

CHECK_EXPORT(memory, .title = "the queue frees what it allocates, and nothing too early",
	     .weight = 2, .refutes = "memory", .run = memory_run);
