// SPDX-License-Identifier: MIT

/**
 * Estimates from samples, with intervals and tests.
 *
 * Samples are an array of finite numbers in any order and unit. No function changes them.
 * A function that needs them in order makes a copy for the time of the call.
 *
 * A function that returns a number returns NAN on failure, and one that returns an int
 * returns -1, with errno:
 *
 *     EINVAL  too few samples, a sample that is not finite, or a parameter out of range
 *     ENOMEM  no memory for the copy
 *
 * p values are two-sided, from 0 to 1: the probability of a difference at least as large as
 * the one seen, in either direction, if there is none.
 */

#ifndef BASE_STATISTICS_H
#define BASE_STATISTICS_H

#include <stddef.h>

struct rng;

/**
 * The value that would stand at `place` in sorted order (Hoare, "Find", CACM 1961). What is smaller
 * stands before it afterwards, what is larger behind it. Values are finite.
 */
double statistics_select(double *values, size_t count, size_t place);

/** The median of finite values, at least one, which are reordered. */
double statistics_middle(double *values, size_t count);

/** Compares two doubles, for qsort() and bsearch(). */
int statistics_compare(const void *left, const void *right);

/** A copy in ascending order, to be freed; NULL with errno. Needs one sample. */
double *statistics_sorted(const double *values, size_t count);

// Descriptions. Each needs one sample, unless it says more.

/** The arithmetic mean. */
double statistics_mean(const double *values, size_t count);

/** The middle sample, or the mean of the two middle ones. */
double statistics_median(const double *values, size_t count);

/**
 * The value with a given share of the samples below it, interpolated between the two
 * samples next to it: type 7 of Hyndman & Fan, "Sample Quantiles in Statistical
 * Packages", American Statistician 1996, which is R's and NumPy's default.
 *
 * @param probability  the share: 0 is the smallest sample, 1 the largest
 */
double statistics_quantile(const double *values, size_t count, double probability);

/**
 * The median absolute deviation from the median: a width that outliers do not move.
 * Not scaled: 1.4826 times it estimates the standard deviation of a normal distribution.
 */
double statistics_mad(const double *values, size_t count);

/** A median, and the chance that a median is this one or one before it. */
struct statistics_median {
	double value;
	double chance;
};

#define STATISTICS_SHARES 128

/** The medians of all resamples, which draw as many samples with replacement. */
struct statistics_medians {
	/** In ascending order. */
	struct statistics_median *items;
	size_t count;
	/** Of each share of all chances the first median, so that looking one up takes few steps.
	 */
	size_t first[STATISTICS_SHARES];
};

/** Finds them: statistics_medians_free() them. 0, or -1. */
int statistics_medians_find(struct statistics_medians *medians, const double *values, size_t count);

/**
 * The least median with that chance, from 0 to 1, up to it. For a random number it is that of a
 * random resample.
 */
double statistics_medians_at(const struct statistics_medians *medians, double chance);

void statistics_medians_free(struct statistics_medians *medians);

/**
 * An interval for the true median: the percentile bootstrap (Efron &
 * Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13), over all resamples.
 *
 * @param level      share of such intervals that should hold the true median, in (0, 1):
 *                   0.95
 * @param low, high  receive the interval
 * @return 0, or -1
 */
int statistics_bootstrap_median(const double *values, size_t count, double level, double *low,
				double *high);

/**
 * An interval for the median of b divided by that of a: the percentile bootstrap, each
 * of the two resampled by itself.
 *
 * @param a, b       positive; EINVAL otherwise
 * @param resamples  ratios to draw, at least 1; with 2000 the ends repeat well
 * @param level, low, high  as above
 * @return 0, or -1
 */
int statistics_bootstrap_ratio(const double *a, size_t a_count, const double *b, size_t b_count,
			       size_t resamples, double level, struct rng *rng, double *low,
			       double *high);

/**
 * Spearman's rank correlation: 1 if b grows whenever a does, -1 if it shrinks. Ties
 * have the mean of their ranks. The time grows with the square of
 * `count`.
 *
 * @param a, b   pairs: a[i] belongs to b[i]
 * @param count  number of pairs, at least 2
 * @return -1 to 1. NAN with EDOM if all of a or all of b is one value
 */
double statistics_spearman(const double *a, const double *b, size_t count);

// Tests of a difference.

/**
 * Tests whether one of two independent samples tends to larger values: the Mann-Whitney U test,
 * which is Wilcoxon's rank sum test (Mann & Whitney, Annals of Mathematical Statistics 1947).
 *
 * Exact if there are no ties and a_count * b_count is at most 2500; otherwise by the
 * normal approximation, corrected for ties and for continuity.
 *
 * @param u  if not NULL, receives the number of pairs with a > b, where an equal pair
 *           counts half: from 0 to a_count * b_count
 * @return p; 1 if all values are equal
 */
double statistics_rank_sum(const double *a, size_t a_count, const double *b, size_t b_count,
			   double *u);

/**
 * The smallest p that statistics_rank_sum() can return for these numbers of samples: all
 * of one are above all of the other. To find a difference at a level among k comparisons
 * takes enough samples for k times this p to be below the level.
 */
double statistics_rank_sum_smallest(size_t a_count, size_t b_count);

/**
 * Corrects the p values of several comparisons, so that the probability of any false
 * difference among them stays below the level: Holm's step-down method (Scandinavian
 * Journal of Statistics 1979).
 *
 * @param p         each from 0 to 1, at least one
 * @param adjusted  receives the corrected values in the same order; may be p
 * @return 0, or -1
 */
int statistics_holm(const double *p, size_t count, double *adjusted);

// Tests of two modes: dip.c.

/**
 * The dip: distance of the samples' distribution function from the nearest one with a
 * single mode (Hartigan & Hartigan, "The Dip Test of Unimodality",
 * Annals of Statistics 1985). It has no unit, and a single mode may have any shape.
 *
 * @return from 1 / (2 count), which also stands for samples that fit perfectly, to 1/4
 *         for two halves apart
 */
double statistics_dip(const double *values, size_t count);

/**
 * Tests for more than one mode: the dip test, by simulation. p is how often as many samples
 * of a uniform distribution dip as deep; among distributions with one mode, the uniform is
 * hard to distinguish from two. With fewer than 4 samples p is 1.
 *
 * The test is conservative. At a level of 5 %, with 30 samples from two normal modes 5
 * standard deviations apart, it finds two modes three times in four if both are equally large,
 * and once in four if one has a third of the samples. Values that a coarse clock made equal dip
 * deeper than their distribution.
 *
 * The simulations are the same whenever `count` and `resamples` are, and the last ones are kept:
 * not for several threads at once.
 *
 * @param resamples  simulations, at least 1; p is at least 1 / (resamples + 1)
 * @param dip        if not NULL, receives statistics_dip()
 * @return p: small means two modes or more
 */
double statistics_dip_test(const double *values, size_t count, size_t resamples, double *dip);

#endif
