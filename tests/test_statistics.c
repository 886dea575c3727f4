// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * The statistics agree with published values, and their error rates are what they claim.
 *
 * Data marked "R" are data sets of R; the expected values are those that R 4 prints.
 */

#include "base/rng.h"
#include "base/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/** R: mtcars$mpg, miles per gallon of 32 cars. */
static const double cars[] = {21.0, 21.0, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8,
			      16.4, 17.3, 15.2, 10.4, 10.4, 14.7, 32.4, 30.4, 33.9, 21.5, 15.5,
			      15.2, 13.3, 19.2, 27.3, 26.0, 30.4, 15.8, 19.7, 15.0, 21.4};

/** R: airquality$Ozone in May and in August, without missing values. */
static const double may[] = {41, 36, 12, 18, 28, 23, 19, 8, 7,	16, 11, 14,  18,
			     14, 34, 6,	 30, 11, 1,  11, 4, 32, 23, 45, 115, 37};
static const double august[] = {39, 9,	16, 78, 35, 66, 122, 89,  110, 44, 28,	65, 22,
				59, 23, 31, 44, 21, 9,	45,  168, 73,  76, 118, 84, 85};

/** Hollander & Wolfe 1973, page 69: permeability at term, and between 12 and 26 weeks. */
static const double at_term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double before_term[] = {1.15, 0.88, 0.90, 0.74, 1.21};

/** R: diptest's statfaculty, the quality of 63 statistics departments. */
static const double departments[] = {30, 33, 35, 36, 37, 37, 39, 39, 39, 39, 39, 40, 40, 40, 40, 41,
				     42, 43, 43, 43, 44, 44, 45, 45, 46, 46, 47, 47, 48, 48, 48, 49,
				     50, 50, 51, 52, 52, 53, 53, 53, 53, 53, 54, 54, 57, 57, 59, 60,
				     60, 60, 61, 61, 61, 61, 62, 62, 62, 62, 63, 66, 70, 72, 72};

/** R: precip, inches of rain a year in 70 cities. */
static const double rain[] = {
	67,   54.7, 7,	  48.5, 14,   17.2, 20.7, 13,	43.4, 40.2, 38.9, 54.5, 59.8, 48.3,
	22.9, 11.5, 34.4, 35.1, 38.7, 30.8, 30.6, 43.1, 56.8, 40.8, 41.8, 42.5, 31,   31.7,
	30.2, 25.9, 49.2, 37,	35.9, 15,   30.2, 7.2,	36.2, 45.5, 7.8,  33.4, 36.1, 40.2,
	42.7, 42.5, 16.2, 39,	35,   37,   31.4, 37.6, 39.9, 36.2, 42.8, 46.4, 24.7, 49.1,
	46,   35.9, 7.8,  48.2, 15.2, 32.5, 44.7, 42.6, 38.8, 17.4, 40.8, 29.1, 14.6, 59.2};

static void assert_near(double actual, double expected, double tolerance)
{
	if (!(fabs(actual - expected) <= tolerance)) {
		fail_msg("%.10g is not within %g of %.10g", actual, tolerance, expected);
	}
}

static void assert_between(double actual, double low, double high)
{
	if (!(actual >= low && actual <= high)) {
		fail_msg("%.10g is not between %g and %g", actual, low, high);
	}
}

/** A roughly normal number: the sum of 12 uniform ones. */
static double roughly_normal(struct rng *rng)
{
	double sum = -6;
	for (int i = 0; i < 12; ++i) {
		sum += rng_unit(rng);
	}
	return sum;
}

// Descriptive statistics

static void mean_agrees_with_r(void **state)
{
	(void)state;
	assert_near(statistics_mean(cars, LENGTH(cars)), 20.09062, 5e-6);
}

