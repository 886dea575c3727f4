// SPDX-License-Identifier: MIT

/** State and functions that the files of the engine share. Times are picoseconds of virtual time.
 */

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
	struct line_request *next;
	struct simulated_thread *thread;
	uintptr_t code;
	int64_t since;
	bool reads;
	/** An update that the L3 makes: the line does not come. */
	bool far;
	/** Of the store buffer: the thread goes on meanwhile. */
	bool buffered;
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
	/** Of the places of the code and the addresses of a step. */
	uint64_t hash;
	uint64_t hashes[SPIN_STEPS];
	int64_t times[SPIN_STEPS];
	struct {
		struct line *line;
		uint32_t changes;
	} lines[SPIN_LINES];
	unsigned int line_count;
	/** Before this time the thread finds its lines as it did while it slept. */
	int64_t past;
};

struct simulated_thread {
	struct coroutine coroutine;
	/** What it runs: `entry` where another thread creates it. */
	void (*body)(unsigned int index);
	void *(*entry)(void *argument);
	void *argument;
	unsigned int index;
	unsigned int core;
	bool over;
	/** Waits for its end. */
	struct simulated_thread *joiner;
	int64_t now;
	uint64_t random;
	struct line_request request;
	struct line_request store_request;
	/** A ring, of which the oldest store alone fetches its line. */
	struct buffered_store stores[STORE_BUFFER];
	unsigned int oldest;
	unsigned int count;
	bool storing;
	struct spin spin;
	/** Waits until the ring has at most this many stores; -1: does not wait. */
	int awaited;
	/** Sleeps on this object, or has announced it. */
	const void *sleeps_on;
	bool asleep;
	/** Freed blocks by the logarithm of their size, and memory for new ones. */
	void *freed[64];
	char *fresh;
	char *fresh_end;
};

/** A cache line. */
struct line {
	uintptr_t key;
	/** Core that may write the line, -1 for none; and the core that had it last. */
	int owner;
	int last;
	uint64_t sharers[SIMULATE_THREADS / 64];
	unsigned int sharer_count;
	/** When its data is there, and when it may be granted again. */
	int64_t ready;
	int64_t free_at;
	struct line_request *first;
	struct line_request **end;
	bool scheduled;
	bool touched;
	/** Updated by the L3, where it is. */
	bool at_l3;
	/** How often it went to a core that writes, or a core that has it wrote. */
	uint32_t changes;
	/** Threads that sleep until it changes. */
	uint32_t watched;
	uint64_t watchers[SIMULATE_THREADS / 64];
	/** Fills of the owner's cache when it used the line last. */
	uint64_t used_at;
	uint64_t transfers;
	struct {
		uintptr_t code;
		uint64_t transfers;
	} places[SIMULATE_PLACES];
};

enum event_kind { EVENT_THREAD, EVENT_LINE, EVENT_STORE, EVENT_CALL };

struct event {
	int64_t time;
	/** Events of one time keep the order in which they were noted. */
	uint64_t number;
	enum event_kind kind;
	void *what;
};

/** The engine. One in a process, for one run. */
struct simulation {
	const struct simulate_machine *machine;
	struct simulate_result *result;
	struct simulated_thread threads[SIMULATE_THREADS];
	/** The caller of the engine: its accesses cost nothing. */
	struct simulated_thread main;
	struct simulated_thread *current;
	unsigned int thread_count;
	/** The first threads are those that another one may create, and has created. */
	unsigned int creatable;
	unsigned int created;
	uint64_t most;
	uint64_t random;
	/** Zeroed where the window begins. */
	uint64_t transfers;
	uint64_t swaps;
	uint64_t failed_swaps;
	int64_t waited;
};

extern struct simulation simulation;

/** The engine behind the hooks, in threads.c. */
extern const struct hooked_engine simulate_engine;

/** Notes what happens at a time: a thread, a line or a store buffer goes on, or `what` is called
 * with the time.
 */
void event_add(int64_t time, enum event_kind kind, void *what);

/** Takes the next event, if it is due by `most`. False if no event is. */
bool event_take(int64_t most, struct event *event);

/** True if something is due before a time. */
bool event_is_due(int64_t time);

/** Makes the table of lines. 0, or -1 with ENOMEM. */
int lines_create(void);

/** The line of an address. */
struct line *line_at(uintptr_t address);

/** True if a core can read the line without asking. */
static inline bool line_is_shared_by(const struct line *line, unsigned int core)
{
	return line->sharers[core / 64] >> core % 64 & 1;
}

/** True if the L3 makes a core's next update of the line, which is not the core's alone. */
static inline bool line_is_far(const struct line *line, unsigned int core)
{
	return simulation.machine->far_update > 0 && line->owner != (int)core &&
	       (line->owner >= 0 || line->sharer_count > 0 || line->at_l3);
}

/** The core uses the line: it will stay in its cache for longer. */
void line_use(struct line *line, unsigned int core);

/** Asks for a line. The thread, or its store buffer, goes on when it has it. */
void line_ask(struct line *line, struct line_request *request);

/** Grants a line to the next one that waits for it. */
void line_grant(struct line *line, int64_t now);

/** Begins to count transfers anew. */
void lines_count_anew(void);

/** Writes the hottest lines, and the places that took them, into the result. */
void lines_tell(struct simulate_result *result);

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
		event_add(thread->now, EVENT_THREAD, thread);
		threads_switch();
	}
}

/** The thread does more than look. */
static inline void spin_break(struct spin *spin)
{
	spin->pauses = 0;
	spin->records = false;
}

/** Notes what a step looks at. */
void spin_record(struct line *line, uintptr_t code, uintptr_t address);

/** Ends a step. A thread that does the same again and again sleeps here. */
void spin_step(void);

/** Wakes a thread that sleeps because it spins; and all that look at a line. */
void spin_wake(struct simulated_thread *thread, int64_t now);
void spin_wake_all(struct line *line, int64_t now);

/** The line changes. */
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

#endif // SIMULATE_ENGINE_H
