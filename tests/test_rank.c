// SPDX-License-Identifier: MIT

/** Rank errors are counted from notes, and queues that balance their parts have small ones. */

#include "registry.h"
#include "workload/loop.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/** Two threads, and main with items that were inside at the start. */
#define FIRST proof_first(0)
#define SECOND proof_first(1)
#define MAIN proof_first(2)

static struct rank_error measure(struct rank_note *first, size_t first_count,
				 struct rank_note *second, size_t second_count, size_t second_room)
{
	static struct loop_thread threads[2];
	static const struct cell cell = {.threads = 2};
	static struct loop_run run;
	run.cell = &cell;
	run.threads = threads;
	threads[0].ranks = (struct rank_log){first, first_count, first_count + 1};
	threads[1].ranks = (struct rank_log){second, second_count, second_room};
	struct rank_error error;
	assert_int_equal(rank_measure(&run, 2, &error), 0);
	return error;
}

static void older_items_that_are_still_inside_count(void **state)
{
	(void)state;
	struct rank_note first[] = {{10, 11, FIRST}, {20, 21, FIRST | RANK_TAKEN}};
	struct rank_note second[] = {
		{22, 23, MAIN | RANK_TAKEN}, {24, 25, SECOND}, {26, 27, SECOND | RANK_TAKEN}};
	// Passed over: both of main's; none; main's second
	struct rank_error error = measure(first, LENGTH(first), second, LENGTH(second), 4);
	assert_true(error.mean == 1 && error.p99 == 2 && error.worst == 2 && error.items == 3);

	// It may have been taken before
	second[0].before = 21;
	error = measure(first, LENGTH(first), second, LENGTH(second), 4);
	assert_true(error.worst == 1 && error.items == 3);

	// Enqueued at the same time: perhaps younger
	second[1] = (struct rank_note){10, 12, SECOND};
	second[2] = (struct rank_note){30, 31, SECOND | RANK_TAKEN};
	error = measure(first, LENGTH(first), second, LENGTH(second), 4);
	assert_true(error.worst == 1 && error.items == 3);
}

/** A thread without room may take items unseen. */
static void items_that_come_out_after_the_notes_do_not_count(void **state)
{
	(void)state;
	struct rank_note first[] = {{10, 11, FIRST}, {28, 29, FIRST | RANK_TAKEN}};
	struct rank_note second[] = {{12, 13, SECOND}, {14, 15, SECOND | RANK_TAKEN}};
	struct rank_error error = measure(first, LENGTH(first), second, LENGTH(second), 2);
	assert_true(error.items == 1 && error.worst == 3);
	error = measure(first, 1, second, 1, 3);
	assert_true(isnan(error.mean) && isnan(error.items));
}

#define THREADS 8
#define ITEMS 20000
#define INSIDE 2000

/** Enqueues and dequeues in one thread. Returns the mean rank error. */
static double stray(const char *name)
{
	static char items[ITEMS + INSIDE][8] __attribute__((aligned(8)));
	static bool inside[ITEMS + INSIDE];
	char *error;
	const struct registry_queue *found = registry_find(name, &error);
	assert_non_null(found);
	const struct queue_type *type = found->pool->queue;
	struct queue *queue = type->create(
		&(struct queue_config){.capacity = 2 * INSIDE, .max_threads = THREADS});
	assert_non_null(queue);
	struct queue_handle *handle = queue_attach(type, queue);
	size_t oldest = 0;
	uint64_t sum = 0;
	for (size_t i = 0; i < ITEMS + INSIDE; ++i) {
		assert_int_equal(type->enqueue(queue, handle, items[i]), QUEUE_OK);
		inside[i] = true;
		void *taken;
		if (i < INSIDE) {
			continue;
		}
		assert_int_equal(type->dequeue(queue, handle, &taken), QUEUE_OK);
		size_t number = (size_t)((char *)taken - items[0]) / sizeof(*items);
		assert_true(inside[number]);
		inside[number] = false;
		while (!inside[oldest]) {
			++oldest;
		}
		for (size_t older = oldest; older < number; ++older) {
			sum += inside[older];
		}
	}
	for (void *left; type->dequeue(queue, handle, &left) == QUEUE_OK;) {
		inside[(size_t)((char *)left - items[0]) / sizeof(*items)] = false;
	}
	for (size_t i = 0; i < ITEMS + INSIDE; ++i) {
		assert_false(inside[i]);
	}
	queue_detach(type, queue, handle);
	type->destroy(queue);
	return (double)sum / ITEMS;
}

/** Without a look at two parts, errors grow with the number of operations: to 100 and more. */
static void relaxed_queues_keep_items_near_their_order(void **state)
{
	(void)state;
	assert_true(stray("dcbo") < 2 * THREADS);
	assert_true(stray("multififo") < 4 * THREADS);
	// Blocks of seven
	assert_true(stray("blockfifo") < 7 * THREADS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_items_that_are_still_inside_count),
		cmocka_unit_test(items_that_come_out_after_the_notes_do_not_count),
		cmocka_unit_test(relaxed_queues_keep_items_near_their_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
