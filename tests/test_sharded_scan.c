// SPDX-License-Identifier: MIT

/**
 * A scan of sharded begins at the shard in which the last scan found an item. Without patience a
 * thread chooses no shard before it scans all.
 */

// The queue that is built in has the name already
#define queue_type_sharded queue_type_sharded_tested

#include "sharded.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SHARDS 8

static char items[2][16] __attribute__((aligned(16)));

/** The item of a scan, or NULL. */
static void *take(struct queue *queue, struct queue_handle *handle)
{
	void *item;
	return take_from_any(queue, handle, &item) == QUEUE_OK ? item : NULL;
}

/** Both shards have an item, and the last item came from the second shard. */
static void scan_begins_where_the_last_item_was(void **state)
{
	(void)state;
	struct queue_handle *handles[SHARDS];
	struct queue *queue = parts_create(
		&(struct queue_config){.capacity = 64 * SHARDS, .max_threads = SHARDS});
	assert_non_null(queue);
	for (unsigned int i = 0; i < SHARDS; ++i) {
		handles[i] = parts_attach(queue);
	}
	struct queue_handle *consumer = handles[0];
	assert_int_equal(sharded_enqueue(queue, handles[5], items[0]), QUEUE_OK);
	assert_ptr_equal(take(queue, consumer), items[0]);

	assert_int_equal(sharded_enqueue(queue, handles[2], items[0]), QUEUE_OK);
	assert_int_equal(sharded_enqueue(queue, handles[5], items[1]), QUEUE_OK);
	assert_ptr_equal(take(queue, consumer), items[1]);
	// The scan goes on to the first shard
	assert_ptr_equal(take(queue, consumer), items[0]);
	assert_null(take(queue, consumer));
	for (unsigned int i = 0; i < SHARDS; ++i) {
		parts_detach(queue, handles[i]);
	}
	parts_destroy(queue);
}

/** True if a thread that puts and takes elsewhere draws shards, to choose between them. */
static bool draws_parts(enum queue_patience patience)
{
	struct queue *queue = parts_create(&(struct queue_config){
		.capacity = 2 * SHARDS, .max_threads = SHARDS, .patience = patience});
	assert_non_null(queue);
	struct queue_handle *handle = parts_attach(queue);
	uint64_t random = handle->random;
	void *item;
	assert_int_equal(put_elsewhere(queue, handle, items[0]), QUEUE_OK);
	bool put_chooses = handle->random != random;
	random = handle->random;
	assert_int_equal(take_elsewhere(queue, handle, &item), QUEUE_OK);
	assert_int_equal(handle->random != random, put_chooses);
	parts_detach(queue, handle);
	parts_destroy(queue);
	return put_chooses;
}

static void patience_is_heeded(void **state)
{
	(void)state;
	assert_true(draws_parts(QUEUE_PATIENT));
	assert_true(draws_parts(QUEUE_ONE_TRY));
	assert_false(draws_parts(QUEUE_NO_TRY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_begins_where_the_last_item_was),
		cmocka_unit_test(patience_is_heeded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
