// SPDX-License-Identifier: MIT

/**
 * Verdicts: which cell of a family costs least, which cost as little, and which cost more.
 *
 * A family is what a reader chooses from: the cells of one situation. Each round samples each cell
 * once, so whatever slows a stretch of time slows all cells of its rounds. Costs are therefore
 * compared inside rounds alone, as logarithms.
 *
 * **Who is slower.** What is asked for is the set of cells that could be the best (Hansen, Lunde &
 * Nason, "The Model Confidence Set", Econometrica 2011). While the cells that are left are not all
 * alike, the worst of them goes, and is *slower*. The test: the median of its round is subtracted
 * from each logarithm, and what is left is clipped, so that a few samples of another state of the
 * machine do not decide. The statistic is the range of the cells' sums, or 5/3 of the largest
 * distance from their mean if that is more, which sees one cell that stands alone; divided by the
 * root of the squares that the cells do not explain, without which the slow cells hide each other.
 * Its distribution comes from turns: the cells stand in a ring, in random order, and each round's
 * scores move along by a random number of cells, forwards or backwards. Turns are a group, as all
 * permutations are, so this is as exact (Hemerik & Goeman, "Exact Testing with Random
 * Permutations", TEST 2018), and takes a fraction of the time. It holds where cells that are alike
 * are alike in their spread too, whatever their distribution, repeated values included, and the
 * choice of the best from the same samples is part of the error. A cell that is as good and spreads
 * ten times as much is called slower in 1 of 100 families rather than 1 of 200.
 *
 * Of 30 cells, 10 of them 10 % and 10 of them 50 % slower, in 12 rounds with 5 % noise, it finds
 * the former in 0.92 of the cases, and ranks inside rounds, without the division, in 0.77; where
 * the machine changes between states, in 0.6 and 0.25.
 *
 * **How much.** The ratio of a cell to the best is the median of the Walsh averages of the
 * differences inside rounds (Hodges & Lehmann, 1963), with the interval of the signed rank test. A
 * cell is *as good*, whether or not it could be the best, if that interval ends below 1.05. All
 * that are called so are at once, with 95 %: the chance of an error is divided by how many are not
 * yet found (Holm, 1979), without those that cost over 5 % more for sure. Of 30 cells that are
 * equal within 1 %, in 20 rounds with 3 % noise, that finds 0.92, since cells that spread alike
 * share what their samples say of their spread (Smyth, "Linear Models and Empirical Bayes Methods",
 * Statistical Applications in Genetics and Molecular Biology 2004); 0.78 where each interval is of
 * its own samples alone. If 29 cost 5 % more than the best, one of them is called as good in 0.03
 * of 200 families.
 *
 * **Cells that are left off.** A run takes no more rounds of what is slower for sure. Later rounds
 * tell nothing of it, and would hide it: so cells that lack a quarter of the rounds are eliminated
 * by the rounds that they have first, and then all that are left by all rounds.
 *
 * Neither is *undecided*, and says with how many rounds it would probably be decided: rounds are
 * drawn from those that were seen, more and more of them, until most repetitions of the same test
 * decide. *Hidden* is undecided where a floor takes most of the time: summary.c.
 */

#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Level of each test of a family. At most 1 family in 200 may have a false *slower*; with half of
 * that, the worlds of tests/test_verdict.c stay below it.
 */
#define VERDICT_LEVEL 0.0025

/**
 * Level at which a run that looks at its verdicts before its time is over ends for them (Haybittle,
 * "Repeated Assessment of Results in Clinical Trials", British Journal of Radiology 1971). Ending
 * as soon as VERDICT_LEVEL is reached would call 0.017 of pairs of equal cells slower, with a look
 * every 4 rounds. So those that look do it after half as many rounds again each time, 7 times from
 * 12 to VERDICT_MOST_ROUNDS: verdict_next_look(). That calls 0.0049 slower, of 30,000 pairs.
 */
#define VERDICT_LOOK 0.0005

/** A cost within this ratio to the best is as good: the difference is not worth a choice. */
#define VERDICT_MARGIN 1.05

/**
 * More rounds than this are taken together, so that each family is judged within a second: those
 * that follow each other, as one, in which a cell that lacks some is compared in those that it has.
 */
#define VERDICT_MOST_ROUNDS 128

enum verdict {
	/** Nothing was measured, or nothing that has a cost. */
	VERDICT_NOTHING,
	/** The least cost. */
	VERDICT_BEST,
	/** Costs less than 5 % more. */
	VERDICT_AS_GOOD,
	/** Cannot be the best. */
	VERDICT_SLOWER,
	/** The samples do not say whether it is as good or slower. */
	VERDICT_UNDECIDED,
	/** A sample failed its proof, hung or crashed: the cell has no numbers. */
	VERDICT_VOID,
	/** What the harness costs without a queue: not ranked. */
	VERDICT_FLOOR,
	/** Undecided, as more rounds would probably leave it: the floor hides it. */
	VERDICT_HIDDEN,
};

#define VERDICTS 8

/** True if most of a family is decided. If not, what costs least is one of many that may be best.
 */
static inline bool verdict_names_best(size_t open, size_t decided)
{
	return open <= decided;
}

/**
 * True if a run left a cell off that has so many rounds, where others have up to `most`: it lacks a
 * quarter of them at least.
 */
static inline bool verdict_is_left_off(size_t rounds, size_t most)
{
	return rounds <= most * 3 / 4;
}

/** What a family says of one of its cells. */
struct verdict_row {
	/** VERDICT_BEST, AS_GOOD, SLOWER or UNDECIDED. */
	enum verdict verdict;
	/** Of the hypothesis that the cell could be the best: the largest p of the tests until it
	 * went. */
	double p;
	/**
	 * Its cost divided by that of the best, and an interval of at least 95 %; 1 for the best.
	 * NAN without a round in common with it.
	 */
	double ratio, low, high;
};

/**
 * Judges a family.
 *
 * @param costs   of each round the cost of each cell, above 0 and finite: costs[round * cells +
 * cell]. NAN where a round has no sample of the cell
 * @param rounds  at least 1
 * @param cells   at least 1
 * @param seed    an equal seed gives equal verdicts
 * @param rows    receives a row for each cell
 * @return 0, or -1 with ENOMEM or EINVAL
 */
int verdict_of_family(const double *costs, size_t rounds, size_t cells, uint64_t seed,
		      struct verdict_row *rows);

/**
 * Finds how many rounds a family would probably need.
 *
 * @param rows    what verdict_of_family() says of the same family
 * @param needed  receives for each cell the rounds that decide it: those that there are if they do;
 *                0 if VERDICT_MOST_ROUNDS are too few
 * @return 0, or -1 with ENOMEM or EINVAL
 */
int verdict_rounds_needed(const double *costs, size_t rounds, size_t cells, uint64_t seed,
			  const struct verdict_row *rows, size_t *needed);

/** Rounds with which a run looks again that has looked with `rounds`; VERDICT_MOST_ROUNDS are the
 * last. */
size_t verdict_next_look(size_t rounds);

/** "nothing", "best", "as good", "slower", "undecided", "void", "floor", "hidden". */
const char *verdict_name(unsigned int verdict);

#endif // BENCH_VERDICT_H
