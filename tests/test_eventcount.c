// SPDX-License-Identifier: MIT

/** The eventcount, step by step: what counts as waiting, and which threads a wake reaches. */

#include "harness.h"

#include "base/clock.h"
#include "base/rng.h"
#include "eventcount.h"

static struct eventcount eventcount;

static void nobody_is_woken_where_nobody_waits(void **state)
{
	(void)state;
	eventcount_init(&eventcount);
	assert_int_equal(eventcount_wake(&eventcount, 1), 0);
	assert_int_equal(eventcount_wake(&eventcount, UINT32_MAX), 0);
}

static void no_more_are_woken_than_told_or_than_wait(void **state)
{
	(void)state;
	eventcount_init(&eventcount);
	for (int i = 0; i < 3; ++i) {
		eventcount_announce(&eventcount);
	}
	assert_int_equal(eventcount_wake(&eventcount, 0), 0);
	assert_int_equal(eventcount_wake(&eventcount, 2), 2);
	assert_int_equal(eventcount_wake(&eventcount, 2), 1);
	assert_int_equal(eventcount_wake(&eventcount, 2), 0);
	// Three permits for three waits: none of them sleeps
	for (int i = 0; i < 3; ++i) {
		eventcount_wait(&eventcount);
	}
	assert_int_equal(atomic_load(&eventcount.state), 0);
}

static void a_wake_that_was_sent_is_not_sent_again(void **state)
{
	(void)state;
	eventcount_init(&eventcount);
	eventcount_announce(&eventcount);
	assert_int_equal(eventcount_wake(&eventcount, 1), 1);
	// The sleeper has not run yet
	assert_int_equal(eventcount_wake(&eventcount, 1), 0);
	eventcount_wait(&eventcount);
	assert_int_equal(atomic_load(&eventcount.state), 0);
}

static void cancelling_gives_back_the_announcement_or_the_permit(void **state)
{
	(void)state;
	eventcount_init(&eventcount);
	eventcount_announce(&eventcount);
	eventcount_cancel(&eventcount);
	assert_int_equal(eventcount_wake(&eventcount, 1), 0);

	eventcount_announce(&eventcount);
	assert_int_equal(eventcount_wake(&eventcount, 1), 1);
	eventcount_cancel(&eventcount);
	assert_int_equal(atomic_load(&eventcount.state), 0);

	// If one of two threads cancels, the other keeps its wake-up
	eventcount_announce(&eventcount);
	eventcount_announce(&eventcount);
	assert_int_equal(eventcount_wake(&eventcount, 1), 1);
	eventcount_cancel(&eventcount);
	eventcount_wait(&eventcount);
	assert_int_equal(atomic_load(&eventcount.state), 0);
}

enum { SLEEPERS = 16, ROUNDS = 20000 / BUILD_SLOW };

static atomic_bool stop;
static _Atomic uint64_t slept;

static void *sleep_and_wake(void *context)
{
	(void)context;
	for (;;) {
		eventcount_announce(&eventcount);
		if (atomic_load(&stop)) {
			eventcount_cancel(&eventcount);
			return NULL;
		}
		eventcount_wait(&eventcount);
		atomic_fetch_add(&slept, 1);
	}
}

static void every_wake_lets_one_sleeper_go(void **state)
{
	(void)state;
	harness_watch("every_wake_lets_one_sleeper_go", 120);
	eventcount_init(&eventcount);
	pthread_t threads[SLEEPERS];
	for (int i = 0; i < SLEEPERS; ++i) {
		assert_int_equal(pthread_create(&threads[i], NULL, sleep_and_wake, NULL), 0);
	}
	uint64_t woken = 0;
	while (woken < ROUNDS) {
		uint32_t count = eventcount_wake(&eventcount, 1 + (uint32_t)(woken % 3));
		woken += count;
		if (count == 0) {
			sched_yield();
		}
	}
	atomic_store(&stop, true);
	woken += eventcount_wake(&eventcount, UINT32_MAX);
	for (int i = 0; i < SLEEPERS; ++i) {
		pthread_join(threads[i], NULL);
	}
	// A thread that cancelled may have used a permit; no thread returned without one
	assert_true(atomic_load(&slept) <= woken);
	assert_true(atomic_load(&slept) + SLEEPERS >= woken);
	assert_int_equal(atomic_load(&eventcount.state), 0);
	harness_watch("", 0);
}

enum { MEETINGS = 2000000 / BUILD_SLOW };

/** Nanoseconds after which the meetings end. */
#define MEETINGS_TIME 3000000000

static _Alignas(QUEUE_APART) _Atomic uint64_t published;
static _Alignas(QUEUE_APART) _Atomic uint64_t arrived;
static _Alignas(QUEUE_APART) bool seen;

/** Waits until both threads are at meeting `number`, so that they go on together. */
static void meet(uint64_t number)
{
	unsigned int looks = 0;
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < 2 * number) {
		if (++looks % 1000 == 0) {
			sched_yield();
		} else {
			queue_pause();
		}
	}
}

/** Waits for a short random time, so that either thread may come first. */
static void dawdle(struct rng *rng)
{
	for (uint64_t left = rng_below(rng, 100); left > 0; --left) {
		__asm__ volatile("");
	}
}

/** Announces and looks again, at about the time when the other thread publishes and wakes. */
static void *announce_and_look(void *context)
{
	(void)context;
	struct rng rng;
	rng_seed(&rng, 2);
	for (uint64_t number = 1;; number += 2) {
		meet(number);
		if (atomic_load(&stop)) {
			return NULL;
		}
		dawdle(&rng);
		eventcount_announce(&eventcount);
		seen = atomic_load_explicit(&published, memory_order_acquire) >= number;
		meet(number + 1);
		// Takes back the announcement, or the permit that replaced it
		eventcount_cancel(&eventcount);
	}
}

/**
 * The item is published by a plain store, which is no full fence, unlike the atomic updates of
 * x86. So only fence B keeps the item from staying in the store buffer while the look for waiters
 * misses the announcement.
 */
static void a_plain_store_is_seen_or_wakes(void **state)
{
	(void)state;
	harness_watch("a_plain_store_is_seen_or_wakes", 120);
	eventcount_init(&eventcount);
	atomic_store(&stop, false);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, announce_and_look, NULL), 0);
	struct rng rng;
	rng_seed(&rng, 1);
	uint64_t end = clock_now() + MEETINGS_TIME;
	uint64_t missed = 0;
	uint64_t number = 1;
	for (; number < 2 * MEETINGS && (number % 512 != 1 || clock_now() < end); number += 2) {
		meet(number);
		dawdle(&rng);
		// With the state in the cache, the look for waiters is faster than the store
		(void)atomic_load_explicit(&eventcount.state, memory_order_relaxed);
		atomic_store_explicit(&published, number, memory_order_release);
		uint32_t woken = eventcount_wake(&eventcount, 1);
		meet(number + 1);
		missed += woken == 0 && !seen;
	}
	atomic_store(&stop, true);
	meet(number);
	pthread_join(thread, NULL);
	assert_int_equal(missed, 0);
	harness_watch("", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_woken_where_nobody_waits),
		cmocka_unit_test(no_more_are_woken_than_told_or_than_wait),
		cmocka_unit_test(a_wake_that_was_sent_is_not_sent_again),
		cmocka_unit_test(cancelling_gives_back_the_announcement_or_the_permit),
		cmocka_unit_test(every_wake_lets_one_sleeper_go),
		cmocka_unit_test(a_plain_store_is_seen_or_wakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
