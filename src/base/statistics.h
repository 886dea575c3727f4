// SPDX-License-Identifier: MIT

/**
 * What samples say, and how sure that is.
 *
 * Samples are an array of finite numbers in any order and unit, which is left as it
 * is. What needs them in order makes a copy for the time of the call.
 *
 * A function that answers a number answers NAN when it fails, and one that answers
 * an int -1, with errno:
 *
 *     EINVAL  fewer samples than it needs, a sample that is not finite, or a
 *             parameter out of its range
 *     ENOMEM  no memory for the copy
 *
 * p values are two-sided: how likely a difference at least as large as the one seen
 * would be, in either direction, if there were none. 0 to 1.
 */

#ifndef BASE_STATISTICS_H
#define BASE_STATISTICS_H

#include <stddef.h>

struct rng;

/** A copy in ascending order, for the caller to free. NULL with errno. At least one sample. */
double *statistics_sorted(const double *values, size_t count);

// What the samples are like. At least one sample, unless another number is said.

/** The arithmetic mean. */
double statistics_mean(const double *values, size_t count);

/** The standard deviation of what was sampled, with count - 1 below. At least two samples. */
double statistics_standard_deviation(const double *values, size_t count);

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

/**
 * An interval for the median of what was sampled: the percentile bootstrap (Efron &
 * Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
 *
 * @param resamples  how many medians to draw: at least 1; 2000 make the interval's
 *                   ends repeat well
 * @param level      the share of such intervals that should hold the true median, in
 *                   (0, 1): 0.95
 * @param low, high  receive the interval
 * @return 0, or -1
 */
int statistics_bootstrap_median(const double *values, size_t count, size_t resamples, double level,
				struct rng *rng, double *low, double *high);

/**
 * An interval for the ratio of two medians, that of b by that of a: the percentile bootstrap,
 * each of the two resampled by itself.
 *
 * @param a, b  positive; EINVAL otherwise
 * @param resamples, level, low, high  as above
 * @return 0, or -1
 */
int statistics_bootstrap_ratio(const double *a, size_t a_count, const double *b, size_t b_count,
			       size_t resamples, double level, struct rng *rng, double *low,
			       double *high);

/**
 * Spearman's rank correlation: 1 if b grows whenever a does, -1 if it shrinks. Ties
 * have the mean of their ranks.
 *
 * @param a, b   as pairs: a[i] belongs to b[i]
 * @param count  of pairs, at least 2
 * @return -1 to 1. NAN with EDOM if all of a or all of b is one value: no answer exists
 */
double statistics_spearman(const double *a, const double *b, size_t count);

// Whether there is a difference.

/**
 * Do two independent samples come from one distribution, or tend one to larger values?
 * The Mann-Whitney U test, which is Wilcoxon's rank sum test (Mann & Whitney, Annals of
 * Mathematical Statistics 1947).
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
 * The smallest p that statistics_rank_sum() can give for so many samples: when all of
 * one are above all of the other. A caller who corrects for k comparisons and wants to
 * call a difference at a level needs samples enough for this times k to be below it.
 */
double statistics_rank_sum_smallest(size_t a_count, size_t b_count);

/**
 * Do pairs differ? Wilcoxon's signed rank test (Biometrics Bulletin 1945) of a[i] - b[i].
 *
 * Exact for at most 50 pairs without ties among the sizes of their differences and with
 * no difference of 0; otherwise such pairs are dropped, as Wilcoxon did, and p is by the
 * normal approximation, corrected for ties and for continuity.
 *
 * @param count  of pairs, at least 1
 * @param sum    if not NULL, receives the sum of the ranks of the positive differences
 * @return p; 1 if no pair differs
 */
double statistics_signed_rank(const double *a, const double *b, size_t count, double *sum);

/**
 * Correct the p values of several comparisons so that the chance of one or more false
 * differences among all of them stays below the level they are held against: Holm's
 * step-down method (Scandinavian Journal of Statistics 1979).
 *
 * @param p         each from 0 to 1, at least one
 * @param adjusted  receives them corrected, in the same order; may be p itself
 * @return 0, or -1
 */
int statistics_holm(const double *p, size_t count, double *adjusted);

// Whether there are two modes: dip.c.

/**
 * The dip: how far the samples' distribution function is from that of the nearest
 * distribution with one mode (Hartigan & Hartigan, "The Dip Test of Unimodality",
 * Annals of Statistics 1985). It has no unit, and a single mode may have any shape.
 *
 * @return from 1 / (2 count), which also stands for samples that fit perfectly, to 1/4
 *         for two halves apart
 */
double statistics_dip(const double *values, size_t count);

/**
 * Is there more than one mode? The dip test, by simulation: how often as many samples of
 * the uniform distribution, which of those with one mode is hard to tell from two, dip as
 * deep. Fewer than 4 samples never have more than one mode by this test.
 *
 * Slow to accuse: at a level of 5 %, with 30 samples from two normal modes 5 standard
 * deviations apart, it sees them three times in four if they are equally large, and once in
 * four if one has a third of the samples.
 * Values that a coarse clock has made equal dip deeper than the distribution behind them.
 *
 * @param resamples  how many to simulate: at least 1; p is at least 1 / (resamples + 1)
 * @param dip        if not NULL, receives statistics_dip()
 * @return p: small means two modes or more
 */
double statistics_dip_test(const double *values, size_t count, size_t resamples, struct rng *rng,
			   double *dip);

#endif
