// SPDX-License-Identifier: MIT

/**
 * The parts of a workload. A file in loops/ is one workload: it defines the loop of one
 * thread, forced inline, and ends with one LOOP_EXPORT(). instantiate.c compiles the file
 * for every queue, twice: with the queue's type as a constant, and with the type hidden
 * from the optimiser, so that operations are called through the table.
 *
 * A loop runs once in each thread of a sample, until loop_stopped(). The sampler reads
 * the counts of all threads at both ends of the measured window, while they run. No thread
 * starts or stops at those moments, so none runs alone inside the window.
 */

#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include "base/clock.h"
#include "base/histogram.h"
#include "base/rng.h"
#include "channel.h"
#include "workload/cell.h"
#include "workload/credit.h"
#include "workload/proof.h"
#include "workload/rank.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Role of a thread. */
enum loop_role {
	LOOP_BOTH,
	LOOP_PRODUCER,
	LOOP_CONSUMER,
};

/** Phase of a sample. */
enum loop_phase {
	LOOP_WARM_UP,
	/** Nothing is sent: the cost of waiting is measured. Only where the workload is `quiet`. */
	LOOP_QUIET,
	/** Inside the measured window. */
	LOOP_MEASURED,
	LOOP_STOP,
};

/** Unit of a workload's value. */
enum loop_unit {
	/** Items delivered per second by all threads together: more is better. */
	LOOP_ITEMS_PER_SECOND,
	/** Nanoseconds of what the title names: less is better. */
	LOOP_NANOSECONDS,
};

struct loop_run;
struct replay;

/** State of a thread. A loop works on a copy, most of which the compiler keeps in registers. */
struct loop_thread {
	_Alignas(QUEUE_APART) struct loop_run *run;
	unsigned int index;
	enum loop_role role;
	/** Ends of both channels of the run. */
	struct channel_end ends[2];
	struct rng rng;
	/** Rounds of loop_work_round() that last as long as the cell's work. */
	uint64_t work_rounds;
	/** Next item that the thread makes, and its first item. */
	uintptr_t next;
	uintptr_t first;
	/**
	 * Tallies by producer. The tally of `tallied`, the producer of the last item, is in `tally`
	 * meanwhile; its count is brought up to date by loop_settle().
	 */
	struct proof_tally *tallies;
	struct proof_tally tally;
	unsigned int tallied;
	/** Last item that producer `tallied` can make: items above `tally.last` up to it are its.
	 */
	uintptr_t top;
	/** Items that the thread took out, and how many of them the tallies count. */
	uint64_t taken;
	uint64_t settled;
	/** An item came out that no producer made. */
	bool forged;

	/** Count that is measured, where that is not `taken`; and where main reads the count. */
	uint64_t done;
	_Atomic uint64_t *published;
	/**
	 * Times in nanoseconds, inside the window alone; and apart from them those of hand-offs
	 * that a thread slept for. NULL if not recorded. A quiet producer's: how late it woke.
	 */
	struct histogram *latency;
	struct histogram *slept;
	/** Nanoseconds in each half of a burst, and items that went through both. */
	uint64_t first_half;
	uint64_t second_half;
	uint64_t halved;
	struct credit_purse purse;
	/** Notes of the first operations, where the workload takes rank errors. */
	struct rank_log ranks;
};

struct loop_done {
	_Alignas(QUEUE_APART) _Atomic uint64_t count;
};

/** When an item is due. Its place in the ring is later that of another item. */
struct loop_due {
	_Atomic uint64_t at;
	_Atomic uintptr_t item;
};

struct loop_run {
	const struct cell *cell;
	const struct queue_type *type;
	/** The second one only where the workload is a `pair`. */
	struct channel channels[2];
	/** Producers of items: the threads, and main, which fills the queue beforehand. */
	unsigned int producers;
	struct credit credit;
	struct loop_thread *threads;
	/** Times at which items were due: a ring for each producer, as long as the capacity. */
	struct loop_due *dues;
	uint64_t due_mask;
	/** Mean time between two items of a producer, in picoseconds; 0: at once. */
	_Atomic uint64_t gap;
	/** Counts of the threads, each on cache lines of its own. */
	struct loop_done *done;
	/** The recorded walk, where the workload replays one. */
	struct replay *replay;
	/** Threads that still produce, where the workload is `split`: the last closes the channels.
	 */
	_Alignas(QUEUE_APART) _Atomic unsigned int producing;
	_Alignas(QUEUE_APART) _Atomic enum loop_phase phase;
	/** Sleeps of the thread that answers, where the workload is a `pair`. Beside the phase,
	 * which the other thread reads anyway: only a sleep writes here.
	 */
	_Atomic uint64_t slept;
};

