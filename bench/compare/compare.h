// SPDX-License-Identifier: MIT

/**
 * What changed between two runs, cell by cell, and whether that is more than noise.
 *
 * Between two runs a machine drifts by more than the samples of either run show, and each cell
 * drifts by its own amount. No cell shows how far it drifted, so drift is estimated from what the
 * two runs have in common:
 *
 *     floors    have no queue in them. They move with the machine alone
 *     cells     a change of the sources moves some of them. How far most others lie apart (1.4826
 *               times the median deviation, less what their own samples explain) is drift
 *     probes    the round trip of a cache line and a fetch-and-add, beside the samples of the cell
 *               itself: they moved with the state of the machine, and the cell may have, as far.
 *               The part of a move that the probes' own spread explains is left out
 *     classes   the same among the cells of one workload that sleep, and among those that poll:
 *               sleeping threads have a fast and a slow mode, and a run may stay in one of them
 *
 * The largest of these is a cell's drift. A cell is called faster or slower if
 *
 *     a rank test distinguishes its samples,
 *     its change is larger than the noise of its medians and the drift together explain,
 *         both at a level of 5 %, corrected for the number of cells (Holm),
 *     and the larger median is more than 3 % larger than the smaller.
 *
 * Another cell is as good if a change by 5 %, either way, can be excluded by the same two tests at
 * the same level, corrected alike: so the interval of its ratio, with the drift in it, lies within
 * 5 % even where it is widened for the number of cells. Else it is undecided, and says how many
 * rounds of both runs would probably decide it. The words
 * are those of results/verdict.h; the rule is another one, since two runs have no round in common.
 *
 * So on a machine that drifts by 5 %, a single cell of a dozen samples shows a change only if it is
 * by half. A change of a queue moves all its cells, and shows sooner: their changes are averaged,
 * each weighted by its certainty. Queues drift as a whole too: as far as the floors on average, and
 * as far as most queues lie apart.
 *
 * A change that moves most cells by different amounts looks like drift, and is hidden. The drift
 * that is printed is large then. `ALIAS=NAME` and `scripts/aa.sh` compare inside one run instead.
 */

#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include "results/run.h"

#include <stdbool.h>
#include <stddef.h>

/** Chance that noise alone makes any verdict of a comparison false. */
#define COMPARE_LEVEL 0.05

/** Fewest cells for a spread; and fewest of one workload that sleep, or that poll. */
#define COMPARE_CELLS 8
#define COMPARE_CLASS 5

/** Ratio of two medians above which their difference is worth naming. */
#define COMPARE_DIFFERENCE 1.03

/** Reason of a cell with fewer rounds than a verdict takes. */
#define COMPARE_TOO_FEW "too few rounds"

enum compare_verdict {
	COMPARE_SLOWER,
	COMPARE_FASTER,
	COMPARE_AS_GOOD,
	COMPARE_UNDECIDED,
	COMPARE_NOT,
};

#define COMPARE_VERDICTS 5

/** A cell of either run. Numbers that do not exist are NAN. */
struct compare_cell {
	/** The runs'. One of them may be NULL. */
	const struct run_cell *before;
	const struct run_cell *after;
	enum compare_verdict verdict;
	/** Why it cannot be compared, or NULL. */
	const char *reason;
	/** The old run has a number; a sample of the new one failed its proof, hung or crashed. */
	bool broke;
	/** Medians, in the cell's unit. */
	double old_median, new_median;
	/** New median by the old one, and its 95 % interval, by the noise of the medians. */
	double ratio, low, high;
	/** Standard deviation of log(ratio), by the same noise. */
	double noise;
	/** Standard deviation of log(ratio), by the drift between the runs. */
	double drift;
	/** Both runs have probes beside the samples. */
	bool probed;
	/** Relative change of the time per item: 0.1 is 10 % slower, whatever the unit. */
	double slower;
	/** p of no change, and of one by VERDICT_MARGIN or more; corrected for the number of cells.
	 */
	double p, p_as_good;
	/**
	 * Rounds of both runs that decide the cell, those that there are if they do; 0 if it has no
	 * verdict, if VERDICT_MOST_ROUNDS are too few, or if drift hides what there is.
	 */
	size_t rounds_needed;
};

/**
 * All cells of a queue together: a change of the queue moves all of them, and shows here before it
 * shows in each.
 */
struct compare_queue {
	/** The runs'. */
	const char *name;
	size_t cells;
	enum compare_verdict verdict;
	/** Time of an item, new by old: the weighted geometric mean over the cells. */
	double ratio;
	/** Standard deviation of log(ratio), by the noise and drift of its cells. */
	double noise;
	/** 95 % interval of the ratio, with the drift of whole queues in it. */
	double low, high;
	/** As of a cell; corrected for the number of queues. */
	double p, p_as_good;
};

struct comparison {
	/** Queues with two cells or more that can be compared. */
	struct compare_queue *queues;
	size_t queue_count;
	struct compare_cell *cells;
	size_t count;
	size_t verdicts[COMPARE_VERDICTS];
	/** Why no cell can be compared, or NULL. */
	char *reason;
	/** That is why. */
	bool other_machine;
	/** Other differences between the runs, a line each. */
	char *notes;
	/** Floors in both runs, the geometric mean of their ratios in time, and the extremes. */
	size_t floors;
	double floor_mean, floor_low, floor_high;
	/** Drift that all cells have, as a standard deviation of log(ratio). */
	double drift;
	/** Cells with probes in both runs; how far those of a cell moved at most: a logarithm. */
	size_t probed;
	double probe_most;
	/** The runs have something to estimate the drift from. */
	bool drift_known;
	/** Rounds that a verdict takes with this number of cells. */
	size_t rounds_needed;
};

/**
 * Compares two runs, which must live as long as the comparison.
 *
 * @return 0; or -1 with ENOMEM
 */
int compare_runs(const struct run *before, const struct run *after, struct comparison *comparison);

void compare_destroy(struct comparison *comparison);

/** The 95 % interval of a cell's ratio for noise and drift together. NAN where there is none. */
void compare_interval(const struct compare_cell *cell, double *low, double *high);

/** "slower", "faster", "as good", "undecided", "not comparable". */
const char *compare_verdict_name(enum compare_verdict verdict);

#endif // BENCH_COMPARE_H
