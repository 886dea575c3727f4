// SPDX-License-Identifier: MIT

/** Calibrates work: the fastest of several timings is an undisturbed one. */

#include "workload/work.h"

#include "workload/loop.h"

/** Nanoseconds of a timing: long beside the cost of the clock. */
#define TIMING 200000
#define TIMINGS 16

/** Nanoseconds of `rounds` rounds: the least of several timings. */
static uint64_t time_rounds(uint64_t rounds)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < TIMINGS; ++i) {
		uint64_t state = 88172645463325252;
		uint64_t began = clock_now();
		for (uint64_t round = rounds; round > 0; --round) {
			state = loop_work_round(state);
		}
		uint64_t took = clock_now() - began;
		least = took < least ? took : least;
	}
	return least;
}

uint64_t work_calibration_time(uint64_t nanoseconds)
{
	return 2 * TIMINGS * (nanoseconds + 2 * TIMING);
}

uint64_t work_stretch(const struct loop *loop, const struct cell *cell, unsigned int processors)
{
	uint64_t turns = (cell->threads + processors - 1) / processors;
	// A backlog may be one thread's to work off
	uint64_t items = loop->split	? cell->capacity + turns
			 : loop->halves ? 2 * turns * loop_burst_share(cell)
					: (loop->works ? loop->works : 2) * turns;
	uint64_t stretch;
	return __builtin_mul_overflow(items, cell->work, &stretch) ? UINT64_MAX : stretch;
}

uint64_t work_calibrate(uint64_t nanoseconds, double *error)
{
	*error = 0;
	if (nanoseconds == 0) {
		return 0;
	}
	uint64_t many = 1000;
	uint64_t took;
	while ((took = time_rounds(many)) < TIMING) {
		many *= 2;
	}
	double each = (double)took / (double)many;
	uint64_t rounds = (uint64_t)((double)nanoseconds / each + 0.5);
	rounds = rounds ? rounds : 1;

	// The answer, many times over, against the clock
	uint64_t times = TIMING / nanoseconds + 1;
	double checked = (double)time_rounds(rounds * times) / (double)times;
	*error = checked / (double)nanoseconds - 1;
	return rounds;
}
