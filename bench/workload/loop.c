// SPDX-License-Identifier: MIT

/** Before and after the loops: threads made ready, a queue half filled, and the proof. */

#include "workload/loop.h"

#include "base/number.h"

#include <stdio.h>

void loop_prepare(struct loop_thread *thread, struct loop_run *run, unsigned int index,
		  struct proof_tally *tallies, uint64_t seed)
{
	thread->run = run;
	thread->index = index;
	thread->published = &run->done[index].count;
	thread->top = proof_top(index);
	thread->first = proof_first(index);
	thread->next = thread->first;
	thread->purse.least = INT64_MAX;
	rng_seed(&thread->rng, seed * 4099 + index);
	for (unsigned int p = 0; p < run->producers; ++p) {
		tallies[p].last = proof_first(p) - PROOF_STEP;
	}
	thread->tallies = tallies;
	thread->tallied = index;
	thread->tally = tallies[index];
}

uint64_t loop_fill_half(struct loop_run *run, struct channel_end *end)
{
	uintptr_t item = proof_first(run->producers - 1);
	uint64_t filled = 0;
	while (filled < run->cell->capacity / 2 &&
	       channel_try_enqueue(run->type, &run->channels[0], end, (void *)item) == QUEUE_OK) {
		item += PROOF_STEP;
		++filled;
	}
	atomic_fetch_sub_explicit(&run->credit.left, (int64_t)filled, memory_order_relaxed);
	return filled;
}

/** The items of a producer, wherever they came out. */
static struct proof_tally sum_up(const struct loop_run *run, const struct proof_tally *left,
				 unsigned int producer)
{
	struct proof_tally all = left[producer];
	for (unsigned int i = 0; i < run->cell->threads; ++i) {
		const struct proof_tally *tally = &run->threads[i].tallies[producer];
		all.count += tally->count;
		all.sum += tally->sum;
		all.overtaken += tally->overtaken;
	}
	return all;
}

bool loop_prove(const struct loop_run *run, const struct proof_tally *left, uint64_t filled,
		char *text, size_t size)
{
	for (unsigned int p = 0; p < run->producers; ++p) {
		const struct loop_thread *maker = p < run->cell->threads ? &run->threads[p] : NULL;
		uint64_t made = maker ? (maker->next - maker->first) / PROOF_STEP : filled;
		struct proof_tally all = sum_up(run, left, p);
		if (maker && maker->forged) {
			snprintf(text, size, "an item came out that nobody made");
		} else if (all.count != made) {
			snprintf(text, size, "%ju item%s of producer %u went in, %ju came out",
				 (uintmax_t)made, number_plural(made), p, (uintmax_t)all.count);
		} else if (all.sum != proof_sum(p, made)) {
			snprintf(text, size,
				 "producer %u: an item was lost and another one came twice", p);
		} else if (all.overtaken && run->type->order != QUEUE_UNORDERED) {
			snprintf(text, size, "%ju item%s of producer %u came after a later one",
				 (uintmax_t)all.overtaken, number_plural(all.overtaken), p);
		} else {
			continue;
		}
		return false;
	}
	return true;
}