/** A workload, compiled for one queue. */
struct loop {
	const char *name;
	const char *title;
	enum loop_unit unit;
	/** Waits that make a difference to the workload: a bit for each enum channel_wait. */
	unsigned int waits;
	/** Producers and consumers are different threads. */
	bool split;
	/** The workload records times. Their median is its value; p99.9 or mean90, see below. */
	bool timed;
	/** Its times are told apart: those of hand-offs that a thread slept for, and the others. */
	bool sleeps;
	/** Two threads, and a queue for each direction. */
	bool pair;
	/** The number of items at a time is a parameter. */
	bool batches;
	/** The load is a parameter: a share of the capacity, measured first. The value is p99.9. */
	bool loads;
	/** The workload notes when items are due: loop_note_due(). */
	bool dues;
	/** Processor time in a second without items is measured, too. The value is mean90. */
	bool quiet;
	/** One producer, whatever the number of threads. */
	bool one_producer;
	/**
	 * The workload is a whole pool, which replays a recorded walk. It makes its own queues and
	 * workers. Its loop is called once, in the thread that runs the pool. Unless told
	 * otherwise, it is measured with several amounts of work per item.
	 */
	bool whole;
	/** Main fills the queue by half beforehand. */
	bool half_full;
	/** The loop notes its first operations, and the sample takes rank errors from them. */
	bool ranks;
	/** The loop fills and drains by loop_burst_share() items, and times both: loop_split(). */
	bool halves;
	/** Works of a thread between two looks at the phase; 0 stands for 2. */
	unsigned int works;
	/**
	 * Its only floor: a pair hands each item over, and has the one that does. "": none exists,
	 * since the value is about items that go from thread to thread. NULL: all others, from
	 * which each thread gets back what it put in.
	 */
	const char *floor;
	void (*direct)(struct loop_thread *thread);
	void (*indirect)(struct loop_thread *thread);
};

/** All workloads, compiled for one queue. */
struct bench_type {
	const struct queue_type *queue;
	/** Ends with NULL. */
	const struct loop *const *loops;
	/** There is no queue: the floor under the workloads. */
	bool floor;
};

/**
 * Makes a thread ready, which is all zeros.
 *
 * @param tallies  one for each producer of the run, all zeros
 */
void loop_prepare(struct loop_thread *thread, struct loop_run *run, unsigned int index,
		  struct proof_tally *tallies, uint64_t seed);

/** Fills half of the queue by items of main, which are part of the backlog. Returns how many. */
uint64_t loop_fill_half(struct loop_run *run, struct channel_end *end);

/**
 * Proves that each item came out once, and in order at each consumer if the queue claims any.
 *
 * @param left    what main took out when the threads had ended
 * @param filled  items that main had put in
 * @param text    receives what is wrong
 * @return false if something is
 */
bool loop_prove(const struct loop_run *run, const struct proof_tally *left, uint64_t filled,
		char *text, size_t size);

/** The largest batch. */
#define LOOP_MAX_BATCH 64

#define LOOP_WAIT(wait) (1U << (wait))
#define LOOP_POLLS (LOOP_WAIT(CHANNEL_SPIN) | LOOP_WAIT(CHANNEL_YIELD))
#define LOOP_ALL_WAITS (LOOP_POLLS | LOOP_WAIT(CHANNEL_PARK) | LOOP_WAIT(CHANNEL_NATIVE))

/** Phase of the sample. Relaxed: the phase orders nothing. */
QUEUE_OP enum loop_phase loop_phase(const struct loop_thread *thread)
{
	return atomic_load_explicit(&thread->run->phase, memory_order_relaxed);
}

/** Whether the sample is over. */
QUEUE_OP bool loop_stopped(const struct loop_thread *thread)
{
	return loop_phase(thread) == LOOP_STOP;
}

/**
 * Items of a burst, all threads together, unless the capacity is smaller. Twice the nodes that the
 * depot of a queue keeps (DEPOT_MAGAZINES in queues/reclaim/magazine.h), so the allocator is asked.
 */
#define LOOP_BURST 32768

