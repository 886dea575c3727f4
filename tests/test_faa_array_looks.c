// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * In faa_array, who comes late for a swing writes nothing, and an array made ready is kept. A
 * ticket whose producer comes at the last moment is not spoilt.
 */

// The queue that is built in has the name already
#define queue_type_faa_array queue_type_faa_array_tested

#include "reclaim/hazard.h"

/** What a producer puts into a slot between the consumer's last look and its exchange, or NULL. */
static void *late_item;

static inline void *late_exchange(_Atomic(void *) *slot, void *taken, memory_order order)
{
	if (late_item) {
		atomic_store(slot, late_item);
	}
	return atomic_exchange_explicit(slot, taken, order);
}
#undef atomic_exchange_explicit
#define atomic_exchange_explicit late_exchange

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

static void late_item_spoils_no_ticket(void **state)
{
	(void)state;
	static struct array array;
	unsigned int before = slow_paths[SPOILS].entries;
	late_item = items[0];
	assert_ptr_equal(take(&array, 0), items[0]);
	assert_int_equal(slow_paths[SPOILS].entries, before);
	late_item = NULL;
	assert_null(take(&array, 1));
	assert_int_equal(slow_paths[SPOILS].entries, before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_swing_writes_nothing),
		cmocka_unit_test(spare_array_is_linked),
		cmocka_unit_test(late_item_spoils_no_ticket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
