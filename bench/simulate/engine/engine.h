// SPDX-License-Identifier: MIT

/** State and functions that the engine's files share. Times are picoseconds of virtual time. */

#ifndef SIMULATE_ENGINE_H
#define SIMULATE_ENGINE_H

#include "hooked/coroutine.h"
#include "hooked/hooked.h"
#include "simulate/simulate.h"

/** Stores that a processor keeps before they reach their lines. */
#define STORE_BUFFER 48

/** Steps of a thread that must repeat before it is taken to spin, and lines that it may look at. */
#define SPIN_STEPS 64
#define SPIN_LINES 16

struct simulated_thread;
struct line;

/** A wish for a line. */
struct line_request {
	struct simulated_thread *thread;
	struct line *line;
	uintptr_t address;
	uintptr_t code;
	int64_t since;
	bool reads;
	/** An update that the L3 makes: the line does not come. */
	bool far;
	/** Of the store buffer: the thread goes on meanwhile. */
	bool buffered;
};

/** A request in the queue of a line: the core's number decides who is next, so it stands here. */
struct waiter {
	uint16_t core;
	/** Twice the thread's number, and 1 for its store buffer. */
	uint16_t request;
};

/** How far a thread has come with an access that must have a line. */
enum stage {
	/** It has the line, or no such access: the thread goes on. */
	STAGE_NONE,
	/** Nothing is due before it any more. */
	STAGE_ARRIVES,
	/** Its store buffer is empty, as an update wants it. */
	STAGE_DRAINED,
	/** What its store buffer has does not matter. */
	STAGE_LOOKS,
};

struct buffered_store {
	uintptr_t address;
	unsigned int size;
	/** A plain store has its value in memory already, and only fetches the line. */
	bool has_value;
	unsigned __int128 value;
	uintptr_t code;
};

/** What a thread has done since it last did more than look. */
struct spin {
	unsigned int pauses;
	/** Its steps are looked at. */
	bool records;
	/** Sleeps until a line changes. */
	bool asleep;
	unsigned int line_count;
	/** Of the places of the code and the addresses of a step. */
	uint64_t hash;
	/** Before this time the thread finds its lines as it did while it slept. */
	int64_t past;
	uint64_t hashes[SPIN_STEPS];
	int64_t times[SPIN_STEPS];
	struct {
		struct line *line;
		uint32_t changes;
	} lines[SPIN_LINES];
};

/** What each access touches stands together, in few lines of the real processor. */
struct simulated_thread {
	_Alignas(64) struct coroutine coroutine;
	int64_t now;
	uint64_t random;
	unsigned int index;
	unsigned int core;
	enum stage stage;
	/** The store buffer is a ring, of which the oldest store alone fetches its line. */
	unsigned int oldest;
	unsigned int count;
	/** Waits until the ring has at most this many stores; -1: does not wait. */
	int awaited;
	bool storing;
	bool over;
	/** Sleeps on `simulation.sleeps_on`. */
	bool asleep;
	struct line_request request;
	struct line_request store_request;
	struct spin spin;
	struct buffered_store stores[STORE_BUFFER];
	/** What it runs: `entry` where another thread creates it. */
	void (*body)(unsigned int index);
	void *(*entry)(void *argument);
	void *argument;
	/** Waits for its end. */
	struct simulated_thread *joiner;
	/** Freed blocks by the logarithm of their size, and memory for new ones. */
	void *freed[64];
	char *fresh;
	char *fresh_end;
};

/** Lines at most: a run that touches more is given up. */
#define LINES ((size_t)1 << 18)

/** A cache line. */
struct line {
	_Alignas(64) uintptr_t key;
	/** When its data is there, and when it may be granted again. */
	int64_t ready;
	int64_t free_at;
	/** Fills of the owner's cache when it used the line last. */
	uint64_t used_at;
	/** Core that may write the line, -1 for none; and the core that had it last. */
	int16_t owner;
	int16_t last;
	uint16_t sharer_count;
	/** Those that wait for it, from the oldest on; there only while somebody does. */
	uint16_t waiting;
	struct waiter *waiters;
	/** How often it went to a core that writes, or a core that has it wrote. */
	uint32_t changes;
	/** Threads that sleep until it changes. */
	uint32_t watched;
	bool scheduled;
	bool touched;
	/** Updated by the L3, where it is. */
	bool at_l3;
	/** Not more than there are accesses: of all, and of places in the code. */
	uint32_t transfers;
	uint32_t code_transfers[SIMULATE_PLACES];
	uintptr_t codes[SIMULATE_PLACES];
	uint64_t sharers[SIMULATE_THREADS / 64];
};

/** At most four: see events.c. */
enum event_kind { EVENT_THREAD, EVENT_LINE, EVENT_STORE, EVENT_WINDOW };

/** Above each index of an event. */
#define EVENT_INDEXES ((uint64_t)1 << 18)

struct event {
	int64_t time;
	enum event_kind kind;
	/** Of the thread, of the line, of the thread whose store buffer it is, or in `window`. */
	unsigned int index;
};

#define RECENT_BITS 13