/** Items of a burst that are a thread's. */
static inline size_t loop_burst_share(const struct cell *cell)
{
	size_t burst = cell->capacity < LOOP_BURST ? cell->capacity : LOOP_BURST;
	return burst / cell->threads ? burst / cell->threads : 1;
}

/** Adds to the count that is measured. Relaxed: main reads the number and nothing with it. */
QUEUE_OP void loop_count(struct loop_thread *thread, uint64_t count)
{
	thread->done += count;
	atomic_store_explicit(thread->published, thread->done, memory_order_relaxed);
}

/** Records a time, if it is inside the window. `slept`: a thread slept meanwhile. */
QUEUE_OP void loop_record(struct loop_thread *thread, uint64_t nanoseconds, bool slept)
{
	if (loop_phase(thread) == LOOP_MEASURED) {
		histogram_add(slept ? thread->slept : thread->latency, nanoseconds);
	}
}

/** One round of work: a step of a generator that no compiler may leave out. */
QUEUE_OP uint64_t loop_work_round(uint64_t state)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	__asm__ volatile("" : "+r"(state));
	return state;
}

/** The work between operations. */
QUEUE_OP void loop_work(const struct loop_thread *thread)
{
	// Without work, the loop falls through
	if (__builtin_expect(thread->work_rounds == 0, 1)) {
		return;
	}
	uint64_t state = 88172645463325252;
	for (uint64_t i = thread->work_rounds; i > 0; --i) {
		state = loop_work_round(state);
	}
}

/** Records the nanoseconds of both halves of a burst, if it is inside the window. */
QUEUE_OP void loop_split(struct loop_thread *thread, uint64_t first, uint64_t second,
			 uint64_t items)
{
	if (loop_phase(thread) == LOOP_MEASURED) {
		thread->first_half += first;
		thread->second_half += second;
		thread->halved += items;
	}
}

/** The place of an item in its producer's ring of dues. */
QUEUE_OP struct loop_due *loop_due(const struct loop_thread *thread, uintptr_t item)
{
	const struct loop_run *run = thread->run;
	return &run->dues[(run->due_mask + 1) * proof_producer(item) +
			  (proof_sequence(item) & run->due_mask)];
}

/** Notes when the next item of this thread is due, before the item goes in. */
QUEUE_OP void loop_note_due(const struct loop_thread *thread, uint64_t at)
{
	struct loop_due *due = loop_due(thread, thread->next);
	// Relaxed: the release below brings it along
	atomic_store_explicit(&due->item, thread->next, memory_order_relaxed);
	// Release: a consumer that reads this time sees whose it is
	atomic_store_explicit(&due->at, at, memory_order_release);
}

/**
 * Records the time from when an item was due until `now`. Credit bounds how many items are on their
 * way, not how far apart they are: while a consumer is off its processor with an item in hand, the
 * producer goes on with other consumers, and once round the ring. The item's time is lost then, and
 * nothing is recorded for it. It was out of the queue already.
 */
QUEUE_OP void loop_record_due(struct loop_thread *thread, uintptr_t item, uint64_t now, bool slept)
{
	const struct loop_due *due = loop_due(thread, item);
	// Acquire: pairs with the release in loop_note_due()
	uint64_t at = atomic_load_explicit(&due->at, memory_order_acquire);
	// Relaxed: if the time is a later item's, this is at least as late
	if (atomic_load_explicit(&due->item, memory_order_relaxed) == item) {
		loop_record(thread, now - at, slept);
	}
}

/** Makes the next item. */
QUEUE_OP void *loop_make(struct loop_thread *thread)
{
	uintptr_t item = thread->next;
	thread->next += PROOF_STEP;
	return (void *)item;
}

/** Brings the tallies up to date. */
QUEUE_OP void loop_settle(struct loop_thread *thread)
{
	thread->tally.count += thread->taken - thread->settled;
	thread->settled = thread->taken;
	thread->tallies[thread->tallied] = thread->tally;
}

/** Turns to another tally for an item that is out of line. False if no producer made it. */
QUEUE_OP bool loop_turn(struct loop_thread *thread, uintptr_t item)
{
	unsigned int producer = proof_producer(item);
	if (producer == thread->tallied) {
		++thread->tally.overtaken;
		return true;
	}
	if (producer >= thread->run->producers) {
		thread->forged = true;
		return false;
	}
	loop_settle(thread);
	thread->tally = thread->tallies[producer];
	thread->tallied = producer;
	thread->top = proof_top(producer);
	thread->tally.overtaken += item <= thread->tally.last;
	return true;
}

