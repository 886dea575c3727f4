// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** What counts as a busy machine, from made-up readings. */

#include "harness.h"
#include "machine/quiet.h"
#include "processors.h"

#include <math.h>

#define MS 1e6

/** Readings of two processors, `wall` milliseconds apart. */
static void make(struct quiet_reading *before, struct quiet_reading *after, double wall,
		 double busy, double steal, double own)
{
	*before = (struct quiet_reading){1000, 5 * MS, 7 * MS, 3 * MS, 2};
	*after = (struct quiet_reading){1000 + (uint64_t)(wall * MS), (5 + busy) * MS,
					(7 + steal) * MS, (3 + own) * MS, 2};
}

static void own_time_is_not_of_others(void **state)
{
	(void)state;
	struct quiet_reading before;
	struct quiet_reading after;
	make(&before, &after, 100, 180, 0, 120);
	struct quiet quiet = quiet_since(&before, &after);
	assert_true(fabs(quiet.others - 0.3) < 1e-9);
	assert_true(fabs(quiet.steal - 0) < 1e-9);
	assert_true(quiet_is_busy(quiet.others, quiet.steal));
	// Ticks lag behind
	make(&before, &after, 100, 100, 0, 120);
	quiet = quiet_since(&before, &after);
	assert_true(fabs(quiet.others - 0) < 1e-9);
	assert_false(quiet_is_busy(quiet.others, quiet.steal));
}

static void steal_makes_a_machine_busy(void **state)
{
	(void)state;
	struct quiet_reading before;
	struct quiet_reading after;
	make(&before, &after, 1000, 0, 210, 0);
	struct quiet quiet = quiet_since(&before, &after);
	assert_true(fabs(quiet.steal - 0.105) < 1e-9);
	assert_true(quiet_is_busy(quiet.others, quiet.steal));
	make(&before, &after, 1000, 0, 190, 0);
	quiet = quiet_since(&before, &after);
	assert_false(quiet_is_busy(quiet.others, quiet.steal));
}

static void a_tenth_of_a_sample_is_much(void **state)
{
	(void)state;
	struct quiet_reading before;
	struct quiet_reading after;
	make(&before, &after, 1000, 1190, 0, 1000);
	assert_false(quiet_lost_much(&before, &after));
	make(&before, &after, 1000, 1150, 80, 1000);
	assert_true(quiet_lost_much(&before, &after));
	// Two ticks of a short sample say nothing
	make(&before, &after, 5, 20, 0, 0);
	assert_false(quiet_lost_much(&before, &after));
}

static void what_is_not_told_is_quiet(void **state)
{
	(void)state;
	struct quiet_reading before;
	struct quiet_reading after;
	make(&before, &after, 100, NAN, NAN, 10);
	struct quiet quiet = quiet_since(&before, &after);
	assert_true(isnan(quiet.others) && isnan(quiet.steal));
	assert_false(quiet_is_busy(quiet.others, quiet.steal));
	assert_false(quiet_lost_much(&before, &after));
}

/** Threads that are pinned to one processor have no more time than it has. */
static void a_processor_counts_once(void **state)
{
	(void)state;
	const int twice[] = {processors_nth(0), processors_nth(0)};
	struct quiet_reading once;
	quiet_read(twice, 2, &once);
	assert_int_equal(once.processors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_time_is_not_of_others),
		cmocka_unit_test(steal_makes_a_machine_busy),
		cmocka_unit_test(a_tenth_of_a_sample_is_much),
		cmocka_unit_test(what_is_not_told_is_quiet),
		cmocka_unit_test(a_processor_counts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
