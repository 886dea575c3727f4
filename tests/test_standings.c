// SPDX-License-Identifier: MIT

/** What simulate has found does not vanish for want of memory without an error. It compares itself
 * with those cells of a run that are of queues and have numbers. */

#include "results/run.h"
#include "simulate/machine_file.h"
#include "simulate/self_check.h"
#include "simulate/standings.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/** Blocks that jansson still gets; and whether it was refused one. */
static unsigned int left;
static bool refused;

static void *allocate(size_t size)
{
	refused |= left == 0;
	return left > 0 && left-- ? malloc(size) : NULL;
}

static void be_refused_after(unsigned int blocks)
{
	left = blocks;
	refused = false;
}

static void nothing_vanishes_from_standings(void **state)
{
	(void)state;
	const struct simulate_threads threads[] = {{.all = 2}, {.all = 4}, {4, 1}};
	struct standing rows[] = {{"one", threads[0], .median = 3, .least = 3, .most = 3},
				  {"one", threads[1], .median = 4, .least = 4, .most = 4},
				  {"one", threads[2], .median = 4, .least = 4, .most = 4},
				  {"two", threads[0], .median = 3, .least = 3, .most = 3},
				  {"two", threads[1], .median = 8, .least = 8, .most = 8}};
	struct standings standings = {rows, sizeof(rows) / sizeof(*rows)};
	unsigned int blocks = 0;
	do {
		be_refused_after(UINT32_MAX);
		struct standings_arrays arrays = {json_array(), json_array(), json_array()};
		be_refused_after(blocks++);
		errno = 0;
		int result = standings_json(&standings, threads, 3, "m", "mixed", &arrays);
		assert_int_equal(result, refused ? -1 : 0);
		assert_int_equal(errno, refused ? ENOMEM : 0);
		if (!refused) {
			assert_int_equal(json_array_size(arrays.leaders), 3);
			assert_int_equal(json_array_size(arrays.growth), 2);
		}
		json_decref(arrays.leaders);
		json_decref(arrays.crossovers);
		json_decref(arrays.growth);
	} while (refused);
	assert_true(blocks > 20);
}

static void nothing_vanishes_from_the_self_check(void **state)
{
	(void)state;
	struct validation_row rows[] = {{.queue = "one", .published = 1, .simulated = 2},
					{.queue = "two", .published = 2, .simulated = 1}};
	static struct machine_file file;
	struct self_check check = {.validation = {.rows = rows, .count = 2, .files = &file}};
	unsigned int blocks = 0;
	do {
		be_refused_after(blocks++);
		json_t *json = self_check_json(&check);
		assert_int_equal(json == NULL, refused);
		assert_int_equal(json_array_size(json_object_get(json, "rows")), refused ? 0 : 2);
		json_decref(json);
	} while (refused);
	assert_true(blocks > 10);
}

static void floors_and_cells_without_numbers_are_no_figures(void **state)
{
	(void)state;
	struct run_cell cells[] = {
		{.cell = {.queue = "void", .workload = "mixed", .threads = 2},
		 .summary = {.median = NAN}},
		{.cell = {.queue = "floor", .workload = "mixed", .threads = 2},
		 .floor = true,
		 .summary = {.median = 5}},
		{.cell = {.queue = "one", .workload = "mixed", .threads = 2},
		 .summary = {.median = 4}},
	};
	struct run run = {.cells = cells, .cell_count = 3};
	struct validation validation = {0};
	assert_int_equal(validation_of_run(&run, "this", &validation), 0);
	assert_int_equal(validation.count, 1);
	assert_string_equal(validation.rows[0].machine, "this");
	assert_string_equal(validation.rows[0].workload, "mixed");
	assert_string_equal(validation.rows[0].queue, "one");
	assert_int_equal(validation.rows[0].threads, 2);
	assert_true(validation.rows[0].published == 4);
	validation_free(&validation);
	run.cell_count = 2;
	assert_int_equal(validation_of_run(&run, "this", &validation), -1);
	validation_free(&validation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_vanishes_from_standings),
		cmocka_unit_test(nothing_vanishes_from_the_self_check),
		cmocka_unit_test(floors_and_cells_without_numbers_are_no_figures),
	};
	json_set_alloc_funcs(allocate, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
