// SPDX-License-Identifier: MIT

/** Hardware counters of a sample, where the machine has them and lets us. */

#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include "results/sample.h"

struct counters {
	/** Descriptors, or -1. */
	int cycles;
	int instructions;
};

/** Prepare to count what the threads that are started from now on do in user mode. */
void counters_open(struct counters *counters);

/** Count from here on ... */
void counters_start(const struct counters *counters);

/** ... to here. */
void counters_stop(const struct counters *counters);

/** What was counted. NAN where there are no counters. */
struct sample_counters counters_read(const struct counters *counters);

#endif // BENCH_COUNTERS_H
