// SPDX-License-Identifier: MIT

/**
 * The bounce: the round trip of a number between two threads, in one cache line for each
 * direction. No hand-over between the two is faster. Beside it, the time of a fetch-and-add that
 * nobody contends for.
 */

#ifndef BENCH_BOUNCE_H
#define BENCH_BOUNCE_H

#include <stdint.h>

/** Medians, in nanoseconds. */
struct bounce {
	/** NAN if there is one thread, or one processor for both, or if they did not run at the
	 * same time. */
	double round_trip;
	/** NAN if no thread could be had. */
	double add;
};

/**
 * Measures in threads that it makes and ends, for about `nanoseconds`; on a busy machine up to four
 * times as long, until both threads run.
 *
 * @param processors  of the two threads, or of the one; negative ones are not pinned. NULL: none is
 * @param threads     1: the fetch-and-add alone
 * @param nanoseconds for the round trips; the fetch-and-adds take some 50000 more
 */
struct bounce bounce_measure(const int *processors, unsigned int threads, uint64_t nanoseconds);

#endif // BENCH_BOUNCE_H
