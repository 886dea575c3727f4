// SPDX-License-Identifier: MIT

/** Elimination of slower cells, by scores inside rounds. */

#include "results/family.h"

#include "base/statistics.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/** Turns of a test. A p that they give is at least 1 / (DRAWS + 1), which is below VERDICT_LOOK. */
#define DRAWS 2000
/** Normal vectors from which the limit of a statistic comes where no turns are made. */
#define NORMAL_DRAWS 4000
/** A larger family has the limit of this many cells: it hardly grows any more. */
#define MOST_LIMITS 128
/** Part of the level below which a bound of p, cheaper than turns, is enough. */
#define SURE 0.1
/** Scores end at this many times their median distance from 0. */
#define CLIP 1.75

/** Of numbers: fmin() and fmax() would be calls, in the innermost loops. */
static inline double smaller(double a, double b)
{
	return a < b ? a : b;
}

static inline double larger(double a, double b)
{
	return a > b ? a : b;
}

/** Aligns the round's logarithms among the cells that are left, as scores. */
static void align(struct family *family, size_t round)
{
	size_t first = round * family->cells;
	double *scores = &family->scores[first];
	size_t count = 0;
	for (size_t i = 0; i < family->count; ++i) {
		double value = family_log(family, round, family->left[i]);
		if (!isnan(value)) {
			family->places[first + count] = (uint32_t)i;
			family->averages[count] = value;
			scores[count++] = value;
		}
	}
	family->members[round] = count;
	double median = count > 0 ? statistics_middle(family->averages, count) : 0;
	for (size_t i = 0; i < count; ++i) {
		scores[i] -= median;
	}
}

/** A spread of the scores that outliers do not change: their median, or mean, distance from 0. */
static double find_scale(struct family *family)
{
	size_t count = 0;
	double sum = 0;
	for (size_t round = 0; round < family->rounds; ++round) {
		for (size_t i = 0; i < family->members[round]; ++i) {
			double distance = fabs(family->scores[round * family->cells + i]);
			family->distances[count++] = distance;
			sum += distance;
		}
	}
	double median = count > 0 ? statistics_middle(family->distances, count) : 0;
	return median > 0 ? median : sum > 0 ? sum / (double)count : 1;
}

/** Scores all logarithms: aligned, clipped, and with a mean of 0 in each round. */
static void score(struct family *family)
{
	for (size_t round = 0; round < family->rounds; ++round) {
		align(family, round);
	}
	double most = CLIP * find_scale(family);
	struct moments moments = {0, 0, 0};
	for (size_t round = 0; round < family->rounds; ++round) {
		double *scores = &family->scores[round * family->cells];
		size_t members = family->members[round];
		double mean = 0;
		double squares = 0;
		for (size_t i = 0; i < members; ++i) {
			scores[i] = smaller(larger(scores[i], -most), most);
			mean += scores[i] / (double)members;
		}
		for (size_t i = 0; i < members; ++i) {
			scores[i] -= mean;
			squares += scores[i] * scores[i];
			moments.most = larger(moments.most, fabs(scores[i]));
		}
		moments.squares += squares;
		moments.variance += members > 0 ? squares / (double)members : 0;
	}
	family->moments = moments;
}

/** How far apart sums whose mean is 0 are. */
static double find_range(double least, double most)
{
	return larger(most - least, larger(most, -least) * 5 / 3);
}

/**
 * The statistic: how far apart the sums are, by the root of what cells do not explain: the squares
 * of the scores around those of their cells.
 */
static double find_statistic(const struct family *family)
{
	double total = family->moments.squares;
	double explained = 0;
	double least = INFINITY;
	double most = -INFINITY;
	for (size_t i = 0; i < family->count; ++i) {
		double sum = family->sums[i];
		least = smaller(least, sum);
		most = larger(most, sum);
		explained += sum * sum;
	}
	double range = find_range(least, most);
	double rest = larger(total - explained / (double)family->rounds, total * 1e-9);
	return range > 0 ? range / sqrt(rest) : 0;
}

/** Lays out the scores of each round as rings: from any of them on, there are all of them. */
static void lay_out(struct family *family)
{
	for (size_t round = 0; round < family->rounds; ++round) {
		const double *scores = &family->scores[round * family->cells];
		double *ring = &family->rings[4 * round * family->cells];
		size_t members = family->members[round];
		for (size_t i = 0; i < members; ++i) {
			ring[i] = ring[members + i] = scores[i];
			ring[3 * members - 1 - i] = ring[4 * members - 1 - i] = scores[i];
		}
	}
}

