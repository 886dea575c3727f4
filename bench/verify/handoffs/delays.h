// SPDX-License-Identifier: MIT

/**
 * Delays between the steps of waiting, of a length that changes from nanoseconds to a time
 * slice: what is a race of a few instructions becomes one that is met often.
 *
 * Each thread has a mean of its own, and a favourite step, which it delays every other time.
 * The best delay there lasts until another thread has done its part: delays_note_move().
 */

#ifndef CHECKS_DELAYS_H
#define CHECKS_DELAYS_H

#include "base/rng.h"

#include <stdatomic.h>
#include <stdint.h>

/** The steps that channel and eventcount name, and those around an operation. */
enum step {
	STEP_published,
	STEP_fenced,
	STEP_announcing,
	STEP_announced,
	STEP_cancelling,
	STEP_waiting,
	STEP_sleeping,
	STEP_woken,
	STEP_waking,
	STEP_permitted,
	STEP_state_read,
	STEP_looked,
	STEP_ending,
	STEP_operation,
	STEPS,
};

/** Steps between two delays, on average, of a thread that has none. */
#define DELAYS_NEVER (UINT32_MAX / 2)

/** Each thread's own. */
struct delays {
	struct rng rng;
	/** Steps to the next delay, and between two of them on average. */
	uint32_t left;
	uint32_t mean;
	/** The step that is delayed every other time; STEPS is none. */
	enum step favourite;
};

extern _Thread_local struct delays delays;

/** Start with the delays of a thread. */
void delays_begin(uint64_t seed, uint32_t mean, enum step favourite);

/** A delay by its turn, and one at the favourite step. */
void delays_now(void);
void delays_favourite(void);

/** A step: delay it, or mostly not. */
static inline void delays_step(enum step step)
{
	if (--delays.left == 0) {
		delays_now();
	} else if (step == delays.favourite) {
		delays_favourite();
	}
}

/** Counts what has been handed over, and woken for; some of it, where it happens at once. */
extern _Atomic uint64_t delays_moves;

/** Something was done that others may be delayed for. No more than a store: see fence B. */
static inline void delays_note_move(void)
{
	// Relaxed: it is no part of what is checked, and must order nothing
	uint64_t moves = atomic_load_explicit(&delays_moves, memory_order_relaxed);
	atomic_store_explicit(&delays_moves, moves + 1, memory_order_relaxed);
}

/** About so many cycles, without a word to memory. */
void delays_spin(uint64_t cycles);

/** How long a giver lets takers go on, in cycles: often just until they are about to sleep. */
uint64_t delays_draw_head_start(struct rng *rng);

/** For signals: a length, and the delay of the thread that gets it. */
int delays_draw(struct rng *rng);
void delays_wait(int length);

#endif // CHECKS_DELAYS_H
