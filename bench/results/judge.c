// SPDX-License-Identifier: MIT

/** Verdicts, and intervals of ratios. */

#include "results/family.h"

#include "base/statistics.h"

#include <math.h>
#include <string.h>

/** Chance that an end of an interval is on the wrong side. */
#define TAIL 0.025
/** Each difference is averaged with that many others where a family is made up. */
#define NEAR 8

static const char *const names[VERDICTS] = {
	[VERDICT_NOTHING] = "nothing",	   [VERDICT_BEST] = "best",
	[VERDICT_AS_GOOD] = "as good",	   [VERDICT_SLOWER] = "slower",
	[VERDICT_UNDECIDED] = "undecided", [VERDICT_VOID] = "void",
	[VERDICT_FLOOR] = "floor",
};

const char *verdict_name(enum verdict verdict)
{
	return names[verdict];
}

/**
 * Finds the Walsh averages of `count` differences, of a made-up family those of near ones. Returns
 * how many they are.
 */
static size_t find_averages(struct family *family, size_t count)
{
	size_t found = 0;
	for (size_t i = 0; i < count; ++i) {
		for (size_t j = i; j < count && (!family->rough || j < i + NEAR); ++j) {
			family->averages[found++] =
				(family->differences[i] + family->differences[j]) / 2;
		}
	}
	return found;
}

static size_t count_rounds(const struct family *family, size_t cell)
{
	size_t count = 0;
	for (size_t round = 0; round < family->rounds; ++round) {
		count += !isnan(family_log(family, round, cell));
	}
	return count;
}

/**
 * How many of the smallest Walsh averages an interval leaves out: the largest k so that the signed
 * rank sum of `count` differences is below k with at most that chance. 0: no end is that sure.
 */
static size_t left_out(size_t count, double tail)
{
	// ways[sum]: chance of the sum. VERDICT_MOST_ROUNDS bounds it
	static double ways[VERDICT_MOST_ROUNDS * (VERDICT_MOST_ROUNDS + 1) / 2 + 1];
	size_t most = count * (count + 1) / 2;
	memset(ways, 0, (most + 1) * sizeof(*ways));
	ways[0] = 1;
	for (size_t rank = 1; rank <= count; ++rank) {
		for (size_t sum = rank * (rank + 1) / 2 + 1; sum-- > 0;) {
			ways[sum] = (ways[sum] + (sum >= rank ? ways[sum - rank] : 0)) / 2;
		}
	}
	double below = 0;
	size_t k = 0;
	while (k <= most / 2 && below + ways[k] <= tail) {
		below += ways[k++];
	}
	return k;
}

/** left_out(), kept for the next cell. */
static size_t end_of(struct end *end, size_t count, double tail)
{
	if (end->count != count || end->tail != tail) {
		*end = (struct end){count, tail, left_out(count, tail)};
	}
	return end->left_out;
}

/** Finds the differences of a cell to another. Returns how many. */
static size_t find_differences(struct family *family, size_t other, size_t cell)
{
	size_t count = 0;
	for (size_t round = 0; round < family->rounds; ++round) {
		double difference =
			family_log(family, round, cell) - family_log(family, round, other);
		if (!isnan(difference)) {
			family->differences[count++] = difference;
		}
	}
	return count;
}

/** The cost of a cell divided by that of another. INFINITY without a round in common. */
static double find_ratio(struct family *family, size_t other, size_t cell)
{
	size_t count = find_differences(family, other, cell);
	return count > 0 ? exp(statistics_middle(family->averages, find_averages(family, count)))
			 : INFINITY;
}