static void median_and_quantiles_agree_with_r(void **state)
{
	(void)state;
	assert_near(statistics_median(cars, LENGTH(cars)), 19.2, 1e-12);
	assert_near(statistics_quantile(cars, LENGTH(cars), 0), 10.4, 1e-12);
	assert_near(statistics_quantile(cars, LENGTH(cars), 0.25), 15.425, 1e-12);
	assert_near(statistics_quantile(cars, LENGTH(cars), 0.75), 22.8, 1e-12);
	assert_near(statistics_quantile(cars, LENGTH(cars), 1), 33.9, 1e-12);
}

static void mad_agrees_with_r(void **state)
{
	(void)state;
	assert_near(1.4826 * statistics_mad(cars, LENGTH(cars)), 5.41149, 5e-6);
}

static void median_of_an_even_count_is_the_mean_of_the_middle_two(void **state)
{
	(void)state;
	const double values[] = {10, 1, 2, 5};
	assert_near(statistics_median(values, 4), 3.5, 0);
	assert_near(statistics_median(values, 3), 2, 0);
	assert_near(statistics_median(values, 1), 10, 0);
}

/** Type 7 puts the samples at equal distances from 0 to 1. */
static void quantile_interpolates_between_neighbours(void **state)
{
	(void)state;
	const double values[] = {4, 3, 2, 1};
	assert_near(statistics_quantile(values, 4, 0.25), 1.75, 1e-12);
	assert_near(statistics_quantile(values, 4, 0.9), 3.7, 1e-12);
}

static void samples_are_left_as_they_are(void **state)
{
	(void)state;
	const double original[] = {3, 1, 2, 2};
	double a[] = {3, 1, 2, 2};
	double b[] = {1, 5, 4, 0};
	double low;
	double high;
	struct rng rng;
	rng_seed(&rng, 1);
	statistics_median(a, 4);
	statistics_mad(a, 4);
	statistics_bootstrap_median(a, 4, 0.9, &low, &high);
	statistics_bootstrap_ratio(b, 3, a, 4, 10, 0.9, &rng, &low, &high);
	statistics_spearman(a, b, 4);
	statistics_rank_sum(a, 4, b, 4, NULL);
	statistics_dip_test(a, 4, 10, NULL);
	assert_memory_equal(a, original, sizeof(original));
}

static void bad_samples_are_refused(void **state)
{
	(void)state;
	const double good[] = {1, 2};
	const double bad[] = {1, NAN};
	const double huge[] = {1, INFINITY};
	double out[2];
	struct rng rng;
	rng_seed(&rng, 1);

	errno = 0;
#define ASSERT_REFUSED(call)                                                                       \
	do {                                                                                       \
		assert_true(isnan(call));                                                          \
		assert_int_equal(errno, EINVAL);                                                   \
		errno = 0;                                                                         \
	} while (0)
	ASSERT_REFUSED(statistics_mean(good, 0));
	ASSERT_REFUSED(statistics_mean(bad, 2));
	ASSERT_REFUSED(statistics_median(good, 0));
	ASSERT_REFUSED(statistics_median(huge, 2));
	ASSERT_REFUSED(statistics_quantile(good, 2, 1.01));
	ASSERT_REFUSED(statistics_quantile(good, 2, NAN));
	ASSERT_REFUSED(statistics_mad(bad, 2));
	ASSERT_REFUSED(statistics_spearman(good, good, 1));
	ASSERT_REFUSED(statistics_spearman(good, bad, 2));
	ASSERT_REFUSED(statistics_rank_sum(good, 0, good, 2, NULL));
	ASSERT_REFUSED(statistics_rank_sum(good, 2, bad, 2, NULL));
	ASSERT_REFUSED(statistics_rank_sum_smallest(0, 5));
	ASSERT_REFUSED(statistics_dip(good, 0));
	ASSERT_REFUSED(statistics_dip_test(good, 2, 0, NULL));
#undef ASSERT_REFUSED

	assert_int_equal(statistics_bootstrap_ratio(good, 2, good, 2, 0, 0.95, &rng, out, out + 1),
			 -1);
	assert_int_equal(statistics_bootstrap_median(good, 2, 1, out, out + 1), -1);
	assert_int_equal(statistics_bootstrap_median(bad, 2, 0.95, out, out + 1), -1);
	assert_int_equal(statistics_holm(good, 2, out), -1); // 2 is no probability
	assert_int_equal(statistics_holm(bad, 2, out), -1);
	assert_int_equal(errno, EINVAL);
}

