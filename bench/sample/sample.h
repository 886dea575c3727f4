// SPDX-License-Identifier: MIT

/**
 * One sample: a process of its own, which runs a cell once and proves what it did.
 *
 * sample_take() executes this program anew, so that every sample has an address
 * layout of its own, hands it the request as JSON, and reads the sample as JSON. A
 * sample that does not end is killed, and its verdict is "hang".
 */

#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include "results/sample.h"
#include "workload/cell.h"

#include <stdint.h>

struct sample_request {
	struct cell cell;
	uint64_t seed;
	/** Nanoseconds. */
	uint64_t warm_up;
	uint64_t duration;
	/** The recorded walk, where the workload replays one; may be there elsewhere. */
	const char *shape;
	/** Per thread, the processor that it is pinned to, or -1. NULL: none is pinned. */
	const int *processors;
};

/**
 * Takes a sample in a process of its own.
 *
 * @param sample  receives it, for codec_free()
 * @param texts   keeps its strings
 * @return 0; or -1 with errno if no process could be had, with EINTR if the user interrupted it
 */
int sample_take(const struct sample_request *request, struct sample *sample, struct texts *texts);

/** The process: run the request, print the sample. Returns the exit status. */
int sample_main(const char *request);

#endif // BENCH_SAMPLE_H
