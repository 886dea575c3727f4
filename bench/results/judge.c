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
/** Degrees of freedom of the width of an interval, for each round: fewer than are seen. */
#define FREEDOM 0.35
/** Fewest cells whose widths tell how alike they are. */
#define ALIKE 8
/** The width of the best is in all others, so they add no more than this many times their own. */
#define MOST_SHARED 5
/**
 * A square of a width that is more times the common one is not of the same kind, and is left as it
 * is (Phipson et al., "Robust Hyperparameter Estimation", 2016). With 12 rounds, 1 of 20 is by
 * chance.
 */
#define WIDEST 2.3

static const char *const names[VERDICTS] = {
	[VERDICT_NOTHING] = "nothing",	   [VERDICT_BEST] = "best",
	[VERDICT_AS_GOOD] = "as good",	   [VERDICT_SLOWER] = "slower",
	[VERDICT_UNDECIDED] = "undecided", [VERDICT_VOID] = "void",
	[VERDICT_FLOOR] = "floor",	   [VERDICT_HIDDEN] = "hidden",
};

const char *verdict_name(unsigned int verdict)
{
	return names[verdict];
}

size_t verdict_next_look(size_t rounds)
{
	size_t next = rounds + rounds / 2;
	return next < VERDICT_MOST_ROUNDS ? next : VERDICT_MOST_ROUNDS;
}

/**
 * How many of the smallest Walsh averages an interval leaves out: the largest k so that the signed
 * rank sum of `count` differences is below k with at most that chance. 0: no end is that sure.
 */
static size_t left_out(size_t count, double tail)
{
	// chances[sum]: that of a sum up to it, for the count that the thread asked for last
	static _Thread_local double
		chances[VERDICT_MOST_ROUNDS * (VERDICT_MOST_ROUNDS + 1) / 2 + 1];
	static _Thread_local size_t known;
	size_t most = count * (count + 1) / 2;
	if (known != count) {
		memset(chances, 0, (most + 1) * sizeof(*chances));
		chances[0] = 1;
		for (size_t rank = 1; rank <= count; ++rank) {
			for (size_t sum = rank * (rank + 1) / 2 + 1; sum-- > 0;) {
				double with_it = sum >= rank ? chances[sum - rank] : 0;
				chances[sum] = (chances[sum] + with_it) / 2;
			}
		}
		for (size_t sum = 1; sum <= most; ++sum) {
			chances[sum] += chances[sum - 1];
		}
		known = count;
	}
	size_t k = 0;
	for (size_t end = most / 2 + 1; k < end;) {
		size_t middle = k + (end - k) / 2;
		if (chances[middle] <= tail) {
			k = middle + 1;
		} else {
			end = middle;
		}
	}
	return k;
}

/**
 * Finds the Walsh averages of the differences of a cell to another, of a made-up family those of
 * near rounds. Returns how many they are.
 *
 * @param rounds  receives how many rounds both have
 */
static size_t find_averages(struct family *family, size_t other, size_t cell, size_t *rounds)
{
	size_t count = 0;
	for (size_t round = 0; round < family->rounds; ++round) {
		double difference =
			family_log(family, round, cell) - family_log(family, round, other);
		if (!isnan(difference)) {
			family->differences[count++] = difference;
		}
	}
	size_t found = 0;
	for (size_t i = 0; i < count; ++i) {
		for (size_t j = i; j < count && (!family->rough || j < i + NEAR); ++j) {
			family->averages[found++] =
				(family->differences[i] + family->differences[j]) / 2;
		}
	}
	*rounds = count;
	return found;
}

/** How many of `count` averages of so many rounds an interval leaves out at an end. */
static size_t left_out_of(size_t count, size_t rounds, double tail)
{
	// As large a part of those that were found
	return count > 0 ? left_out(rounds, tail) * count / (rounds * (rounds + 1) / 2) : 0;
}

/** The cost of a cell divided by that of another. INFINITY without a round in common. */
static double find_ratio(struct family *family, size_t other, size_t cell)
{
	size_t rounds;
	size_t count = find_averages(family, other, cell, &rounds);
	return count > 0 ? exp(statistics_middle(family->averages, count)) : INFINITY;
}

