// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * multififo draws as often as its patience allows, before it tries all parts. Where there is
 * nothing to find, that is no slow path.
 */

// The queue that is built in has the name already
#define queue_type_multififo queue_type_multififo_tested

#include "multififo.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char item[16] __attribute__((aligned(16)));

/** Draws of an operation that finds all locks taken. */
static unsigned int draws_of(enum queue_patience patience)
{
	struct queue *queue = parts_create(
		&(struct queue_config){.capacity = 8, .max_threads = 1, .patience = patience});
	assert_non_null(queue);
	struct queue_handle *handle = parts_attach(queue);
	for (unsigned int i = 0; i < queue->part_count; ++i) {
		assert_true(part_lock(&queue->parts[i]));
	}
	unsigned int before = slow_paths[DRAWS_AGAIN].entries;
	unsigned int all = slow_paths[LOOKS_AT_ALL].entries;
	assert_int_equal(multififo_enqueue(queue, handle, item), QUEUE_BUSY);
	assert_int_equal(slow_paths[LOOKS_AT_ALL].entries, all + 1);
	parts_detach(queue, handle);
	parts_destroy(queue);
	return slow_paths[DRAWS_AGAIN].entries - before;
}

static void patience_is_heeded(void **state)
{
	(void)state;
	assert_int_equal(draws_of(QUEUE_PATIENT), CHOICES);
	assert_int_equal(draws_of(QUEUE_ONE_TRY), 1);
	assert_int_equal(draws_of(QUEUE_NO_TRY), 0);
}

static void polls_are_no_slow_path(void **state)
{
	(void)state;
	struct queue *queue = parts_create(&(struct queue_config){.capacity = 8, .max_threads = 1});
	assert_non_null(queue);
	struct queue_handle *handle = parts_attach(queue);
	unsigned int before = slow_paths[LOOKS_AT_ALL].entries;
	void *out;
	assert_int_equal(multififo_dequeue(queue, handle, &out), QUEUE_EMPTY);
	// Each part, so that the queue is full
	for (unsigned int i = 0; i < queue->part_count; ++i) {
		while (part_put(&queue->parts[i], item) == QUEUE_OK) {
			count_put(handle);
		}
	}
	assert_int_equal(multififo_enqueue(queue, handle, item), QUEUE_FULL);
	assert_int_equal(slow_paths[LOOKS_AT_ALL].entries, before);
	parts_detach(queue, handle);
	parts_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patience_is_heeded),
		cmocka_unit_test(polls_are_no_slow_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
