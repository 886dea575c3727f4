// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * Windows of blockfifo begin at the first ticket, and their numbers wrap around. Impatient threads
 * take its rare paths.
 */

// The queue that is built in has the name already
#define queue_type_blockfifo queue_type_blockfifo_tested

#include "blockfifo.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CAPACITY 20
/** More items than the windows before the wrap-around have cells. */
#define ROUNDS 10

static char items[CAPACITY][16] __attribute__((aligned(16)));

static void windows_wrap_around(void **state)
{
	(void)state;
	struct queue *queue = blockfifo_create(&(struct queue_config){
		.capacity = CAPACITY, .max_threads = 1, .first_ticket = SIZE_MAX - 1});
	assert_non_null(queue);
	assert_true(window_load(&queue->enqueue_window) == -2 * WINDOW);
	struct queue_handle *handle = blockfifo_attach(queue);
	for (int round = 0; round < ROUNDS; ++round) {
		for (size_t i = 0; i < CAPACITY; ++i) {
			assert_int_equal(blockfifo_enqueue(queue, handle, items[i]), QUEUE_OK);
		}
		assert_int_equal(blockfifo_enqueue(queue, handle, items[0]), QUEUE_FULL);
		void *item;
		for (size_t i = 0; i < CAPACITY; ++i) {
			assert_int_equal(blockfifo_dequeue(queue, handle, &item), QUEUE_OK);
		}
		assert_int_equal(blockfifo_dequeue(queue, handle, &item), QUEUE_EMPTY);
	}
	assert_true((int64_t)window_load(&queue->dequeue_window) > 0);
	blockfifo_detach(queue, handle);
	blockfifo_destroy(queue);
}

/** Fills a window with two blocks, and takes an item by either thread. Counts rare paths. */
static void count_rare_paths(enum queue_patience patience, unsigned int *any, unsigned int *claimed)
{
	struct queue *queue = blockfifo_create(&(struct queue_config){
		.capacity = CAPACITY, .max_threads = 2, .patience = patience});
	assert_non_null(queue);
	struct queue_handle *handles[] = {blockfifo_attach(queue), blockfifo_attach(queue)};
	*any = slow_paths[ANY_CELL].entries;
	*claimed = slow_paths[CLAIMED].entries;
	for (size_t i = 0; i < 2 * CELLS; ++i) {
		assert_int_equal(blockfifo_enqueue(queue, handles[0], items[i]), QUEUE_OK);
	}
	assert_true(window_load(&queue->enqueue_window) == 0);
	for (size_t i = 0; i < 2; ++i) {
		void *item;
		assert_int_equal(blockfifo_dequeue(queue, handles[i], &item), QUEUE_OK);
		blockfifo_detach(queue, handles[i]);
	}
	*any = slow_paths[ANY_CELL].entries - *any;
	*claimed = slow_paths[CLAIMED].entries - *claimed;
	blockfifo_destroy(queue);
}

static void patience_is_heeded(void **state)
{
	(void)state;
	unsigned int any, claimed;
	count_rare_paths(QUEUE_PATIENT, &any, &claimed);
	assert_int_equal(any, 0);
	assert_int_equal(claimed, 0);
	count_rare_paths(QUEUE_ONE_TRY, &any, &claimed);
	assert_int_equal(any, 2 * CELLS);
	assert_int_equal(claimed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_wrap_around),
		cmocka_unit_test(patience_is_heeded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