// The bootstrap

/** Of 95 % intervals for the median of skewed samples, 95 % hold the true median. */
static void bootstrap_intervals_hold_the_true_median(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 11);
	const double true_median = log(2);
	const size_t trials = 1000;
	size_t held = 0;
	for (size_t i = 0; i < trials; ++i) {
		double values[25];
		for (size_t j = 0; j < LENGTH(values); ++j) {
			values[j] = rng_exponential(&rng, 1);
		}
		double low;
		double high;
		assert_int_equal(
			statistics_bootstrap_median(values, LENGTH(values), 0.95, &low, &high), 0);
		held += low <= true_median && true_median <= high;
	}
	assert_between((double)held / (double)trials, 0.93, 0.97);
}

/** Medians of two exponential samples, one with twice the mean. */
static void bootstrap_of_a_ratio_holds_the_true_one_as_often_as_it_says(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 15);
	const size_t trials = 1000;
	size_t held = 0;
	for (size_t i = 0; i < trials; ++i) {
		double a[25];
		double b[21];
		for (size_t j = 0; j < LENGTH(a); ++j) {
			a[j] = rng_exponential(&rng, 1);
		}
		for (size_t j = 0; j < LENGTH(b); ++j) {
			b[j] = rng_exponential(&rng, 2);
		}
		double low;
		double high;
		assert_int_equal(statistics_bootstrap_ratio(a, LENGTH(a), b, LENGTH(b), 500, 0.95,
							    &rng, &low, &high),
				 0);
		held += low <= 2 && 2 <= high;
	}
	assert_between((double)held / (double)trials, 0.93, 0.98);

	const double good[] = {1, 2};
	const double zero[] = {0, 2};
	double ends[2];
	assert_int_equal(
		statistics_bootstrap_ratio(good, 2, zero, 2, 10, 0.95, &rng, ends, ends + 1), -1);
	assert_int_equal(errno, EINVAL);
}

/**
 * The median of 3 draws from 3 samples is the smallest with probability 7/27, 26 %. So an
 * interval of 46 % is only the middle sample, and one of 50 % reaches from end to end.
 */
static void bootstrap_draws_each_sample_equally_often(void **state)
{
	(void)state;
	const double values[] = {30, 10, 20};
	double low;
	double high;
	assert_int_equal(statistics_bootstrap_median(values, 3, 0.50, &low, &high), 0);
	assert_near(low, 10, 0);
	assert_near(high, 30, 0);
	assert_int_equal(statistics_bootstrap_median(values, 3, 0.46, &low, &high), 0);
	assert_near(low, 20, 0);
	assert_near(high, 20, 0);
}

/** With 2 samples, half of the medians are between them. */
static void bootstrap_of_an_even_count_takes_the_middle_two(void **state)
{
	(void)state;
	const double values[] = {10, 20};
	double low;
	double high;
	assert_int_equal(statistics_bootstrap_median(values, 2, 0.46, &low, &high), 0);
	assert_near(low, 15, 0);
	assert_near(high, 15, 0);
}

static void bootstrap_of_one_value_is_that_value(void **state)
{
	(void)state;
	const double values[] = {7, 7, 7, 7};
	double low;
	double high;
	assert_int_equal(statistics_bootstrap_median(values, 4, 0.95, &low, &high), 0);
	assert_near(low, 7, 0);
	assert_near(high, 7, 0);
	assert_int_equal(statistics_bootstrap_median(values, 1, 0.95, &low, &high), 0);
	assert_near(low, 7, 0);
}

