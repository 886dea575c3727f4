// SPDX-License-Identifier: MIT
// not-under: asan tsan (it has one thread, and no memory)

/**
 * A thread looks at a lock, or at that of a depot, a few times. It pauses between two looks, and
 * not after the last.
 */

#include "queue.h"

static unsigned int pauses;
#define queue_pause() ((void)++pauses)

#include "reclaim/magazine.h"
#include "shared/try_lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

static void pauses_are_between_looks(void **state)
{
	(void)state;
	atomic_bool locked = false;
	assert_true(lock_try(&locked));
	assert_int_equal(pauses, 0);
	assert_false(lock_try(&locked));
	assert_int_equal(pauses, LOCK_LOOKS - 1);
	lock_leave(&locked);
	assert_true(lock_try(&locked));

	struct depot depot;
	depot_create(&depot, sizeof(void *));
	pauses = 0;
	assert_true(depot_trylock(&depot));
	assert_int_equal(pauses, 0);
	assert_false(depot_trylock(&depot));
	assert_int_equal(pauses, DEPOT_LOOKS - 1);
	depot_destroy(&depot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_are_between_looks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
