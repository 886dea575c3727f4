// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** Windows of blockfifo begin at the first ticket, and their numbers wrap around. */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_wrap_around),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