/**
 * Tallies an item that came out. This is the cost of the proof, which the floors show: few
 * instructions, and none that waits in memory for those of the item before.
 */
QUEUE_OP void loop_take(struct loop_thread *thread, void *pointer)
{
	uintptr_t item = (uintptr_t)pointer;
	if (__builtin_expect(item <= thread->tally.last || item > thread->top, 0) &&
	    !loop_turn(thread, item)) {
		return;
	}
	thread->tally.last = item;
	thread->tally.sum += item;
	++thread->taken;
	// Relaxed: as in loop_count()
	atomic_store_explicit(thread->published, thread->taken, memory_order_relaxed);
}

/** Tries to dequeue, in a loop in which no thread sleeps for room. */
QUEUE_OP enum queue_status loop_try_dequeue(const struct queue_type *type,
					    struct loop_thread *thread, void **item)
{
	struct channel_end *end = &thread->ends[0];
	enum queue_status status = type->dequeue(thread->run->channels[0].queue, end->handle, item);
	end->counts.empty += status == QUEUE_EMPTY;
	end->counts.busy += status == QUEUE_BUSY;
	return status;
}

/** Enqueues an item, and polls while the queue refuses. False if the sample is over before. */
QUEUE_OP bool loop_enqueue(const struct queue_type *type, struct loop_thread *thread)
{
	struct channel *channel = &thread->run->channels[0];
	void *item = loop_make(thread);
	unsigned int polls = 0;
	while (channel_try_enqueue(type, channel, &thread->ends[0], item) != QUEUE_OK) {
		if (loop_stopped(thread)) {
			thread->next -= PROOF_STEP;
			return false;
		}
		channel_poll(channel, &polls);
	}
	return true;
}

/** Dequeues an item, and polls while there is none. False if the sample is over before. */
QUEUE_OP bool loop_dequeue(const struct queue_type *type, struct loop_thread *thread)
{
	struct channel *channel = &thread->run->channels[0];
	void *item;
	unsigned int polls = 0;
	while (loop_try_dequeue(type, thread, &item) != QUEUE_OK) {
		if (loop_stopped(thread)) {
			return false;
		}
		channel_poll(channel, &polls);
	}
	loop_take(thread, item);
	return true;
}

/** A floor always has an item, so its consumers look at the phase to see the end. */
#ifdef QUEUE_FLOOR
#define LOOP_FLOOR true
#else
#define LOOP_FLOOR false
#endif

/** Dequeues an item, and waits as the cell says. False when the channel is over. */
QUEUE_OP bool loop_receive(const struct queue_type *type, struct loop_thread *thread, void **item)
{
	struct channel *channel = &thread->run->channels[0];
	if (LOOP_FLOOR && loop_stopped(thread)) {
		return false;
	}
	if (channel_try_dequeue(type, channel, &thread->ends[0], item) == QUEUE_OK) {
		return true;
	}
	// A thread with nothing to do must not keep credits
	credit_return(&thread->run->credit, &thread->purse);
	return channel_dequeue(type, channel, &thread->ends[0], item) == QUEUE_OK;
}

/** The loop that calls the queue by its name. */
#define LOOP_DIRECT(id)                                                                            \
	static void id##_direct(struct loop_thread *thread)                                        \
	{                                                                                          \
		struct loop_thread own = *thread;                                                  \
		id##_loop(&LOOP_QUEUE, &own);                                                      \
		*thread = own;                                                                     \
	}

/**
 * Ends a file in loops/: LOOP_EXPORT(name, .title = ..., ...) after the definition of
 * `name_loop(const struct queue_type *, struct loop_thread *)`.
 */
#define LOOP_EXPORT(id, ...)                                                                       \
	LOOP_DIRECT(id)                                                                            \
	static void id##_indirect(struct loop_thread *thread)                                      \
	{                                                                                          \
		struct loop_thread own = *thread;                                                  \
		const struct queue_type *type = &LOOP_QUEUE;                                       \
		__asm__ volatile("" : "+r"(type));                                                 \
		id##_loop(type, &own);                                                             \
		*thread = own;                                                                     \
	}                                                                                          \
	static const struct loop loop_##id = {                                                     \
		.name = #id, .direct = id##_direct, .indirect = id##_indirect, __VA_ARGS__}

#endif // BENCH_LOOP_H
