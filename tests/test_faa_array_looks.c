// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** In faa_array, who comes late for a swing writes nothing, and an array made ready is kept. */

// The queue that is built in has the name already
#define queue_type_faa_array queue_type_faa_array_tested

#include "faa_array.c"

#include "pages.h"

static char items[2 * SLOTS][16] __attribute__((aligned(16)));

static void late_swing_writes_nothing(void **state)
{
	(void)state;
	char *pages = pages_map(sizeof(struct array *));
	_Atomic(struct array *) *end = (_Atomic(struct array *) *)pages;
	static struct array arrays[2];
	atomic_init(end, &arrays[1]);
	pages_allow(pages, PROT_READ);
	assert_false(swing(end, &arrays[0], &arrays[1]));
	pages_allow(pages, PROT_READ | PROT_WRITE);
	pages_unmap(pages);
}

/** As after a lost link: the item of that operation must not come out. */
static void spare_array_is_linked(void **state)
{
	(void)state;
	struct queue *queue = faa_array_create(&(struct queue_config){.max_threads = 1});
	assert_non_null(queue);
	struct queue_handle *handle = faa_array_attach(queue);
	struct array *kept = spare(queue, handle);
	assert_non_null(kept);
	assert_ptr_equal(spare(queue, handle), kept);
	atomic_store(place(kept, 0), items[0]);
	atomic_store(&kept->enqueue_ticket, 1);
	for (size_t i = 0; i < 2 * SLOTS; ++i) {
		assert_int_equal(faa_array_enqueue(queue, handle, items[i]), QUEUE_OK);
	}
	assert_ptr_equal(atomic_load(&queue->tail), kept);
	assert_null(handle->spare);
	void *item;
	for (size_t i = 0; i < 2 * SLOTS; ++i) {
		assert_int_equal(faa_array_dequeue(queue, handle, &item), QUEUE_OK);
		assert_ptr_equal(item, items[i]);
	}
	assert_int_equal(faa_array_dequeue(queue, handle, &item), QUEUE_EMPTY);
	// Left over at the end
	assert_non_null(spare(queue, handle));
	faa_array_detach(queue, handle);
	faa_array_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_swing_writes_nothing),
		cmocka_unit_test(spare_array_is_linked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
