// SPDX-License-Identifier: MIT

/** The proof of a sample: what came out is what went in. */

#include "sample/state.h"

#include <errno.h>
#include <stdint.h>

/** Takes out what is left inside. No other thread is there, so no peer can be in the way. */
static void drain(struct sampler *sampler)
{
	struct loop_run *run = &sampler->run;
	for (unsigned int i = 0; i < sampler_channels(sampler->loop); ++i) {
		void *item;
		enum queue_status status;
		while ((status = channel_try_dequeue(run->type, &run->channels[i],
						     &sampler->main_ends[i], &item)) == QUEUE_OK) {
			if (!proof_take(sampler->main_tallies, run->producers, item)) {
				sampler_spoil(sampler, SAMPLE_VOID,
					      "an item came out that nobody made");
			}
		}
		if (status != QUEUE_EMPTY) {
			sampler_spoil(sampler, SAMPLE_VOID,
				      "a queue that nobody uses says that a peer is in the way");
		}
	}
}

/** Did the system refuse threads, a processor, memory or descriptors, and nothing else fail? */
static bool replay_lacked(const struct replay *replay)
{
	int start = replay->stats.start_error;
	int error = start ? start : replay->error;
	// Relaxed: all workers have ended
	return !atomic_load_explicit(&replay->forged, memory_order_relaxed) &&
	       !atomic_load_explicit(&replay->repeated, memory_order_relaxed) &&
	       // Of a start, EINVAL: a worker cannot be pinned
	       (start == EINVAL || error == EAGAIN || error == ENOMEM || error == EMFILE ||
		error == ENFILE);
}

/** Voids the sample unless each node of the walk was visited once in every replay. */
static void prove_replay(struct sampler *sampler)
{
	const struct loop_run *run = &sampler->run;
	bool ordered = run->type->order != QUEUE_UNORDERED;
	const char *failure = sampler->abandoned
				      ? NULL
				      : replay_failure(run->replay, run->cell->threads, ordered);
	if (failure) {
		sampler_spoil(sampler, replay_lacked(run->replay) ? SAMPLE_LOST : SAMPLE_VOID, "%s",
			      failure);
	}
}

/** Voids the sample unless every item came out once. */
static void prove_items(struct sampler *sampler)
{
	char text[sizeof(sampler->reason)];
	drain(sampler);
	if (!loop_prove(&sampler->run, sampler->main_tallies, sampler->filled, text,
			sizeof(text))) {
		sampler_spoil(sampler, SAMPLE_VOID, "%s", text);
	}
}

void sampler_prove(struct sampler *sampler)
{
	if (sampler->loop->whole) {
		prove_replay(sampler);
	} else if (!sampler->floor) {
		prove_items(sampler);
	}
	if (sampler->after.done == sampler->before.done) {
		sampler_spoil(sampler, SAMPLE_VOID,
			      "nothing was delivered in %.1f s, at %ju ns of work an item",
			      (double)(sampler->after.at - sampler->before.at) / 1e9,
			      (uintmax_t)sampler->run.cell->work);
	}
}
