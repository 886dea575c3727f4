// SPDX-License-Identifier: MIT

/** Medians, intervals and modes of samples, and how they stand in their family. */

#include "results/summary.h"

#include "base/statistics.h"
#include "results/level.h"
#include "results/sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/** Enough for p near the level to repeat well. */
#define RESAMPLES 2000
#define INTERVAL 0.95
/** Fewer rounds tell little of how many would decide. */
#define LEAST_HIDDEN 24

int summary_row_create(struct summary_row *row, size_t most)
{
	double *room = calloc(4 * most + 1, sizeof(*room));
	*row = (struct summary_row){0};
	if (!room) {
		return -1;
	}
	row->values = room;
	row->rounds = room + most;
	row->states = room + 2 * most;
	row->paces = room + 3 * most;
	return 0;
}

void summary_row_add(struct summary_row *row, double value, double round, double state, double pace)
{
	row->values[row->count] = value;
	row->rounds[row->count] = round;
	row->states[row->count] = state;
	row->paces[row->count++] = pace;
}

void summary_row_join(struct summary_row *row, const struct summary_row *other, double first)
{
	for (size_t i = 0; i < other->count; ++i) {
		summary_row_add(row, other->values[i], other->rounds[i] + first, other->states[i],
				other->paces[i]);
	}
	row->higher_is_better = other->higher_is_better;
	row->floor = other->floor;
	row->void_row = other->void_row;
}

void summary_row_destroy(struct summary_row *row)
{
	free(row->values);
	*row = (struct summary_row){0};
}

/** Fills the numbers of one row, and a verdict that needs no other row. 0, or -1 with errno. */
static int describe(const struct summary_row *row, struct summary *summary)
{
	*summary = (struct summary){
		.median = NAN,
		.low = NAN,
		.high = NAN,
		.mad = NAN,
		.modes = 1,
		.dip_p = NAN,
		.verdict = row->void_row ? VERDICT_VOID : VERDICT_NOTHING,
		.p = NAN,
		.ratio = NAN,
		.ratio_low = NAN,
		.ratio_high = NAN,
		.rank_error = {NAN, NAN, NAN, NAN},
	};
	if (row->void_row || row->count == 0) {
		return 0;
	}
	// A row without costs stays undecided
	summary->verdict = row->floor ? VERDICT_FLOOR : VERDICT_UNDECIDED;
	summary->rounds = row->count;
	summary->median = statistics_median(row->values, row->count);
	summary->mad = statistics_mad(row->values, row->count);
	if (isnan(summary->median) || isnan(summary->mad)) {
		return -1;
	}
	if (row->count >= SUMMARY_MODES_ROUNDS) {
		summary->dip_p = statistics_dip_test(row->values, row->count, RESAMPLES, NULL);
		if (isnan(summary->dip_p)) {
			return -1;
		}
		summary->modes = summary->dip_p <= 0.05 ? 2 : 1;
	}
	return statistics_bootstrap_median(row->values, row->count, INTERVAL, &summary->low,
					   &summary->high);
}

/** True if the row has a cost in each of its rounds. */
static bool has_costs(const struct summary_row *row)
{
	for (size_t i = 0; i < row->count; ++i) {
		if (!(row->values[i] > 0 && isfinite(1 / row->values[i]))) {
			return false;
		}
	}
	return row->count > 0 && !row->floor && !row->void_row;
}

/** The ranked rows of a group, as a family. */
struct family {
	/** Which rows they are. */
	size_t *members;
	size_t cells;
	/** Numbers of the rounds, ascending. */
	double *numbers;
	size_t rounds;
	/** Of each round the cost of each cell, and the machine's state and pace in it. */
	double *costs;
	double *states;
	double *paces;
};

static double round_of(const struct summary_row *row, size_t sample)
{
	return row->rounds ? row->rounds[sample] : (double)sample;
}

/** Finds the rounds of the family. 0, or -1 with ENOMEM. */
static int find_rounds(struct family *family, const struct summary_row *rows)
{
	size_t count = 0;
	for (size_t i = 0; i < family->cells; ++i) {
		count += rows[family->members[i]].count;
	}
	family->numbers = calloc(count, sizeof(*family->numbers));
	if (!family->numbers) {
		return -1;
	}
	count = 0;
	for (size_t i = 0; i < family->cells; ++i) {
		const struct summary_row *row = &rows[family->members[i]];
		for (size_t j = 0; j < row->count; ++j) {
			family->numbers[count++] = round_of(row, j);
		}
	}
	qsort(family->numbers, count, sizeof(*family->numbers), statistics_compare);
	for (size_t i = 0; i < count; ++i) {
		if (i == 0 || family->numbers[i] != family->numbers[family->rounds - 1]) {
			family->numbers[family->rounds++] = family->numbers[i];
		}
	}
	return 0;
}

/** Finds the costs of the family. 0, or -1 with ENOMEM. */
static int find_costs(struct family *family, const struct summary_row *rows)
{
	size_t all = family->rounds * family->cells;
	family->costs = calloc(all, sizeof(*family->costs));
	family->states = calloc(all, sizeof(*family->states));
	family->paces = calloc(all, sizeof(*family->paces));
	if (!family->costs || !family->states || !family->paces) {
		return -1;
	}
	for (size_t i = 0; i < all; ++i) {
		family->costs[i] = NAN;
		family->states[i] = SAMPLE_STATELESS;
		family->paces[i] = NAN;
	}
	for (size_t i = 0; i < family->cells; ++i) {
		const struct summary_row *row = &rows[family->members[i]];
		for (size_t j = 0; j < row->count; ++j) {
			double number = round_of(row, j);
			const double *found = bsearch(&number, family->numbers, family->rounds,
						      sizeof(*family->numbers), statistics_compare);
			size_t at = (size_t)(found - family->numbers) * family->cells + i;
			family->costs[at] =
				row->higher_is_better ? 1 / row->values[j] : row->values[j];
			if (row->states) {
				family->states[at] = row->states[j];
			}
			if (row->paces) {
				family->paces[at] = row->paces[j];
			}
		}
	}
	if (level_costs(family->costs, family->states, family->rounds, family->cells) != 0) {
		return -1;
	}
	return level_paces(family->costs, family->paces, family->rounds, family->cells);
}

