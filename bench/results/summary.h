// SPDX-License-Identifier: MIT

/**
 * Verdicts: which queue of a group is the best, and which are as good.
 *
 * The cells of a group differ in the queue and the wait alone. The one with the best median is
 * the best. Every other cell ties with it, unless
 *
 *     a rank test says that they differ, at a level of 0.5 %,
 *         corrected for the number of comparisons in the group,
 *     and the larger median is more than 3 % larger than the smaller.
 *
 * The rank test is the rank sum (Mann-Whitney). It treats the samples of two queues as
 * independent, although those of one round are close in time. A signed rank test of the
 * differences inside rounds would use that. The rank sum is better here for three reasons:
 *
 * - A time budget is spent where the uncertainty is largest. So queues have different numbers of
 *   samples, and not every sample has a partner.
 * - It needs fewer rounds: a difference among 29 comparisons takes at least 8, and 15 by signed
 *   ranks.
 * - It errs on the safe side. A slow spell slows a whole round, which makes the samples of two
 *   queues alike. Equal queues are then called different less often than the level says. The
 *   price is power: a difference smaller than the drift between rounds needs more rounds.
 *
 * Picking the best by the same samples favours differences. To make up for it, every other queue
 * counts as a comparison, since any of them might have led (Hsu, "Multiple Comparisons", 1996,
 * chapter 4, on comparisons with the best).
 */

#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Chance that noise alone makes a verdict of a group false: 1 of 200 runs. */
#define SUMMARY_LEVEL 0.005

/** Ratio of two medians above which their difference is worth naming. */
#define SUMMARY_DIFFERENCE 1.03

/** Fewest rounds for the dip test, which looks for two modes. */
#define SUMMARY_MODES_ROUNDS 10

enum summary_verdict {
	/** Nothing was measured. */
	SUMMARY_UNDECIDED,
	/** The best median of its group. */
	SUMMARY_BEST,
	/** Cannot be distinguished from the best, or is hardly slower. */
	SUMMARY_TIES,
	SUMMARY_SLOWER,
	/** A sample failed its proof, hung or crashed: the cell has no numbers. */
	SUMMARY_VOID,
	/** What the harness costs without a queue: never ranked. */
	SUMMARY_FLOOR,
	/** Fewer rounds than the test needs to find a difference. */
	SUMMARY_TOO_FEW,
};

#define SUMMARY_VERDICTS 7

/** The samples of one cell. */
struct summary_row {
	/** One per round, finite, in any order. NULL if there are none. Not owned. */
	const double *values;
	size_t count;
	/** Values are items per second, not nanoseconds. The same for all rows of a group. */
	bool higher_is_better;
	bool floor;
	bool void_row;
};

/** The samples of one cell in numbers. Those that do not exist are NAN. */
struct summary {
	/** Samples behind the numbers: 0 for a void row. */
	size_t rounds;
	double median;
	/** 95 % interval of the median. */
	double low;
	double high;
	/** Median absolute deviation from the median, not scaled. */
	double mad;
	/** 2 if the dip test rejects a single mode at 5 %, else 1. */
	unsigned int modes;
	/** p of the dip test. NAN below SUMMARY_MODES_ROUNDS. */
	double dip_p;
	enum summary_verdict verdict;
	/** p of the comparison with the best, corrected. NAN where there was none. */
	double p;
	/** Median divided by the best median. Below 1: fewer items per second, or nanoseconds. */
	double ratio_to_best;
	/** Fewest rounds for a verdict in this group. */
	size_t rounds_needed;
};

/**
 * Summarizes a group.
 *
 * Rows with a sample that are neither floors nor void are ranked. The best is one of those with
 * enough rounds. The others get no verdict.
 *
 * @param count      number of rows, at least 1
 * @param seed       for intervals and dip tests: an equal seed gives equal summaries
 * @param summaries  receives a summary for each row, in the same order
 * @return 0; or -1 with ENOMEM; or with EINVAL if there is no row, rows differ in
 *         `higher_is_better`, or a sample is not finite
 */
int summary_of_group(const struct summary_row *rows, size_t count, uint64_t seed,
		     struct summary *summaries);

/**
 * Fewest rounds of two queues with which a comparison can find a difference.
 *
 * @param comparisons  in the group; 0 needs 1 round
 */
size_t summary_rounds_needed(size_t comparisons);

/** "best", "ties", "slower", "undecided", "void", "floor", "too few rounds". */
const char *summary_verdict_name(enum summary_verdict verdict);

#endif
