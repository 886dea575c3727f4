// SPDX-License-Identifier: MIT

/** Delays: see delays.h. */

#include "verify/handoffs/delays.h"

#include "queue.h"

#include <sched.h>
#include <time.h>

/** Looks for progress of others before giving up, and before giving them the processor. */
#define LOOKS 400
#define LOOKS_AT_ONCE 200

_Thread_local struct delays delays;

_Alignas(QUEUE_APART) _Atomic uint64_t delays_moves;

/**
 * A delay is a number of cycles, or one of these. After a yield, all other threads have had their
 * time slices, which takes long on a busy machine. After a sleep, a thread soon runs again.
 */
enum { DELAY_YIELD = -1, DELAY_SLEEP = -2 };

void delays_spin(uint64_t cycles)
{
	for (uint64_t i = 0; i < cycles; ++i) {
		__asm__ volatile("");
	}
}

/** Draws a length up to about 10 microseconds, each order of magnitude as often. */
static uint64_t draw_spin(struct rng *rng)
{
	return rng_below(rng, UINT64_C(1) << rng_below(rng, 16));
}

uint64_t delays_draw_head_start(struct rng *rng)
{
	return rng_below(rng, 4) ? rng_below(rng, 800) : draw_spin(rng);
}

int delays_draw(struct rng *rng)
{
	uint64_t kind = rng_below(rng, 300);
	if (kind == 0) {
		return DELAY_YIELD;
	}
	return kind < 10 ? DELAY_SLEEP : (int)draw_spin(rng);
}

void delays_wait(int length)
{
	if (length == DELAY_SLEEP) {
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	} else if (length == DELAY_YIELD) {
		sched_yield();
	} else {
		delays_spin((uint64_t)length);
	}
}

/** Waits until others have made progress. */
static void wait_for_moves(uint64_t count)
{
	uint64_t before = atomic_load_explicit(&delays_moves, memory_order_relaxed);
	for (unsigned int looks = 1; looks < LOOKS; ++looks) {
		if (atomic_load_explicit(&delays_moves, memory_order_relaxed) - before >= count) {
			return;
		}
		if (looks % LOOKS_AT_ONCE == 0) {
			delays_wait(DELAY_SLEEP);
		} else {
			queue_pause();
		}
	}
}

__attribute__((noinline, cold)) void delays_now(void)
{
	delays.left = 1 + (uint32_t)rng_below(&delays.rng, (uint64_t)delays.mean * 2);
	delays_wait(delays_draw(&delays.rng));
}

__attribute__((noinline, cold)) void delays_favourite(void)
{
	uint64_t kind = rng_below(&delays.rng, 24);
	if (kind == 0) {
		delays_wait(rng_below(&delays.rng, 8) ? DELAY_SLEEP : DELAY_YIELD);
	} else if (kind < 10) {
		wait_for_moves(1 + rng_below(&delays.rng, 3));
	} else if (kind < 18) {
		delays_spin(draw_spin(&delays.rng));
	}
}

void delays_begin(uint64_t seed, uint32_t mean, enum step favourite)
{
	rng_seed(&delays.rng, seed);
	delays.mean = mean;
	delays.left = 1 + (uint32_t)rng_below(&delays.rng, (uint64_t)mean * 2);
	delays.favourite = favourite;
}
