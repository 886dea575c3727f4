// SPDX-License-Identifier: MIT

/** State of a sample's process: it measures (sampler.c), proves (proof.c), tells (result.c). */

#ifndef BENCH_STATE_H
#define BENCH_STATE_H

#include "machine/bounce.h"
#include "sample/counters.h"
#include "sample/request.h"
#include "workload/loop.h"
#include "workload/replay.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/resource.h>

/** What the process has used, and its threads have done, at one end of the window. */
struct reading {
	uint64_t at;
	uint64_t done;
	struct rusage usage;
};

struct sampler {
	struct sample_request request;
	const struct loop *loop;
	struct loop_run run;
	struct replay replay;
	/** There is no queue, and nothing to be proved. */
	bool floor;
	/** The replay did not come to its end. */
	bool abandoned;
	pthread_t *handles;
	/** Strings of the request. */
	struct texts texts;
	pthread_barrier_t barrier;
	/** Posted by the thread that runs a pool, when it is over. */
	sem_t over;
	struct channel_end main_ends[2];
	struct proof_tally *main_tallies;
	/** Items that main put in beforehand. */
	uint64_t filled;
	uint64_t work_rounds;
	/** Nanoseconds of processor time in a quiet second, and items a second at most; 0 where
	 * they are not measured.
	 */
	uint64_t quiet_cpu;
	double capacity;
	uint64_t *done_before;
	struct counters counters;
	/** Before the threads begin, and after they have ended. */
	struct bounce bounce_before;
	struct bounce bounce_after;
	/** Processor of each thread when it began, or -1. */
	int *processors;
	struct reading before;
	struct reading after;
	uint64_t fastest;
	uint64_t slowest;
	/** Of what was measured so far, and why, unless that is SAMPLE_OK. */
	enum sample_verdict verdict;
	char reason[160];
};

/** Channels that the sampler makes. A whole pool makes its own. */
static inline unsigned int sampler_channels(const struct loop *loop)
{
	return loop->whole ? 0 : loop->pair ? 2 : 1;
}

/** True if hand-offs that slept are counted apart. Threads that poll never sleep. */
static inline bool sampler_tells_sleeps(const struct sampler *sampler)
{
	return sampler->loop->sleeps && sampler->run.cell->wait >= CHANNEL_PARK;
}

/**
 * Notes why the sample is void; or lost, for what the system refused, which is not held against the
 * queue. The first reason stays.
 */
__attribute__((format(printf, 3, 4))) void
sampler_spoil(struct sampler *sampler, enum sample_verdict verdict, const char *format, ...);

/** Notes that something cannot be made ready: lost for want of memory or descriptors, else void. */
void sampler_cannot(struct sampler *sampler, const char *what, int error);

/** Takes out what is left inside; voids the sample unless every item came out once, in order. */
void sampler_prove(struct sampler *sampler);

/**
 * Makes a sample of what was measured. sampler_prove() comes before.
 *
 * @param work_error how far the calibration of the work was off, as a share
 * @param sample     receives it; its reason is the sampler's
 * @return 0, or -1 with ENOMEM
 */
int sampler_result(const struct sampler *sampler, double work_error, struct sample *sample);

#endif // BENCH_STATE_H
