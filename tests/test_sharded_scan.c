// SPDX-License-Identifier: MIT

/** A scan of sharded begins at the shard in which the last scan found an item. */

// The queue that is built in has the name already
#define queue_type_sharded queue_type_sharded_tested

#include "sharded.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SHARDS 8

static char items[2][16] __attribute__((aligned(16)));

/** Both shards have an item, and the last item came from the second shard. */
static void scan_begins_where_the_last_item_was(void **state)
{
	(void)state;
	struct queue_handle *handles[SHARDS];
	struct queue *queue = sharded_create(
		&(struct queue_config){.capacity = 64 * SHARDS, .max_threads = SHARDS});
	assert_non_null(queue);
	for (unsigned int i = 0; i < SHARDS; ++i) {
		handles[i] = sharded_attach(queue);
	}
	struct queue_handle *consumer = handles[0];
	assert_int_equal(sharded_enqueue(queue, handles[5], items[0]), QUEUE_OK);
	assert_ptr_equal(take_from_any(queue, consumer), items[0]);

	assert_int_equal(sharded_enqueue(queue, handles[2], items[0]), QUEUE_OK);
	assert_int_equal(sharded_enqueue(queue, handles[5], items[1]), QUEUE_OK);
	assert_ptr_equal(take_from_any(queue, consumer), items[1]);
	// The scan goes on to the first shard
	assert_ptr_equal(take_from_any(queue, consumer), items[0]);
	assert_null(take_from_any(queue, consumer));
	for (unsigned int i = 0; i < SHARDS; ++i) {
		sharded_detach(queue, handles[i]);
	}
	sharded_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_begins_where_the_last_item_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
