// SPDX-License-Identifier: MIT

/** What the machine makes of a family's costs: medians by state, and a slope by pace. */

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

/** A slope from a cell's median to one of its samples, which comes first so that it is sorted by.
 */
struct slope {
	double slope;
	double weight;
};

/** Family's costs and paces, as logarithms: NAN where there is no pace. */
struct pacing {
	size_t rounds;
	size_t cells;
	double *costs;
	double *paces;
	/** Room for the values of a cell, of a round, and for those of the other cells. */
	double *some;
	double *others;
	struct slope *slopes;
	size_t slope_count;
};

/** The median of every `step`th of `count` values from the first on, without NAN; or NAN. */
static double median_of(const double *values, size_t count, size_t step, double *room)
{
	size_t found = 0;
	for (size_t i = 0; i < count; ++i) {
		if (!isnan(values[i * step])) {
			room[found++] = values[i * step];
		}
	}
	return found > 0 ? statistics_middle(room, found) : NAN;
}

/** Adds the slopes of a cell. */
static void add_slopes(struct pacing *pacing, size_t cell)
{
	double cost = median_of(pacing->costs + cell, pacing->rounds, pacing->cells, pacing->some);
	double pace = median_of(pacing->paces + cell, pacing->rounds, pacing->cells, pacing->some);
	for (size_t i = cell; i < pacing->rounds * pacing->cells; i += pacing->cells) {
		double run = pacing->paces[i] - pace;
		if (run != 0 && !isnan(run)) {
			pacing->slopes[pacing->slope_count++] = (struct slope){
				.slope = (pacing->costs[i] - cost) / run, .weight = fabs(run)};
		}
	}
}

/** The median of the slopes by weight: that of the line with the least sum of distances. */
static double best_slope(const struct pacing *pacing)
{
	double all = 0;
	for (size_t i = 0; i < pacing->slope_count; ++i) {
		all += pacing->slopes[i].weight;
	}
	qsort(pacing->slopes, pacing->slope_count, sizeof(*pacing->slopes), statistics_compare);
	double passed = 0;
	size_t i = 0;
	while (i + 1 < pacing->slope_count && (passed += pacing->slopes[i].weight) < all / 2) {
		++i;
	}
	return pacing->slopes[i].slope;
}

/** p of a cell's paces being as those of the other cells in the same rounds; NAN with ENOMEM. */
static double compare_paces(const struct pacing *pacing, size_t cell)
{
	size_t own = 0;
	size_t other = 0;
	for (size_t round = 0; round < pacing->rounds; ++round) {
		const double *paces = pacing->paces + round * pacing->cells;
		double median = median_of(paces, pacing->cells, 1, pacing->others + other);
		for (size_t i = 0; i < pacing->cells; ++i) {
			if (isnan(paces[i])) {
				continue;
			}
			*(i == cell ? &pacing->some[own++] : &pacing->others[other++]) =
				paces[i] - median;
		}
	}
	return own > 0 && other > 0
		       ? statistics_rank_sum(pacing->some, own, pacing->others, other, NULL)
		       : 1;
}

/** Moves costs along the slope to the median pace. 0, or -1 with ENOMEM. */
static int follow(const struct pacing *pacing, double slope, double *costs)
{
	size_t all = pacing->rounds * pacing->cells;
	double center = median_of(pacing->paces, all, 1, pacing->some);
	for (size_t cell = 0; cell < pacing->cells; ++cell) {
		double p = compare_paces(pacing, cell);
		if (isnan(p)) {
			return -1;
		}
		if (p * (double)pacing->cells <= LEVEL) {
			continue;
		}
		for (size_t i = cell; i < all; i += pacing->cells) {
			if (!isnan(pacing->paces[i])) {
				costs[i] *= exp(slope * (center - pacing->paces[i]));
			}
		}
	}
	return 0;
}

int level_paces(double *costs, const double *paces, size_t rounds, size_t cells)
{
	size_t all = rounds * cells;
	double *room = calloc(4 * all, sizeof(*room));
	struct pacing pacing = {
		.rounds = rounds,
		.cells = cells,
		.costs = room,
		.paces = room + all,
		.some = room + 2 * all,
		.others = room + 3 * all,
		.slopes = calloc(all, sizeof(*pacing.slopes)),
	};
	int result = room && pacing.slopes ? 0 : -1;
	for (size_t i = 0; i < all && result == 0; ++i) {
		bool known = !isnan(costs[i]) && !isnan(paces[i]);
		pacing.costs[i] = known ? log(costs[i]) : NAN;
		pacing.paces[i] = known ? log(paces[i]) : NAN;
	}
	for (size_t i = 0; i < cells && result == 0; ++i) {
		add_slopes(&pacing, i);
	}
	if (result == 0 && pacing.slope_count >= LEAST) {
		double slope = best_slope(&pacing);
		result = slope > 0 ? follow(&pacing, slope, costs) : 0;
	}
	free(pacing.slopes);
	free(room);
	return result;
}
