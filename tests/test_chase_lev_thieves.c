// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** Thieves of chase_lev begin at different deques, and part unless one deque has all items. */

// The queue that is built in has the name already
#define queue_type_chase_lev queue_type_chase_lev_tested

#include "chase_lev.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HANDLES 4

static char items[HANDLES][16] __attribute__((aligned(16)));

/** Every other handle has an item, and each of the rest takes that of its neighbour. */
static void thieves_are_spread(void **state)
{
	(void)state;
	struct queue_handle *handles[HANDLES];
	struct queue *queue =
		chase_lev_create(&(struct queue_config){.capacity = 1, .max_threads = HANDLES});
	assert_non_null(queue);
	for (unsigned int i = 0; i < HANDLES; ++i) {
		handles[i] = chase_lev_attach(queue);
	}
	for (unsigned int i = 0; i < HANDLES; i += 2) {
		assert_int_equal(chase_lev_enqueue(queue, handles[i], items[i]), QUEUE_OK);
	}
	for (unsigned int i = 1; i < HANDLES; i += 2) {
		void *item;
		assert_int_equal(chase_lev_dequeue(queue, handles[i], &item), QUEUE_OK);
		assert_ptr_equal(item, items[(i + 1) % HANDLES]);
	}
	for (unsigned int i = 0; i < HANDLES; ++i) {
		chase_lev_detach(queue, handles[i]);
	}
	chase_lev_destroy(queue);
}

/** One that found nothing elsewhere goes on after as many lost items as the round had deques. */
static void thieves_part(void **state)
{
	(void)state;
	struct queue_handle own = {.victim = 5};
	part(&own, true, 0);
	assert_int_equal(own.victim, 6);
	part(&own, false, HANDLES);
	for (unsigned int i = 0; i < HANDLES; ++i) {
		part(&own, true, 0);
		assert_int_equal(own.victim, 6);
	}
	part(&own, true, 0);
	assert_int_equal(own.victim, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thieves_are_spread),
		cmocka_unit_test(thieves_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
