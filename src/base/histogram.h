// SPDX-License-Identifier: MIT

/**
 * A histogram of 64-bit values with a bounded relative error, after Gil Tene's
 * HdrHistogram: every power of two is cut into HISTOGRAM_STEPS equal steps.
 *
 *     value       0 ... 2 * STEPS - 1    exact
 *     beyond      the step is at most 1 / STEPS of the value: under 1.6 %
 *
 * A histogram belongs to one thread; histogram_merge() brings several together.
 */

#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/** Base-2 logarithm of the steps in a power of two. */
#define HISTOGRAM_BITS 6
#define HISTOGRAM_STEPS (1 << HISTOGRAM_BITS)
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_BITS + 1) * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

static inline size_t histogram_bucket(uint64_t value)
{
	if (value < 2 * HISTOGRAM_STEPS) {
		return value;
	}
	unsigned int shift = 63 - HISTOGRAM_BITS - (unsigned int)__builtin_clzll(value);
	return shift * HISTOGRAM_STEPS + (size_t)(value >> shift);
}

/** The highest value that falls into a bucket. */
uint64_t histogram_highest(size_t bucket);

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
	++histogram->count;
	if (value > histogram->max) {
		histogram->max = value;
	}
	++histogram->buckets[histogram_bucket(value)];
}

/** Adds the values of `from` to `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/**
 * The value that a share of all recorded values does not exceed.
 *
 * @param quantile in [0, 1]
 * @return the highest value of its bucket, but never above the highest recorded; 0 when empty
 */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);

/**
 * The mean of a share of the recorded values, the smallest. Each counts as the middle of its
 * bucket.
 *
 * @param share in (0, 1]: at least one value is taken
 * @return 0 when empty
 */
double histogram_mean(const struct histogram *histogram, double share);

#endif // BASE_HISTOGRAM_H
