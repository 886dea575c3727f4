// SPDX-License-Identifier: MIT

/** Elimination of slower cells by aligned ranks, intervals of ratios, and the rounds that are
 * lacking. */

#include "results/verdict.h"

#include "base/rng.h"
#include "base/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Permutations of a test. A p that they give is at least 1 / (DRAWS + 1). */
#define DRAWS 2000
/** Normal vectors from which the limit of a statistic comes where no permutations are made. */
#define NORMAL_DRAWS 4000
/** A larger family has the limit of this many cells: it hardly grows any more. */
#define MOST_LIMITS 128
/** Part of the level below which a bound of p, cheaper than permutations, is enough. */
#define SURE 0.1
/** Scores end at this many times their median distance from 0. */
#define CLIP 1.75
/** Chance that an end of an interval is on the wrong side. */
#define TAIL 0.025
/** Repetitions of a family with more rounds, of which most have to decide. */
#define REPETITIONS 3
/** Each difference is averaged with that many others where a family is made up. */
#define NEAR 8

/** How many Walsh averages an interval leaves out at an end: left_out(). */
struct end {
	size_t count;
	double tail;
	size_t left_out;
};

/** Moments of all scores. */
struct moments {
	double squares;
	/** Of a cell's sum, where cells are permuted inside rounds. */
	double variance;
	double most;
};

struct family {
	size_t rounds;
	size_t cells;
	/** Of a family that is made up: thousands of tests are too many for permutations. */
	bool rough;
	/** Logarithms of costs, round by round; NAN where there is none. */
	double *logs;
	/** Cells that are left, in any order. */
	size_t *left;
	size_t count;
	/** Of each round the scores of the cells that it has, and their places in `left`. */
	double *scores;
	uint32_t *places;
	size_t *members;
	/** Scratch: as long as all logarithms. */
	double *distances;
	struct moments moments;
	double *sums;
	double *drawn;
	/** Scratch: as long as rounds, and as all Walsh averages. */
	double *differences;
	double *averages;
	/** The ends of intervals that were found last: of few kinds, and each takes a while. */
	struct end ends[2];
	struct rng rng;
};

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

static double log_of(const struct family *family, size_t round, size_t cell)
{
	return family->logs[round * family->cells + cell];
}

// Who is slower

