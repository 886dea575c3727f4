// SPDX-License-Identifier: MIT

/**
 * From samples to verdicts: which queue of a group is the best, and which are as good.
 *
 * A group is what can be compared: cells that differ in the queue and the wait alone. The
 * best of it has the best median. Every other one ties with it, unless
 *
 *     a rank test says that they differ, at a level of 0.5 %,
 *         corrected for the number of comparisons in the group,
 *     and the larger median is over 3 % larger than the smaller.
 *
 * The rank test is the rank sum (Mann-Whitney), which takes the samples of two queues as
 * independent, although those of one round are near in time, and a signed rank test of the
 * differences inside rounds would be thinkable. It is the fitting one for three reasons:
 *
 * - A time budget is spent where the uncertainty is largest, so queues have different
 *   numbers of samples, and not every sample has a partner.
 * - It can speak sooner: a first difference among 29 comparisons takes 8 rounds, and 15 by
 *   signed ranks.
 * - It errs on the safe side. What slows a round slows all of it, which makes the samples of
 *   two queues alike, and two that are alike are called different less often than the level
 *   says, not more. The price is power: a difference smaller than the drift between rounds
 *   needs more of them.
 *
 * That the best is picked by the same samples favours differences. It is paid for by counting
 * a comparison for every other queue: any of them might have led (Hsu, "Multiple Comparisons",
 * 1996, chapter 4, on comparisons with the best).
 */

#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The chance, in a group, that a verdict is false because of noise alone. At the usual 5 %
 * equal queues of a noisy group are called different in up to 5 of 100 runs; here they may
 * be in 1 of 200.
 */
#define SUMMARY_LEVEL 0.005

/** What the larger median must be over the smaller one before it is worth naming. */
#define SUMMARY_DIFFERENCE 1.03

/** Rounds from which on the dip test has something to say about two modes. */
#define SUMMARY_MODES_ROUNDS 10

enum summary_verdict {
	/** Nothing was measured. */
	SUMMARY_UNDECIDED,
	/** The best median of its group. */
	SUMMARY_BEST,
	/** As good as the best, as far as can be said. */
	SUMMARY_TIES,
	SUMMARY_SLOWER,
	/** A sample failed its proof, hung or crashed: there are no numbers. */
	SUMMARY_VOID,
	/** No queue, but what the harness itself costs: never ranked. */
	SUMMARY_FLOOR,
	/** Fewer than the test needs to be able to call a difference. */
	SUMMARY_TOO_FEW,
};

#define SUMMARY_VERDICTS 7

/** The samples of one cell. */
struct summary_row {
	/** One a round, finite, in any order; NULL if there are none. The caller's. */
	const double *values;
	size_t count;
	/** Items per second, and not nanoseconds. The same for all rows of a group. */
	bool higher_is_better;
	bool floor;
	bool void_row;
};

/** What the samples of one cell say. Numbers that do not exist are NAN. */
struct summary {
	/** Samples that the numbers rest on: 0 for a void row. */
	size_t rounds;
	double median;
	/** The 95 % interval of the median. */
	double low;
	double high;
	/** The median absolute deviation from the median, not scaled. */
	double mad;
	/** 2 if the dip test says at 5 % that one mode is too few, else 1. */
	unsigned int modes;
	/** Its p. NAN below SUMMARY_MODES_ROUNDS. */
	double dip_p;
	enum summary_verdict verdict;
	/** Of the comparison with the best, corrected. NAN where there was none. */
	double p;
	/** The median by the best median; below 1 is fewer items, or fewer nanoseconds. */
	double ratio_to_best;
	/** Rounds from which on a queue of this group gets a verdict. */
	size_t rounds_needed;
};

/**
 * Summarize a group.
 *
 * Rows that are neither floors nor void and have a sample are ranked. The best is taken
 * from those of them with enough rounds; the others get no verdict.
 *
 * @param count      of rows, at least 1
 * @param seed       of the intervals and dip tests: the same one gives the same summaries
 * @param summaries  receives one a row, in the same order
 * @return 0; or -1 with EINVAL if there is no row, rows differ in what is better, or a
 *         sample is not finite, or with ENOMEM
 */
int summary_of_group(const struct summary_row *rows, size_t count, uint64_t seed,
		     struct summary *summaries);

/**
 * The fewest rounds of two queues on which one of so many comparisons can be called a
 * difference. At least 1, which is the answer for none.
 */
size_t summary_rounds_needed(size_t comparisons);

/** "best", "ties", "slower", "undecided", "void", "floor", "too few rounds". */
const char *summary_verdict_name(enum summary_verdict verdict);

/** The verdict of that name into `*verdict`. False if there is none. */
bool summary_verdict_parse(const char *name, enum summary_verdict *verdict);

#endif
