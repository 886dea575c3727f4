// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** What is said of samples: numbers, and verdicts of those that share their rounds. */

#include "base/build.h"
#include "base/rng.h"
#include "results/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>

#define MOST_ROUNDS 60
#define MOST_ROWS 8

/** Made-up samples of a group. */
struct group {
	double values[MOST_ROWS][MOST_ROUNDS];
	struct summary_row rows[MOST_ROWS];
	struct summary summaries[MOST_ROWS];
	size_t count;
};

/** The sum of 12 uniform numbers is close to normal; its variance is 1. */
static double draw_normal(struct rng *rng)
{
	double sum = -6;
	for (int i = 0; i < 12; ++i) {
		sum += rng_unit(rng);
	}
	return sum;
}

/** Adds a queue with `rounds` values around a median. The spread is relative to the median. */
static void add_row(struct group *group, struct rng *rng, size_t rounds, double median,
		    double spread)
{
	double *values = group->values[group->count];
	for (size_t i = 0; i < rounds; ++i) {
		values[i] = median * exp(spread * draw_normal(rng));
	}
	group->rows[group->count++] = (struct summary_row){
		.values = values,
		.count = rounds,
		.higher_is_better = true,
	};
}

static void summarize(struct group *group)
{
	assert_int_equal(summary_of_group(group->rows, group->count, 1, false, group->summaries),
			 0);
}

static size_t count_verdicts(const struct group *group, enum verdict verdict)
{
	size_t count = 0;
	for (size_t i = 0; i < group->count; ++i) {
		count += group->summaries[i].verdict == verdict;
	}
	return count;
}

static void drift_that_rounds_share_makes_no_differences(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 6);
	size_t slower = 0;
	for (int run = 0; run < 100; ++run) {
		struct group group = {.count = 0};
		add_row(&group, &rng, 12, 1e7, 0.02);
		add_row(&group, &rng, 12, 1e7, 0.02);
		for (size_t i = 0; i < 12; ++i) {
			double speed = exp(0.2 * draw_normal(&rng));
			group.values[0][i] *= speed;
			group.values[1][i] *= speed;
		}
		summarize(&group);
		slower += count_verdicts(&group, VERDICT_SLOWER);
	}
	assert_int_equal(slower, 0);
}

static void ten_percent_with_a_small_spread_are_found(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 7);
	for (int run = 0; run < 50; ++run) {
		struct group group = {.count = 0};
		add_row(&group, &rng, 14, 0.9e7, 0.01);
		add_row(&group, &rng, 14, 1e7, 0.01);
		add_row(&group, &rng, 14, 0.9e7, 0.01);
		summarize(&group);
		assert_int_equal(group.summaries[0].verdict, VERDICT_SLOWER);
		assert_int_equal(group.summaries[1].verdict, VERDICT_BEST);
		assert_int_equal(group.summaries[2].verdict, VERDICT_SLOWER);
		assert_true(group.summaries[0].p <= VERDICT_LEVEL);
		assert_true(fabs(group.summaries[0].ratio - 1 / 0.9) < 0.03);
		assert_true(group.summaries[0].ratio_low < group.summaries[0].ratio);
		assert_true(group.summaries[0].ratio_high > group.summaries[0].ratio);
		assert_true(group.summaries[1].ratio == 1);
	}
}

static void of_nanoseconds_less_is_better(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 9);
	struct group group = {.count = 0};
	add_row(&group, &rng, 14, 200, 0.01);
	add_row(&group, &rng, 14, 100, 0.01);
	group.rows[0].higher_is_better = false;
	group.rows[1].higher_is_better = false;
	summarize(&group);
	assert_int_equal(group.summaries[0].verdict, VERDICT_SLOWER);
	assert_int_equal(group.summaries[1].verdict, VERDICT_BEST);
	assert_true(group.summaries[0].ratio > 1.9);
}

