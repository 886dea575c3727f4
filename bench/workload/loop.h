// SPDX-License-Identifier: MIT

/**
 * What a workload is made of. A file in loops/ is one workload: it defines the loop
 * of one thread, forced inline, and ends with one LOOP_EXPORT(). instantiate.c
 * compiles it once per queue, with the queue's type as a constant; and once more
 * with the type hidden from the optimiser, so that its operations are called
 * through the table.
 *
 * A loop runs once in each thread of a sample, until loop_stopped(). What it has done
 * is read while it runs, at both ends of the measured window: nothing starts or stops
 * at those moments, so that no thread runs alone inside of the window.
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

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a thread is there for. */
enum loop_role {
	LOOP_BOTH,
	LOOP_PRODUCER,
	LOOP_CONSUMER,
};

/** Where a sample is. */
enum loop_phase {
	LOOP_WARM_UP,
	/** Nothing is sent, where what waiting costs is measured. */
	LOOP_QUIET,
	/** Inside of the window. */
	LOOP_MEASURED,
	LOOP_STOP,
};

/** What a workload's value is. */
enum loop_unit {
	/** Items delivered a second, all threads together: more is better. */
	LOOP_ITEMS_PER_SECOND,
	/** Nanoseconds, of what the title says: less is better. */
	LOOP_NANOSECONDS,
};

struct loop_run;
struct replay;

/** A thread's own. A loop works on a copy, most of which the compiler keeps in registers. */
struct loop_thread {
	_Alignas(QUEUE_APART) struct loop_run *run;
	unsigned int index;
	enum loop_role role;
	/** On both channels of the run. */
	struct channel_end ends[2];
	struct rng rng;
	/** Rounds of loop_work_round() that take as long as the cell's work. */
	uint64_t work_rounds;
	/** The next item that it makes, and the first one. */
	uintptr_t next;
	uintptr_t first;
	/**
	 * Per producer; but the one that the last item was of is in `tally`, without its count:
	 * that is what was taken since it was settled.
	 */
	struct proof_tally *tallies;
	struct proof_tally tally;
	unsigned int tallied;
	/** The last item that the tally's producer can make; all after `tally.last` are its too. */
	uintptr_t top;
	/** Items that it took out, and how many of them are in the tallies' counts. */
	uint64_t taken;
	uint64_t settled;
	/** An item came out that nobody made. */
	bool forged;

	/** What is measured, where that is not the items taken out; and where main reads it. */
	uint64_t done;
	_Atomic uint64_t *published;
	/** Nanoseconds, where the workload records some; only inside of the window. */
	struct histogram *latency;
	/** Time of each half, and items that went through both. */
	uint64_t first_half;
	uint64_t second_half;
	uint64_t halved;
	struct credit_purse purse;
};

struct loop_done {
	_Alignas(QUEUE_APART) _Atomic uint64_t count;
};

struct loop_run {
	const struct cell *cell;
	const struct queue_type *type;
	/** The second for workloads that need one. */
	struct channel channels[2];
	/** Producers that make items: the threads, and main, which fills the queue beforehand. */
	unsigned int producers;
	struct credit credit;
	struct loop_thread *threads;
	/** When items were due: a ring for each producer, which credit keeps from overrunning. */
	_Atomic uint64_t *dues;
	uint64_t due_mask;
	/** Mean time between two items of a producer, in picoseconds; 0: at once. */
	_Atomic uint64_t gap;
	/** What each thread has done, each count on lines of its own. */
	struct loop_done *done;
	/** The recorded walk, where the workload is one. */
	struct replay *replay;
	/** Threads that still produce, where others consume: the last one closes the channels. */
	_Alignas(QUEUE_APART) _Atomic unsigned int producing;
	_Alignas(QUEUE_APART) _Atomic enum loop_phase phase;
};

/** A workload, made for one queue. */
struct loop {
	const char *name;
	const char *title;
	enum loop_unit unit;
	/** Waits that make a difference to it: a bit for each enum channel_wait. */
	unsigned int waits;
	/** Producers and consumers are different threads. */
	bool split;
	/** It records times, whose median is its value. */
	bool timed;
	/** Two threads, a queue for each direction. */
	bool pair;
	/** Items at a time are a parameter. */
	bool batches;
	/** The load is a parameter: a share of the capacity, which is measured first. */
	bool loads;
	/** It notes when items are due: loop_due(). */
	bool dues;
	/** What waiting costs is measured too: the processor time of a quiet second. */
	bool quiet;
	/** One producer, whatever the number of threads. */
	bool one_producer;
	/**
	 * It is a whole pool, which replays a recorded walk: it makes its own queues and workers,
	 * is called once, in the thread that runs the pool, and is swept over the work of an item.
	 */
	bool whole;
	/** The queue is half full at the start. */
	bool half_full;
	/** Its two halves are timed apart: loop_split(). */
	bool halves;
	/** No floor can stand in: what is measured is how items go from thread to thread. */
	bool no_floors;
	void (*direct)(struct loop_thread *thread);
	void (*indirect)(struct loop_thread *thread);
};

/** All workloads of one queue. */
struct bench_type {
	const struct queue_type *queue;
	/** Up to a NULL. */
	const struct loop *const *loops;
	/** No queue at all, but what the loops cost without one. */
	bool floor;
};