/** The chances are those that draws come to: of few samples, of many, of odd and of even counts. */
static void chances_of_medians_are_those_of_draws(void **state)
{
	(void)state;
	enum { DRAWS = 20000, MOST = 121 };
	static const size_t counts[] = {1, 2, 3, 6, 7, 40, MOST};
	struct rng rng;
	rng_seed(&rng, 16);
	for (size_t i = 0; i < LENGTH(counts); ++i) {
		double values[MOST];
		double drawn[MOST];
		size_t up_to[3] = {0};
		struct statistics_medians medians;
		for (size_t j = 0; j < counts[i]; ++j) {
			values[j] = rng_unit(&rng);
		}
		assert_int_equal(statistics_medians_find(&medians, values, counts[i]), 0);
		// Rounding may put what is equal on either side
		const double ends[] = {statistics_medians_at(&medians, 0.1) + 1e-12,
				       statistics_medians_at(&medians, 0.5) + 1e-12,
				       statistics_medians_at(&medians, 0.9) + 1e-12};
		for (size_t j = 0; j < DRAWS; ++j) {
			for (size_t k = 0; k < counts[i]; ++k) {
				drawn[k] = values[rng_below(&rng, counts[i])];
			}
			double median = statistics_middle(drawn, counts[i]);
			for (size_t k = 0; k < 3; ++k) {
				up_to[k] += median <= ends[k];
			}
		}
		for (size_t k = 0; k < 3; ++k) {
			double chance = 1;
			for (size_t j = medians.count; j-- > 0;) {
				if (medians.items[j].value <= ends[k]) {
					chance = medians.items[j].chance;
					break;
				}
			}
			assert_near((double)up_to[k] / DRAWS, chance, 0.015);
		}
		assert_near(medians.items[medians.count - 1].chance, 1, 1e-9);
		statistics_medians_free(&medians);
	}
}

// Correlation

/** Handbook of Biological Statistics: frigatebirds, with a tie. R: rho = -0.7630357. */
static void spearman_agrees_with_r(void **state)
{
	(void)state;
	const double volume[] = {1760, 2040, 2440, 2550, 2730, 2740, 3010, 3080, 3370,
				 3740, 4910, 5090, 5090, 5380, 5850, 6730, 6990, 7960};
	const double pitch[] = {529, 566, 473, 461, 465, 532, 484, 527, 488,
				485, 478, 434, 468, 449, 425, 389, 421, 416};
	assert_near(statistics_spearman(volume, pitch, LENGTH(volume)), -0.7630357, 5e-8);
}

static void spearman_sees_order_alone(void **state)
{
	(void)state;
	const double a[] = {1, 2, 3, 4};
	const double grows[] = {-5, 0, 0.1, 1e9};
	const double shrinks[] = {9, 8, 7, -1e9};
	assert_near(statistics_spearman(a, grows, 4), 1, 1e-15);
	assert_near(statistics_spearman(a, shrinks, 4), -1, 1e-15);
}

static void spearman_of_a_constant_does_not_exist(void **state)
{
	(void)state;
	const double a[] = {1, 2, 3};
	const double constant[] = {5, 5, 5};
	errno = 0;
	assert_true(isnan(statistics_spearman(a, constant, 3)));
	assert_int_equal(errno, EDOM);
	errno = 0;
	assert_true(isnan(statistics_spearman(constant, a, 3)));
	assert_int_equal(errno, EDOM);
}

// The rank sum test

/** R: ?wilcox.test gives W = 35 and a one-sided p of 0.1272, half of the two-sided. */
static void rank_sum_agrees_with_r_without_ties(void **state)
{
	(void)state;
	double u;
	double p = statistics_rank_sum(at_term, 10, before_term, 5, &u);
	assert_near(u, 35, 0);
	assert_near(p / 2, 0.1272, 5e-5);
}

