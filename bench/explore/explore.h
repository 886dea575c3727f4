// SPDX-License-Identifier: MIT

/**
 * Exploring: small programs over a queue are run in every order in which their threads can meet.
 * The queue's file is compiled a second time with each of its accesses to memory a call of a hook
 * (bench/hooked/). The engine behind the hooks decides which thread runs next.
 *
 *     instance.c   a queue's file with hooks, and what a module exports
 *     programs.c   the programs over a queue, and one execution of one
 *     waiting.c    the programs that sleep: over a channel, or a pool
 *     history.c    have the answers of the operations an order that explains them?
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

/** Most threads of a program. */
#define EXPLORE_THREADS 4
/** Most operations of an execution, with those that empty the queue at its end. */
#define EXPLORE_OPERATIONS 32

enum explore_model {
	/** Sequential consistency: a load sees the latest store. */
	EXPLORE_SC,
	/** C11: a load sees any store that coherence and happens-before leave it. */
	EXPLORE_C11,
};

/** A program: what each thread does with the queue. */
struct explore_program {
	const char *name;
	/**
	 * For each thread one letter per operation: e enqueue, d dequeue, a attach, x detach, b and
	 * t native batches that put and take two. A thread whose first letter is not `a` is
	 * attached beforehand. waiting.c has letters of its own.
	 */
	const char *threads[EXPLORE_THREADS];
	/** Items that pass through beforehand, so that the program begins within a lap. */
	unsigned int laps;
	/** Items inside at the start. */
	unsigned int filled;
	size_t capacity;
	/** First ticket of the queue: just below the wrap-around, tickets wrap in the program. */
	size_t first_ticket;
};

/** A program whose threads may sleep. With a tree they are a pool. */
struct explore_waiting {
	struct explore_program program;
	/** Tree that the pool walks: children of each node, in order of breadth; or NULL. */
	const char *tree;
	/** Cancel the pool at the Nth result; 0 means never. */
	unsigned int cancel_at;
	/** Number of workers that cannot be created. */
	unsigned int missing;
};

struct explore_request {
	const struct explore_program *program;
	enum explore_model model;
	/** How the threads of a channel wait. */
	enum channel_wait wait;
	/** Most switches away from a thread that could go on; UINT32_MAX means any number. */
	uint32_t preemptions;
	/** End at this time by clock_now(). */
	uint64_t until;
	/** Run all orders, also those that differ in nothing that a thread can see: for tests. */
	bool all;
	/**
	 * End an execution in a state that another one was in. Only for EXPLORE_SC without a bound,
	 * and only for programs over a queue.
	 */
	bool states;
	/** This thread stops for ever after `stopped_after` of its steps; -1 means no thread. */
	int stopped;
	unsigned int stopped_after;
};

/** Number of different answers, and the sum of their hashes. */
struct explore_answers {
	uint64_t count;
	uint64_t digest;
};

/** Slow paths of a queue at most that are counted. */
#define EXPLORE_SLOW_PATHS 16

struct explore_result {
	uint64_t executions;
	/** Executions that were ended early because they would have repeated others. */
	uint64_t repeated;
	/** Answers of all operations of an execution. */
	struct explore_answers outcomes;
	/**
	 * The same with the order of operations that do not overlap. Only counted with `all`, with
	 * `states`, and under C11, where the order is happens-before.
	 */
	struct explore_answers histories;
	/** Everything within the bounds was run. */
	bool finished;
	/** An execution had too many steps and was cut off: then the search is not finished. */
	bool cut;
	/** Given up: this program cannot be searched by states (states.c). */
	bool unsuited;
	/** All atomic accesses were sequentially consistent, so C11 has no other executions. */
	bool strong;
	/** The thread to be stopped had fewer steps than `stopped_after` in every execution. */
	bool never_stopped;
	/** There is a finding. Set before its text, which takes longer than the search. */
	atomic_bool found;
	/** What went wrong and the steps that show it, for the caller to free; or NULL. */
	char *finding;
	/** Where the stopped thread stood when others could not go on, and what these did. */
	char blocked_at[256];
	bool blocked_enqueue;
	bool blocked_dequeue;
	/** Entries into slow paths, by their place in the table of the type. */
	uint64_t slow_paths[EXPLORE_SLOW_PATHS];
};

/** Most bytes of a finding. Texts of checks must have room for it. */
#define EXPLORE_FINDING_SIZE (256 * 1024)

/** The symbol that a module exports. */
struct explore_module {
	uint32_t version;
	const struct queue_type *type;
	/** Explores a program. 0, or -1 with errno. */
	int (*run)(const struct queue_type *type, const struct explore_request *request,
		   struct explore_result *result);
	/** Programs, up to one without a name. */
	const struct explore_program *programs;
	/**
	 * Programs to be run under EXPLORE_SC with `all`: two operations touch nothing in common,
	 * and it matters which ended first. Under C11 it does not: an operation that does not
	 * happen before another one did not end before it.
	 */
	const struct explore_program *programs_all;
	/** Explores a program of `waiting`: `request->program` is a member of it. */
	int (*run_waiting)(const struct queue_type *type, const struct explore_request *request,
			   struct explore_result *result);
	const struct explore_waiting *waiting;
};

#define EXPLORE_MODULE_VERSION 10

#endif // EXPLORE_EXPLORE_H
