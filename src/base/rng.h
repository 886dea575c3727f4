// SPDX-License-Identifier: MIT

/**
 * Random numbers that are the same for the same seed, on every machine.
 *
 * xoshiro256** (Blackman & Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 2021), its state filled by splitmix64 (Steele, Lea &
 * Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014). Period
 * 2^256 - 1. Not for secrets.
 *
 * A generator belongs to one thread at a time. Threads that each need one take
 * different seeds: neighbouring seeds give unrelated sequences.
 */

#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/** A generator. Nothing to free. A copy continues from where the original is. */
struct rng {
	/** Never all zero: rng_seed() ensures it. */
	uint64_t state[4];
};

/** Starts the sequence of a seed. Every seed is good, 0 too. */
void rng_seed(struct rng *rng, uint64_t seed);

/** Returns 64 bits, all equally likely. */
static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t *state = rng->state;
	uint64_t scrambled = state[1] * 5;
	scrambled = (scrambled << 7 | scrambled >> 57) * 9;

	uint64_t shifted = state[1] << 17;
	state[2] ^= state[0];
	state[3] ^= state[1];
	state[1] ^= state[2];
	state[0] ^= state[3];
	state[2] ^= shifted;
	state[3] = state[3] << 45 | state[3] >> 19;
	return scrambled;
}

/**
 * Returns 0 to bound - 1, all equally likely: Lemire, "Fast Random Integer Generation in
 * an Interval", ACM TOMACS 2019. Divides only when a first draw is doubtful.
 *
 * @param bound  at least 1
 */
static inline uint64_t rng_below(struct rng *rng, uint64_t bound)
{
	// The answer is the high word of a draw times the bound. Each answer owns 2^64 / bound
	// draws or one more. The lowest 2^64 mod bound draws of each are rejected, so that none
	// owns more.
	unsigned __int128 product = (unsigned __int128)rng_next(rng) * bound;
	if ((uint64_t)product < bound) {
		uint64_t surplus = -bound % bound;
		while ((uint64_t)product < surplus) {
			product = (unsigned __int128)rng_next(rng) * bound;
		}
	}
	return (uint64_t)(product >> 64);
}

/** Returns a multiple of 2^-53 in [0, 1), all equally likely. */
static inline double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/**
 * Returns the time to the next event of a Poisson process: from 0 to 37 times the mean.
 *
 * @param mean  mean time between events, in the unit of the answer
 */
double rng_exponential(struct rng *rng, double mean);

/** Puts items into a random order, all equally likely (Fisher-Yates; Durstenfeld, CACM 1964). */
void rng_shuffle(struct rng *rng, size_t *order, size_t count);

#endif
