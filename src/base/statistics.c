// SPDX-License-Identifier: MIT

/** Medians, and rank tests. */

#include "base/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Size up to which distributions are exact. Beyond it, the normal one is close. */
#define EXACT_RANK_SUM 2500

/** Whether there are enough samples, all finite. False with EINVAL. */
static bool usable(const double *values, size_t count, size_t least)
{
	if (count < least) {
		errno = EINVAL;
		return false;
	}
	for (size_t i = 0; i < count; ++i) {
		if (!isfinite(values[i])) {
			errno = EINVAL;
			return false;
		}
	}
	return true;
}

int statistics_compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;
	return (a > b) - (a < b);
}

/** A copy of the samples, to be freed. NULL with EINVAL or ENOMEM. */
static double *copy(const double *values, size_t count)
{
	if (!usable(values, count, 1)) {
		return NULL;
	}
	double *copied = calloc(count, sizeof(*copied));
	if (copied) {
		memcpy(copied, values, count * sizeof(*copied));
	}
	return copied;
}

double *statistics_sorted(const double *values, size_t count)
{
	double *sorted = copy(values, count);
	if (sorted) {
		qsort(sorted, count, sizeof(*sorted), statistics_compare);
	}
	return sorted;
}

double statistics_select(double *values, size_t count, size_t place)
{
	size_t first = 0;
	size_t last = count - 1;
	while (first < last) {
		double pivot = values[first + (last - first) / 2];
		size_t i = first;
		size_t j = last + 1;
		for (;;) {
			while (values[i] < pivot) {
				++i;
			}
			while (values[--j] > pivot) {
			}
			if (i >= j) {
				break;
			}
			double kept = values[i];
			values[i++] = values[j];
			values[j] = kept;
		}
		if (place <= j) {
			last = j;
		} else {
			first = j + 1;
		}
	}
	return values[place];
}

/** A quantile of values, which are reordered. */
static double take_quantile(double *values, size_t count, double probability)
{
	double place = (double)(count - 1) * probability;
	size_t below = (size_t)place;
	size_t above = below + 1 < count ? below + 1 : below;
	double high = statistics_select(values, count, above);
	double low = below < above ? values[0] : high;
	for (size_t i = 1; i < above && below < above; ++i) {
		low = values[i] > low ? values[i] : low;
	}
	return low + (place - (double)below) * (high - low);
}

double statistics_middle(double *values, size_t count)
{
	return take_quantile(values, count, 0.5);
}

double statistics_mean(const double *values, size_t count)
{
	if (!usable(values, count, 1)) {
		return NAN;
	}
	double sum = 0;
	for (size_t i = 0; i < count; ++i) {
		sum += values[i];
	}
	return sum / (double)count;
}

double statistics_median(const double *values, size_t count)
{
	return statistics_quantile(values, count, 0.5);
}

double statistics_quantile(const double *values, size_t count, double probability)
{
	if (!(probability >= 0 && probability <= 1)) {
		errno = EINVAL;
		return NAN;
	}
	double *copied = copy(values, count);
	if (!copied) {
		return NAN;
	}
	double quantile = take_quantile(copied, count, probability);
	free(copied);
	return quantile;
}

double statistics_mad(const double *values, size_t count)
{
	double *deviations = copy(values, count);
	if (!deviations) {
		return NAN;
	}
	double median = statistics_middle(deviations, count);
	for (size_t i = 0; i < count; ++i) {
		deviations[i] = fabs(deviations[i] - median);
	}
	double mad = statistics_middle(deviations, count);
	free(deviations);
	return mad;
}

/** A value, which comes first so that statistics_compare() sorts, and its place before sorting. */
struct placed {
	double value;
	size_t place;
};

/** Values in ascending order, to be freed. NULL with EINVAL or ENOMEM. */
static struct placed *sorted_places(const double *values, size_t count)
{
	if (!usable(values, count, 1)) {
		return NULL;
	}
	struct placed *sorted = calloc(count, sizeof(*sorted));
	if (sorted) {
		for (size_t i = 0; i < count; ++i) {
			sorted[i] = (struct placed){values[i], i};
		}
		qsort(sorted, count, sizeof(*sorted), statistics_compare);
	}
	return sorted;
}

/**
 * The rank of each value, from 1; equal values have the mean of their ranks.
 *
 * @param ties  receives the sum of t^3 - t over all groups of t equal values: 0 is no ties
 * @return the ranks, to be freed. NULL with EINVAL or ENOMEM
 */
static double *ranks_of(const double *values, size_t count, double *ties)
{
	struct placed *sorted = sorted_places(values, count);
	if (!sorted) {
		return NULL;
	}
	double *ranks = calloc(count, sizeof(*ranks));
	if (!ranks) {
		goto out;
	}

	*ties = 0;
	for (size_t first = 0, next; first < count; first = next) {
		for (next = first + 1; next < count; ++next) {
			if (sorted[next].value != sorted[first].value) {
				break;
			}
		}
		for (size_t i = first; i < next; ++i) {
			// Ranks first + 1 to next
			ranks[sorted[i].place] = (double)(first + 1 + next) / 2;
		}
		double tied = (double)(next - first);
		*ties += tied * tied * tied - tied;
	}

out:
	free(sorted);
	return ranks;
}

