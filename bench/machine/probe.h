// SPDX-License-Identifier: MIT

/** Properties of a machine that only a trial tells. */

#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <stdint.h>

/** Precision and cost of clock_now(), in nanoseconds. */
struct probe_timer {
	/** Resolution that the clock claims. */
	uint64_t resolution;
	/** Median duration of a call. */
	double cost;
	/** Smallest difference above 0 between two calls in a row; 0 if there was none. */
	uint64_t step;
};

/** Measures the clock, for some milliseconds. */
void probe_timer(struct probe_timer *timer);

/**
 * Tries to count cycles of this thread in user space.
 *
 * @return NULL if that works; else the reason, a static text
 */
const char *probe_counters(void);

/** The hypervisor that the processor names, as a static text; NULL if it names none. */
const char *probe_hypervisor(void);

#endif // BENCH_PROBE_H