/** Fills the ratio of a cell to the best, with its interval. */
static void relate(struct family *family, size_t best, size_t cell, double tail_of_high,
		   struct verdict_row *row)
{
	size_t count = find_differences(family, best, cell);
	row->ratio = row->low = row->high = NAN;
	if (count == 0) {
		return;
	}
	size_t averages = find_averages(family, count);
	size_t low = end_of(&family->ends[0], count, TAIL);
	size_t high = end_of(&family->ends[1], count, tail_of_high);
	// As large a part of those that were found
	low = low * averages / (count * (count + 1) / 2);
	high = high * averages / (count * (count + 1) / 2);
	row->ratio = exp(statistics_middle(family->averages, averages));
	if (low > 0) {
		row->low = exp(statistics_select(family->averages, averages, low - 1));
	}
	if (high > 0) {
		row->high = exp(statistics_select(family->averages, averages, averages - high));
	}
}

/**
 * The cell that costs least of those that are left: first by the sums, then by the ratios to that
 * one, which look at the rounds that both have.
 */
static size_t find_best(struct family *family)
{
	size_t most = 0;
	for (size_t i = 0; i < family->count; ++i) {
		size_t count = count_rounds(family, family->left[i]);
		most = count > most ? count : most;
	}
	family_sum_up(family);
	size_t first = family->left[0];
	size_t best = first;
	for (int pass = 0; pass < 2 && family->count > 1; ++pass) {
		double least = INFINITY;
		for (size_t i = 0; i < family->count; ++i) {
			size_t cell = family->left[i];
			size_t count = count_rounds(family, cell);
			// Few rounds may be those in which the others were slow, or were not there
			if (count * 2 < most) {
				continue;
			}
			double cost = pass == 0 ? family->sums[i] / (double)count
						: find_ratio(family, first, cell);
			if (cost < least) {
				least = cost;
				best = cell;
			}
		}
		first = best;
	}
	return best;
}

/**
 * Finds which cells are as good as the best, step by step (Holm, 1979): what is found leaves its
 * part of the chance of an error to the others. What costs more than the margin for sure has no
 * part, and the chance is less by that of being so sure (Zhao, Small & Su, "Multiple Testing When
 * Many p-Values Are Uniformly Conservative", JASA 2019).
 */
static void find_as_good(struct family *family, size_t best, struct verdict_row *rows)
{
	size_t open = 0;
	for (size_t i = 0; i < family->cells; ++i) {
		relate(family, best, i, TAIL, &rows[i]);
		open += i != best && !(rows[i].low >= VERDICT_MARGIN);
	}
	for (size_t before = open + 1; open < before && open > 0;) {
		before = open;
		double tail = fmin(TAIL, 2 * TAIL * (1 - TAIL) / (double)open);
		for (size_t i = 0; i < family->cells; ++i) {
			if (i == best || rows[i].verdict == VERDICT_AS_GOOD ||
			    rows[i].low >= VERDICT_MARGIN) {
				continue;
			}
			relate(family, best, i, tail, &rows[i]);
			if (rows[i].high < VERDICT_MARGIN) {
				rows[i].verdict = VERDICT_AS_GOOD;
				--open;
			}
		}
	}
}

void family_judge(struct family *family, struct verdict_row *rows)
{
	for (size_t i = 0; i < family->cells; ++i) {
		family->left[i] = i;
		rows[i].verdict = VERDICT_SLOWER;
	}
	family->count = family->cells;
	rng_shuffle(&family->rng, family->left, family->count);
	family_eliminate(family, rows);
	for (size_t i = 0; i < family->count; ++i) {
		rows[family->left[i]].verdict = VERDICT_UNDECIDED;
	}
	size_t best = find_best(family);
	find_as_good(family, best, rows);
	for (size_t i = 0; i < family->cells; ++i) {
		if (rows[i].verdict == VERDICT_SLOWER && !(rows[i].low > 1)) {
			rows[i].verdict = VERDICT_UNDECIDED;
		}
	}
	rows[best].verdict = VERDICT_BEST;
	rows[best].ratio = rows[best].low = rows[best].high = 1;
}

int verdict_of_family(const double *costs, size_t rounds, size_t cells, uint64_t seed,
		      struct verdict_row *rows)
{
	struct family family;
	int result = family_of(&family, costs, rounds, cells, seed);
	if (result == 0) {
		family_judge(&family, rows);
	}
	family_destroy(&family);
	return result;
}
