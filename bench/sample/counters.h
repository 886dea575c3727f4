// SPDX-License-Identifier: MIT

/** Hardware counters of a sample, where the machine has them and permits it. */

#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include "results/sample.h"

struct counters {
	/** Descriptors, or -1. */
	int cycles;
	int instructions;
};

/** Prepares to count in user mode, in threads that are started from now on. */
void counters_open(struct counters *counters);

void counters_start(const struct counters *counters);

void counters_stop(const struct counters *counters);

/** The counts; NAN where there are no counters. */
struct sample_counters counters_read(const struct counters *counters);

#endif // BENCH_COUNTERS_H
