// SPDX-License-Identifier: MIT

/**
 * Exploring: small programs over a queue are run in every order in which their threads can meet.
 * The queue's file is compiled a second time with each of its accesses to memory a call of a hook
 * (bench/hooked/). The engine behind the hooks decides which thread runs next.
 *
 *     module.c     what a module exports
 *     programs.c   the programs over a queue, and one execution of one
 *     waiting.c    the programs that sleep: over a channel, or a pool
 *     history.c    have the answers of the operations an order that explains them?
 *     engine.c     the search as an engine of the hooks
 *     threads.c    creating, joining, sleeping and waking
 *     search.c     which thread runs next: a depth-first search over the orders, one execution
 *                  after the other, with dynamic partial-order reduction
 *     trace.c      an execution as text
 *     states.c     states that the search has been in before
 *     memory.c     what an access sees: the latest value, or any that C11 allows; data races
 *     heap.c       blocks and locations; accesses outside of blocks, or to freed ones
 *     finding.c    what went wrong
 *     place.c      a place in the code as text
 *     hash.c       hashes of 128 bits
 *     model.h      what an execution is made of, and the state of the search
 *
 * A file includes only those below it.
 *
 * Nothing here is itself compiled with hooks. All of it goes into one module per queue,
 * explore/NAME.so, which exports one symbol.
 */

#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include "channel.h"
#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Threads of a program at most. */
#define EXPLORE_THREADS 4
/** Operations of a program at most, with those that empty the queue at the end. */
#define EXPLORE_OPERATIONS 32
/** Operations of one thread. */
#define EXPLORE_SCRIPT 8

enum explore_model {
	/** Sequential consistency: a load sees the latest store. */
	EXPLORE_SC,
	/** C11: a load sees any store that coherence and happens-before leave it. */
	EXPLORE_C11,
};

/** A program: what each thread does, and with what queue. */
struct explore_program {
	const char *name;
	/**
	 * Per thread, a letter an operation: e enqueue, d dequeue, a attach, x detach. A thread
	 * that does not begin with `a` is attached beforehand. Those of waiting.c have letters
	 * of their own.
	 */
	const char *threads[EXPLORE_THREADS];
	/** Items that are put in before, and taken out again, to begin in the middle of a lap. */
	unsigned int laps;
	/** Items inside at the start. */
	unsigned int filled;
	size_t capacity;
	/** Added to config.first_ticket, so that tickets may wrap around. */
	size_t first_ticket;
};

/** A program that sleeps; with a tree its threads are a pool. */
struct explore_waiting {
	struct explore_program program;
	/** What the pool works on: the children of each node, in the order of breadth; or NULL. */
	const char *tree;
	/** The pool is cancelled by so manieth result; 0: it is not. */
	unsigned int cancel_at;
	/** Workers that cannot be created. */
	unsigned int missing;
};

struct explore_request {
	const struct explore_program *program;
	enum explore_model model;
	/** How a channel's threads wait. */
	enum channel_wait wait;
	/** Switches away from a thread that could go on; UINT32_MAX: any number. */
	uint32_t preemptions;
	/** End after so many executions, or at this time by clock_now(). */
	uint64_t most;
	uint64_t until;
	/** Run all orders, also those that differ in nothing: to test that they do. */
	bool all;
	/**
	 * Run no order on from a state in which another one was: EXPLORE_SC alone, without a bound,
	 * and of queues alone.
	 */
	bool states;
	/** This thread stops for ever after so many of its steps; -1: none does. */
	int stopped;
	unsigned int stopped_after;
};

/** Different ones, and what they hash to. */
struct explore_answers {
	uint64_t count;
	uint64_t digest;
};

struct explore_result {
	uint64_t executions;
	/** Executions that were cut short because they would have repeated others. */
	uint64_t repeated;
	uint64_t steps;
	/** What the operations answered together. */
	struct explore_answers outcomes;
	/**
	 * The same, with which of them were over before which: of all orders, all states, or C11,
	 * where that is what happens before alone.
	 */
	struct explore_answers histories;
	/** All there is within the bounds was run. */
	bool finished;
	/** An execution was cut off, having too many steps: then it is not finished. */
	bool cut;
	/** States do not do for this program: it was given up. */
	bool unsuited;
	/** All atomic accesses were sequentially consistent: C11 has no other executions. */
	bool strong;
	/** The stopped thread had fewer steps than that in every execution. */
	bool never_stopped;
	/** Something went wrong: set before it is written down, which takes longer than finding it.
	 */
	atomic_bool found;
	/** What went wrong, and the schedule that shows it, for the caller to free; or NULL. */
	char *finding;
	/** With a thread stopped: where it stood when others could not go on, and what they did. */
	char blocked_at[256];
	bool blocked_enqueue;
	bool blocked_dequeue;
};

/** Bytes of a finding at most: what a check may say must have room for it. */
#define EXPLORE_FINDING_SIZE (256 * 1024)

/** What a module shows. */
struct explore_module {
	uint32_t version;
	const struct queue_type *(*type)(void);
	/** Run a program in all orders. 0, or -1 with errno. */
	int (*run)(const struct queue_type *type, const struct explore_request *request,
		   struct explore_result *result);
	/** The programs, up to one without a name. */
	const struct explore_program *programs;
	/**
	 * Those to be run also in orders that differ in nothing that a thread could see: where it
	 * matters which of two operations was over first, though they touch nothing in common.
	 * Under C11 it does not: what does not happen before is not over before.
	 */
	const struct explore_program *programs_all;
	/** The same for those that sleep: `request->program` is the member of one of them. */
	int (*run_waiting)(const struct queue_type *type, const struct explore_request *request,
			   struct explore_result *result);
	const struct explore_waiting *waiting;
};

#define EXPLORE_MODULE_VERSION 7

#endif // EXPLORE_EXPLORE_H
