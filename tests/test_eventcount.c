// SPDX-License-Identifier: MIT

/** The eventcount, step by step: what is counted as waiting, and whom a wake reaches. */

#include "harness.h"

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
	// Three permits for three sleepers: none of these sleeps
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

	// One of two cancels: the other keeps its wake-up
	eventcount_announce(&eventcount);
	eventcount_announce(&eventcount);
	assert_int_equal(eventcount_wake(&eventcount, 1), 1);
	eventcount_cancel(&eventcount);
	eventcount_wait(&eventcount);
	assert_int_equal(atomic_load(&eventcount.state), 0);
}

enum { SLEEPERS = 16, ROUNDS = 20000 / HARNESS_SLOW };

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
	// Those that cancelled may have used up a permit; nobody went without one
	assert_true(atomic_load(&slept) <= woken);
	assert_true(atomic_load(&slept) + SLEEPERS >= woken);
	assert_int_equal(atomic_load(&eventcount.state), 0);
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
