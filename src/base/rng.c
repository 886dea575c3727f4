// SPDX-License-Identifier: MIT

/** Parts of the random number generator that are not inlined. */

#include "base/rng.h"

#include <math.h>

/** splitmix64: a counter in steps of 2^64 / golden ratio, and a hash of it. */
static uint64_t splitmix_next(uint64_t *counter)
{
	uint64_t hash = *counter += 0x9e3779b97f4a7c15;
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
	return hash ^ hash >> 31;
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	// The hash is a bijection, so at most one of four different counters becomes zero
	for (int i = 0; i < 4; ++i) {
		rng->state[i] = splitmix_next(&seed);
	}
}

double rng_exponential(struct rng *rng, double mean)
{
	// By inversion. 1 - unit is never 0, so this is finite
	return -mean * log1p(-rng_unit(rng));
}

void rng_shuffle(struct rng *rng, size_t *order, size_t count)
{
	for (size_t left = count; left > 1; --left) {
		size_t chosen = rng_below(rng, left);
		size_t item = order[chosen];
		order[chosen] = order[left - 1];
		order[left - 1] = item;
	}
}
