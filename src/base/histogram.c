// SPDX-License-Identifier: MIT

/** Histograms of bounded relative error: functions off the hot path. */

#include "base/histogram.h"

#include <math.h>

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	into->count += from->count;
	if (from->max > into->max) {
		into->max = from->max;
	}
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; ++i) {
		into->buckets[i] += from->buckets[i];
	}
}

uint64_t histogram_highest(size_t bucket)
{
	if (bucket < 2 * HISTOGRAM_STEPS) {
		return bucket;
	}
	unsigned int shift = (unsigned int)(bucket / HISTOGRAM_STEPS) - 1;
	uint64_t step = bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS;
	return (step << shift) + (((uint64_t)1 << shift) - 1);
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
	// Rank of the value, from 1
	uint64_t rank = (uint64_t)ceil(quantile * (double)histogram->count);
	uint64_t seen = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; ++i) {
		seen += histogram->buckets[i];
		if (seen > 0 && seen >= rank) {
			uint64_t highest = histogram_highest(i);
			return highest < histogram->max ? highest : histogram->max;
		}
	}
	return 0;
}

double histogram_mean(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)ceil(share * (double)histogram->count);
	uint64_t taken = 0;
	double sum = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS && taken < wanted; ++i) {
		uint64_t left = wanted - taken;
		uint64_t count = histogram->buckets[i] < left ? histogram->buckets[i] : left;
		uint64_t least = i > 0 ? histogram_highest(i - 1) + 1 : 0;
		sum += (double)count * ((double)least + (double)histogram_highest(i)) / 2;
		taken += count;
	}
	return taken > 0 ? sum / (double)taken : 0;
}
