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
#include <stddef.h>
#include <stdint.h>

/** The threads of the program, and the one that prepares and clears up. */
#define MODEL_MAIN EXPLORE_THREADS
#define MODEL_CLOCKS 8
/** Steps of an execution at most. */
#define MODEL_STEPS 2048
/** How many steps of each thread are known: a vector clock. */
typedef uint16_t vector_clock __attribute__((vector_size(2 * MODEL_CLOCKS)));

/** What either knows. */
static inline vector_clock vector_clock_join(vector_clock a, vector_clock b)
{
	vector_clock mask = (vector_clock)(a > b);
	return (a & mask) | (b & ~mask);
}

/** A step that was made. */
struct event {
	struct access access;
	unsigned int thread;
	/** The thread's how manieth. */
	uint16_t stamp;
	/** It changed something. */
	bool writes;
	/** Locations of 8 bytes that it touched: the second only for 16 bytes. */
	struct location *locations[2];
	/** The event before at each. */
	struct event *previous[2];
	/** The sequentially consistent event before this one, which is one, too. */
	struct event *previous_ordered;
	/** Of what it depends on: itself and all before it. */
	vector_clock depends;
	/** C11: what an acquire of it learns, and what may not be read over any more. */
	vector_clock synchronizes;
	vector_clock visible;
	/** C11: the place in its location's order of modification; the value that it left. */
	unsigned int modification[2];
	uint64_t value[2];
	/** C11: the oldest modification that a load may see. */
	unsigned int oldest;
};

/** Eight bytes of memory that were accessed in this execution. */
struct location {
	uintptr_t address;
	/** The last event here. */
	struct event *last;
	/** Writes so far. */
	unsigned int modifications;
	/** The value before all of them, or that of a plain write: of the modification `base`. */
	uint64_t initial;
	unsigned int base;
	/** Bytes that were written plainly and not accessed atomically since, as bits. */
	uint8_t overwritten;
	/** Plain accesses: the last write, and each thread's last read. */
	uint8_t writer;
	bool written;
	uint16_t write_stamp;
	vector_clock read_stamps;
	/** Which of the eight bytes those were, as bits. */
	uint8_t write_bytes;
	uint8_t read_bytes[EXPLORE_THREADS];
	uintptr_t write_code;
	uintptr_t read_code;
};

enum thread_state {
	THREAD_UNUSED,
	/** Its pending access can be made. */
	THREAD_READY,
	/** It has seen all this before, and waits until somebody changes some of it. */
	THREAD_WATCHING,
	THREAD_ASLEEP,
	THREAD_FINISHED,
};

/** Something that a thread has read since it last changed anything. */
struct seen {
	uintptr_t code;
	struct location *location;
	unsigned int modification;
};

#define THREAD_SEEN 32

struct thread {
	enum thread_state state;
	/** It may go on looking without anybody else having a turn. */
	unsigned int looks;
	/** Times that it has let others run. */
	unsigned int yields;
	struct access pending;
	uint16_t stamp;
	vector_clock depends;
	/** C11: happens-before; what it may not read over; what fences wait for, or pass on. */
	vector_clock happens;
	vector_clock visible;
	vector_clock acquire_happens;
	vector_clock acquire_visible;
	vector_clock release_happens;
	vector_clock release_visible;
	/** C11: its last sequentially consistent fence. */
	const struct event *fence;
	struct seen seen[THREAD_SEEN];
	unsigned int seen_count;
	/** What it sleeps on. */
	uintptr_t sleeps_on;
	bool woken;
	/** Its registers, and its stack from there, where it is about to make an access. */
	jmp_buf registers;
	char *frame;
	struct coroutine coroutine;
};

/** One choice of the search. */
struct node {
	/** Bits of threads. */
	uint8_t enabled;
	uint8_t sleeping;
	uint8_t done;
	uint8_t backtrack;
	uint8_t chosen;
	uint8_t previous;
	/** Which of the values that a load may see: 0 is the latest. */
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
	/** Where in the execution each thread's steps were, by stamp. */
	uint16_t depths[EXPLORE_THREADS][MODEL_STEPS + 1];
	unsigned int depth;
	/** Nodes whose choice is given: the search goes on from there. */
	unsigned int prefix;
	/** Threads that need not go next, since that was explored. */
	uint8_t sleeping;

	/** Between begin and end of an execution's threads. */
	bool running;
	/** It would repeat another. */
	bool redundant;
	/** An execution was cut short, having too many steps: the program is not explored to the
	 * end. */
	bool cut;
	/** The first thing that went wrong, or an empty string. */
	char finding[512];
	/** Those that could not go on, as bits, because all wait. */
	uint8_t stuck;

	/** C11: what sequentially consistent fences have passed on. */
	vector_clock order;
	/** The last of them, and the last sequentially consistent event of any kind. */
	struct event *last_fence;
	struct event *last_ordered;

	/** Accesses since the last step, and where to leave them for if they do not end. */
	unsigned int accesses;
	bool watched;
	jmp_buf escape;

	/** Adds what is known of the operations to a state. */
	void (*describe)(struct hash *state);
	/** What the program does is too much for states: states.c. */
	bool unsuited;
	/** All atomic accesses were sequentially consistent so far, in all executions. */
	bool strong;
};

extern struct search search;

#endif // EXPLORE_MODEL_H
