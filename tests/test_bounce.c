// SPDX-License-Identifier: MIT

/** The bounce is measured where there are two threads and two processors; its matrix is printed. */

#include "machine/bounce.h"
#include "machine/bounces.h"
#include "processors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND 1000000

static void two_processors_have_a_round_trip(void **state)
{
	(void)state;
	const int both[] = {processors_nth(0), processors_nth(1)};
	if (both[1] < 0) {
		skip();
	}
	struct bounce bounce = {NAN, NAN};
	// On a busy machine the two may not run at the same time, but not again and again
	for (int i = 0; i < 50 && isnan(bounce.round_trip); ++i) {
		bounce = bounce_measure(both, 2, 20 * MILLISECOND);
	}
	assert_true(bounce.round_trip > 0);
	assert_true(bounce.add > 0);
	// Where the kernel puts both on one processor, there is none
	bounce = bounce_measure(NULL, 2, MILLISECOND);
	assert_true(isnan(bounce.round_trip) || bounce.round_trip > 0);
	assert_true(bounce.add > 0);
}

static void others_have_none(void **state)
{
	(void)state;
	int first = processors_nth(0);
	const int same[] = {first, first};
	const int nowhere[] = {first, INT_MAX - 1};
	struct bounce alone = bounce_measure(same, 1, MILLISECOND);
	assert_true(isnan(alone.round_trip));
	assert_true(alone.add > 0);
	struct bounce together = bounce_measure(same, 2, MILLISECOND);
	assert_true(isnan(together.round_trip));
	assert_true(together.add > 0);
	// QEMU dies of a set of processors that is so large
	if (!getenv("QBENCH_EMULATOR")) {
		assert_true(isnan(bounce_measure(nowhere, 2, MILLISECOND).round_trip));
	}
}

static void wide_matrices_are_cut_into_pieces(void **state)
{
	(void)state;
	static struct bounces bounces = {.count = BOUNCES_MOST, .left_out = 192, .missing = 1};
	for (unsigned int i = 0; i < BOUNCES_MOST; ++i) {
		bounces.processors[i] = (int)(1000 + 4 * i);
		for (unsigned int j = 0; j < BOUNCES_MOST; ++j) {
			bounces.round_trips[i][j] = i == j ? NAN : 100 + i + j;
		}
	}
	bounces.round_trips[0][63] = bounces.round_trips[63][0] = NAN;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	bounces_print(&bounces, stream);
	fclose(stream);
	assert_non_null(strstr(text, "Left out are 192 of 256 processors"));
	assert_non_null(strstr(text, "not measured: 1 pair "));
	unsigned int numbers = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(strlen(line) <= 100);
		for (char *word = line; (word = strstr(word, " 2")); ++word) {
			++numbers;
		}
	}
	// Those from 200 up, and the 2 of the sentence
	assert_int_equal(numbers, 364 + 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_processors_have_a_round_trip),
		cmocka_unit_test(others_have_none),
		cmocka_unit_test(wide_matrices_are_cut_into_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