/** The scores of a round, turned by a random number of cells, forwards or backwards. */
static const double *turn_round(struct family *family, size_t round)
{
	size_t members = family->members[round];
	// A bias of 2^-32 does not matter here, and a division would
	size_t way = (size_t)((rng_next(&family->rng) >> 32) * 2 * members >> 32);
	return &family->rings[4 * round * family->cells] + (way < members ? way : members + way);
}

/** Sums the scores of all rounds, each turned. */
static void turn(struct family *family)
{
	size_t count = family->count;
	double *restrict sums = family->sums;
	memset(sums, 0, count * sizeof(*sums));
	for (size_t round = 0; round < family->rounds; ++round) {
		size_t members = family->members[round];
		const uint32_t *places = &family->places[round * family->cells];
		const double *scores = turn_round(family, round);
		// Rounds that have all cells have them in their places. Two at once save half of
		// the stores
		if (members == count && round + 1 < family->rounds &&
		    family->members[round + 1] == count) {
			const double *more = turn_round(family, ++round);
			for (size_t i = 0; i < count; ++i) {
				sums[i] = sums[i] + scores[i] + more[i];
			}
			continue;
		}
		for (size_t i = 0; i < members; ++i) {
			sums[places[i]] += scores[i];
		}
	}
}

/**
 * A bound of p by Bernstein's inequality: a sum of scores that are drawn independently in each
 * round is that far from 0 with at most this chance, for one of the cells. A statistic as large as
 * the one that was seen takes a sum s with range <= 2 s and explained squares <= count s^2 /
 * rounds.
 */
static double bound_of_p(const struct family *family, double seen)
{
	double count = (double)family->count;
	double square = seen * seen * family->moments.squares /
			(4 + seen * seen * count / (double)family->rounds);
	double spread = family->moments.variance + family->moments.most * sqrt(square) / 3;
	return 2 * count * exp(-square / 2 / spread);
}

/** Limits of the range of up to MOST_LIMITS sums with variance 1, as many rounds make them: normal.
 * They stay 0 without memory. */
static double limits[MOST_LIMITS + 1];

/** Fills the limits. */
static void find_limits(void)
{
	double(*found)[NORMAL_DRAWS] = malloc((MOST_LIMITS + 1) * sizeof(*found));
	if (!found) {
		return;
	}
	size_t beyond = (size_t)(VERDICT_LEVEL * NORMAL_DRAWS);
	struct rng rng;
	rng_seed(&rng, MOST_LIMITS);
	for (size_t draw = 0; draw < NORMAL_DRAWS; ++draw) {
		double least = INFINITY;
		double most = -INFINITY;
		double mean = 0;
		for (size_t count = 1; count <= MOST_LIMITS; ++count) {
			double radius = sqrt(-2 * log(1 - rng_unit(&rng)));
			double sum = radius * cos(2 * M_PI * rng_unit(&rng));
			least = smaller(least, sum);
			most = larger(most, sum);
			mean += (sum - mean) / (double)count;
			// With a mean of 0, as the sums have, their variance is less
			found[count][draw] = find_range(least - mean, most - mean) *
					     sqrt((double)count / ((double)count - 1));
		}
	}
	for (size_t count = 2; count <= MOST_LIMITS; ++count) {
		limits[count] =
			statistics_select(found[count], NORMAL_DRAWS, NORMAL_DRAWS - beyond);
	}
	free(found);
}

/** 0 if it is as unlikely as the level that the cells that are left are alike, else 1. */
static double roughly_test(const struct family *family, double seen)
{
	// Several threads may judge families
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, find_limits);
	size_t count = family->count < MOST_LIMITS ? family->count : MOST_LIMITS;
	if (limits[count] == 0) {
		// Nothing is said to be slower then
		return 1;
	}
	// Of two cells, 2 of 2^rounds turns are as unlikely as one always before the other
	if (count == 2 && 2 * exp2(-(double)family->rounds) > VERDICT_LEVEL) {
		return 1;
	}
	// The variance of a sum, from what cells do not explain and its degrees of freedom
	double rounds = (double)family->rounds;
	double scale = sqrt(rounds / (rounds - 1) / (double)family->count);
	return seen > limits[count] * scale ? 0 : 1;
}

void family_sum_up(struct family *family)
{
	memset(family->sums, 0, family->count * sizeof(*family->sums));
	for (size_t round = 0; round < family->rounds; ++round) {
		size_t first = round * family->cells;
		for (size_t i = 0; i < family->members[round]; ++i) {
			family->sums[family->places[first + i]] += family->scores[first + i];
		}
	}
}

