// SPDX-License-Identifier: MIT

/** Levelling of a family's costs: by the median of each state, and by a slope along the pace. */

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

/** The slope from a cell's median to one of its samples: first, for statistics_compare(). */
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

/** The weighted median of the slopes: its line has the least sum of distances. */
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

/** Leaves of each pace what it differs from the median of its round. */
static void relate_to_rounds(const struct pacing *pacing)
{
	for (size_t round = 0; round < pacing->rounds; ++round) {
		double *paces = pacing->paces + round * pacing->cells;
		double median = median_of(paces, pacing->cells, 1, pacing->some);
		for (size_t i = 0; i < pacing->cells; ++i) {
			paces[i] -= median;
		}
	}
}

/**
 * p of a cell's paces being those of the other cells in the same rounds; 1 where there are no
 * others. NAN with ENOMEM.
 */
static double compare_paces(const struct pacing *pacing, size_t cell)
{
	size_t own = 0;
	size_t other = 0;
	for (size_t round = 0; round < pacing->rounds; ++round) {
		const double *paces = pacing->paces + round * pacing->cells;
		size_t before = other;
		for (size_t i = 0; i < pacing->cells && !isnan(paces[cell]); ++i) {
			if (i != cell && !isnan(paces[i])) {
				pacing->others[other++] = paces[i];
			}
		}
		if (other > before) {
			pacing->some[own++] = paces[cell];
		}
	}
	return own > 0 ? statistics_rank_sum(pacing->some, own, pacing->others, other, NULL) : 1;
}

/** Takes logarithms of costs and paces, but of rounds in which a cost has no pace. */
static void take_logs(const struct pacing *pacing, const double *costs, const double *paces)
{
	for (size_t round = 0; round < pacing->rounds; ++round) {
		size_t first = round * pacing->cells;
		bool whole = true;
		for (size_t i = first; i < first + pacing->cells; ++i) {
			whole = whole && (isnan(costs[i]) || !isnan(paces[i]));
		}
		for (size_t i = first; i < first + pacing->cells; ++i) {
			bool known = whole && !isnan(costs[i]);
			pacing->costs[i] = known ? log(costs[i]) : NAN;
			pacing->paces[i] = known ? log(paces[i]) : NAN;
		}
	}
}

int level_paces(double *costs, const double *paces, size_t rounds, size_t cells)
{
	size_t all = rounds * cells;
	double *room = calloc(4 * all, sizeof(*room));
	struct slope *slopes = calloc(all, sizeof(*slopes));
	if (!room || !slopes) {
		free(slopes);
		free(room);
		return -1;
	}
	struct pacing pacing = {
		.rounds = rounds,
		.cells = cells,
		.costs = room,
		.paces = room + all,
		.some = room + 2 * all,
		.others = room + 3 * all,
		.slopes = slopes,
	};
	take_logs(&pacing, costs, paces);
	for (size_t i = 0; i < cells; ++i) {
		add_slopes(&pacing, i);
	}
	double slope = pacing.slope_count >= LEAST ? best_slope(&pacing) : 0;
	double p = 1;
	if (slope > 0) {
		relate_to_rounds(&pacing);
		for (size_t i = 0; i < cells && p * (double)cells > LEVEL; ++i) {
			p = compare_paces(&pacing, i);
		}
	}
	for (size_t i = 0; i < all && slope > 0 && p * (double)cells > LEVEL; ++i) {
		costs[i] *= isnan(pacing.paces[i]) ? 1 : exp(-slope * pacing.paces[i]);
	}
	free(slopes);
	free(room);
	return isnan(p) ? -1 : 0;
}
