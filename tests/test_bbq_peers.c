// SPDX-License-Identifier: MIT

/** What bbq answers while a peer has stopped in the middle of an operation. */

// The queue that is built in has the name already
#define queue_type_bbq queue_type_bbq_tested

#include "bbq.c"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

/** Makes blocks of four entries. */
#define CAPACITY 32
#define ENTRIES 4

static char items[CAPACITY + 1][16] __attribute__((aligned(16)));

static struct queue *make(void)
{
	struct queue *queue =
		bbq_create(&(struct queue_config){.capacity = CAPACITY, .max_threads = 2});
	assert_non_null(queue);
	assert_int_equal(queue->entries, ENTRIES);
	return queue;
}

static void put(struct queue *queue, size_t count)
{
	for (size_t i = 0; i < count; ++i) {
		assert_int_equal(bbq_enqueue(queue, NULL, items[i]), QUEUE_OK);
	}
}

static void take(struct queue *queue, size_t count)
{
	void *item;
	for (size_t i = 0; i < count; ++i) {
		assert_int_equal(bbq_dequeue(queue, NULL, &item), QUEUE_OK);
	}
}

/** As published, it would be EMPTY: what was committed in the block was taken. */
static void items_behind_a_stopped_producer_are_not_empty(void **state)
{
	(void)state;
	struct queue *queue = make();
	void *item;
	put(queue, ENTRIES - 1);
	take(queue, ENTRIES - 1);
	uint64_t stopped = add_one(&queue->blocks[0].allocated);
	assert_int_equal(open_count(stopped), ENTRIES - 1);
	put(queue, 1);
	assert_int_equal(bbq_dequeue(queue, NULL, &item), QUEUE_BUSY);
	fill(queue, ENTRIES - 1, items[CAPACITY]);
	take(queue, 2);
	assert_int_equal(bbq_dequeue(queue, NULL, &item), QUEUE_EMPTY);
	bbq_destroy(queue);
}

static void a_stopped_consumer_is_met_after_a_lap(void **state)
{
	(void)state;
	struct queue *queue = make();
	put(queue, ENTRIES);
	uint64_t stopped = look(&queue->blocks[0].reserved);
	assert_true(change(&queue->blocks[0].reserved, stopped, stopped + 1));
	take(queue, ENTRIES - 1);
	size_t lap = (size_t)1 << queue->lap_order;
	for (size_t i = ENTRIES; i < lap; ++i) {
		put(queue, 1);
		take(queue, 1);
	}
	assert_int_equal(bbq_enqueue(queue, NULL, items[0]), QUEUE_BUSY);
	add_one(&queue->blocks[0].consumed);
	put(queue, CAPACITY);
	assert_int_equal(bbq_enqueue(queue, NULL, items[0]), QUEUE_FULL);
	bbq_destroy(queue);
}

/** The producer has stopped before any entry of the block can be given out. */
static void a_block_that_is_being_opened_is_empty(void **state)
{
	(void)state;
	struct queue *queue = make();
	put(queue, ENTRIES);
	take(queue, ENTRIES);
	uint64_t left = cursor(version_at(queue, ENTRIES) - 1, ENTRIES);
	assert_true(
		change(&queue->blocks[1].committed, left, cursor(version_at(queue, ENTRIES), 0)));
	void *item;
	// Else it waits for the producer
	alarm(60);
	assert_int_equal(bbq_dequeue(queue, NULL, &item), QUEUE_EMPTY);
	alarm(0);
	put(queue, CAPACITY);
	assert_int_equal(bbq_enqueue(queue, NULL, items[0]), QUEUE_FULL);
	take(queue, CAPACITY);
	assert_int_equal(bbq_dequeue(queue, NULL, &item), QUEUE_EMPTY);
	bbq_destroy(queue);
}

/** A producer that comes late to a block that was opened again, near full. */
static void a_late_producer_does_not_exceed_the_capacity(void **state)
{
	(void)state;
	struct queue *queue = make();
	size_t lap = (size_t)1 << queue->lap_order;
	for (size_t i = 0; i < lap - CAPACITY; ++i) {
		put(queue, 1);
		take(queue, 1);
	}
	put(queue, CAPACITY);
	// The ring is at its end; with one item less inside, its first block is opened narrow
	take(queue, 1);
	put(queue, 1);
	assert_true(open_count(add_one(&queue->blocks[0].allocated)) >= ENTRIES);
	assert_int_equal(bbq_enqueue(queue, NULL, items[0]), QUEUE_FULL);
	take(queue, CAPACITY);
	void *item;
	assert_int_equal(bbq_dequeue(queue, NULL, &item), QUEUE_EMPTY);
	bbq_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_behind_a_stopped_producer_are_not_empty),
		cmocka_unit_test(a_stopped_consumer_is_met_after_a_lap),
		cmocka_unit_test(a_block_that_is_being_opened_is_empty),
		cmocka_unit_test(a_late_producer_does_not_exceed_the_capacity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
