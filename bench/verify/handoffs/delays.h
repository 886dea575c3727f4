// SPDX-License-Identifier: MIT

/**
 * Delays between the steps of waiting, from nanoseconds to a time slice. They make a race of a few
 * instructions frequent.
 *
 * Each thread has a mean number of steps between delays, and a favourite step, which it delays
 * every other time. The most effective delay lasts until another thread has made progress:
 * delays_note_move().
 */

#ifndef CHECKS_DELAYS_H
#define CHECKS_DELAYS_H

#include "base/rng.h"

#include <stdatomic.h>
#include <stdint.h>

/** Steps that channel and eventcount name, and those around an operation. */
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

/** Mean number of steps between two delays of a thread without delays. */
#define DELAYS_NEVER (UINT32_MAX / 2)

/** The delays of a thread. */
struct delays {
	struct rng rng;
	/** Steps until the next delay, and their mean. */
	uint32_t left;
	uint32_t mean;
	/** The step that is delayed every other time; STEPS means none. */
	enum step favourite;
};

extern _Thread_local struct delays delays;

/** Starts the delays of the calling thread. */
void delays_begin(uint64_t seed, uint32_t mean, enum step favourite);

/** A regular delay, and one at the favourite step. */
void delays_now(void);
void delays_favourite(void);

/** Passes a step, which is seldom delayed. */
static inline void delays_step(enum step step)
{
	if (--delays.left == 0) {
		delays_now();
	} else if (step == delays.favourite) {
		delays_favourite();
	}
}

/** Counts hand-overs and wake-ups. Concurrent increments may be lost. */
extern _Atomic uint64_t delays_moves;

/** Notes progress that others may wait for. A store, no fence: see fence B of eventcount.h. */
static inline void delays_note_move(void)
{
	// Relaxed: it must order nothing of what is checked
	uint64_t moves = atomic_load_explicit(&delays_moves, memory_order_relaxed);
	atomic_store_explicit(&delays_moves, moves + 1, memory_order_relaxed);
}

/** Spins for about `cycles`, without an access to memory. */
void delays_spin(uint64_t cycles);

/** Draws the cycles that takers get before a burst: often until they are about to sleep. */
uint64_t delays_draw_head_start(struct rng *rng);

/** For signals: draws a length, and delays the thread that receives the signal. */
int delays_draw(struct rng *rng);
void delays_wait(int length);

#endif // CHECKS_DELAYS_H