/** Aligns the round's logarithms among the cells that are left, as scores. */
static void align(struct family *family, size_t round)
{
	size_t first = round * family->cells;
	double *scores = &family->scores[first];
	size_t count = 0;
	for (size_t i = 0; i < family->count; ++i) {
		double value = log_of(family, round, family->left[i]);
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
	family->moments = (struct moments){0, 0, 0};
	for (size_t round = 0; round < family->rounds; ++round) {
		double *scores = &family->scores[round * family->cells];
		size_t members = family->members[round];
		double mean = 0;
		double squares = 0;
		for (size_t i = 0; i < members; ++i) {
			scores[i] = fmin(fmax(scores[i], -most), most);
			mean += scores[i] / (double)members;
		}
		for (size_t i = 0; i < members; ++i) {
			scores[i] -= mean;
			squares += scores[i] * scores[i];
			family->moments.most = fmax(family->moments.most, fabs(scores[i]));
		}
		family->moments.squares += squares;
		family->moments.variance += members > 0 ? squares / (double)members : 0;
	}
}

/** How far apart sums whose mean is 0 are, and the place of the largest. */
static double find_range(const double *sums, size_t count, size_t *worst)
{
	size_t least = 0;
	size_t most = 0;
	for (size_t i = 1; i < count; ++i) {
		least = sums[i] < sums[least] ? i : least;
		most = sums[i] > sums[most] ? i : most;
	}
	*worst = most;
	double alone = fmax(sums[most], -sums[least]) * 5 / 3;
	return fmax(sums[most] - sums[least], alone);
}

/** Sum of squares of the scores around those of their cells: what cells do not explain. */
static double find_rest(const struct family *family)
{
	double total = family->moments.squares;
	double explained = 0;
	for (size_t i = 0; i < family->count; ++i) {
		explained += family->sums[i] * family->sums[i];
	}
	return fmax(total - explained / (double)family->rounds, total * 1e-9);
}

/** The statistic: how far apart the sums are, by what cells do not explain. */
static double find_statistic(const struct family *family, size_t *worst)
{
	double range = find_range(family->sums, family->count, worst);
	return range > 0 ? range / sqrt(find_rest(family)) : 0;
}

/** Puts the scores of each round into a random order. */
static void permute(struct family *family)
{
	memset(family->sums, 0, family->count * sizeof(*family->sums));
	for (size_t round = 0; round < family->rounds; ++round) {
		size_t first = round * family->cells;
		double *drawn = family->drawn;
		memcpy(drawn, &family->scores[first], family->members[round] * sizeof(*drawn));
		for (size_t i = family->members[round]; i > 0; --i) {
			// A bias of 2^-32 does not matter here, and a division would
			size_t j = (size_t)((rng_next(&family->rng) >> 32) * i >> 32);
			double taken = drawn[j];
			drawn[j] = drawn[i - 1];
			family->sums[family->places[first + i - 1]] += taken;
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

/** Limit of the range of `count` sums with variance 1, as many rounds make them: normal. */
static double find_limit(size_t count)
{
	size_t beyond = (size_t)(VERDICT_LEVEL * NORMAL_DRAWS);
	double found[NORMAL_DRAWS];
	double sums[MOST_LIMITS];
	struct rng rng;
	rng_seed(&rng, count);
	for (size_t draw = 0; draw < NORMAL_DRAWS; ++draw) {
		double mean = 0;
		for (size_t i = 0; i < count; ++i) {
			double radius = sqrt(-2 * log(1 - rng_unit(&rng)));
			sums[i] = radius * cos(2 * M_PI * rng_unit(&rng));
			mean += sums[i] / (double)count;
		}
		for (size_t i = 0; i < count; ++i) {
			sums[i] = (sums[i] - mean) * sqrt((double)count / (double)(count - 1));
		}
		size_t ignored;
		found[draw] = find_range(sums, count, &ignored);
	}
	return statistics_select(found, NORMAL_DRAWS, NORMAL_DRAWS - beyond);
}

/** 0 if it is as unlikely as the level that the cells that are left are alike, else 1. */
static double roughly_test(const struct family *family, double seen)
{
	static double limits[MOST_LIMITS + 1];
	size_t count = family->count < MOST_LIMITS ? family->count : MOST_LIMITS;
	if (limits[count] == 0) {
		limits[count] = find_limit(count);
	}
	// Of two cells, 2 of 2^rounds permutations are as unlikely as one always before the other
	if (count == 2 && 2 * exp2(-(double)family->rounds) > VERDICT_LEVEL) {
		return 1;
	}
	// The variance of a sum, from what cells do not explain and its degrees of freedom
	double rounds = (double)family->rounds;
	double scale = sqrt(rounds / (rounds - 1) / (double)family->count);
	return seen > limits[count] * scale ? 0 : 1;
}

/** Sums the scores of each cell that is left. */
static void sum_up(struct family *family)
{
	memset(family->sums, 0, family->count * sizeof(*family->sums));
	for (size_t round = 0; round < family->rounds; ++round) {
		size_t first = round * family->cells;
		for (size_t i = 0; i < family->members[round]; ++i) {
			family->sums[family->places[first + i]] += family->scores[first + i];
		}
	}
}

/** p of the hypothesis that the cells that are left are alike. `worst` receives a place in `left`.
 */
static double test(struct family *family, size_t *worst)
{
	score(family);
	sum_up(family);
	double seen = find_statistic(family, worst);
	if (family->rough) {
		return roughly_test(family, seen);
	}
	double bound = bound_of_p(family, seen);
	if (bound <= VERDICT_LEVEL * SURE) {
		return bound;
	}
	size_t allowed = (size_t)(VERDICT_LEVEL * (DRAWS + 1));
	size_t beyond = 1;
	size_t draw = 0;
	for (; draw < DRAWS && beyond <= allowed; ++draw) {
		size_t ignored;
		permute(family);
		beyond += find_statistic(family, &ignored) >= seen * (1 - 1e-12);
	}
	return (double)beyond / (double)(draw + 1);
}

/** Lets the worst cells go while those that are left are not alike. Fills rows[].p. */
static void eliminate(struct family *family, struct verdict_row *rows)
{
	double p = 0;
	while (family->count > 1) {
		size_t worst;
		p = fmax(p, test(family, &worst));
		if (p > VERDICT_LEVEL) {
			break;
		}
		rows[family->left[worst]].p = p;
		family->left[worst] = family->left[--family->count];
	}
	for (size_t i = 0; i < family->count; ++i) {
		rows[family->left[i]].p = family->count > 1 ? p : 1;
	}
}

// How much

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
		count += !isnan(log_of(family, round, cell));
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
		double difference = log_of(family, round, cell) - log_of(family, round, other);
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

/** Chance on one side for each interval of that many cells, which are to hold all at once. */
static double tail_of(size_t cells)
{
	return cells > 3 ? 2 * TAIL / (double)(cells - 1) : TAIL;
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
	sum_up(family);
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

/** Judges all cells of the family. */
static void judge(struct family *family, struct verdict_row *rows)
{
	for (size_t i = 0; i < family->cells; ++i) {
		family->left[i] = i;
		rows[i].verdict = VERDICT_SLOWER;
	}
	family->count = family->cells;
	eliminate(family, rows);
	for (size_t i = 0; i < family->count; ++i) {
		rows[family->left[i]].verdict = VERDICT_UNDECIDED;
	}
	size_t best = find_best(family);
	for (size_t i = 0; i < family->cells; ++i) {
		struct verdict_row *row = &rows[i];
		bool could_be_best = row->verdict == VERDICT_UNDECIDED;
		relate(family, best, i, tail_of(could_be_best ? family->count : family->cells),
		       row);
		if (i == best) {
			row->verdict = VERDICT_BEST;
			row->low = row->high = 1;
		} else if (row->high < VERDICT_MARGIN) {
			row->verdict = VERDICT_AS_GOOD;
		} else if (!(row->low > 1)) {
			row->verdict = VERDICT_UNDECIDED;
		}
	}
}

// Memory

static void family_destroy(struct family *family)
{
	free(family->logs);
	free(family->left);
	free(family->scores);
	free(family->places);
	free(family->members);
	free(family->distances);
	free(family->sums);
	free(family->drawn);
	free(family->differences);
	free(family->averages);
}

/** Makes room for a family. 0; or -1 with ENOMEM: family_destroy() it, too. */
static int family_create(struct family *family, size_t rounds, size_t cells, uint64_t seed)
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
		.distances = calloc(all, sizeof(*family->distances)),
		.sums = calloc(cells, sizeof(*family->sums)),
		.drawn = calloc(cells, sizeof(*family->drawn)),
		.differences = calloc(rounds, sizeof(*family->differences)),
		.averages = calloc(averages > cells ? averages : cells, sizeof(*family->averages)),
	};
	rng_seed(&family->rng, seed);
	return family->logs && family->left && family->scores && family->places &&
			       family->members && family->distances && family->sums &&
			       family->drawn && family->differences && family->averages
		       ? 0
		       : -1;
}

/** The logarithm of a cell's costs in rounds from `first` up to `end`: their median, or NAN. */
static double fold(const double *costs, size_t cells, size_t cell, size_t first, size_t end,
		   double *scratch)
{
	size_t count = 0;
	for (size_t round = first; round < end; ++round) {
		double cost = costs[round * cells + cell];
		if (!isnan(cost)) {
			scratch[count++] = log(cost);
		}
	}
	return count > 0 ? statistics_median(scratch, count) : NAN;
}

// Rounds that are lacking

/** Draws `rounds` of the family's rounds, with those cells alone. 0, or -1 with ENOMEM. */
static int draw_family(struct family *drawn, struct family *family, size_t rounds,
		       const size_t *cells, size_t count)
{
	if (family_create(drawn, rounds, count, rng_next(&family->rng)) != 0) {
		return -1;
	}
	drawn->rough = true;
	for (size_t round = 0; round < rounds; ++round) {
		size_t seen = (size_t)rng_below(&family->rng, family->rounds);
		for (size_t i = 0; i < count; ++i) {
			drawn->logs[round * count + i] = log_of(family, seen, cells[i]);
		}
	}
	return 0;
}

/**
 * Counts for each of the cells how often it is decided with that many rounds, of REPETITIONS. 0, or
 * -1 with ENOMEM.
 */
static int try_rounds(struct family *family, size_t rounds, const size_t *cells, size_t count,
		      size_t *decided)
{
	struct verdict_row *rows = calloc(count, sizeof(*rows));
	int result = rows ? 0 : -1;
	memset(decided, 0, count * sizeof(*decided));
	for (int repetition = 0; repetition < REPETITIONS && result == 0; ++repetition) {
		struct family drawn;
		result = draw_family(&drawn, family, rounds, cells, count);
		if (result == 0) {
			judge(&drawn, rows);
		}
		family_destroy(&drawn);
		for (size_t i = 0; i < count; ++i) {
			decided[i] += rows[i].verdict != VERDICT_UNDECIDED;
		}
	}
	free(rows);
	return result;
}

/** Twice as many, up to the most that are tried. */
static size_t next_rounds(size_t rounds)
{
	return rounds < VERDICT_MOST_ROUNDS && 2 * rounds > VERDICT_MOST_ROUNDS
		       ? VERDICT_MOST_ROUNDS
		       : 2 * rounds;
}

/** verdict_rounds_needed(). Cells that are slower are left out: they would be again. */
static int find_needed(struct family *family, const struct verdict_row *rows, size_t had,
		       size_t *needed)
{
	int result = -1;
	size_t *cells = calloc(family->cells, sizeof(*cells));
	size_t *decided = calloc(family->cells, sizeof(*decided));
	size_t count = 0;
	size_t undecided = 0;
	if (!cells || !decided) {
		goto out;
	}
	for (size_t i = 0; i < family->cells; ++i) {
		needed[i] = rows[i].verdict == VERDICT_UNDECIDED ? 0 : had;
		undecided += needed[i] == 0;
		cells[count] = i;
		count += rows[i].verdict != VERDICT_SLOWER;
	}
	for (size_t rounds = had + 2; undecided > 0 && rounds <= VERDICT_MOST_ROUNDS;
	     rounds = next_rounds(rounds)) {
		if (try_rounds(family, rounds, cells, count, decided) != 0) {
			goto out;
		}
		for (size_t i = 0; i < count; ++i) {
			if (needed[cells[i]] == 0 && decided[i] > REPETITIONS / 2) {
				needed[cells[i]] = rounds;
				--undecided;
			}
		}
	}
	result = 0;

out:
	free(decided);
	free(cells);
	return result;
}

/** Makes a family of costs. 0; or -1 with ENOMEM or EINVAL: family_destroy() it, too. */
static int family_of(struct family *family, const double *costs, size_t rounds, size_t cells,
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
	double *scratch = calloc(rounds / folded + 1, sizeof(*scratch));
	if (!scratch || family_create(family, folded, cells, seed) != 0) {
		free(scratch);
		return -1;
	}
	for (size_t i = 0; i < folded; ++i) {
		for (size_t cell = 0; cell < cells; ++cell) {
			family->logs[i * cells + cell] =
				fold(costs, cells, cell, i * rounds / folded,
				     (i + 1) * rounds / folded, scratch);
		}
	}
	free(scratch);
	return 0;
}

int verdict_of_family(const double *costs, size_t rounds, size_t cells, uint64_t seed,
		      struct verdict_row *rows)
{
	struct family family;
	int result = family_of(&family, costs, rounds, cells, seed);
	if (result == 0) {
		judge(&family, rows);
	}
	family_destroy(&family);
	return result;
}

int verdict_rounds_needed(const double *costs, size_t rounds, size_t cells, uint64_t seed,
			  const struct verdict_row *rows, size_t *needed)
{
	struct family family;
	int result = family_of(&family, costs, rounds, cells, seed);
	if (result == 0) {
		result = find_needed(&family, rows, rounds, needed);
	}
	family_destroy(&family);
	return result;
}
