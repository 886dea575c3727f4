// SPDX-License-Identifier: MIT

/** Medians, intervals and modes of samples, and comparisons with the best. */

#include "results/summary.h"

#include "base/rng.h"
#include "base/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/** Enough for the ends of an interval, and p near the level, to repeat well. */
#define RESAMPLES 2000
#define INTERVAL 0.95
#define NOBODY SIZE_MAX

static const char *const verdict_names[SUMMARY_VERDICTS] = {
	[SUMMARY_BEST] = "best",
	[SUMMARY_TIES] = "ties",
	[SUMMARY_SLOWER] = "slower",
	[SUMMARY_UNDECIDED] = "undecided",
	[SUMMARY_VOID] = "void",
	[SUMMARY_FLOOR] = "floor",
	[SUMMARY_TOO_FEW] = "too few rounds",
};

const char *summary_verdict_name(enum summary_verdict verdict)
{
	return verdict_names[verdict];
}

size_t summary_rounds_needed(size_t comparisons)
{
	if (comparisons == 0) {
		return 1;
	}
	size_t rounds = 1;
	double most = SUMMARY_LEVEL / (double)comparisons;
	while (statistics_rank_sum_smallest(rounds, rounds) > most) {
		++rounds;
	}
	return rounds;
}

/** Fills the numbers of one row, and a verdict that needs no other row. 0, or -1 with errno. */
static int describe(const struct summary_row *row, uint64_t seed, struct summary *summary)
{
	*summary = (struct summary){
		.median = NAN,
		.low = NAN,
		.high = NAN,
		.mad = NAN,
		.modes = 1,
		.dip_p = NAN,
		.verdict = row->void_row ? SUMMARY_VOID : SUMMARY_UNDECIDED,
		.p = NAN,
		.ratio_to_best = NAN,
	};
	if (row->void_row || row->count == 0) {
		return 0;
	}

	struct rng rng;
	rng_seed(&rng, seed);
	summary->verdict = row->floor ? SUMMARY_FLOOR : SUMMARY_TOO_FEW;
	summary->rounds = row->count;
	summary->median = statistics_median(row->values, row->count);
	summary->mad = statistics_mad(row->values, row->count);
	if (isnan(summary->median) || isnan(summary->mad)) {
		return -1;
	}
	if (row->count >= SUMMARY_MODES_ROUNDS) {
		summary->dip_p =
			statistics_dip_test(row->values, row->count, RESAMPLES, &rng, NULL);
		if (isnan(summary->dip_p)) {
			return -1;
		}
		summary->modes = summary->dip_p <= 0.05 ? 2 : 1;
	}
	return statistics_bootstrap_median(row->values, row->count, RESAMPLES, INTERVAL, &rng,
					   &summary->low, &summary->high);
}

/** True if this row is compared with others. */
static bool ranked(const struct summary *summary)
{
	return summary->rounds > 0 && summary->verdict != SUMMARY_FLOOR;
}

/** The row with the best median of those with enough rounds, or NOBODY. */
static size_t find_best(const struct summary_row *rows, const struct summary *summaries,
			size_t count, size_t needed)
{
	size_t best = NOBODY;
	for (size_t i = 0; i < count; ++i) {
		if (!ranked(&summaries[i]) || summaries[i].rounds < needed) {
			continue;
		}
		if (best == NOBODY ||
		    (rows[i].higher_is_better ? summaries[i].median > summaries[best].median
					      : summaries[i].median < summaries[best].median)) {
			best = i;
		}
	}
	return best;
}

/** True if the difference of two medians is worth naming. Neither is negative. */
static bool differ(double a, double b)
{
	return fmax(a, b) > SUMMARY_DIFFERENCE * fmin(a, b);
}

/** Compares the rows with enough rounds with the best one. 0, or -1 with errno. */
static int compare(const struct summary_row *rows, struct summary *summaries, size_t count,
		   size_t best, size_t needed)
{
	int result = -1;
	double *p = calloc(count, sizeof(*p));
	size_t *tested = calloc(count, sizeof(*tested));
	if (!p || !tested) {
		goto out;
	}

	size_t compared = 0;
	for (size_t i = 0; i < count; ++i) {
		if (i == best || !ranked(&summaries[i]) || summaries[i].rounds < needed) {
			continue;
		}
		p[compared] = statistics_rank_sum(rows[best].values, rows[best].count,
						  rows[i].values, rows[i].count, NULL);
		if (isnan(p[compared])) {
			goto out;
		}
		tested[compared++] = i;
	}
	if (compared > 0 && statistics_holm(p, compared, p) != 0) {
		goto out;
	}

	for (size_t i = 0; i < compared; ++i) {
		struct summary *summary = &summaries[tested[i]];
		bool slower =
			p[i] <= SUMMARY_LEVEL && differ(summary->median, summaries[best].median);
		summary->p = p[i];
		summary->verdict = slower ? SUMMARY_SLOWER : SUMMARY_TIES;
	}
	summaries[best].verdict = SUMMARY_BEST;
	result = 0;

out:
	free(p);
	free(tested);
	return result;
}

/** Fills the ratios to the best median. */
static void relate(struct summary *summaries, size_t count, double best)
{
	for (size_t i = 0; i < count; ++i) {
		if (summaries[i].rounds > 0 && best > 0) {
			summaries[i].ratio_to_best = summaries[i].median / best;
		}
	}
}

int summary_of_group(const struct summary_row *rows, size_t count, uint64_t seed,
		     struct summary *summaries)
{
	if (count == 0) {
		errno = EINVAL;
		return -1;
	}
	size_t contestants = 0;
	for (size_t i = 0; i < count; ++i) {
		if (rows[i].higher_is_better != rows[0].higher_is_better) {
			errno = EINVAL;
			return -1;
		}
		if (describe(&rows[i], seed + i, &summaries[i]) != 0) {
			return -1;
		}
		contestants += ranked(&summaries[i]);
	}

	size_t needed = summary_rounds_needed(contestants > 0 ? contestants - 1 : 0);
	for (size_t i = 0; i < count; ++i) {
		summaries[i].rounds_needed = needed;
	}
	size_t best = find_best(rows, summaries, count, needed);
	if (best != NOBODY) {
		if (compare(rows, summaries, count, best, needed) != 0) {
			return -1;
		}
	} else {
		// Ratios need a leader, even without verdicts
		best = find_best(rows, summaries, count, 1);
	}
	if (best != NOBODY) {
		relate(summaries, count, summaries[best].median);
	}
	return 0;
}
