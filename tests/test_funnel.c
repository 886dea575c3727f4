// SPDX-License-Identifier: MIT

/**
 * Adds through a funnel, and adds beside it, are those of one counter: each ticket is given once,
 * and those of a thread grow. A batch is kept until it is read.
 */

#include "shared/funnel.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 5
#define ADDS 4000
#define STEP 2
/** Near the wrap-around. */
#define FIRST ((uint64_t)0 - 1000 * STEP)

static struct {
	_Atomic uint64_t counter;
	struct funnel funnel;
	_Atomic unsigned char given[THREADS * ADDS];
	_Atomic bool grows[THREADS];
	_Atomic bool done;
} shared;

static void *add(void *argument)
{
	size_t thread = (size_t)(uintptr_t)argument;
	uint64_t last = FIRST - STEP;
	bool grows = true;
	for (int i = 0; i < ADDS; ++i) {
		// The last thread has no funnel
		uint64_t ticket = thread < THREADS - 1 ? funnel_add(&shared.funnel,
								    thread % 2 * FUNNEL_NEIGHBOURS,
								    &shared.counter, STEP, NULL)
						       : atomic_fetch_add(&shared.counter, STEP);
		uint64_t index = (ticket - FIRST) / STEP;
		grows = grows && (int64_t)(ticket - last) > 0 && index < THREADS * ADDS;
		last = ticket;
		atomic_fetch_add(&shared.given[index % (THREADS * ADDS)], 1);
	}
	shared.grows[thread] = grows;
	return NULL;
}

static void prepare(void)
{
	memset(&shared, 0, sizeof(shared));
	shared.counter = FIRST;
	funnel_reset(&shared.funnel);
}

static void each_ticket_is_given_once(void **state)
{
	(void)state;
	prepare();
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; ++i) {
		assert_int_equal(pthread_create(&threads[i], NULL, add, (void *)i), 0);
	}
	for (size_t i = 0; i < THREADS; ++i) {
		pthread_join(threads[i], NULL);
		assert_true(shared.grows[i]);
	}
	for (size_t i = 0; i < THREADS * ADDS; ++i) {
		assert_int_equal(shared.given[i], 1);
	}
	assert_true(shared.counter == FIRST + (uint64_t)THREADS * ADDS * STEP);
}

static void *add_once(void *argument)
{
	(void)argument;
	uint64_t ticket = funnel_add(&shared.funnel, 0, &shared.counter, STEP, NULL);
	shared.done = true;
	return (void *)(uintptr_t)ticket;
}

static void a_batch_is_kept_until_it_is_read(void **state)
{
	(void)state;
	prepare();
	// As if a thread had not read the batch that is due to be overwritten
	struct aggregator *aggregator = funnel_aggregator(&shared.funnel, 0);
	aggregator->unread[1].left = 1;
	aggregator->tickets[1] = 77;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, add_once, NULL), 0);
	usleep(20000);
	assert_false(shared.done);
	assert_true(aggregator->tickets[1] == 77);
	atomic_fetch_sub(&aggregator->unread[1].left, 1);
	void *ticket;
	pthread_join(thread, &ticket);
	assert_true((uintptr_t)ticket == FIRST);
	assert_true(aggregator->tickets[1] == FIRST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ticket_is_given_once),
		cmocka_unit_test(a_batch_is_kept_until_it_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