/** R: ?wilcox.test gives W = 127.5, p = 0.0001208. */
static void rank_sum_agrees_with_r_with_ties(void **state)
{
	(void)state;
	double u;
	double p = statistics_rank_sum(may, LENGTH(may), august, LENGTH(august), &u);
	assert_near(u, 127.5, 0);
	assert_near(p, 0.0001208, 5e-8);

	// Few samples and many ties: R gives W = 9, p = 0.1705
	const double a[] = {9, 9.5, 9.75, 10, 13, 9.5};
	const double b[] = {11.5, 12, 9, 11.5, 13.25, 13};
	p = statistics_rank_sum(a, 6, b, 6, &u);
	assert_near(u, 9, 0);
	assert_near(p, 0.1705, 5e-5);
}

/** Makes two samples with a given U: raises values of a above values of b, the last ones first. */
static void make_samples(double *a, size_t a_count, double *b, size_t b_count, size_t u)
{
	for (size_t i = 0; i < b_count; ++i) {
		b[i] = (double)i;
	}
	for (size_t i = a_count; i-- > 0;) {
		size_t below = u < b_count ? u : b_count;
		a[i] = (double)below - 0.5 + 0.001 * (double)i;
		u -= below;
	}
	assert_int_equal(u, 0);
}

/** Two-sided 5 % critical values, as in tables of U. */
static void rank_sum_has_the_tabulated_critical_values(void **state)
{
	(void)state;
	static const struct {
		size_t a_count, b_count, critical;
	} table[] = {{4, 4, 0},	   {5, 5, 2},	 {5, 8, 6},	{8, 8, 13},
		     {10, 10, 23}, {12, 15, 49}, {20, 20, 127}, {7, 18, 30}};
	for (size_t i = 0; i < LENGTH(table); ++i) {
		double a[20];
		double b[20];
		double u;
		size_t n = table[i].a_count;
		size_t m = table[i].b_count;
		make_samples(a, n, b, m, table[i].critical);
		assert_true(statistics_rank_sum(a, n, b, m, &u) <= 0.05);
		assert_near(u, (double)table[i].critical, 0);
		assert_true(statistics_rank_sum(b, m, a, n, NULL) <= 0.05);
		make_samples(a, n, b, m, table[i].critical + 1);
		assert_true(statistics_rank_sum(a, n, b, m, NULL) > 0.05);
	}
}

static void rank_sum_is_the_same_seen_from_either_side(void **state)
{
	(void)state;
	double a[7];
	double b[9];
	for (size_t u = 0; u <= 63; ++u) {
		make_samples(a, 7, b, 9, u);
		double forward;
		double backward;
		double p = statistics_rank_sum(a, 7, b, 9, &forward);
		assert_near(statistics_rank_sum(b, 9, a, 7, &backward), p, 1e-15);
		assert_near(forward + backward, 63, 0);
		assert_between(p, 0, 1);
	}
}

/** A tie within one sample does not change U, and selects the normal approximation. */
static void rank_sum_approximation_is_close_to_exact(void **state)
{
	(void)state;
	double a[30];
	double b[30];
	for (size_t u = 150; u < 450; u += 10) {
		make_samples(a, 30, b, 30, u);
		double exact_u;
		double exact = statistics_rank_sum(a, 30, b, 30, &exact_u);
		a[1] = a[0];
		double u_again;
		double approximate = statistics_rank_sum(a, 30, b, 30, &u_again);
		assert_near(u_again, exact_u, 0);
		assert_true(approximate != exact);
		assert_near(approximate, exact, 0.005);
	}
}

static void rank_sum_of_equal_values_is_no_evidence(void **state)
{
	(void)state;
	const double same[] = {3, 3, 3, 3, 3};
	double u;
	assert_near(statistics_rank_sum(same, 5, same, 4, &u), 1, 0);
	assert_near(u, 10, 0);
}