/** The largest batch. */
#define LOOP_MAX_BATCH 64

#define LOOP_WAIT(wait) (1U << (wait))
#define LOOP_POLLS (LOOP_WAIT(CHANNEL_SPIN) | LOOP_WAIT(CHANNEL_YIELD))
#define LOOP_ALL_WAITS (LOOP_POLLS | LOOP_WAIT(CHANNEL_PARK) | LOOP_WAIT(CHANNEL_NATIVE))

/** Where the sample is. Relaxed: it orders nothing. */
QUEUE_OP enum loop_phase loop_phase(const struct loop_thread *thread)
{
	return atomic_load_explicit(&thread->run->phase, memory_order_relaxed);
}

/** Is it over? */
QUEUE_OP bool loop_stopped(const struct loop_thread *thread)
{
	return loop_phase(thread) == LOOP_STOP;
}

/** Count what is measured. Relaxed: main wants to know how many, and nothing else. */
QUEUE_OP void loop_count(struct loop_thread *thread, uint64_t count)
{
	thread->done += count;
	atomic_store_explicit(thread->published, thread->done, memory_order_relaxed);
}

/** Record a time, if it is inside of the window. */
QUEUE_OP void loop_record(struct loop_thread *thread, uint64_t nanoseconds)
{
	if (loop_phase(thread) == LOOP_MEASURED) {
		histogram_add(thread->latency, nanoseconds);
	}
}

/** One round of work: a step of a generator, which no compiler may leave out. */
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
	// Where there is none the loop goes straight on
	if (__builtin_expect(thread->work_rounds == 0, 1)) {
		return;
	}
	uint64_t state = 88172645463325252;
	for (uint64_t i = thread->work_rounds; i > 0; --i) {
		state = loop_work_round(state);
	}
}

/** Record the two halves of a burst, if it is inside of the window. */
QUEUE_OP void loop_split(struct loop_thread *thread, uint64_t first, uint64_t second,
			 uint64_t items)
{
	if (loop_phase(thread) == LOOP_MEASURED) {
		thread->first_half += first;
		thread->second_half += second;
		thread->halved += items;
	}
}

/** Where it is noted when an item is due. */
QUEUE_OP _Atomic uint64_t *loop_due(const struct loop_thread *thread, uintptr_t item)
{
	const struct loop_run *run = thread->run;
	return &run->dues[(run->due_mask + 1) * proof_producer(item) +
			  (proof_sequence(item) & run->due_mask)];
}

/** The next item. */
QUEUE_OP void *loop_make(struct loop_thread *thread)
{
	uintptr_t item = thread->next;
	thread->next += PROOF_STEP;
	return (void *)item;
}

/** Bring the tallies up to date. */
QUEUE_OP void loop_settle(struct loop_thread *thread)
{
	thread->tally.count += thread->taken - thread->settled;
	thread->settled = thread->taken;
	thread->tallies[thread->tallied] = thread->tally;
}

/** An item is not the next of the tally's producer: false if it is nobody's. */
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
 * An item has come out. What is done here for each item is the cost of proving, which the
 * floors show: few instructions, and none that waits for the one of the item before in memory.
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

/** Try to dequeue, in a loop where nobody sleeps for room. */
QUEUE_OP enum queue_status loop_try_dequeue(const struct queue_type *type,
					    struct loop_thread *thread, void **item)
{
	struct channel_end *end = &thread->ends[0];
	enum queue_status status = type->dequeue(thread->run->channels[0].queue, end->handle, item);
	end->counts.empty += status == QUEUE_EMPTY;
	end->counts.busy += status == QUEUE_BUSY;
	return status;
}

/** Enqueue an item, polling while that is refused. False if it is over before. */
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

/** Dequeue an item, polling while there is none. False if it is over before. */
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

/** Floors have always an item: who waits for the end of the channel looks at the clock instead. */
#ifdef QUEUE_FLOOR
#define LOOP_FLOOR true
#else
#define LOOP_FLOOR false
#endif

/** Dequeue, waiting as the cell says. False when the channel is over. */
QUEUE_OP bool loop_receive(const struct queue_type *type, struct loop_thread *thread, void **item)
{
	struct channel *channel = &thread->run->channels[0];
	if (LOOP_FLOOR && loop_stopped(thread)) {
		return false;
	}
	if (channel_try_dequeue(type, channel, &thread->ends[0], item) == QUEUE_OK) {
		return true;
	}
	// Who has nothing to do must not sit on credits
	credit_return(&thread->run->credit, &thread->purse);
	return channel_dequeue(type, channel, &thread->ends[0], item) == QUEUE_OK;
}

/**
 * The end of a file in loops/: LOOP_EXPORT(name, .title = ..., ...), with
 * `name_loop(const struct queue_type *, struct loop_thread *)` before it.
 */
#define LOOP_EXPORT(id, ...)                                                                       \
	static void id##_direct(struct loop_thread *thread)                                        \
	{                                                                                          \
		struct loop_thread own = *thread;                                                  \
		id##_loop(&LOOP_QUEUE, &own);                                                      \
		*thread = own;                                                                     \
	}                                                                                          \
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
