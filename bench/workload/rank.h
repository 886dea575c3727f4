// SPDX-License-Identifier: MIT

/**
 * Rank errors: how many older items were still inside when an item came out. 0 for a FIFO.
 *
 * Threads note the time before and after each of their first operations. An item counts as older if
 * its enqueue had ended before the other's began, and as still inside if its dequeue began after
 * the other's had ended. So what is counted is certain, and the true error is at most larger by the
 * operations that were under way. Full fences around each reading of the clock see to it that an
 * operation takes effect between its two times.
 */

#ifndef BENCH_RANK_H
#define BENCH_RANK_H

#include "base/clock.h"
#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Operations that a thread notes: an even number. */
#define RANK_NOTES 16384

/** An item that was enqueued, and the times of its operations. */
struct rank_item {
	uint64_t enqueue_invoked;
	uint64_t enqueue_responded;
	uint64_t dequeue_invoked;
	/** RANK_NEVER: its own error is not asked for. */
	uint64_t dequeue_responded;
};

#define RANK_NEVER UINT64_MAX

/** Rank errors of some items: their mean, the 99th of 100, and the worst. NAN if there are none. */
struct rank_error {
	double mean;
	double p99;
	double worst;
	double items;
};

/** An operation that a thread noted. */
struct rank_note {
	uint64_t before;
	uint64_t after;
	/** The item; with RANK_TAKEN if it was dequeued. */
	uintptr_t item;
};

#define RANK_TAKEN 1

struct loop_run;

/** Notes of a thread. */
struct rank_log {
	struct rank_note *notes;
	size_t count;
	size_t room;
};

/** Number of ascending times before `time`, or also at it. */
size_t count_until(const uint64_t *times, size_t count, uint64_t time, bool at_it);

/**
 * Computes the rank error of each item that was dequeued.
 *
 * @param errors  receives them, ascending: room for `count`
 * @param found   receives how many they are
 * @return 0, or -1 with ENOMEM
 */
int rank_errors(const struct rank_item *items, size_t count, uint64_t *errors, size_t *found);

/**
 * Computes the rank errors of the items whose operations the threads of a run noted. Only those
 * count that came out before a thread had no room for more notes.
 *
 * @param filled  items that main had put in before the threads began
 * @return 0, or -1 with ENOMEM
 */
int rank_measure(const struct loop_run *run, uint64_t filled, struct rank_error *error);

/** Makes a log for RANK_NOTES, and touches its memory. 0, or -1 with ENOMEM. */
int rank_log_create(struct rank_log *log);

// The simulator has its own, without fences and for no time
#ifndef rank_now
/** The time, between full fences. */
QUEUE_OP uint64_t rank_now(void)
{
	atomic_thread_fence(memory_order_seq_cst);
	uint64_t now = clock_now();
	atomic_thread_fence(memory_order_seq_cst);
	return now;
}

/** Notes an operation that began at `before` and has just ended. */
QUEUE_OP void rank_note(struct rank_log *log, uintptr_t item, uint64_t before)
{
	log->notes[log->count++] = (struct rank_note){before, rank_now(), item};
}
#endif

#endif // BENCH_RANK_H