/** p of the hypothesis that the cells left are alike. `worst` receives a place in `left`. */
static double test(struct family *family, size_t *worst)
{
	score(family);
	family_sum_up(family);
	double seen = find_statistic(family);
	*worst = 0;
	for (size_t i = 1; i < family->count; ++i) {
		*worst = family->sums[i] > family->sums[*worst] ? i : *worst;
	}
	if (family->rough) {
		return roughly_test(family, seen);
	}
	double bound = bound_of_p(family, seen);
	if (bound <= VERDICT_LEVEL * SURE) {
		return bound;
	}
	lay_out(family);
	size_t allowed = (size_t)(VERDICT_LEVEL * (DRAWS + 1));
	size_t beyond = 1;
	size_t draw = 0;
	for (; draw < DRAWS && beyond <= allowed; ++draw) {
		turn(family);
		beyond += find_statistic(family) >= seen * (1 - 1e-12);
	}
	return (double)beyond / (double)(draw + 1);
}

/** Has the cell none of the rounds from `first` on? */
static bool is_without(const struct family *family, size_t cell, size_t first, size_t rounds)
{
	while (first < rounds && isnan(family_log(family, first, cell))) {
		++first;
	}
	return first == rounds;
}

/**
 * Lets the worst cells go while those that are left are not alike, and one is left that has no
 * rounds from the family's on, up to `rounds`. What went stands behind those that are left.
 *
 * @return p of the last test
 */
static double eliminate(struct family *family, size_t rounds, struct verdict_row *rows)
{
	double p = 0;
	size_t open = 0;
	for (size_t i = 0; i < family->count; ++i) {
		open += is_without(family, family->left[i], family->rounds, rounds);
	}
	while (family->count > 1 && open > 0) {
		size_t worst;
		p = fmax(p, test(family, &worst));
		if (p > VERDICT_LEVEL) {
			break;
		}
		size_t cell = family->left[worst];
		rows[cell].p = p;
		family->left[worst] = family->left[--family->count];
		family->left[family->count] = cell;
		open -= is_without(family, cell, family->rounds, rounds);
	}
	return p;
}

/** Puts the rounds that a cell has before the others. Returns how many they are. */
static size_t gather_rounds(struct family *family, size_t cell)
{
	size_t count = 0;
	for (size_t round = 0; round < family->rounds; ++round) {
		if (isnan(family_log(family, round, cell))) {
			continue;
		}
		for (size_t i = 0; i < family->cells && round > count; ++i) {
			double *there = &family->logs[count * family->cells + i];
			double *here = &family->logs[round * family->cells + i];
			double log = *there;
			*there = *here;
			*here = log;
		}
		++count;
	}
	return count;
}

/**
 * Eliminates among the cells that have no other rounds than this one: by these rounds, in which
 * the others had no more of them either. Those that stay have a p.
 */
static void eliminate_lacking(struct family *family, size_t cell, struct verdict_row *rows)
{
	size_t rounds = family->rounds;
	size_t count = family->count;
	family->rounds = gather_rounds(family, cell);
	eliminate(family, rounds, rows);
	for (size_t i = family->count; i < count; ++i) {
		cell = family->left[i];
		if (!is_without(family, cell, family->rounds, rounds)) {
			rows[cell].p = NAN;
			family->left[i] = family->left[family->count];
			family->left[family->count++] = cell;
		}
	}
	for (size_t i = 0; i < family->count; ++i) {
		cell = family->left[i];
		if (is_without(family, cell, family->rounds, rounds)) {
			rows[cell].p = 1;
		}
	}
	family->rounds = rounds;
}

/**
 * The cell with the fewest rounds of those that are left, have no p yet, and were left off, as what
 * is slower for sure is. SIZE_MAX if there is none.
 */
static size_t find_lacking(const struct family *family, const struct verdict_row *rows)
{
	size_t fewest = SIZE_MAX;
	size_t found = SIZE_MAX;
	for (size_t i = 0; i < family->count; ++i) {
		size_t cell = family->left[i];
		size_t count = family_count_rounds(family, cell);
		if (count > 0 && count < fewest && isnan(rows[cell].p) &&
		    verdict_is_left_off(count, family->rounds)) {
			fewest = count;
			found = cell;
		}
	}
	return found;
}

void family_eliminate(struct family *family, struct verdict_row *rows)
{
	for (size_t i = 0; i < family->count; ++i) {
		rows[family->left[i]].p = NAN;
	}
	for (size_t cell; (cell = find_lacking(family, rows)) != SIZE_MAX;) {
		eliminate_lacking(family, cell, rows);
	}
	double p = eliminate(family, family->rounds, rows);
	for (size_t i = 0; i < family->count; ++i) {
		rows[family->left[i]].p = family->count > 1 ? p : 1;
	}
}
