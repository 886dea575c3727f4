// SPDX-License-Identifier: MIT

/** What a machine has to be asked for by trying. */

#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <stdint.h>

/** How good clock_now() is, in nanoseconds. */
struct probe_timer {
	/** What the clock claims. */
	uint64_t resolution;
	/** The median of what a call takes. */
	double cost;
	/** The smallest difference other than 0 between calls in a row; 0 if there was none. */
	uint64_t step;
};

/** Measure the clock, for some milliseconds. */
void probe_timer(struct probe_timer *timer);

/**
 * Count cycles of this thread in user space.
 *
 * @return NULL if that works; else why not, a text to keep
 */
const char *probe_counters(void);

/** The hypervisor that says so to who runs on it: a text to keep; NULL if none does. */
const char *probe_hypervisor(void);

#endif // BENCH_PROBE_H