/** The engine. One in a process, for one run. */
struct simulation {
	const struct simulate_machine *machine;
	struct simulate_result *result;
	struct simulated_thread *current;
	/** When the next event is due; INT64_MAX if none is. */
	int64_t due;
	/** Lines in the order in which they were first touched. */
	struct line *lines;
	uint64_t most;
	uint64_t random;
	unsigned int thread_count;
	/** The first threads are those that another one may create, and has created. */
	unsigned int creatable;
	unsigned int created;
	/** Zeroed where the window begins. */
	uint64_t transfers;
	uint64_t swaps;
	uint64_t failed_swaps;
	int64_t waited;
	/** The window begins, and ends; and then all threads must have ended. */
	void (*window[3])(int64_t now);
	/** Lines that each core's private cache has taken in. */
	uint64_t fills[SIMULATE_THREADS];
	/** The object that each thread sleeps on, or has announced to. */
	const void *sleeps_on[SIMULATE_THREADS + 1];
	/** Numbers of lines by the high bits of the hash of their key: most accesses find theirs
	 * here. */
	uint32_t recent[1 << RECENT_BITS];
	struct simulated_thread threads[SIMULATE_THREADS];
	/** The caller of the engine: its accesses cost nothing. */
	struct simulated_thread main;
};

extern struct simulation simulation;

void events_create(void);

/** Notes what happens at a time. Events of one time keep the order in which they were noted. */
void event_add(int64_t time, enum event_kind kind, unsigned int index);

/** Takes the next event. False if there is none. */
bool event_take(struct event *event);

/** True if something is due before a time. */
static inline bool event_is_due(int64_t time)
{
	return simulation.due < time;
}

/** Makes the tables of lines and of distances. 0, or -1 with ENOMEM. */
int lines_create(void);

/** The line of a key, which is not among the recent ones. */
struct line *line_find(uintptr_t key, uint64_t hash);

static inline uint64_t line_hash(uintptr_t key)
{
	// Threads' memory and stacks are powers of two apart: low bits would be the same
	return key * 0x9E3779B97F4A7C15u;
}

static inline struct line *line_at(uintptr_t address)
{
	uintptr_t key = address / 64;
	uint64_t hash = line_hash(key);
	struct line *line = &simulation.lines[simulation.recent[hash >> (64 - RECENT_BITS)]];
	return __builtin_expect(line->key == key, 1) ? line : line_find(key, hash);
}

/** True if a core can read the line without asking. */
static inline bool line_is_shared_by(const struct line *line, unsigned int core)
{
	// An owner shares it too, and stands in the first part of the line
	return line->owner == (int)core || line->sharers[core / 64] >> core % 64 & 1;
}

/** True if the L3 makes a core's next update of the line, which is not the core's alone. */
static inline bool line_is_far(const struct line *line, unsigned int core)
{
	return simulation.machine->far_update > 0 && line->owner != (int)core &&
	       (line->owner >= 0 || line->sharer_count > 0 || line->at_l3);
}

/** The core uses the line: it will stay in its cache for longer. */
static inline void line_use(struct line *line, unsigned int core)
{
	line->touched = true;
	line->used_at = simulation.fills[core];
}

/** Asks for a line. The thread, or its store buffer, goes on when it has it. */
void line_ask(struct line *line, struct line_request *request);

/** Grants a line to the next one that waits for it. */
void line_grant(struct line *line, int64_t now);

/** Begins to count transfers anew. */
void lines_count_anew(void);

/** Writes the hottest lines into the result, and the places that took them if these get names. */
void lines_tell(struct simulate_result *result, bool named);

/** Where the thread-local data of the module is. */
struct local_block {
	uintptr_t start;
	size_t size;
};

extern struct local_block simulate_local;

/** Gives each coroutine thread-local data of its own, as it is when a thread starts. 0, or -1 with
 * errno. */
int local_create(void);

/** Puts that of another coroutine in its place. By index; SIMULATE_THREADS is the main one. */
void local_switch(unsigned int from, unsigned int to);

/** A draw: a step of a generator of Marsaglia. */
static inline uint64_t draw(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/** The same from 0 to below 1. */
static inline double draw_share(uint64_t *state)
{
	return (double)(draw(state) >> 11) * 0x1p-53;
}

/** Lets a thread that overflows its stack end the run with a failure. 0, or -1 with errno. */
int overflow_watch(void);

/** Sets up threads. The first `creatable` begin when they are created; the others begin in `body`.
 * 0, or -1 with errno. */
int threads_create(unsigned int count, unsigned int creatable, uint64_t seed,
		   void (*body)(unsigned int index));

/** Runs until nothing is due any more. */
void threads_run(void);

/** Goes on with other threads until the calling one is due again. */
void threads_switch(void);

/** Lets happen what is due before the time that the calling thread has come to. */
static inline void threads_catch_up(void)
{
	struct simulated_thread *thread = simulation.current;
	if (event_is_due(thread->now)) {
		event_add(thread->now, EVENT_THREAD, thread->index);
		threads_switch();
	}
}

/** The thread does more than look. */
static inline void spin_break(struct spin *spin)
{
	spin->pauses = 0;
	spin->records = false;
}

/** Notes what a step looks at, or writes plainly: that changes nothing for the thread itself. */
void spin_record(struct line *line, uintptr_t code, uintptr_t address, bool writes);

/** Ends a step. A thread that does the same again and again sleeps here. */
void spin_step(void);

/** Wakes a thread that sleeps because it spins; and all that look at a line. */
void spin_wake(struct simulated_thread *thread, int64_t now);
void spin_wake_all(struct line *line, int64_t now);

static inline void line_change(struct line *line, int64_t now)
{
	++line->changes;
	if (__builtin_expect(line->watched, 0)) {
		spin_wake_all(line, now);
	}
}

/** A pause of a loop that spins. */
void simulate_pause(void);

/** The work between two operations, and what a loop does beside its accesses. */
void simulate_work(uint64_t nanoseconds);

/** Nanoseconds of virtual time. */
uint64_t simulate_clock(void);
void simulate_note(struct rank_log *log, uintptr_t item, uint64_t before);

#endif // SIMULATE_ENGINE_H
