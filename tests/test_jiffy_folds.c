// SPDX-License-Identifier: MIT

/** A producer of jiffy that stopped keeps its own buffer, and none of those that came after. */

// The queue that is built in has the name already
#define queue_type_jiffy queue_type_jiffy_tested

#include "jiffy.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Buffers that are filled behind a stopped producer. */
#define BUFFERS 5

static char items[(BUFFERS + 1) * SLOTS + 2][16] __attribute__((aligned(16)));

static void take(struct queue *queue, struct queue_handle *handle, const void *expected)
{
	void *item;
	assert_int_equal(jiffy_dequeue(queue, handle, &item), QUEUE_OK);
	assert_ptr_equal(item, expected);
}

static void assert_empty(struct queue *queue, struct queue_handle *handle)
{
	void *item;
	assert_int_equal(jiffy_dequeue(queue, handle, &item), QUEUE_EMPTY);
}

/** Buffers that a scan goes through. */
static size_t buffers(const struct queue *queue)
{
	size_t count = 0;
	for (struct buffer *buffer = queue->head; buffer; buffer = look(&buffer->next)) {
		++count;
	}
	return count;
}

static void a_stopped_producer_keeps_one_buffer(void **state)
{
	(void)state;
	// Tickets begin in the middle of a buffer, just below the wrap-around
	size_t first = (size_t)0 - SLOTS - SLOTS / 2;
	struct queue *queue =
		jiffy_create(&(struct queue_config){.max_threads = 3, .first_ticket = first});
	assert_non_null(queue);
	struct queue_handle *handle = jiffy_attach(queue);
	assert_non_null(handle);
	assert_int_equal(jiffy_enqueue(queue, handle, items[0]), QUEUE_OK);

	size_t stopped = atomic_fetch_add(&queue->ticket, 1);
	for (size_t i = 1; i <= BUFFERS * SLOTS; ++i) {
		assert_int_equal(jiffy_enqueue(queue, handle, items[i]), QUEUE_OK);
	}
	// Its own, one in part, and one behind
	size_t least = 3;
	assert_int_equal(buffers(queue), least + BUFFERS - 1);
	for (size_t i = 0; i <= BUFFERS * SLOTS; ++i) {
		take(queue, handle, items[i]);
	}
	assert_empty(queue, handle);
	assert_int_equal(buffers(queue), least);

	// It goes on, and goes back over what was folded
	struct buffer *buffer = look(&queue->tail);
	while (stopped - buffer->first >= SLOTS) {
		buffer = buffer->before;
	}
	assert_ptr_equal(buffer, queue->head);
	atomic_store(&buffer->slots[stopped % SLOTS], items[BUFFERS * SLOTS + 1]);
	take(queue, handle, items[BUFFERS * SLOTS + 1]);
	assert_empty(queue, handle);
	assert_true(queue->head != buffer);
	for (size_t i = 0; i < SLOTS; ++i) {
		assert_int_equal(jiffy_enqueue(queue, handle, items[i]), QUEUE_OK);
		take(queue, handle, items[i]);
	}
	jiffy_detach(queue, handle);
	jiffy_destroy(queue);
}

/** The number of threads is what keeps the tail ahead of each ticket. */
static void one_thread_too_many_is_refused(void **state)
{
	(void)state;
	struct queue *queue = jiffy_create(&(struct queue_config){.max_threads = 1});
	struct queue_handle *handle = jiffy_attach(queue);
	assert_non_null(handle);
	assert_null(jiffy_attach(queue));
	assert_int_equal(errno, EAGAIN);
	jiffy_detach(queue, handle);
	handle = jiffy_attach(queue);
	assert_non_null(handle);
	jiffy_detach(queue, handle);
	jiffy_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stopped_producer_keeps_one_buffer),
		cmocka_unit_test(one_thread_too_many_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