/** Rounds are paired by their number, whatever the order of the samples. */
static void samples_of_one_round_are_paired(void **state)
{
	(void)state;
	struct rng rng;
	double numbers[2][14];
	struct group group = {.count = 0};
	rng_seed(&rng, 10);
	add_row(&group, &rng, 14, 1e7, 0);
	add_row(&group, &rng, 14, 0.95e7, 0);
	for (size_t i = 0; i < 14; ++i) {
		double speed = exp(draw_normal(&rng));
		group.values[0][i] *= speed * exp(0.001 * draw_normal(&rng));
		group.values[1][13 - i] *= speed * exp(0.001 * draw_normal(&rng));
		numbers[0][i] = (double)i;
		numbers[1][i] = (double)(13 - i);
	}
	group.rows[0].rounds = numbers[0];
	group.rows[1].rounds = numbers[1];
	summarize(&group);
	assert_int_equal(group.summaries[0].verdict, VERDICT_BEST);
	assert_int_equal(group.summaries[1].verdict, VERDICT_SLOWER);
	group.rows[1].rounds = NULL;
	summarize(&group);
	assert_int_equal(count_verdicts(&group, VERDICT_UNDECIDED), 1);
}

static void a_row_of_few_rounds_is_undecided(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 11);
	struct group group = {.count = 0};
	add_row(&group, &rng, 20, 2e7, 0.001);
	add_row(&group, &rng, 3, 1.9e7, 0.001);
	add_row(&group, &rng, 20, 1e7, 0.001);
	summarize(&group);
	assert_int_equal(group.summaries[0].verdict, VERDICT_BEST);
	assert_int_equal(group.summaries[1].verdict, VERDICT_UNDECIDED);
	assert_int_equal(group.summaries[1].rounds, 3);
	assert_int_equal(group.summaries[2].verdict, VERDICT_SLOWER);
}

static void floors_are_not_ranked(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 12);
	struct group group = {.count = 0};
	add_row(&group, &rng, 14, 9e8, 0.001);
	add_row(&group, &rng, 14, 2e7, 0.001);
	add_row(&group, &rng, 14, 1e7, 0.001);
	add_row(&group, &rng, 14, 5e6, 0.001);
	group.rows[0].floor = true;
	summarize(&group);
	assert_int_equal(group.summaries[0].verdict, VERDICT_FLOOR);
	assert_true(isnan(group.summaries[0].p));
	assert_true(group.summaries[0].ratio < 0.025);
	assert_int_equal(group.summaries[1].verdict, VERDICT_BEST);
	assert_int_equal(group.summaries[2].verdict, VERDICT_SLOWER);
	assert_int_equal(group.summaries[3].verdict, VERDICT_SLOWER);
}

/** Summarizes three times that spread, the last of them of `last`, and a floor. */
static void spread_over_a_floor(struct group *group, size_t rounds, double last, double floor,
				double spread)
{
	struct rng rng;
	rng_seed(&rng, 12);
	*group = (struct group){.count = 0};
	add_row(group, &rng, rounds, 100, spread);
	add_row(group, &rng, rounds, 100, spread);
	add_row(group, &rng, rounds, last, spread);
	add_row(group, &rng, rounds, floor, 0);
	for (size_t i = 0; i < group->count; ++i) {
		group->rows[i].higher_is_better = false;
	}
	group->rows[3].floor = true;
	assert_int_equal(summary_of_group(group->rows, group->count, 1, true, group->summaries), 0);
}

