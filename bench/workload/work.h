// SPDX-License-Identifier: MIT

/** Work of a stated length, for between operations: rounds of loop_work_round(). */

#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stdint.h>

/**
 * How many rounds take so long on this processor, now.
 *
 * @param error receives how far a check of the answer was off, as a share of it
 */
uint64_t work_calibrate(uint64_t nanoseconds, double *error);

#endif // BENCH_WORK_H
