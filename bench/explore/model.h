// SPDX-License-Identifier: MIT

/** What an execution is made of, and the state of the search: shared by the files of the search. */

#ifndef EXPLORE_MODEL_H
#define EXPLORE_MODEL_H

#include "explore/explore.h"
#include "explore/hash.h"

#include "hooked/coroutine.h"
#include "hooked/hooked.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

/** Index of the main thread, which prepares and clears up. */
#define MODEL_MAIN EXPLORE_THREADS
#define MODEL_CLOCKS 8
/** Most steps of an execution. */
#define MODEL_STEPS 2048
/** Number of known steps of each thread. */
typedef uint16_t vector_clock __attribute__((vector_size(2 * MODEL_CLOCKS)));

/** The steps that either clock knows. */
static inline vector_clock vector_clock_join(vector_clock a, vector_clock b)
{
	vector_clock mask = (vector_clock)(a > b);
	return (a & mask) | (b & ~mask);
}

/** A step: an access that a thread has made. */
struct event {
	struct access access;
	unsigned int thread;
	/** Index of this step within its thread, from 1. */
	uint16_t stamp;
	/** The access changed something. */
	bool writes;
	/** Locations that the access touched; the second is for 16 bytes. */
	struct location *locations[2];
	/** The event before this one at each location. */
	struct event *previous[2];
	/** If this event is sequentially consistent: the one before it that is. */
	struct event *previous_ordered;
	/** Steps that this one depends on, directly or not, and itself. */
	vector_clock depends;
	/** C11: what an acquire learns from this store: happens-before, and see `visible` below. */
	vector_clock synchronizes;
	vector_clock visible;
	/** C11: modification of each location that it saw or made, and the value left there. */
	unsigned int modification[2];
	uint64_t value[2];
	/** C11: the oldest modification that this load may see. */
	unsigned int oldest;
};

/** Index of a location among those of an event. */
static inline int event_side(const struct event *event, const struct location *location)
{
	return event->locations[0] != location;
}

/** Eight aligned bytes that were accessed in this execution. */
struct location {
	uintptr_t address;
	/** The last event at this location. */
	struct event *last;
	/** Number of writes. */
	unsigned int modifications;
	/** Value of modification `base`: before all writes, or left by a plain write. */
	uint64_t initial;
	unsigned int base;
	/** Bytes with a plain write and no atomic access since, as bits. */
	uint8_t overwritten;
	/** Plain accesses: the last write, and the last read of each thread. */
	uint8_t writer;
	bool written;
	uint16_t write_stamp;
	vector_clock read_stamps;
	/** Bytes of these accesses, as bits. */
	uint8_t write_bytes;
	uint8_t read_bytes[EXPLORE_THREADS];
	uintptr_t write_code;
	uintptr_t read_code;
};

enum thread_state {
	THREAD_UNUSED,
	/** The pending access can be made. */
	THREAD_READY,
	/** Reads only what it has read before, so it waits until another thread changes that. */
	THREAD_WATCHING,
	THREAD_ASLEEP,
	THREAD_FINISHED,
};

/** A read that a thread has made since it last changed anything. */
struct seen {
	uintptr_t code;
	struct location *location;
	unsigned int modification;
};

#define THREAD_SEEN 32

struct thread {
	enum thread_state state;
	/** Repeated reads of unchanged values, which are not steps. */
	unsigned int looks;
	/** Calls of sched_yield(). */
	unsigned int yields;
	struct access pending;
	uint16_t stamp;
	vector_clock depends;
	/**
	 * C11: `happens` is happens-before. `visible` are the stores that hide older ones from this
	 * thread. The others are what an acquire fence will learn, and a release fence has passed
	 * on.
	 */
	vector_clock happens;
	vector_clock visible;
	vector_clock acquire_happens;
	vector_clock acquire_visible;
	vector_clock release_happens;
	vector_clock release_visible;
	/** C11: the last sequentially consistent fence of this thread. */
	const struct event *fence;
	struct seen seen[THREAD_SEEN];
	unsigned int seen_count;
	/** Address that the thread sleeps on, or 0. */
	uintptr_t sleeps_on;
	bool woken;
	/** Registers, and the end of the stack in use, at the pending access. */
	jmp_buf registers;
	char *frame;
	struct coroutine coroutine;
};

/** One choice of the search. Masks have one bit for each thread. */
struct node {
	uint8_t enabled;
	uint8_t sleeping;
	uint8_t done;
	uint8_t backtrack;
	uint8_t chosen;
	uint8_t previous;
	/** Which of its `options` values a load sees: 0 is the latest. */
	uint16_t option;
	uint16_t options;
	uint32_t preemptions;
};

struct search {
	const struct explore_request *request;
	struct thread threads[EXPLORE_THREADS + 1];
	unsigned int thread_count;
	unsigned int current;
	void (*body)(unsigned int thread);

	struct node nodes[MODEL_STEPS];
	struct event events[MODEL_STEPS];
	/** Index among `events` of the steps of each thread, by stamp. */
	uint16_t depths[EXPLORE_THREADS][MODEL_STEPS + 1];
	unsigned int depth;
	/** Number of nodes whose choice is given: the search goes on behind them. */
	unsigned int prefix;
	/** Threads that need not run next, because that was explored. */
	uint8_t sleeping;

	/** The threads of an execution run. */
	bool running;
	/** The execution would repeat another one. */
	bool redundant;
	/** An execution had too many steps: the program is not explored to the end. */
	bool cut;
	/** The first thing that went wrong, or an empty string. */
	char finding[512];
	/** Threads that cannot go on because all wait, as bits. */
	uint8_t stuck;

	/** C11: `visible` of the sequentially consistent fences so far. */
	vector_clock order;
	/** The last sequentially consistent fence, and event of any kind. */
	struct event *last_fence;
	struct event *last_ordered;

	/** Accesses since the last step, and the place to go on at if they do not end. */
	unsigned int accesses;
	bool watched;
	jmp_buf escape;

	/** Adds the operations and their order to the hash of a state. */
	void (*describe)(struct hash *state);
	/** The program cannot be searched by states (states.c). */
	bool unsuited;
	/** All atomic accesses of all executions so far were sequentially consistent. */
	bool strong;
};

extern struct search search;

#endif // EXPLORE_MODEL_H