double statistics_spearman(const double *a, const double *b, size_t count)
{
	if (!usable(a, count, 2) || !usable(b, count, 2)) {
		return NAN;
	}
	double a_squares = 0;
	double b_squares = 0;
	double products = 0;
	for (size_t i = 0; i < count; ++i) {
		// Twice the distance of a rank from the middle one: how many are less, or more
		long a_rank = 0;
		long b_rank = 0;
		for (size_t j = 0; j < count; ++j) {
			a_rank += (a[j] < a[i]) - (a[j] > a[i]);
			b_rank += (b[j] < b[i]) - (b[j] > b[i]);
		}
		a_squares += (double)a_rank * (double)a_rank;
		b_squares += (double)b_rank * (double)b_rank;
		products += (double)a_rank * (double)b_rank;
	}
	if (a_squares == 0 || b_squares == 0) {
		errno = EDOM;
		return NAN;
	}
	return products / sqrt(a_squares * b_squares);
}

/** p of a sum of ranks at this distance from its mean, by the normal approximation. */
static double normal_p(double sum, double mean, double variance)
{
	if (variance == 0) {
		return 1;
	}
	// Continuity: the sum has whole steps, and each begins half a step before its value
	double distance = fmax(fabs(sum - mean) - 0.5, 0);
	return erfc(distance / sqrt(2 * variance));
}

/**
 * Probability that U is at most `most`, for n of a and m of b that do not differ. NAN with
 * ENOMEM.
 *
 * The largest of i + j values is one of a's i with probability i / (i + j), and is then
 * above all j of b's; otherwise it adds nothing to U. So, row by row,
 *
 *     P(i, j, u) = i / (i + j) P(i - 1, j, u - j)  +  j / (i + j) P(i, j - 1, u)
 *
 * which adds only positive numbers, and keeps its precision down to the rarest U.
 */
static double rank_sum_tail(size_t n, size_t m, size_t most)
{
	if (n > m) { // U is distributed alike for (n, m) and (m, n): keep the fewer rows
		size_t swap = n;
		n = m;
		m = swap;
	}

	size_t width = most + 1;
	double *table = calloc((n + 1) * width, sizeof(*table));
	if (!table) {
		return NAN;
	}
	for (size_t i = 0; i <= n; ++i) {
		table[i * width] = 1;
	}
	for (size_t j = 1; j <= m; ++j) {
		for (size_t i = 1; i <= n; ++i) {
			const double *fewer = &table[(i - 1) * width];
			double *row = &table[i * width];
			double above = (double)i / (double)(i + j);
			for (size_t u = 0; u < width; ++u) {
				row[u] *= 1 - above;
				row[u] += u >= j ? above * fewer[u - j] : 0;
			}
		}
	}

	double tail = 0;
	for (size_t u = 0; u < width; ++u) {
		tail += table[n * width + u];
	}
	free(table);
	return tail;
}

static bool rank_sum_is_exact(size_t a_count, size_t b_count)
{
	return a_count <= EXACT_RANK_SUM / b_count;
}

/** p of a U. NAN with ENOMEM. */
static double rank_sum_p(size_t a_count, size_t b_count, double u, double ties)
{
	double pairs = (double)a_count * (double)b_count;
	if (ties == 0 && rank_sum_is_exact(a_count, b_count)) {
		return fmin(2 * rank_sum_tail(a_count, b_count, (size_t)fmin(u, pairs - u)), 1);
	}
	double all = (double)a_count + (double)b_count;
	double variance = pairs / 12 * (all + 1 - ties / (all * (all - 1)));
	return normal_p(u, pairs / 2, variance);
}

double statistics_rank_sum(const double *a, size_t a_count, const double *b, size_t b_count,
			   double *u)
{
	if (!usable(a, a_count, 1) || !usable(b, b_count, 1)) {
		return NAN;
	}

	double p = NAN;
	double *both = calloc(a_count + b_count, sizeof(*both));
	if (!both) {
		return NAN;
	}
	memcpy(both, a, a_count * sizeof(*both));
	memcpy(both + a_count, b, b_count * sizeof(*both));

	double ties;
	double *ranks = ranks_of(both, a_count + b_count, &ties);
	if (!ranks) {
		goto out;
	}
	double above = 0;
	for (size_t i = 0; i < a_count; ++i) {
		above += ranks[i];
	}
	above -= (double)a_count * (double)(a_count + 1) / 2; // the ranks of a alone

	p = rank_sum_p(a_count, b_count, above, ties);
	if (u) {
		*u = above;
	}
	free(ranks);
out:
	free(both);
	return p;
}

double statistics_rank_sum_smallest(size_t a_count, size_t b_count)
{
	if (a_count == 0 || b_count == 0) {
		errno = EINVAL;
		return NAN;
	}
	return rank_sum_p(a_count, b_count, 0, 0);
}

int statistics_holm(const double *p, size_t count, double *adjusted)
{
	for (size_t i = 0; i < count; ++i) {
		if (!(p[i] >= 0 && p[i] <= 1)) {
			errno = EINVAL;
			return -1;
		}
	}
	struct placed *sorted = sorted_places(p, count);
	if (!sorted) {
		return -1;
	}

	double largest = 0;
	for (size_t i = 0; i < count; ++i) {
		largest = fmax(largest, (double)(count - i) * sorted[i].value);
		adjusted[sorted[i].place] = fmin(largest, 1);
	}
	free(sorted);
	return 0;
}
