// SPDX-License-Identifier: MIT

/**
 * The medians of all resamples, each with its chance.
 *
 * A resample draws as many samples with replacement, so its median is a sample, or the mean of two.
 * Which ones, and how likely, depends on nothing but how many samples there are (Efron, "Bootstrap
 * Methods", Annals of Statistics 1979): what resampling comes to, without the draws.
 */

#include "base/rng.h"
#include "base/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/** Logarithm of the chance below which a mean is left out. */
#define LEAST (-25)

/** lgamma(), which keeps a sign where other threads do as well. */
static double log_gamma(double number)
{
	int sign;
	return lgamma_r(number, &sign);
}

/** Chance that at least that many of `count` draws hit a share; `least` is half of them or more. */
static double chance_of_hits(size_t count, size_t least, double share)
{
	if (share > 0.5) {
		return 1 - chance_of_hits(count, count - least + 1, 1 - share);
	}
	double n = (double)count;
	double k = (double)least;
	double chance = exp(log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1) +
			    k * log(share) + (n - k) * log1p(-share));
	double sum = 0;
	for (; k <= n; ++k) {
		sum += chance;
		chance *= (n - k) / (k + 1) * share / (1 - share);
	}
	return sum;
}

/** Adds a median, unless its chance is 0. Returns 0, or -1 with ENOMEM. */
static int add(struct statistics_medians *medians, double value, double chance)
{
	size_t count = medians->count;
	// Rounding may have left less than nothing
	if (!(chance > 0)) {
		return 0;
	}
	if ((count & (count - 1)) == 0) {
		struct statistics_median *more =
			reallocarray(medians->items, count ? 2 * count : 1, sizeof(*more));
		if (!more) {
			return -1;
		}
		medians->items = more;
	}
	medians->items[medians->count++] = (struct statistics_median){value, chance};
	return 0;
}

/**
 * Logarithms of C^(1/2) (F(i)^m - F(i - 1)^m), where F(i) = (i + 1) / 2m and C is 2m over m: of 2m
 * draws, m are the i-th sample or below it, and one of them is it. By symmetry, that of m draws
 * from the i-th sample on stands at 2m - 1 - i.
 */
static void find_halves(double *halves, size_t count)
{
	double half = (double)count / 2;
	double ways = log_gamma((double)count + 1) / 2 - log_gamma(half + 1);
	for (size_t i = 0; i < count; ++i) {
		double place = (double)i;
		halves[i] = ways + half * log((place + 1) / (double)count) +
			    log1p(-pow(place / (place + 1), half));
	}
}

/** Adds the means of the i-th sample and later ones. Returns their chance, or NAN with ENOMEM. */
static double add_means(struct statistics_medians *medians, const double *sorted,
			const double *halves, size_t count, size_t i)
{
	double sum = 0;
	// The further apart, the less likely
	for (size_t j = i + 1; j < count && halves[i] + halves[count - 1 - j] > LEAST; ++j) {
		double chance = exp(halves[i] + halves[count - 1 - j]);
		sum += chance;
		if (add(medians, sorted[i] + (sorted[j] - sorted[i]) / 2, chance) != 0) {
			return NAN;
		}
	}
	return sum;
}

/** The first median with that chance up to it, from the one at `at` on; else the last. */
static size_t find(const struct statistics_medians *medians, double chance, size_t at)
{
	while (at + 1 < medians->count && medians->items[at].chance < chance) {
		++at;
	}
	return at;
}

int statistics_medians_find(struct statistics_medians *medians, const double *values, size_t count)
{
	*medians = (struct statistics_medians){0};
	double *sorted = statistics_sorted(values, count);
	double *halves = sorted ? calloc(count, sizeof(*halves)) : NULL;
	int result = halves ? 0 : -1;
	double below = 0;
	if (result == 0) {
		find_halves(halves, count);
	}
	for (size_t i = 0; i < count && result == 0; ++i) {
		// Of an even count, the lower one of the two in the middle
		double up_to =
			chance_of_hits(count, (count + 1) / 2, (double)(i + 1) / (double)count);
		double means = count % 2 == 0 ? add_means(medians, sorted, halves, count, i) : 0;
		result = isnan(means) ? -1 : add(medians, sorted[i], up_to - below - means);
		below = up_to;
	}
	free(halves);
	free(sorted);
	if (result != 0) {
		statistics_medians_free(medians);
		return -1;
	}
	// Their values come first
	qsort(medians->items, medians->count, sizeof(*medians->items), statistics_compare);
	double sum = 0;
	for (size_t i = 0; i < medians->count; ++i) {
		sum += medians->items[i].chance;
		medians->items[i].chance = sum;
	}
	for (size_t i = 1; i < STATISTICS_SHARES; ++i) {
		medians->first[i] =
			find(medians, (double)i / STATISTICS_SHARES, medians->first[i - 1]);
	}
	return 0;
}

double statistics_medians_at(const struct statistics_medians *medians, double chance)
{
	size_t share = (size_t)(chance * STATISTICS_SHARES);
	size_t last = STATISTICS_SHARES - 1;
	return medians->items[find(medians, chance, medians->first[share < last ? share : last])]
		.value;
}

void statistics_medians_free(struct statistics_medians *medians)
{
	free(medians->items);
	*medians = (struct statistics_medians){0};
}

static bool is_level(double level)
{
	if (!(level > 0 && level < 1)) {
		errno = EINVAL;
		return false;
	}
	return true;
}

int statistics_bootstrap_median(const double *values, size_t count, double level, double *low,
				double *high)
{
	struct statistics_medians medians;
	if (!is_level(level) || statistics_medians_find(&medians, values, count) != 0) {
		return -1;
	}
	*low = statistics_medians_at(&medians, (1 - level) / 2);
	*high = statistics_medians_at(&medians, (1 + level) / 2);
	statistics_medians_free(&medians);
	return 0;
}

/** Whether all are above 0. False with EINVAL. */
static bool are_positive(const double *values, size_t count)
{
	for (size_t i = 0; i < count; ++i) {
		if (values[i] <= 0) {
			errno = EINVAL;
			return false;
		}
	}
	return true;
}

int statistics_bootstrap_ratio(const double *a, size_t a_count, const double *b, size_t b_count,
			       size_t resamples, double level, struct rng *rng, double *low,
			       double *high)
{
	int status = -1;
	struct statistics_medians of_a = {0};
	struct statistics_medians of_b = {0};
	if (!is_level(level) || !are_positive(a, a_count) || !are_positive(b, b_count)) {
		return -1;
	}
	double *ratios = calloc(resamples + 1, sizeof(*ratios));
	if (!ratios || statistics_medians_find(&of_a, a, a_count) != 0 ||
	    statistics_medians_find(&of_b, b, b_count) != 0) {
		goto out;
	}
	for (size_t i = 0; i < resamples; ++i) {
		ratios[i] = statistics_medians_at(&of_b, rng_unit(rng)) /
			    statistics_medians_at(&of_a, rng_unit(rng));
	}
	*low = statistics_quantile(ratios, resamples, (1 - level) / 2);
	*high = statistics_quantile(ratios, resamples, (1 + level) / 2);
	// No resamples have no quantiles
	status = isnan(*low) ? -1 : 0;

out:
	free(ratios);
	statistics_medians_free(&of_b);
	statistics_medians_free(&of_a);
	return status;
}
