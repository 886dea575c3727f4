// SPDX-License-Identifier: MIT

/**
 * Items that prove what happened to them.
 *
 *     63        47               39                       3   0
 *     [ zeroes | producer : 8.. ][ sequence                | 0 ]
 *
 * An item is a pointer that points nowhere. It holds the number of its producer and its own
 * number among that producer's items. Every consumer keeps a tally for each producer. At the
 * end, items that were left inside are taken out and tallied too. Then the number and the sum
 * of each producer's items must be those of items that came out once each. Where the queue
 * claims order, the numbers of a producer's items must grow at each consumer.
 *
 * A lost item and a repeated one can hide in the number, but not in the sum too: they would
 * have to be the same item, and then none is lost.
 */

#ifndef BENCH_PROOF_H
#define BENCH_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Low bits that a queue may borrow. */
#define PROOF_SHIFT 3
#define PROOF_SEQUENCE_BITS 32
#define PROOF_PRODUCER_SHIFT (PROOF_SHIFT + PROOF_SEQUENCE_BITS)
/** Producers that fit below the 16 bits at the top; 0 is no producer, so that no item is NULL. */
#define PROOF_MAX_PRODUCERS ((1U << (48 - PROOF_PRODUCER_SHIFT)) - 1)

/** Distance from one item of a producer to the next. */
#define PROOF_STEP ((uintptr_t)1 << PROOF_SHIFT)

static inline uintptr_t proof_first(unsigned int producer)
{
	return (uintptr_t)(producer + 1) << PROOF_PRODUCER_SHIFT;
}

/** The last item that a producer can make. */
static inline uintptr_t proof_top(unsigned int producer)
{
	return proof_first(producer + 1) - PROOF_STEP;
}

static inline unsigned int proof_producer(uintptr_t item)
{
	return (unsigned int)(item >> PROOF_PRODUCER_SHIFT) - 1;
}

static inline uint64_t proof_sequence(uintptr_t item)
{
	return item >> PROOF_SHIFT & (((uint64_t)1 << PROOF_SEQUENCE_BITS) - 1);
}

/** What one consumer got from one producer. */
struct proof_tally {
	uint64_t count;
	/** Sum of the items, modulo 2^64. */
	uint64_t sum;
	uintptr_t last;
	/** Items that came after a later one. */
	uint64_t overtaken;
};

/** Tallies an item of the tally's producer. */
static inline void proof_tally(struct proof_tally *tally, uintptr_t item)
{
	tally->overtaken += item <= tally->last;
	tally->last = item;
	++tally->count;
	tally->sum += item;
}

/** Adds an item to a consumer's tallies. False if no producer can have made it. */
static inline bool proof_take(struct proof_tally *tallies, unsigned int producers, void *item)
{
	unsigned int producer = proof_producer((uintptr_t)item);
	if (producer >= producers) {
		return false;
	}
	proof_tally(&tallies[producer], (uintptr_t)item);
	return true;
}

/** The sum of a producer's first `count` items, modulo 2^64. */
static inline uint64_t proof_sum(unsigned int producer, uint64_t count)
{
	// count (count - 1) / 2 steps; one of the factors is even
	uint64_t a = count % 2 ? count : count / 2;
	uint64_t b = count % 2 ? (count - 1) / 2 : count - 1;
	return count * proof_first(producer) + (a * b << PROOF_SHIFT);
}

#endif // BENCH_PROOF_H
