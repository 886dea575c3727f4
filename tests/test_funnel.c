// SPDX-License-Identifier: MIT

/**
 * Adds through a funnel, and adds beside it, are those of one counter: each ticket is given once,
 * and those of a thread grow. A batch is kept until it is read. A thread that is alone stores to
 * one line, and a funnel has the room that it needs.
 */

#include <stdatomic.h>
#include <stdint.h>

static _Thread_local unsigned int stores;

static inline __attribute__((always_inline)) void counted_store(_Atomic uint64_t *object,
								uint64_t value, memory_order order)
{
	++stores;
	atomic_store_explicit(object, value, order);
}
#undef atomic_store_explicit
#define atomic_store_explicit counted_store

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

static void who_is_alone_stores_to_one_line(void **state)
{
	(void)state;
	prepare();
	stores = 0;
	assert_true(funnel_add(&shared.funnel, 0, &shared.counter, STEP, NULL) == FIRST);
	assert_int_equal(stores, 1);
	// With a second position in the batch, another line says that it is not read yet
	struct aggregator *own = funnel_aggregator(&shared.funnel, 0);
	uint64_t begin = atomic_fetch_add(&own->positions, 2 * POSITION);
	assert_true(funnel_serve(own, 2, begin, &shared.counter, STEP, NULL) == FIRST + STEP);
	assert_int_equal(stores, 3);
	assert_true(own->unread[2].left == 1);
	assert_true(funnel_read(own, 2, begin + POSITION, STEP, NULL) == FIRST + 2 * STEP);
	assert_true(own->unread[2].left == 0);
}

static void a_funnel_has_the_room_that_it_needs(void **state)
{
	(void)state;
	static _Alignas(QUEUE_APART) unsigned char memory[QUEUE_APART + sizeof(struct funnel)];
	size_t unused = sizeof(struct funnel);
	for (size_t i = 0; i < QUEUE_APART; ++i) {
		struct funnel *funnel = (struct funnel *)(memory + i);
		unsigned char *end =
			(unsigned char *)(funnel_aggregator(funnel, 0) + FUNNEL_AGGREGATORS);
		assert_true(end <= (unsigned char *)(funnel + 1));
		size_t behind = (size_t)((unsigned char *)(funnel + 1) - end);
		unused = behind < unused ? behind : unused;
	}
	assert_int_equal(unused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ticket_is_given_once),
		cmocka_unit_test(a_batch_is_kept_until_it_is_read),
		cmocka_unit_test(who_is_alone_stores_to_one_line),
		cmocka_unit_test(a_funnel_has_the_room_that_it_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