/** Fills a cell's ratio to the best, and its interval. Returns how many rounds both have. */
static size_t relate(struct family *family, size_t best, size_t cell, struct verdict_row *row)
{
	size_t rounds;
	double *averages = family->averages;
	size_t count = find_averages(family, best, cell, &rounds);
	size_t out = left_out_of(count, rounds, TAIL);
	row->ratio = row->low = row->high = NAN;
	if (out > 0) {
		row->low = exp(statistics_select(averages, count, out - 1));
		// Among those above the lower end
		row->high = exp(statistics_select(averages + out, count - out, count - 2 * out));
	}
	if (count > 0) {
		row->ratio = exp(statistics_middle(averages, count));
	}
	return rounds;
}

/**
 * The cell that costs least of those that are left: first by the sums, then by the ratios to that
 * one, which look at the rounds that both have.
 */
static size_t find_best(struct family *family)
{
	size_t most = 0;
	for (size_t i = 0; i < family->count; ++i) {
		size_t count = family_count_rounds(family, family->left[i]);
		most = count > most ? count : most;
	}
	family_sum_up(family);
	size_t first = family->left[0];
	size_t best = first;
	for (int pass = 0; pass < 2 && family->count > 1; ++pass) {
		double least = INFINITY;
		for (size_t i = 0; i < family->count; ++i) {
			size_t cell = family->left[i];
			size_t count = family_count_rounds(family, cell);
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

/** The upper quantile of Student's t (Abramowitz & Stegun, 26.2.22 and 26.7.5). */
static double find_quantile(double tail, double freedom)
{
	double root = sqrt(-2 * log(tail));
	double normal = root - (2.30753 + 0.27061 * root) / (1 + root * (0.99229 + 0.04481 * root));
	double square = normal * normal;
	return normal * (1 + (square + 1) / (4 * freedom) +
			 ((5 * square + 16) * square + 3) / (96 * freedom * freedom));
}

/** How wide the upper halves of intervals are: logarithms of their squares, times the rounds. */
struct widths {
	double count;
	double mean;
	double squares;
	/** What their own samples explain of their variance, summed. */
	double noise;
};

static void add_width(struct widths *widths, size_t rounds, const struct verdict_row *row)
{
	// Those that cost more for sure may have few rounds, and need no upper end
	if (row->high > row->ratio && !(row->low >= VERDICT_MARGIN)) {
		double freedom = FREEDOM * (double)rounds;
		double width =
			2 * log(log(row->high / row->ratio)) + log((double)rounds) + 1 / freedom;
		double step = width - widths->mean;
		widths->mean += step / ++widths->count;
		widths->squares += step * (width - widths->mean);
		widths->noise += 2 / freedom + 2 / (freedom * freedom);
	}
}

/**
 * Degrees of freedom that the widths of the others add to those of a cell, as if all were drawn
 * around a common one (Smyth, "Linear Models and Empirical Bayes Methods", 2004).
 */
static double find_shared(const struct widths *widths, double own)
{
	if (widths->count < ALIKE) {
		return 0;
	}
	double excess = widths->squares / (widths->count - 1) - widths->noise / widths->count;
	return fmin(MOST_SHARED * own, excess > 0 ? (1 + sqrt(1 + 2 * excess)) / excess : INFINITY);
}

/**
 * Fills the upper end of the interval of a cell's ratio to the best: by its own samples, or, where
 * those of the others tell twice as much of its width and it is not much wider, by both.
 *
 * @param width  of the upper half of its interval with TAIL
 */
static void find_high(struct family *family, size_t best, size_t cell, double tail,
		      const struct widths *widths, double width, struct verdict_row *row)
{
	size_t rounds;
	size_t count = find_averages(family, best, cell, &rounds);
	size_t out = left_out_of(count, rounds, tail);
	double own = FREEDOM * (double)rounds;
	double shared = find_shared(widths, own);
	double common = exp(widths->mean) / (double)rounds;
	if (out == 0) {
		row->high = NAN;
	} else if (shared < 2 * own || width * width > WIDEST * common) {
		row->high = exp(statistics_select(family->averages, count, count - out));
	} else {
		double both = sqrt((own * width * width + shared * common) / (own + shared));
		row->high = row->ratio * exp(both * find_quantile(tail, own + shared) /
					     find_quantile(TAIL, own));
	}
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
	struct widths widths = {0};
	double *own = family->sums;
	for (size_t i = 0; i < family->cells; ++i) {
		size_t rounds = relate(family, best, i, &rows[i]);
		own[i] = log(rows[i].high / rows[i].ratio);
		if (i != best) {
			add_width(&widths, rounds, &rows[i]);
		}
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
			find_high(family, best, i, tail, &widths, own[i], &rows[i]);
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
