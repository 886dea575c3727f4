// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** In ms_queue, who comes late for a swing writes nothing, and consumers leave the tail alone. */

// The queue that is built in has the name already
#define queue_type_ms_queue queue_type_ms_queue_tested

#include "ms_queue.c"

#include <string.h>

#include "pages.h"

static char items[3][16] __attribute__((aligned(16)));

static void late_swing_writes_nothing(void **state)
{
	(void)state;
	char *pages = pages_map(sizeof(struct node *));
	_Atomic(struct node *) *end = (_Atomic(struct node *) *)pages;
	struct node nodes[3];
	atomic_init(end, &nodes[0]);
	assert_true(swing(end, &nodes[0], &nodes[1]));
	pages_allow(pages, PROT_READ);
	assert_false(swing(end, &nodes[0], &nodes[1]));
	pages_allow(pages, PROT_READ | PROT_WRITE);
	assert_true(swing(end, &nodes[1], &nodes[2]));
	pages_unmap(pages);
}

static void consumer_does_not_look_at_the_tail(void **state)
{
	(void)state;
	struct queue *made = ms_queue_create(&(struct queue_config){.max_threads = 1});
	assert_non_null(made);
	// The tail is in a page that is taken away, the head in the next one
	char *pages = pages_map(2 * sizeof(*made));
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct queue *queue = (struct queue *)(pages + page - offsetof(struct queue, head));
	memcpy(queue, made, sizeof(*made));
	struct queue_handle *handle = ms_queue_attach(queue);
	assert_non_null(handle);
	for (size_t i = 0; i < 3; ++i) {
		assert_int_equal(ms_queue_enqueue(queue, handle, items[i]), QUEUE_OK);
	}
	void *item;
	assert_int_equal(mprotect(pages, page, PROT_NONE), 0);
	for (size_t i = 0; i < 2; ++i) {
		assert_int_equal(ms_queue_dequeue(queue, handle, &item), QUEUE_OK);
		assert_ptr_equal(item, items[i]);
	}
	assert_int_equal(mprotect(pages, page, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(ms_queue_dequeue(queue, handle, &item), QUEUE_OK);
	assert_int_equal(ms_queue_dequeue(queue, handle, &item), QUEUE_EMPTY);
	ms_queue_detach(queue, handle);
	memcpy(made, queue, sizeof(*made));
	ms_queue_destroy(made);
	pages_unmap(pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_swing_writes_nothing),
		cmocka_unit_test(consumer_does_not_look_at_the_tail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