/** A difference needs 7 rounds in 29 comparisons with the best, and 9 in all 435 pairs. */
static void rank_sum_smallest_tells_how_many_rounds_are_needed(void **state)
{
	(void)state;
	assert_near(statistics_rank_sum_smallest(3, 4), 2.0 / 35, 1e-15);
	assert_near(statistics_rank_sum_smallest(1, 1), 1, 0);
	assert_true(29 * statistics_rank_sum_smallest(6, 6) > 0.05);
	assert_true(29 * statistics_rank_sum_smallest(7, 7) < 0.05);
	assert_true(435 * statistics_rank_sum_smallest(8, 8) > 0.05);
	assert_true(435 * statistics_rank_sum_smallest(9, 9) < 0.05);
}

static void rank_sum_smallest_is_what_samples_apart_reach(void **state)
{
	(void)state;
	double low[60];
	double high[60];
	for (size_t i = 0; i < 60; ++i) {
		low[i] = (double)i;
		high[i] = 100 + (double)i;
	}
	for (size_t n = 1; n <= 60; n += 3) {
		for (size_t m = 1; m <= 60; m += 7) {
			double p = statistics_rank_sum(low, n, high, m, NULL);
			assert_near(p, statistics_rank_sum_smallest(n, m), p * 1e-12);
		}
	}
}

/** How often p is at most 5 % for two samples of one distribution. */
static double rank_sum_false_positives(size_t count, size_t trials, double tick, uint64_t seed)
{
	struct rng rng;
	rng_seed(&rng, seed);
	size_t positives = 0;
	for (size_t i = 0; i < trials; ++i) {
		double a[60];
		double b[60];
		for (size_t j = 0; j < count; ++j) {
			a[j] = roughly_normal(&rng);
			b[j] = roughly_normal(&rng);
			if (tick > 0) {
				a[j] = tick * round(a[j] / tick);
				b[j] = tick * round(b[j] / tick);
			}
		}
		positives += statistics_rank_sum(a, count, b, count, NULL) <= 0.05;
	}
	return (double)positives / (double)trials;
}

static void rank_sum_finds_few_differences_where_there_are_none(void **state)
{
	(void)state;
	// Exact (U cannot come closer to 5 % than 4.3 %), normal, and with ties
	assert_between(rank_sum_false_positives(10, 4000, 0, 21), 0.033, 0.054);
	assert_between(rank_sum_false_positives(60, 2000, 0, 22), 0.036, 0.064);
	assert_between(rank_sum_false_positives(30, 2000, 0.5, 23), 0.036, 0.064);
}

static void rank_sum_finds_a_difference_where_there_is_one(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 24);
	size_t found = 0;
	for (size_t i = 0; i < 200; ++i) {
		double a[20];
		double b[20];
		for (size_t j = 0; j < 20; ++j) {
			a[j] = roughly_normal(&rng);
			b[j] = roughly_normal(&rng) + 1.5;
		}
		found += statistics_rank_sum(a, 20, b, 20, NULL) <= 0.05;
	}
	assert_true(found > 190);
}

// Many comparisons

/** Values from the documentation of pingouin (holm) and of stdlib (padjust, which follows R). */
static void holm_agrees_with_published_values(void **state)
{
	(void)state;
	const double p[] = {0.50, 0.003, 0.32, 0.054, 0.0003};
	const double expected[] = {0.64, 0.012, 0.64, 0.162, 0.0015};
	double adjusted[5];
	assert_int_equal(statistics_holm(p, 5, adjusted), 0);
	for (size_t i = 0; i < 5; ++i) {
		assert_near(adjusted[i], expected[i], 1e-12);
	}

	const double more[] = {0.319, 0.201, 0.4, 0.374, 0.113};
	const double more_expected[] = {0.957, 0.804, 0.957, 0.957, 0.565};
	assert_int_equal(statistics_holm(more, 5, adjusted), 0);
	for (size_t i = 0; i < 5; ++i) {
		assert_near(adjusted[i], more_expected[i], 1e-12);
	}
}

static void holm_never_exceeds_one_and_works_in_place(void **state)
{
	(void)state;
	double p[] = {0.9, 0.6, 0.01};
	assert_int_equal(statistics_holm(p, 3, p), 0);
	assert_near(p[0], 1, 0);
	assert_near(p[1], 1, 0);
	assert_near(p[2], 0.03, 1e-15);
}

