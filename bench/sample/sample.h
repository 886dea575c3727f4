// SPDX-License-Identifier: MIT

/**
 * One sample: a process of its own, which runs a cell once and proves that the queue kept its
 * contract.
 *
 *     sample.c   starts the process, and waits for its answer
 *     request.c  the request, both directions
 *     sampler.c  the process; state.h holds its state, proof.c proves, result.c makes the answer
 *
 * sample_take() executes this program anew, so that every sample has an address layout of its
 * own. A sample that does not end is killed, and its verdict is "hang".
 */

#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include "results/sample.h"
#include "sample/request.h"

/**
 * Takes a sample in a process of its own.
 *
 * @param sample  receives it, for codec_free()
 * @param texts   keeps its strings
 * @return 0; or -1 with errno if no process could be had, with EINTR if the user interrupted it
 */
int sample_take(const struct sample_request *request, struct sample *sample, struct texts *texts);

/** Body of the process: runs the request and prints the sample. Returns the exit status. */
int sample_main(const char *request);

#endif // BENCH_SAMPLE_H
