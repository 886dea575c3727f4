// SPDX-License-Identifier: MIT

/**
 * What changed between two runs, cell by cell, and whether that is more than noise.
 *
 * Two runs are not two samples of one round: between them the machine drifts, by more than the
 * samples of either run show, and each cell drifts by its own amount. Nothing inside a cell tells
 * how far, so it is taken from what the two runs have in common:
 *
 *     floors    have no queue in them, and so did not change: what they moved by is the machine's
 *     cells     a change of the sources moves some of them: how far most others lie apart
 *               (1.4826 times the median deviation, less what their own samples explain) is drift
 *     classes   the same among the cells of one workload that sleep, and among those that poll:
 *               who sleeps has a fast and a slow mode, and a run may stay in one of them
 *
 * The largest of these is a cell's drift. A cell is called faster or slower if
 *
 *     a rank test tells its samples apart,
 *     and so does its change against the noise of its medians and the drift together,
 *         both at a level of 5 %, corrected for the number of cells (Holm),
 *     and the larger median is over 3 % larger than the smaller.
 *
 * So a single cell of a dozen samples on a machine that drifts by 5 % shows a change only when it
 * is by half. A queue has many cells, and what moves all of them shows sooner: their changes are
 * averaged, each weighted by how sure it is. Queues drift as a whole too: as far as the floors on
 * average, and as far as most queues lie apart.
 *
 * A change that moves most cells by different amounts is taken for drift and hidden. Then the
 * drift that is told is large; `ALIAS=NAME` and `scripts/aa.sh` compare inside of a run instead.
 */

#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include "results/run.h"

#include <stdbool.h>
#include <stddef.h>

/** The chance that any verdict of a comparison is false because of noise. */
#define COMPARE_LEVEL 0.05

/** Cells from which on their spread says something; and those of one workload that sleep or poll.
 */
#define COMPARE_CELLS 8
#define COMPARE_CLASS 5

/** The reason of a cell with fewer rounds than a verdict takes among so many cells. */
#define COMPARE_TOO_FEW "too few rounds"

enum compare_verdict {
	COMPARE_SLOWER,
	COMPARE_FASTER,
	COMPARE_SAME,
	COMPARE_NOT,
};

#define COMPARE_VERDICTS 4

/** A cell of either run. Numbers that do not exist are NAN. */
struct compare_cell {
	/** The runs'. One of them may be NULL. */
	const struct run_cell *before;
	const struct run_cell *after;
	enum compare_verdict verdict;
	/** Why it cannot be compared, or NULL. */
	const char *reason;
	/** There was a number before, and now a sample fails its proof, hangs or crashes. */
	bool broke;
	/** In the cell's unit. */
	double old_median, new_median;
	/** New by old, and the 95 % interval of that, for the noise of the medians alone. */
	double ratio, low, high;
	/** The standard deviation of log(ratio), by the same noise. */
	double noise;
	/** Of the drift between the runs, the same. */
	double drift;
	/** How much longer an item takes, as a part: 0.1 is 10 % slower, whatever the unit. */
	double slower;
	/** Corrected for the number of cells. */
	double p;
};

/**
 * All cells of a queue together: a change of the queue moves all of them, and shows long before it
 * does in each.
 */
struct compare_queue {
	/** The runs'. */
	const char *name;
	size_t cells;
	enum compare_verdict verdict;
	/** How long an item takes, new by old: the geometric mean over the cells, by their weight.
	 */
	double ratio;
	/** The standard deviation of log(ratio), by the noise and drift of its cells. */
	double noise;
	/** The 95 % interval of the ratio, with the drift of whole queues in it. */
	double low, high;
	/** Corrected for the number of queues. */
	double p;
};

struct comparison {
	/** Of queues with two cells or more that can be compared. */
	struct compare_queue *queues;
	size_t queue_count;
	struct compare_cell *cells;
	size_t count;
	size_t verdicts[COMPARE_VERDICTS];
	/** Why no cell can be compared, or NULL. */
	char *reason;
	/** What differs between the runs and does not make them incomparable, a line each. */
	char *notes;
	/** Floors in both runs, the geometric mean of their ratios in time, and the extremes. */
	size_t floors;
	double floor_mean, floor_low, floor_high;
	/** Drift that all cells have, as a standard deviation of log(ratio). */
	double drift;
	/** There is something that it can be taken from. */
	bool drift_known;
	/** Rounds that a verdict takes among so many cells. */
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

/** "slower", "faster", "no difference", "not comparable". */
const char *compare_verdict_name(enum compare_verdict verdict);

#endif // BENCH_COMPARE_H
