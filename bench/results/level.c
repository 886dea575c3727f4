// SPDX-License-Identifier: MIT

/** What the states make of a family's costs: medians by state, if the rank sum tells them apart. */

#include "results/level.h"

#include "base/statistics.h"
#include "results/sample.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/** Costs of a state that tell nothing of it: too few. */
#define LEAST 20
/** Level of the rank sum test. */
#define LEVEL 0.01

/** A family's costs by state: logarithms, less those of their cells in the common state. */
struct level {
	const double *costs;
	const double *states;
	size_t rounds;
	size_t cells;
	double *relative[SAMPLE_STATELESS];
	size_t counts[SAMPLE_STATELESS];
};

/** The state of most costs, by its number. */
static size_t find_common(const struct level *level)
{
	size_t counts[SAMPLE_STATELESS + 1] = {0};
	for (size_t i = 0; i < level->rounds * level->cells; ++i) {
		counts[isnan(level->costs[i]) ? SAMPLE_STATELESS : (size_t)level->states[i]]++;
	}
	size_t common = 0;
	for (size_t i = 1; i < SAMPLE_CHANGED; ++i) {
		common = counts[i] > counts[common] ? i : common;
	}
	return common;
}

/** Adds the costs of a cell to those of their states, unless it has none in the common state. */
static void add_cell(struct level *level, size_t cell, size_t common)
{
	double *own = level->relative[common] + level->counts[common];
	size_t count = 0;
	for (size_t i = cell; i < level->rounds * level->cells; i += level->cells) {
		if (!isnan(level->costs[i]) && (size_t)level->states[i] == common) {
			own[count++] = log(level->costs[i]);
		}
	}
	if (count == 0) {
		return;
	}
	double median = statistics_middle(own, count);
	for (size_t i = 0; i < count; ++i) {
		own[i] -= median;
	}
	level->counts[common] += count;
	for (size_t i = cell; i < level->rounds * level->cells; i += level->cells) {
		size_t state = (size_t)level->states[i];
		if (!isnan(level->costs[i]) && state != common && state < SAMPLE_STATELESS) {
			level->relative[state][level->counts[state]++] =
				log(level->costs[i]) - median;
		}
	}
}

int level_costs(double *costs, const double *states, size_t rounds, size_t cells)
{
	size_t all = rounds * cells;
	struct level level = {.costs = costs, .states = states, .rounds = rounds, .cells = cells};
	double *room = calloc(all * SAMPLE_STATELESS, sizeof(*room));
	double effects[SAMPLE_STATELESS + 1];
	if (!room) {
		return -1;
	}
	for (size_t i = 0; i < SAMPLE_STATELESS; ++i) {
		level.relative[i] = room + i * all;
	}
	size_t common = find_common(&level);
	for (size_t i = 0; i < cells; ++i) {
		add_cell(&level, i, common);
	}
	for (size_t i = 0; i <= SAMPLE_STATELESS; ++i) {
		bool enough = i != common && i < SAMPLE_CHANGED && level.counts[i] >= LEAST &&
			      level.counts[common] >= LEAST;
		double p = enough ? statistics_rank_sum(level.relative[i], level.counts[i],
							level.relative[common],
							level.counts[common], NULL)
				  : 1;
		if (isnan(p)) {
			free(room);
			return -1;
		}
		effects[i] =
			p <= LEVEL ? exp(statistics_middle(level.relative[i], level.counts[i])) : 1;
	}
	for (size_t i = 0; i < all; ++i) {
		costs[i] /= effects[(size_t)states[i]];
	}
	free(room);
	return 0;
}
