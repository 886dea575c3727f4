// SPDX-License-Identifier: MIT

/** States: cuts of the bounces. */

#include "results/states.h"

#include "base/rng.h"
#include "base/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/** Bounces that are not told apart: too few. */
#define LEAST 20
/** The dip test takes that many bounces: few tell clusters that are apart. */
#define TESTED 256
/** Level of the dip test, and its simulations. */
#define LEVEL 0.01
#define SIMULATIONS 200

/** Does the dip test find more than one mode in sorted values, or in some of many? */
static bool has_modes(const double *values, size_t count)
{
	double some[TESTED];
	size_t wanted = count < TESTED ? count : TESTED;
	size_t chosen = 0;
	struct rng rng;
	rng_seed(&rng, count);
	for (size_t i = 0; i < count && chosen < wanted; ++i) {
		some[chosen] = values[i];
		chosen += rng_below(&rng, count - i) < wanted - chosen;
	}
	return chosen >= LEAST && statistics_dip_test(some, chosen, SIMULATIONS, NULL) <= LEVEL;
}

/** How many of the sorted values to cut off for the least variance inside both parts. */
static size_t best_cut(const double *values, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; ++i) {
		sum += values[i];
	}
	size_t cut = 0;
	double most = 0;
	double left = 0;
	for (size_t i = 1; i < count; ++i) {
		left += values[i - 1];
		double apart = left / (double)i - (sum - left) / (double)(count - i);
		double between = apart * apart * (double)i * (double)(count - i);
		if (between > most) {
			most = between;
			cut = i;
		}
	}
	return cut;
}

/** Splits sorted logarithms into states. `splits`: how often at most, one after the other. */
static void split(struct states *states, const double *values, size_t count, int splits)
{
	if (splits > 0 && has_modes(values, count)) {
		size_t cut = best_cut(values, count);
		split(states, values, cut, splits - 1);
		split(states, values + cut, count - cut, splits - 1);
		return;
	}
	states->to[states->count] = exp(values[count - 1]);
	states->bounce[states->count++] = exp(values[count / 2]);
}

/** The state of a bounce, or SAMPLE_STATELESS. */
static unsigned int state_of(const struct states *states, double bounce)
{
	// A logarithm and back may have moved the longest bounce of a state a little
	for (unsigned int i = 0; i < states->count && bounce > 0; ++i) {
		if (bounce <= states->to[i] * (1 + 1e-9)) {
			return i;
		}
	}
	return SAMPLE_STATELESS;
}

/** Gives the sample its state, and counts it. */
static void mark(struct states *states, struct sample *sample)
{
	unsigned int before = state_of(states, sample->bounce_before);
	unsigned int after = state_of(states, sample->bounce_after);
	bool differ = before < STATES_MOST && after < STATES_MOST && before != after;
	sample->state = differ ? SAMPLE_CHANGED : before < after ? before : after;
	states->changed += differ;
	if (sample->state < STATES_MOST) {
		++states->samples[sample->state];
	}
}

/** A sample of some runs. */
struct spot {
	size_t run;
	size_t cell;
	size_t sample;
};

/** The samples of all runs, one after the other: NULL after the last. */
static struct sample *next_sample(const struct states_cells *runs, size_t count, struct spot *spot)
{
	for (; spot->run < count; ++spot->run, spot->cell = 0) {
		for (; spot->cell < runs[spot->run].count; ++spot->cell, spot->sample = 0) {
			struct run_cell *cell = &runs[spot->run].cells[spot->cell];
			if (spot->sample < cell->sample_count) {
				return &cell->samples[spot->sample++];
			}
		}
	}
	return NULL;
}

int states_find(const struct states_cells *runs, size_t count, struct states *states)
{
	size_t samples = 0;
	for (struct spot spot = {0}; next_sample(runs, count, &spot);) {
		++samples;
	}
	double *bounces = calloc(2 * samples + 1, sizeof(*bounces));
	if (!bounces) {
		return -1;
	}
	*states = (struct states){0};
	size_t found = 0;
	struct sample *sample;
	for (struct spot spot = {0}; (sample = next_sample(runs, count, &spot));) {
		const double both[] = {sample->bounce_before, sample->bounce_after};
		for (size_t i = 0; i < 2; ++i) {
			if (both[i] > 0) {
				bounces[found++] = log(both[i]);
			}
		}
	}
	if (found > 0) {
		qsort(bounces, found, sizeof(*bounces), statistics_compare);
		split(states, bounces, found, 2);
	}
	free(bounces);
	for (struct spot spot = {0}; (sample = next_sample(runs, count, &spot));) {
		mark(states, sample);
	}
	for (size_t i = 1; i < states->count; ++i) {
		states->common =
			states->samples[i] > states->samples[states->common] ? i : states->common;
	}
	return 0;
}
