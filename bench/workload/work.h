// SPDX-License-Identifier: MIT

/** Work of a stated length, for between operations: rounds of loop_work_round(). */

#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stdint.h>

struct cell;
struct loop;

/** Nanoseconds that work_calibrate() takes at most on a processor of its own. */
uint64_t work_calibration_time(uint64_t nanoseconds);

/**
 * The longest time in which no thread of a cell looks whether the sample is over, or has anything
 * to show for it: the work of all items that must be through before.
 *
 * @param processors  for the threads
 * @return nanoseconds; UINT64_MAX if there is no such number
 */
uint64_t work_stretch(const struct loop *loop, const struct cell *cell, unsigned int processors);

/**
 * Rounds that take a given time on this processor, now.
 *
 * @param error receives the error that a check of the answer found, as a share of the time
 */
uint64_t work_calibrate(uint64_t nanoseconds, double *error);

#endif // BENCH_WORK_H
