// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** The random numbers are the published ones, depend only on the seed, and are fair. */

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/** The first outputs for the state {1, 2, 3, 4}, as rand_xoshiro took them from the C reference. */
static void xoshiro_gives_the_reference_outputs(void **state)
{
	(void)state;
	static const uint64_t expected[] = {
		11520,
		0,
		1509978240,
		1215971899390074240,
		1216172134540287360,
		607988272756665600,
		16172922978634559625U,
		8476171486693032832,
		10595114339597558777U,
		2904607092377533576,
	};
	struct rng rng = {{1, 2, 3, 4}};
	for (size_t i = 0; i < LENGTH(expected); ++i) {
		assert_true(rng_next(&rng) == expected[i]);
	}
}

/** The first outputs of splitmix64 for 1234567, as Rosetta Code gives them. */
static void a_seed_fills_the_state_by_splitmix(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 1234567);
	assert_true(rng.state[0] == 6457827717110365317);
	assert_true(rng.state[1] == 3203168211198807973);
	assert_true(rng.state[2] == 9817491932198370423U);
	assert_true(rng.state[3] == 4593380528125082431);
}

/** The values are those in the tests of nbdkit, which seeds in the same way. */
static void seeded_sequences_are_the_known_ones(void **state)
{
	(void)state;
	static const struct {
		uint64_t seed;
		uint64_t outputs[4];
	} known[] = {
		{0,
		 {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}},
		{1,
		 {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7}},
		{UINT64_MAX,
		 {0x8f5520d52a7ead08, 0xc476a018caa1802d, 0x81de31c0d260469e, 0xbf658d7e065f3c2f}},
	};
	for (size_t i = 0; i < LENGTH(known); ++i) {
		struct rng rng;
		rng_seed(&rng, known[i].seed);
		for (size_t j = 0; j < LENGTH(known[i].outputs); ++j) {
			assert_true(rng_next(&rng) == known[i].outputs[j]);
		}
	}
}

/** Chi-squared of counts that should be equal. */
static double chi_squared(const size_t *counts, size_t bins, size_t draws)
{
	double expected = (double)draws / (double)bins;
	double sum = 0;
	for (size_t i = 0; i < bins; ++i) {
		sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
	}
	return sum;
}

static void below_gives_each_number_equally_often(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 1);
	size_t counts[7] = {0};
	const size_t draws = 70000;
	for (size_t i = 0; i < draws; ++i) {
		uint64_t number = rng_below(&rng, LENGTH(counts));
		assert_true(number < LENGTH(counts));
		++counts[number];
	}
	assert_true(chi_squared(counts, LENGTH(counts), draws) < 22.5); // 0.1 % for 6 degrees
}

/** Without drawing again, 3 * 2^62 would make every third number twice as likely. */
static void below_is_unbiased_for_large_bounds(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 2);
	const uint64_t bound = UINT64_C(3) << 62;
	size_t counts[3] = {0};
	const size_t draws = 30000;
	for (size_t i = 0; i < draws; ++i) {
		uint64_t number = rng_below(&rng, bound);
		assert_true(number < bound);
		++counts[number % 3];
	}
	assert_true(chi_squared(counts, LENGTH(counts), draws) < 13.8); // 0.1 % for 2 degrees
}

static void below_one_is_zero(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 3);
	for (int i = 0; i < 100; ++i) {
		assert_true(rng_below(&rng, 1) == 0);
	}
}

static void unit_fills_the_interval_evenly(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 4);
	size_t counts[10] = {0};
	const size_t draws = 50000;
	for (size_t i = 0; i < draws; ++i) {
		double unit = rng_unit(&rng);
		assert_true(unit >= 0 && unit < 1);
		++counts[(size_t)(unit * 10)];
	}
	assert_true(chi_squared(counts, LENGTH(counts), draws) < 27.9); // 0.1 % for 9 degrees
}

/** The largest 53 bits must not be rounded to 1. */
static void unit_is_below_one_for_the_largest_draw(void **state)
{
	(void)state;
	// The output is 9 * rotate(5 * state[1], 7). Inverts that, so that all its bits are 1
	uint64_t inverse_of_9 = 0x8e38e38e38e38e39; // modulo 2^64
	uint64_t inverse_of_5 = 0xcccccccccccccccd;
	uint64_t rotated = UINT64_MAX * inverse_of_9;
	struct rng rng = {{1, (rotated >> 7 | rotated << 57) * inverse_of_5, 0, 0}};
	struct rng copy = rng;
	assert_true(rng_next(&copy) == UINT64_MAX);
	assert_true(rng_unit(&rng) < 1);
}

static void exponential_has_its_mean_and_its_shape(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 5);
	const double mean = 250;
	const size_t draws = 100000;
	double sum = 0;
	size_t above = 0;
	for (size_t i = 0; i < draws; ++i) {
		double time = rng_exponential(&rng, mean);
		assert_true(time >= 0 && time < 37 * mean);
		sum += time;
		above += time > 2 * mean;
	}
	// 4 standard errors
	assert_true(fabs(sum / (double)draws - mean) < 4 * mean / sqrt((double)draws));
	assert_true(fabs((double)above / (double)draws - exp(-2)) <
		    4 * 0.342 / sqrt((double)draws));
}

static void shuffle_gives_each_order_equally_often(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 6);
	size_t counts[27] = {0}; // the items are the digits of the index: 6 orders can occur
	const size_t draws = 30000;
	for (size_t i = 0; i < draws; ++i) {
		size_t order[] = {0, 1, 2};
		rng_shuffle(&rng, order, 3);
		assert_true(order[0] + order[1] + order[2] == 3);
		++counts[order[0] * 9 + order[1] * 3 + order[2]];
	}
	size_t seen[] = {counts[5], counts[7], counts[11], counts[15], counts[19], counts[21]};
	size_t all = 0;
	for (size_t i = 0; i < LENGTH(seen); ++i) {
		all += seen[i];
	}
	assert_true(all == draws);
	assert_true(chi_squared(seen, LENGTH(seen), draws) < 20.5); // 0.1 % for 5 degrees
}

static void shuffle_of_none_or_one_draws_nothing(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 7);
	struct rng untouched = rng;
	size_t order[] = {42};
	rng_shuffle(&rng, order, 0);
	rng_shuffle(&rng, order, 1);
	assert_int_equal(order[0], 42);
	assert_memory_equal(&rng, &untouched, sizeof(rng));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xoshiro_gives_the_reference_outputs),
		cmocka_unit_test(a_seed_fills_the_state_by_splitmix),
		cmocka_unit_test(seeded_sequences_are_the_known_ones),
		cmocka_unit_test(below_gives_each_number_equally_often),
		cmocka_unit_test(below_is_unbiased_for_large_bounds),
		cmocka_unit_test(below_one_is_zero),
		cmocka_unit_test(unit_fills_the_interval_evenly),
		cmocka_unit_test(unit_is_below_one_for_the_largest_draw),
		cmocka_unit_test(exponential_has_its_mean_and_its_shape),
		cmocka_unit_test(shuffle_gives_each_order_equally_often),
		cmocka_unit_test(shuffle_of_none_or_one_draws_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
