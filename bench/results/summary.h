// SPDX-License-Identifier: MIT

/**
 * What the samples of a cell say, alone and in the family of the cells that a reader chooses from:
 * verdict.h says how they are compared.
 */

#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

#include "results/verdict.h"
#include "workload/rank.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Fewest rounds for the dip test, which looks for two modes. */
#define SUMMARY_MODES_ROUNDS 10

/** The samples of one cell. */
struct summary_row {
	/** Finite, in any order. NULL if there are none. */
	double *values;
	/** The round of each, a number that the samples of one round share. NULL: 0, 1, 2 and so
	 * on. */
	double *rounds;
	/** The machine's state in each: sample.state. NULL: not known. */
	double *states;
	/** How slow the machine was at each: sample_pace(). NULL if unknown. */
	double *paces;
	size_t count;
	/** Values are items per second, not nanoseconds. The same for all rows of a group. */
	bool higher_is_better;
	bool floor;
	bool void_row;
};

/**
 * Makes a row with room for that many samples, and none in it.
 *
 * @param row  receives it, for summary_row_destroy()
 * @return 0, or -1 with ENOMEM
 */
int summary_row_create(struct summary_row *row, size_t most);

/** Adds a sample, for which there is room. */
void summary_row_add(struct summary_row *row, double value, double round, double state,
		     double pace);

/**
 * Adds the samples of another row, for which there is room, with rounds from `first` on. What else
 * is said of the row is then that of the other.
 */
void summary_row_join(struct summary_row *row, const struct summary_row *other, double first);

void summary_row_destroy(struct summary_row *row);

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
	enum verdict verdict;
	/** p of being as good as the best. NAN where there was no comparison. */
	double p;
	/** Cost, the time of an item, divided by that of the best; with an interval: struct
	 * verdict_row. */
	double ratio, ratio_low, ratio_high;
	/** Rounds that would probably decide; 0 where that was not asked. */
	size_t rounds_needed;
	/** Over the samples: medians of the means and of the 99th of 100, the worst, and all items.
	 * From run_summarize(). */
	struct rank_error rank_error;
};

/**
 * Summarizes a family.
 *
 * Costs are levelled before they are compared: level_costs() by the states of the machine,
 * level_paces() by its pace. Medians are of the samples as they are.
 *
 * Rows with a sample that are neither floors nor void are ranked, unless one of their values is 0:
 * that has no cost. A floor has the ratio of its median to the best, without an interval.
 *
 * @param count      number of rows, at least 1
 * @param seed       for intervals and tests: an equal seed gives equal summaries
 * @param needed     find the rounds that would decide, too: that takes longer than all else. They
 *                   are found all the same where the floor may hide a row: *hidden* is what they
 *                   would probably not decide
 * @param summaries  receives a summary for each row, in the same order
 * @return 0; or -1 with ENOMEM; or with EINVAL if there is no row, rows differ in
 *         `higher_is_better`, or a sample is not finite
 */
int summary_of_group(const struct summary_row *rows, size_t count, uint64_t seed, bool needed,
		     struct summary *summaries);

/**
 * Calls a cell undecided that is as good by the rounds of several runs, if one of them left it off
 * and the cell costs more than that for sure there: few of all rounds are of that run.
 *
 * @param summary    of the cell, over all runs
 * @param its, best  in that run, of the cell and of what is best over all runs
 * @param most       most rounds that a ranked cell has in that run
 */
void summary_doubt_left_off(struct summary *summary, const struct summary *its,
			    const struct summary *best, size_t most);

#endif // BENCH_SUMMARY_H
