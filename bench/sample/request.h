// SPDX-License-Identifier: MIT

/** What a sample's process is asked for: one side writes it, the other one reads it. */

#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include "document/texts.h"
#include "workload/cell.h"

#include <stdint.h>

/** Nanoseconds that the last replay may take after the window, without work. */
#define REQUEST_REPLAY_LATEST 60000000000

struct sample_request {
	struct cell cell;
	uint64_t seed;
	/** Nanoseconds. */
	uint64_t warm_up;
	uint64_t duration;
	/** Nanoseconds that a thread may take until it sees that the sample is over:
	 * work_stretch().
	 */
	uint64_t stretch;
	/** Path of the recorded walk that the workload replays; NULL where it replays none. */
	const char *shape;
	/** Processor of each thread, or -1. NULL: no thread is pinned. */
	const int *processors;
};

/** The request as text: to be freed; NULL with ENOMEM. */
char *request_write(const struct sample_request *request);

/**
 * Reads a request.
 *
 * @param request  receives it; its processors are the caller's to free, also on failure
 * @param texts    keeps its strings
 * @return 0; or -1 if the text is no request
 */
int request_read(const char *text, struct sample_request *request, struct texts *texts);

#endif // BENCH_REQUEST_H