static void a_floor_hides_what_more_rounds_would_not_tell(void **state)
{
	(void)state;
	struct group group;
	spread_over_a_floor(&group, 30, 100, 80, 1);
	assert_int_equal(count_verdicts(&group, VERDICT_BEST), 1);
	assert_int_equal(count_verdicts(&group, VERDICT_HIDDEN), 2);
	// Runs that are read do not ask for the rounds that would decide
	assert_int_equal(summary_of_group(group.rows, group.count, 1, false, group.summaries), 0);
	assert_int_equal(count_verdicts(&group, VERDICT_HIDDEN), 2);
	// The floor is the smaller part
	spread_over_a_floor(&group, 30, 100, 20, 1);
	assert_int_equal(count_verdicts(&group, VERDICT_UNDECIDED), 2);
	// Few rounds say little
	spread_over_a_floor(&group, 14, 100, 80, 1);
	assert_int_equal(count_verdicts(&group, VERDICT_HIDDEN), 0);
	// More rounds would tell that it is slower
	spread_over_a_floor(&group, 30, 130, 80, 0.5);
	assert_int_equal(group.summaries[2].verdict, VERDICT_UNDECIDED);
	assert_true(group.summaries[2].rounds_needed > 30);
	// It is slower for sure
	spread_over_a_floor(&group, 30, 1000, 800, 0.5);
	assert_int_equal(group.summaries[2].verdict, VERDICT_SLOWER);
}

static void void_rows_have_no_numbers(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 13);
	struct group group = {.count = 0};
	add_row(&group, &rng, 9, 9e7, 0.001);
	add_row(&group, &rng, 9, 1e7, 0.001);
	add_row(&group, &rng, 9, 9e7, 0.001);
	group.rows[0].void_row = true;
	group.rows[2].void_row = true;
	group.rows[2].floor = true;
	summarize(&group);
	for (size_t i = 0; i < 3; i += 2) {
		const struct summary *summary = &group.summaries[i];
		assert_int_equal(summary->verdict, VERDICT_VOID);
		assert_int_equal(summary->rounds, 0);
		assert_true(isnan(summary->median) && isnan(summary->low) && isnan(summary->high));
		assert_true(isnan(summary->mad) && isnan(summary->p) && isnan(summary->ratio));
	}
	assert_int_equal(group.summaries[1].verdict, VERDICT_BEST);
}

static void nothing_measured_decides_nothing(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 14);
	struct group group = {.count = 0};
	add_row(&group, &rng, 0, 1e7, 0.01);
	group.rows[0].values = NULL;
	summarize(&group);
	assert_int_equal(group.summaries[0].verdict, VERDICT_NOTHING);
	add_row(&group, &rng, 1, 1e7, 0.01);
	summarize(&group);
	assert_int_equal(group.summaries[0].verdict, VERDICT_NOTHING);
	// There is no queue to compare it with
	assert_int_equal(group.summaries[1].verdict, VERDICT_BEST);
	assert_int_equal(group.summaries[1].rounds_needed, 0);
	assert_int_equal(summary_of_group(group.rows, group.count, 1, true, group.summaries), 0);
	assert_int_equal(group.summaries[1].rounds_needed, 1);
}

static void zeros_have_no_cost(void **state)
{
	(void)state;
	static double zeros[14] = {0};
	static double ones[14] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	const struct summary_row rows[] = {{.values = zeros, .count = 14},
					   {.values = ones, .count = 14},
					   {.values = ones, .count = 14}};
	struct summary summaries[3];
	assert_int_equal(summary_of_group(rows, 3, 1, false, summaries), 0);
	assert_int_equal(summaries[0].verdict, VERDICT_UNDECIDED);
	assert_true(isnan(summaries[0].ratio) && summaries[0].median == 0);
	assert_int_equal(summaries[1].verdict, VERDICT_BEST);
	assert_int_equal(summaries[2].verdict, VERDICT_AS_GOOD);
}

