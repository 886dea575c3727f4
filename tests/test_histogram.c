// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** The histogram against sorted values. */

#include "harness.h"

#include "base/histogram.h"

#include <math.h>

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void buckets_follow_each_other_without_a_gap(void **state)
{
	(void)state;
	size_t last = 0;
	for (uint64_t value = 0; value < 1000000; ++value) {
		size_t bucket = histogram_bucket(value);
		assert_true(bucket == last || bucket == last + 1);
		last = bucket;
	}
	for (unsigned int bit = 20; bit < 64; ++bit) {
		uint64_t power = (uint64_t)1 << bit;
		assert_int_equal(histogram_bucket(power - 1) + 1, histogram_bucket(power));
	}
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void quantiles_are_within_two_percent_of_sorted_values(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	static const double quantiles[] = {0, 0.01, 0.5, 0.9, 0.99, 0.999, 1};
	struct histogram *histogram = calloc(1, sizeof(*histogram));
	uint64_t *values = malloc(COUNT * sizeof(*values));
	uint64_t seed = 1;
	for (size_t i = 0; i < COUNT; ++i) {
		seed = seed * 6364136223846793005 + 1442695040888963407;
		values[i] = seed >> (seed >> 58); // all orders of magnitude
		histogram_add(histogram, values[i]);
	}
	qsort(values, COUNT, sizeof(*values), compare);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); ++i) {
		size_t rank = (size_t)(quantiles[i] * COUNT + 0.999999);
		uint64_t exact = values[rank > 0 ? rank - 1 : 0];
		uint64_t found = histogram_quantile(histogram, quantiles[i]);
		assert_true(found >= exact);
		assert_true((double)found <= (double)exact * (1 + 1.0 / HISTOGRAM_STEPS));
	}
	assert_int_equal(histogram_quantile(histogram, 1), values[COUNT - 1]);
	double sum = 0;
	for (size_t i = 0; i < COUNT / 2; ++i) {
		sum += (double)values[i];
	}
	double mean = sum / (COUNT / 2);
	double found = histogram_mean(histogram, 0.5);
	assert_true(fabs(found / mean - 1) <= 0.5 / HISTOGRAM_STEPS);
	free(values);
	free(histogram);
}

static void merging_is_recording_in_one(void **state)
{
	(void)state;
	struct histogram *parts = calloc(3, sizeof(*parts));
	for (uint64_t i = 0; i < 3000; ++i) {
		histogram_add(&parts[i % 2], i * i);
		histogram_add(&parts[2], i * i);
	}
	histogram_merge(&parts[0], &parts[1]);
	assert_memory_equal(&parts[0], &parts[2], sizeof(*parts));
	free(parts);
}

static void an_empty_one_answers_zero(void **state)
{
	(void)state;
	struct histogram *histogram = calloc(1, sizeof(*histogram));
	assert_int_equal(histogram_quantile(histogram, 0.5), 0);
	assert_true(histogram_mean(histogram, 0.5) == 0);
	histogram_add(histogram, 5);
	assert_true(histogram_mean(histogram, 0.5) == 5);
	assert_int_equal(histogram_quantile(histogram, 0), 5);
	free(histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_follow_each_other_without_a_gap),
		cmocka_unit_test(quantiles_are_within_two_percent_of_sorted_values),
		cmocka_unit_test(merging_is_recording_in_one),
		cmocka_unit_test(an_empty_one_answers_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
