// SPDX-License-Identifier: MIT

/** What the parts of a sample's process share: it measures, proves, and tells. */

#ifndef BENCH_SAMPLER_H
#define BENCH_SAMPLER_H

#include "sample/counters.h"
#include "sample/sample.h"
#include "workload/loop.h"
#include "workload/replay.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>

/** What the process has used, and its threads have done, at one end of the window. */
struct reading {
	uint64_t at;
	uint64_t done;
	struct rusage usage;
	uint64_t steal;
};

struct sampler {
	struct sample_request request;
	const struct loop *loop;
	struct loop_run run;
	struct replay replay;
	/** It is no queue: there is nothing to be proved. */
	bool floor;
	/** It did not come to its end. */
	bool abandoned;
	pthread_t *handles;
	int *processors;
	pthread_barrier_t barrier;
	struct channel_end main_ends[2];
	struct proof_tally *main_tallies;
	/** Items that main put in beforehand. */
	uint64_t filled;
	uint64_t work_rounds;
	/** Processor time of a quiet second, and items a second at most; where they are measured.
	 */
	uint64_t quiet_cpu;
	double capacity;
	uint64_t *done_before;
	struct counters counters;
	struct reading before;
	struct reading after;
	uint64_t fastest;
	uint64_t slowest;
	/** Why nothing that it says counts. */
	char reason[160];
};

/** Channels that it makes; a whole pool makes its own. */
static inline unsigned int sampler_channels(const struct loop *loop)
{
	return loop->whole ? 0 : loop->pair ? 2 : 1;
}

/** Say why the sample is void, unless something was said before. */
__attribute__((format(printf, 2, 3))) void sampler_void(struct sampler *sampler, const char *format,
							...);

/** Take out what is left inside, and void the sample unless every item came out once, in order. */
void sampler_prove(struct sampler *sampler);

/**
 * What was measured, after it was proved.
 *
 * @param work_error how far the calibration of the work was off, as a share
 * @param sample     receives it; its reason is the sampler's
 * @return 0, or -1 with ENOMEM
 */
int sampler_result(const struct sampler *sampler, double work_error, struct sample *sample);

#endif // BENCH_SAMPLER_H