static void two_modes_are_flagged_from_enough_rounds_on(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 15);
	struct group group = {.count = 0};
	add_row(&group, &rng, 30, 1e7, 0.01);
	add_row(&group, &rng, 30, 1e7, 0.01);
	add_row(&group, &rng, SUMMARY_MODES_ROUNDS - 1, 1e7, 0.01);
	for (size_t i = 0; i < 30; i += 2) {
		group.values[1][i] *= 3;
		group.values[2][i] *= 3;
	}
	summarize(&group);
	assert_int_equal(group.summaries[0].modes, 1);
	assert_int_equal(group.summaries[1].modes, 2);
	assert_int_equal(group.summaries[2].modes, 1);
	assert_true(group.summaries[1].dip_p <= 0.05);
	assert_true(isnan(group.summaries[2].dip_p));
}

static void the_same_seed_gives_the_same_summaries(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 16);
	struct group group = {.count = 0};
	add_row(&group, &rng, 15, 1e7, 0.1);
	summarize(&group);
	struct summary first = group.summaries[0];
	summarize(&group);
	assert_memory_equal(&first, &group.summaries[0], sizeof(first));
	assert_true(first.low <= first.median && first.median <= first.high);
	assert_true(first.low < first.high && first.mad > 0);
}

static void bad_groups_are_refused(void **state)
{
	(void)state;
	double values[] = {1, NAN};
	struct summary_row rows[] = {{.values = values, .count = 1},
				     {.values = values, .count = 2}};
	struct summary summaries[2];
	errno = 0;
	assert_int_equal(summary_of_group(rows, 0, 1, false, summaries), -1);
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_int_equal(summary_of_group(rows, 2, 1, false, summaries), -1);
	assert_int_equal(errno, EINVAL);
	rows[1].count = 1;
	assert_int_equal(summary_of_group(rows, 2, 1, false, summaries), 0);
	rows[1].higher_is_better = true;
	errno = 0;
	assert_int_equal(summary_of_group(rows, 2, 1, false, summaries), -1);
	assert_int_equal(errno, EINVAL);
}

/** Verdict on what is as good over all runs, by what one of them says of it. */
static enum verdict doubted(size_t rounds, double ratio_low)
{
	struct summary all = {.verdict = VERDICT_AS_GOOD, .rounds_needed = 90};
	const struct summary best = {.rounds = 40, .ratio = 1};
	const struct summary its = {.rounds = rounds, .ratio_low = ratio_low};
	summary_doubt_left_off(&all, &its, &best, 40);
	assert_int_equal(all.rounds_needed, all.verdict == VERDICT_UNDECIDED ? 0 : 90);
	return all.verdict;
}

static void what_a_run_left_off_is_doubted(void **state)
{
	(void)state;
	assert_int_equal(doubted(30, 1.2), VERDICT_UNDECIDED);
	assert_int_equal(doubted(31, 1.2), VERDICT_AS_GOOD);
	assert_int_equal(doubted(30, 1.02), VERDICT_AS_GOOD);
	struct summary slower = {.verdict = VERDICT_SLOWER};
	summary_doubt_left_off(&slower, &(struct summary){.rounds = 1, .ratio_low = 2},
			       &(struct summary){.rounds = 40, .ratio = 1}, 40);
	assert_int_equal(slower.verdict, VERDICT_SLOWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drift_that_rounds_share_makes_no_differences),
		cmocka_unit_test(ten_percent_with_a_small_spread_are_found),
		cmocka_unit_test(of_nanoseconds_less_is_better),
		cmocka_unit_test(samples_of_one_round_are_paired),
		cmocka_unit_test(a_row_of_few_rounds_is_undecided),
		cmocka_unit_test(floors_are_not_ranked),
		cmocka_unit_test(a_floor_hides_what_more_rounds_would_not_tell),
		cmocka_unit_test(void_rows_have_no_numbers),
		cmocka_unit_test(nothing_measured_decides_nothing),
		cmocka_unit_test(zeros_have_no_cost),
		cmocka_unit_test(two_modes_are_flagged_from_enough_rounds_on),
		cmocka_unit_test(the_same_seed_gives_the_same_summaries),
		cmocka_unit_test(bad_groups_are_refused),
		cmocka_unit_test(what_a_run_left_off_is_doubted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