// The dip test for two modes

/** Values from the documentation of R's package diptest, and from the outputs of its tests. */
static void dip_agrees_with_r(void **state)
{
	(void)state;
	assert_near(statistics_dip(departments, LENGTH(departments)), 0.05952381, 5e-9);
	assert_near(statistics_dip(rain, LENGTH(rain)), 5.0 / 140, 1e-12);

	const double halves[] = {1, 1, 2, 2};
	const double growing[] = {0, 1, 3, 6};
	const double small[] = {0, 2, 3, 5, 6};
	const double small_mirrored[] = {6, 4, 3, 1, 0};
	const double lone[] = {1, 2, 2, 2, 2, 2, 2, 2, 2, 2};
	const double lone_mirrored[] = {2, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	assert_near(statistics_dip(halves, 4), 1.0 / 4, 1e-15);
	assert_near(statistics_dip(growing, 4), 1.0 / 8, 1e-15);
	assert_near(statistics_dip(small, 5), 4.0 / 30, 1e-15);
	assert_near(statistics_dip(small_mirrored, 5), 4.0 / 30, 1e-15);
	assert_near(statistics_dip(lone, 10), 1.0 / 20, 1e-15);
	assert_near(statistics_dip(lone_mirrored, 10), 1.0 / 20, 1e-15);
}

/** Samples that showed the mistakes of the first implementation, AS 217. */
static void dip_agrees_with_the_corrected_algorithm(void **state)
{
	(void)state;
	const double tied[] = {0.0198, 0.0198, 0.1961, 0.2898, 0.3184, 0.3687,
			       0.4336, 0.4987, 0.5661, 0.6530, 0.7476, 0.8555};
	const double apart[] = {0.0198, 0.1961, 0.2898, 0.3184, 0.3687, 0.4336,
				0.4987, 0.5661, 0.6530, 0.7476, 0.8555, 0.9912};
	assert_near(statistics_dip(tied, 12), 0.08333333333, 5e-12);
	assert_near(statistics_dip(apart, 12), 0.04166666667, 5e-12);
}

static void dip_does_not_depend_on_unit_and_direction(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 41);
	for (size_t i = 0; i < 200; ++i) {
		double values[40];
		double turned[40];
		for (size_t j = 0; j < 40; ++j) {
			values[j] = roughly_normal(&rng) + (rng_unit(&rng) < 0.4 ? 4 : 0);
			turned[j] = 7 - 1000 * values[j];
		}
		double dip = statistics_dip(values, 40);
		assert_near(statistics_dip(turned, 40), dip, 1e-9);
		assert_between(dip, 1.0 / 80, 0.25);
	}
}

static void dip_of_up_to_three_samples_is_the_least(void **state)
{
	(void)state;
	const double values[] = {1, 2, 100};
	assert_near(statistics_dip(values, 1), 1.0 / 2, 0);
	assert_near(statistics_dip(values, 2), 1.0 / 4, 0);
	assert_near(statistics_dip(values, 3), 1.0 / 6, 1e-15);

	assert_near(statistics_dip_test(values, 3, 100, NULL), 1, 0);
}

/** diptest gives p = 0.08672 for these, from a table of a million simulations. */
static void dip_test_agrees_with_r(void **state)
{
	(void)state;
	double dip;
	double p = statistics_dip_test(departments, LENGTH(departments), 10000, &dip);
	assert_near(dip, 0.05952381, 5e-9);
	assert_near(p, 0.08672, 4 * sqrt(0.08672 * 0.91328 / 10000));
}

