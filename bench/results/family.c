// SPDX-License-Identifier: MIT

/** Families: their memory, and their costs as logarithms. */

#include "results/family.h"

#include "base/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

void family_destroy(struct family *family)
{
	free(family->logs);
	free(family->left);
	free(family->scores);
	free(family->places);
	free(family->members);
	free(family->rings);
	free(family->distances);
	free(family->sums);
	free(family->differences);
	free(family->averages);
}

int family_create(struct family *family, size_t rounds, size_t cells, uint64_t seed)
{
	size_t all = rounds * cells;
	size_t averages = rounds * (rounds + 1) / 2;
	*family = (struct family){
		.rounds = rounds,
		.cells = cells,
		.logs = calloc(all, sizeof(*family->logs)),
		.left = calloc(cells, sizeof(*family->left)),
		.scores = calloc(all, sizeof(*family->scores)),
		.places = calloc(all, sizeof(*family->places)),
		.members = calloc(rounds, sizeof(*family->members)),
		.rings = calloc(4 * all, sizeof(*family->rings)),
		.distances = calloc(all, sizeof(*family->distances)),
		.sums = calloc(cells, sizeof(*family->sums)),
		.differences = calloc(rounds, sizeof(*family->differences)),
		.averages = calloc(averages > cells ? averages : cells, sizeof(*family->averages)),
	};
	rng_seed(&family->rng, seed);
	return family->logs && family->left && family->scores && family->places &&
			       family->members && family->rings && family->distances &&
			       family->sums && family->differences && family->averages
		       ? 0
		       : -1;
}

/** How many costs a cell has in rounds from `first` up to `end`. */
static size_t count_costs(const double *costs, size_t cells, size_t cell, size_t first, size_t end)
{
	size_t count = 0;
	for (size_t round = first; round < end; ++round) {
		count += !isnan(costs[round * cells + cell]);
	}
	return count;
}

/** The median of a cell's logarithms, less the level of each round if there are levels; or NAN. */
static double middle_of(const double *costs, size_t cells, size_t cell, size_t first, size_t end,
			const double *levels, double *scratch)
{
	size_t count = 0;
	for (size_t round = first; round < end; ++round) {
		double cost = log(costs[round * cells + cell]);
		cost -= levels ? levels[round - first] : 0;
		if (!isnan(cost)) {
			scratch[count++] = cost;
		}
	}
	return count > 0 ? statistics_median(scratch, count) : NAN;
}

/**
 * Takes rounds from `first` up to `end` as one: the median logarithm of each cell, without how slow
 * each round was for the cells that have most of them. One that lacks rounds is compared in those
 * that it has.
 *
 * @param logs     receives them; NAN where a cell has none
 * @param levels   room for a number for each round
 * @param scratch  room for as many, and for each cell
 */
static void fold(const double *costs, size_t cells, size_t first, size_t end, double *logs,
		 double *levels, double *scratch)
{
	size_t most = 0;
	for (size_t cell = 0; cell < cells; ++cell) {
		size_t count = count_costs(costs, cells, cell, first, end);
		most = count > most ? count : most;
		logs[cell] = middle_of(costs, cells, cell, first, end, NULL, scratch);
	}
	for (size_t round = first; round < end; ++round) {
		size_t count = 0;
		for (size_t cell = 0; cell < cells; ++cell) {
			double cost = log(costs[round * cells + cell]) - logs[cell];
			if (!isnan(cost) && count_costs(costs, cells, cell, first, end) == most) {
				scratch[count++] = cost;
			}
		}
		levels[round - first] = count > 0 ? statistics_median(scratch, count) : NAN;
	}
	for (size_t cell = 0; cell < cells; ++cell) {
		logs[cell] = middle_of(costs, cells, cell, first, end, levels, scratch);
	}
}

int family_of(struct family *family, const double *costs, size_t rounds, size_t cells,
	      uint64_t seed)
{
	*family = (struct family){0};
	bool sound = rounds > 0 && cells > 0;
	for (size_t i = 0; i < rounds * cells; ++i) {
		sound = sound && (isnan(costs[i]) || (costs[i] > 0 && isfinite(costs[i])));
	}
	if (!sound) {
		errno = EINVAL;
		return -1;
	}
	size_t folded = rounds < VERDICT_MOST_ROUNDS ? rounds : VERDICT_MOST_ROUNDS;
	size_t most = rounds / folded + 1;
	double *scratch = calloc(2 * most + cells, sizeof(*scratch));
	if (!scratch || family_create(family, folded, cells, seed) != 0) {
		free(scratch);
		return -1;
	}
	for (size_t i = 0; i < folded; ++i) {
		fold(costs, cells, i * rounds / folded, (i + 1) * rounds / folded,
		     &family->logs[i * cells], scratch, scratch + most);
	}
	free(scratch);
	return 0;
}

size_t family_count_rounds(const struct family *family, size_t cell)
{
	size_t count = 0;
	for (size_t round = 0; round < family->rounds; ++round) {
		count += !isnan(family_log(family, round, cell));
	}
	return count;
}