/** True if the floor hides the row where more rounds would not decide. */
static bool may_be_hidden(const struct summary *summary, double floor)
{
	return summary->verdict == VERDICT_UNDECIDED && summary->rounds >= LEAST_HIDDEN &&
	       summary->ratio < 2 * floor && summary->ratio_low < 1;
}

/**
 * Calls *hidden* what is undecided and would probably stay so for VERDICT_MOST_ROUNDS rounds, if it
 * may cost as little as the best, and takes most of its time without a queue as well: what it adds
 * cannot be told from what the machine does. At least LEAST_HIDDEN rounds say so.
 *
 * @param floor  the time of an item without a queue, divided by that with the best; 0: none
 */
static void hide(struct summary *summaries, size_t count, double floor)
{
	for (size_t i = 0; i < count; ++i) {
		if (may_be_hidden(&summaries[i], floor) && summaries[i].rounds_needed == 0) {
			summaries[i].verdict = VERDICT_HIDDEN;
		}
	}
}

/**
 * Fills the ratios of floors, which have no rounds in the family. Returns the least; 0 without
 * floors.
 */
static double relate_floors(struct summary *summaries, size_t count, bool higher_is_better)
{
	double best = NAN;
	double least = 0;
	for (size_t i = 0; i < count; ++i) {
		best = summaries[i].verdict == VERDICT_BEST ? summaries[i].median : best;
	}
	for (size_t i = 0; i < count; ++i) {
		double median = summaries[i].median;
		if (summaries[i].verdict == VERDICT_FLOOR && median > 0) {
			summaries[i].ratio = higher_is_better ? best / median : median / best;
			least = least > 0 ? fmin(least, summaries[i].ratio) : summaries[i].ratio;
		}
	}
	return least;
}

/**
 * Judges a family, and finds the rounds that would decide if they are asked for, or the floor may
 * hide a row. 0, or -1.
 */
static int judge(const struct family *family, const struct summary_row *rows, size_t count,
		 uint64_t seed, bool needed, struct summary *summaries)
{
	struct verdict_row *judged = calloc(family->cells, sizeof(*judged));
	size_t *lacking = calloc(family->cells, sizeof(*lacking));
	int result = -1;
	if (judged && lacking) {
		result = verdict_of_family(family->costs, family->rounds, family->cells, seed,
					   judged);
	}
	for (size_t i = 0; i < family->cells && result == 0; ++i) {
		struct summary *summary = &summaries[family->members[i]];
		summary->verdict = judged[i].verdict;
		summary->p = judged[i].p;
		summary->ratio = judged[i].ratio;
		summary->ratio_low = judged[i].low;
		summary->ratio_high = judged[i].high;
	}
	double floor = relate_floors(summaries, count, rows[0].higher_is_better);
	for (size_t i = 0; i < count; ++i) {
		needed = needed || may_be_hidden(&summaries[i], floor);
	}
	if (result == 0 && needed) {
		result = verdict_rounds_needed(family->costs, family->rounds, family->cells, seed,
					       judged, lacking);
	}
	for (size_t i = 0; i < family->cells && result == 0 && needed; ++i) {
		struct summary *summary = &summaries[family->members[i]];
		// One that is slower may have fewer rounds than the family
		summary->rounds_needed =
			summary->verdict == VERDICT_UNDECIDED ? lacking[i] : summary->rounds;
	}
	if (result == 0 && needed) {
		hide(summaries, count, floor);
	}
	free(lacking);
	free(judged);
	return result;
}

/** Judges the rows of a group that have costs. 0, or -1 with errno. */
static int judge_group(const struct summary_row *rows, size_t count, uint64_t seed, bool needed,
		       struct summary *summaries)
{
	struct family family = {.members = calloc(count, sizeof(*family.members))};
	for (size_t i = 0; family.members && i < count; ++i) {
		if (has_costs(&rows[i])) {
			family.members[family.cells++] = i;
		}
	}
	int result = family.members ? 0 : -1;
	if (family.cells > 0 &&
	    (find_rounds(&family, rows) != 0 || find_costs(&family, rows) != 0 ||
	     judge(&family, rows, count, seed, needed, summaries) != 0)) {
		result = -1;
	}
	free(family.paces);
	free(family.states);
	free(family.costs);
	free(family.numbers);
	free(family.members);
	return result;
}

int summary_of_group(const struct summary_row *rows, size_t count, uint64_t seed, bool needed,
		     struct summary *summaries)
{
	if (count == 0) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < count; ++i) {
		if (rows[i].higher_is_better != rows[0].higher_is_better) {
			errno = EINVAL;
			return -1;
		}
		if (describe(&rows[i], &summaries[i]) != 0) {
			return -1;
		}
	}
	return judge_group(rows, count, seed, needed, summaries);
}

void summary_doubt_left_off(struct summary *summary, const struct summary *its,
			    const struct summary *best, size_t most)
{
	if (summary->verdict == VERDICT_AS_GOOD && verdict_is_left_off(its->rounds, most) &&
	    its->ratio_low >= VERDICT_MARGIN * best->ratio) {
		summary->verdict = VERDICT_UNDECIDED;
		summary->rounds_needed = 0;
	}
}
