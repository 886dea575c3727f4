// SPDX-License-Identifier: MIT

/** What the parts of the engine share. */

#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include "explore/explore.h"

#include "hooked/coroutine.h"
#include "hooked/hooked.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The threads of the program, and the one that prepares and clears up. */
#define ENGINE_MAIN EXPLORE_THREADS
#define ENGINE_CLOCKS 8
/** Steps of an execution at most. */
#define ENGINE_STEPS 2048
/** Times that a thread may see the same again before it is taken to wait for a change. */
#define ENGINE_LOOKS 300

/** Accesses without a step, and after the threads, that are taken for ever. */
#define ENGINE_ACCESSES (1U << 20)

/** Who lets others run so often without any of them having a turn is treated unfairly. */
#define ENGINE_YIELDS 50

/** How many steps of each thread are known: a vector clock. */
typedef uint16_t engine_clock __attribute__((vector_size(2 * ENGINE_CLOCKS)));

/** What either knows. */
static inline engine_clock engine_join(engine_clock a, engine_clock b)
{
	engine_clock mask = (engine_clock)(a > b);
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
	engine_clock depends;
	/** C11: what an acquire of it learns, and what may not be read over any more. */
	engine_clock synchronizes;
	engine_clock visible;
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
	engine_clock read_stamps;
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

struct engine_thread {
	enum thread_state state;
	/** It may go on looking without anybody else having a turn. */
	unsigned int looks;
	/** Times that it has let others run. */
	unsigned int yields;
	struct access pending;
	uint16_t stamp;
	engine_clock depends;
	/** C11: happens-before; what it may not read over; what fences wait for, or pass on. */
	engine_clock happens;
	engine_clock visible;
	engine_clock acquire_happens;
	engine_clock acquire_visible;
	engine_clock release_happens;
	engine_clock release_visible;
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

/** What a state of the search hashes to. */
struct state {
	uint64_t first;
	uint64_t second;
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

struct engine {
	const struct explore_request *request;
	struct engine_thread threads[EXPLORE_THREADS + 1];
	unsigned int thread_count;
	unsigned int current;
	void (*body)(unsigned int thread);

	struct node nodes[ENGINE_STEPS];
	struct event events[ENGINE_STEPS];
	/** Where in the execution each thread's steps were, by stamp. */
	uint16_t depths[EXPLORE_THREADS][ENGINE_STEPS + 1];
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
	engine_clock order;
	/** The last of them, and the last sequentially consistent event of any kind. */
	struct event *last_fence;
	struct event *last_ordered;

	/** Accesses since the last step, and where to leave them for if they do not end. */
	unsigned int accesses;
	bool watched;
	jmp_buf escape;

	/** Adds what is known of the operations to a state. */
	void (*describe)(struct state *state);
	/** What the program does is too much for states: states.c. */
	bool unsuited;
	/** All atomic accesses were sequentially consistent so far, in all executions. */
	bool strong;
};

extern struct engine engine;

/** Say what went wrong: the first counts. From inside of a program's thread, does not return. */
__attribute__((format(printf, 1, 2))) void engine_fail(const char *format, ...);

/** Note an access that is no step. Of those that do not end it makes a finding, and leaves them. */
void engine_count(uintptr_t code);

/** Make an access: others may have their turn before. Returns with access.before set. */
void engine_access(struct access *access);

/** A plain access, which is no step. */
void engine_plain(uintptr_t address, size_t size, bool write, uintptr_t code);

/** Run the threads once. False if nothing is left to be searched. */
bool engine_execute(unsigned int threads, void (*body)(unsigned int thread));

/** Go on to the next order, after an execution. False if there is none. */
bool engine_backtrack(void);

/** Begins a search. 0, or -1 with ENOMEM. */
int engine_begin(const struct explore_request *request);

void search_begin(const struct explore_request *request);

// memory.c

/** Where queues allocate: reset for each execution. */
void memory_begin(void);

/** Remember all that is allocated; put it back. */
void memory_save(void);
void memory_restore(void);

void *memory_allocate(size_t size, size_t alignment, uintptr_t code);
void memory_free(void *block, uintptr_t code);

/** Blocks that are allocated. */
unsigned int memory_blocks(void);

/** Is it an address of ours that may be used? Fails if it is one that may not. */
bool memory_owns(uintptr_t address, size_t size, const char *what, uintptr_t code);

/** The location of an address, new if this is its first access in this execution. */
struct location *memory_location(uintptr_t address);

/** Forget the locations. */
void memory_forget(void);

/** Make the access of an event: values, clocks. Options of a load are counted into the node. */
void memory_perform(struct event *event, struct engine_thread *thread, struct node *node);

/** Add memory, and what is known of accesses to it, to a state. */
void memory_describe(struct state *state);

/** Make an access outside of the threads: memory alone. */
void memory_perform_alone(struct access *access);

/** What an address is called: "queue+128". */
void memory_name(uintptr_t address, char *text, size_t size);

/** Call the blocks that are allocated from now on by this name. */
void memory_label(const char *label);

// states.c

/** Forget all states. 0, or -1 with ENOMEM. */
int states_begin(void);

void states_add(struct state *state, uint64_t word);
void states_add_bytes(struct state *state, const void *bytes, size_t size);

/** The calling thread is about to make an access. */
void states_stand(struct engine_thread *thread);

/** Clear what calls have left on the stack below. */
void states_wipe(void);

/** Was the search in this state before? From now on it was. */
bool states_known(void);

// threads.c

/** Make room for what is known of threads that a program creates: before memory_save(). */
void threads_prepare(void);

/** Nobody was created yet: before each execution. The first `limit` can be. */
void threads_begin(unsigned int limit);

/** A thread of the program that another one creates with pthread_create(): its life. */
void threads_body(unsigned int thread);

// What hooks ask of threads: hooked.h

int threads_create(void *(*entry)(void *), void *argument, uintptr_t code);
void threads_join(unsigned int thread, uintptr_t code);
void threads_announce_sleep(const void *object);
void threads_sleep(const void *object, uintptr_t code);
unsigned int threads_wake(const void *object, unsigned int count, uintptr_t code);
void threads_yield(void);

// report.c

/** Who waits in what, of those that cannot go on. */
void report_stuck(char *text, size_t size);

/** The execution as people read it: malloc'ed; NULL with ENOMEM. */
char *report_execution(const struct queue_type *type, const struct explore_request *request);

/** "file:line (function)" of a place in the code, as far as that is known. */
void report_place(uintptr_t code, char *text, size_t size);

#endif // EXPLORE_ENGINE_H