/** Quantiles of the dip of 100 uniform samples, from the output of diptest's tests. */
static void dip_of_the_uniform_has_the_known_quantiles(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 44);
	static double dips[5000];
	for (size_t i = 0; i < LENGTH(dips); ++i) {
		double uniform[100];
		for (size_t j = 0; j < 100; ++j) {
			uniform[j] = rng_unit(&rng);
		}
		dips[i] = statistics_dip(uniform, 100);
	}
	assert_near(statistics_quantile(dips, LENGTH(dips), 0.05), 0.0256, 0.0004);
	assert_near(statistics_quantile(dips, LENGTH(dips), 0.50), 0.0354, 0.0004);
	assert_near(statistics_quantile(dips, LENGTH(dips), 0.95), 0.0509, 0.0010);
	assert_near(statistics_quantile(dips, LENGTH(dips), 0.99), 0.0590, 0.0020);
}

static void dip_test_sees_two_modes_and_not_one(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 45);
	size_t one_mode = 0;
	size_t two_modes = 0;
	const size_t trials = 200;
	for (size_t i = 0; i < trials; ++i) {
		double one[30];
		double two[30];
		for (size_t j = 0; j < 30; ++j) {
			one[j] = rng_exponential(&rng, 1);
			two[j] = roughly_normal(&rng) + (j % 2 == 0 ? 8 : 0);
		}
		one_mode += statistics_dip_test(one, 30, 200, NULL) <= 0.05;
		two_modes += statistics_dip_test(two, 30, 200, NULL) <= 0.05;
	}
	assert_true(one_mode <= trials / 20);
	assert_true(two_modes >= trials * 95 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mean_agrees_with_r),
		cmocka_unit_test(median_and_quantiles_agree_with_r),
		cmocka_unit_test(mad_agrees_with_r),
		cmocka_unit_test(median_of_an_even_count_is_the_mean_of_the_middle_two),
		cmocka_unit_test(quantile_interpolates_between_neighbours),
		cmocka_unit_test(samples_are_left_as_they_are),
		cmocka_unit_test(bad_samples_are_refused),
		cmocka_unit_test(bootstrap_intervals_hold_the_true_median),
		cmocka_unit_test(bootstrap_of_a_ratio_holds_the_true_one_as_often_as_it_says),
		cmocka_unit_test(bootstrap_draws_each_sample_equally_often),
		cmocka_unit_test(bootstrap_of_an_even_count_takes_the_middle_two),
		cmocka_unit_test(bootstrap_of_one_value_is_that_value),
		cmocka_unit_test(chances_of_medians_are_those_of_draws),
		cmocka_unit_test(spearman_agrees_with_r),
		cmocka_unit_test(spearman_sees_order_alone),
		cmocka_unit_test(spearman_of_a_constant_does_not_exist),
		cmocka_unit_test(rank_sum_agrees_with_r_without_ties),
		cmocka_unit_test(rank_sum_agrees_with_r_with_ties),
		cmocka_unit_test(rank_sum_has_the_tabulated_critical_values),
		cmocka_unit_test(rank_sum_is_the_same_seen_from_either_side),
		cmocka_unit_test(rank_sum_approximation_is_close_to_exact),
		cmocka_unit_test(rank_sum_of_equal_values_is_no_evidence),
		cmocka_unit_test(rank_sum_smallest_tells_how_many_rounds_are_needed),
		cmocka_unit_test(rank_sum_smallest_is_what_samples_apart_reach),
		cmocka_unit_test(rank_sum_finds_few_differences_where_there_are_none),
		cmocka_unit_test(rank_sum_finds_a_difference_where_there_is_one),
		cmocka_unit_test(holm_agrees_with_published_values),
		cmocka_unit_test(holm_never_exceeds_one_and_works_in_place),
		cmocka_unit_test(dip_agrees_with_r),
		cmocka_unit_test(dip_agrees_with_the_corrected_algorithm),
		cmocka_unit_test(dip_does_not_depend_on_unit_and_direction),
		cmocka_unit_test(dip_of_up_to_three_samples_is_the_least),
		cmocka_unit_test(dip_test_agrees_with_r),
		cmocka_unit_test(dip_of_the_uniform_has_the_known_quantiles),
		cmocka_unit_test(dip_test_sees_two_modes_and_not_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
