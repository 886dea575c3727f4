// SPDX-License-Identifier: MIT

/** Two threads that send a number there and back. */

#include "machine/bounce.h"

#include "base/clock.h"
#include "base/statistics.h"
#include "processors.h"
#include "queue.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/** Round trips between two looks at the clock, and how many such batches there are at most. */
#define ROUND_TRIPS 32
#define BATCHES 1024

/** Fetch-and-adds between two looks at the clock, and batches of them. */
#define ADDS 512
#define ADD_BATCHES 17

/** Polls between two looks at the clock, while a number is away. */
#define POLLS 256

/** Fewest batches for a median. To reach them, measuring takes at most PATIENCE times its time. */
#define BATCHES_LEAST 8
#define PATIENCE 4

/** The first number, and the one that ends the other thread. */
#define FIRST 1
#define OVER UINT64_MAX

/** A number on cache lines of its own. */
struct line {
	_Alignas(QUEUE_APART) _Atomic uint64_t number;
};

struct bout {
	struct line there;
	struct line back;
	struct line counter;
	/** -1: not pinned. */
	int processors[2];
	/** False: the first thread is alone. */
	bool paired;
	uint64_t nanoseconds;
	double round_trips[BATCHES];
	size_t count;
	double adds[ADD_BATCHES];
	size_t add_count;
};

/** Sends a number, and waits until it is back. False if it is not by the deadline. */
static bool send(struct bout *bout, uint64_t number, uint64_t deadline)
{
	// Release: pairs with the acquire in answer_main(), as in a hand-over of what it stands for
	atomic_store_explicit(&bout->there.number, number, memory_order_release);
	unsigned int polls = 0;
	// Acquire: pairs with the release in answer_main()
	while (atomic_load_explicit(&bout->back.number, memory_order_acquire) != number) {
		if (number == FIRST) {
			// The other thread may still be on its way from this processor to its own
			sched_yield();
		} else {
			queue_pause();
		}
		if (++polls % POLLS == 0 && clock_now() >= deadline) {
			return false;
		}
	}
	return true;
}

/**
 * Times round trips, in batches: the one in which a thread was interrupted is one of many. While
 * others keep a processor busy, the two threads may not run at the same time.
 */
static void time_round_trips(struct bout *bout)
{
	uint64_t begin = clock_now();
	uint64_t end = begin + bout->nanoseconds;
	uint64_t deadline = begin + PATIENCE * bout->nanoseconds;
	uint64_t number = FIRST;
	bool sent = send(bout, number, deadline);
	uint64_t last = clock_now();
	while (sent && bout->count < BATCHES && (last < end || bout->count < BATCHES_LEAST)) {
		for (unsigned int i = 0; sent && i < ROUND_TRIPS; ++i) {
			sent = send(bout, ++number, deadline);
		}
		uint64_t now = clock_now();
		if (sent) {
			bout->round_trips[bout->count++] = (double)(now - last) / ROUND_TRIPS;
		}
		last = now;
	}
}

static void time_adds(struct bout *bout)
{
	uint64_t last = clock_now();
	while (bout->add_count < ADD_BATCHES) {
		for (unsigned int i = 0; i < ADDS; ++i) {
			// Relaxed: the counter orders nothing
			atomic_fetch_add_explicit(&bout->counter.number, 1, memory_order_relaxed);
		}
		uint64_t now = clock_now();
		bout->adds[bout->add_count++] = (double)(now - last) / ADDS;
		last = now;
	}
}

/** Body of the second thread: sends back each number that comes. */
static void *answer_main(void *context)
{
	struct bout *bout = context;
	if (processors_pin(bout->processors[1]) != 0) {
		return NULL;
	}
	uint64_t answered = 0;
	for (;;) {
		// Acquire: pairs with the release in send()
		uint64_t number = atomic_load_explicit(&bout->there.number, memory_order_acquire);
		if (number == OVER) {
			return NULL;
		}
		if (number == answered) {
			queue_pause();
			continue;
		}
		// Release: pairs with the acquire in send()
		atomic_store_explicit(&bout->back.number, number, memory_order_release);
		answered = number;
	}
}

/** Starts a thread with a stack as small as those of samples. */
static bool start(pthread_t *thread, void *(*body)(void *), struct bout *bout)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	int error = pthread_create(thread, &attributes, body, bout);
	pthread_attr_destroy(&attributes);
	return error == 0;
}

/**
 * Body of the first thread. It makes the second one itself: while the maker runs, the kernel finds
 * another processor for what it makes. And before it is pinned: what it makes may run where it may.
 */
static void *send_main(void *context)
{
	struct bout *bout = context;
	pthread_t answerer;
	bool started = bout->paired && start(&answerer, answer_main, bout);
	bool placed = processors_pin(bout->processors[0]) == 0;
	if (started) {
		if (placed) {
			time_round_trips(bout);
		}
		// Release: as in send()
		atomic_store_explicit(&bout->there.number, OVER, memory_order_release);
		pthread_join(answerer, NULL);
	}
	if (placed) {
		time_adds(bout);
	}
	return NULL;
}

/** Are there two processors for two threads? */
static bool are_apart(const int *processors)
{
	if (processors[0] < 0 || processors[1] < 0) {
		return processors_look().affinity > 1;
	}
	return processors[0] != processors[1];
}

struct bounce bounce_measure(const int *processors, unsigned int threads, uint64_t nanoseconds)
{
	struct bout bout = {
		.processors = {processors ? processors[0] : -1,
			       processors && threads > 1 ? processors[1] : -1},
		.nanoseconds = nanoseconds,
	};
	bout.paired = threads > 1 && are_apart(bout.processors);
	pthread_t sender;
	if (start(&sender, send_main, &bout)) {
		pthread_join(sender, NULL);
	}
	return (struct bounce){
		.round_trip = bout.count >= BATCHES_LEAST
				      ? statistics_median(bout.round_trips, bout.count)
				      : NAN,
		.add = bout.add_count ? statistics_median(bout.adds, bout.add_count) : NAN,
	};
}
