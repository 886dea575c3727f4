// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** Comparing two runs: what is a change, what is drift, and what cannot be compared. */

#include "base/build.h"
#include "base/rng.h"
#include "base/statistics.h"
#include "compare/compare.h"
#include "results/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 12, QUEUES = 100 };

/** Properties of a made-up run. */
struct made {
	/** Standard deviations of log(value): between samples, and between cells of two runs. */
	double noise;
	double drift;
	/** Items per second of the first `changed` queues change by this factor. */
	size_t changed;
	double factor;
	uint64_t seed;
	int rounds;
};

/** A nearly normal number, with mean 0 and deviation 1. */
static double normal(struct rng *rng)
{
	double sum = -6;
	for (int i = 0; i < 12; ++i) {
		sum += rng_unit(rng);
	}
	return sum;
}

static void add_cell(struct run *run, const struct made *made, struct rng *rng, const char *queue,
		     bool floor, double value)
{
	struct run_cell cell = {
		.cell = {.queue = queue,
			 .workload = "pairwise",
			 .threads = 2,
			 .capacity = 1024,
			 .batch = 1,
			 .wait = CHANNEL_YIELD},
		.floor = floor,
	};
	assert_int_equal(run_add_cell(run, &cell), 0);
	value *= exp(made->drift * normal(rng));
	for (int i = 0; i < made->rounds; ++i) {
		struct sample sample;
		sample_clear(&sample);
		sample.value = value * exp(made->noise * normal(rng));
		assert_int_equal(run_cell_add_sample(&run->cells[run->cell_count - 1], &sample), 0);
	}
}

/** Makes a run of QUEUES queues and three floors, on a machine of this model. */
static struct run make_run(const struct made *made, const char *model)
{
	struct run run;
	struct rng rng;
	rng_seed(&rng, made->seed);
	struct machine machine;
	machine_clear(&machine);
	machine.processor.model = model;
	machine.software.commit = made->changed ? "new" : "old";
	struct run_settings settings = {
		.seed = 3,
		.rounds = made->rounds,
		.duration_ns = 100,
		.warmup_ns = 20,
		.budget_s = NAN,
	};
	assert_int_equal(run_create(&run, "qbench run", &machine, &settings), 0);
	for (size_t i = 0; i < QUEUES; ++i) {
		char name[32];
		snprintf(name, sizeof(name), "queue%zu", i);
		add_cell(&run, made, &rng, name, false,
			 1e7 * (i < made->changed ? made->factor : 1));
	}
	for (int i = 0; i < 3; ++i) {
		char name[32];
		snprintf(name, sizeof(name), "floor%d", i);
		add_cell(&run, made, &rng, name, true, 1e8);
	}
	return run;
}

static struct comparison compare(const struct run *before, const struct run *after)
{
	struct comparison comparison;
	assert_int_equal(compare_runs(before, after, &comparison), 0);
	assert_int_equal(comparison.count, QUEUES + 3);
	return comparison;
}

/** Runs of one build differ in fewer than 5 of 100 cells, however much the machine drifts. */
static void same_build_shows_no_difference(void **state)
{
	(void)state;
	static const double drifts[] = {0, 0.01, 0.05, 0.2};
	// A sanitizer sees all of this arithmetic, of one thread, the first time
	for (size_t i = 0; i < (BUILD_SLOW > 1 ? 1 : 4); ++i) {
		struct made made = {.noise = 0.03, .drift = drifts[i], .seed = 1, .rounds = ROUNDS};
		struct run before = make_run(&made, "one");
		made.seed = 2 + i;
		struct run after = make_run(&made, "one");
		struct comparison comparison = compare(&before, &after);
		assert_true(comparison.verdicts[COMPARE_SLOWER] +
				    comparison.verdicts[COMPARE_FASTER] <=
			    5);
		// No cell is as good whose drift alone is wider than that
		assert_true(drifts[i] < 0.05 || comparison.verdicts[COMPARE_AS_GOOD] == 0);
		assert_int_equal(comparison.verdicts[COMPARE_NOT], 0);
		// Both runs drift
		assert_true(comparison.drift > drifts[i]);
		assert_true(comparison.drift < 4 * drifts[i] + 0.05);
		compare_destroy(&comparison);
		run_destroy(&before);
		run_destroy(&after);
	}
}

static void change_above_the_drift_is_found(void **state)
{
	(void)state;
	for (int slower = 0; slower < 2; ++slower) {
		struct made made = {.noise = 0.02, .drift = 0.02, .seed = 7, .rounds = ROUNDS};
		struct run before = make_run(&made, "one");
		made.seed = 8;
		made.changed = 20;
		made.factor = slower ? 1 / 1.5 : 1.5;
		struct run after = make_run(&made, "one");
		struct comparison comparison = compare(&before, &after);
		enum compare_verdict expected = slower ? COMPARE_SLOWER : COMPARE_FASTER;
		for (size_t i = 0; i < 20; ++i) {
			assert_int_equal(comparison.cells[i].verdict, expected);
			assert_true(comparison.cells[i].low < comparison.cells[i].ratio);
			assert_true(comparison.cells[i].high > comparison.cells[i].ratio);
			assert_true(slower ? fabs(comparison.cells[i].slower - 0.5) < 0.2
					   : comparison.cells[i].slower < -0.2);
		}
		assert_int_equal(comparison.verdicts[expected], 20);
		assert_non_null(strstr(comparison.notes, "software commit was old, and is new"));
		compare_destroy(&comparison);
		run_destroy(&before);
		run_destroy(&after);
	}
}

/** A queue whose probes moved as far as it did may have met another state of the machine. */
static void change_of_the_probes_is_drift(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .drift = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	made.seed = 8;
	made.changed = 2;
	made.factor = 1 / 2.5;
	struct run after = make_run(&made, "one");
	for (size_t i = 0; i < QUEUES; ++i) {
		for (int j = 0; j < ROUNDS; ++j) {
			struct sample *was = &before.cells[i].samples[j];
			struct sample *is = &after.cells[i].samples[j];
			was->bounce_before = was->bounce_after = 100;
			is->bounce_before = is->bounce_after = i == 0 ? 250 : 102;
		}
	}
	struct comparison comparison = compare(&before, &after);
	assert_int_equal(comparison.cells[0].verdict, COMPARE_UNDECIDED);
	assert_int_equal(comparison.cells[0].rounds_needed, 0);
	assert_int_equal(comparison.cells[1].verdict, COMPARE_SLOWER);
	assert_int_equal(comparison.probed, QUEUES);
	assert_true(fabs(comparison.probe_most - log(2.5)) < 1e-9);
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
}

/** A line that bounces inside a core or between two, now and then, is no drift, nor are few probes.
 */
static void spread_of_the_probes_is_no_drift(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .drift = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	made.seed = 8;
	struct run after = make_run(&made, "one");
	for (size_t i = 0; i < QUEUES; ++i) {
		for (int j = 0; j < (i == 1 ? 2 : ROUNDS); ++j) {
			struct sample *was = &before.cells[i].samples[j];
			struct sample *is = &after.cells[i].samples[j];
			was->bounce_before = was->bounce_after = j % 2 == 0 ? 30 : 200;
			is->bounce_before = is->bounce_after = i == 1 || j % 3 == 0 ? 30 : 200;
		}
	}
	struct comparison comparison = compare(&before, &after);
	assert_int_equal(comparison.probed, QUEUES - 1);
	assert_true(comparison.probe_most == 0);
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
}

/** All queues change alike. That is no drift: there is no spread, and the floors did not change. */
static void change_of_all_queues_is_found(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .drift = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	made.seed = 8;
	made.changed = QUEUES;
	made.factor = 0.6;
	struct run after = make_run(&made, "one");
	struct comparison comparison = compare(&before, &after);
	assert_int_equal(comparison.verdicts[COMPARE_SLOWER], QUEUES);
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
}

/** Cells of one queue show a change together that is too small for each of them. */
static void change_of_a_queue_shows_in_all_its_cells(void **state)
{
	(void)state;
	for (int changed = 0; changed < 2; ++changed) {
		struct made made = {.noise = 0.1, .drift = 0.05, .seed = 3, .rounds = ROUNDS};
		struct run runs[2];
		for (int i = 0; i < 2; ++i) {
			runs[i] = make_run(&made, "one");
			// Every tenth cell is of one queue, with another number of threads
			for (size_t j = 0; j < QUEUES; ++j) {
				char name[32];
				struct cell *cell = &runs[i].cells[j].cell;
				snprintf(name, sizeof(name), "queue%zu", j % 10);
				cell->queue = texts_keep(&runs[i].texts, name);
				cell->threads = (unsigned int)j + 1;
			}
			made.seed = 4;
			made.changed = 0;
		}
		for (size_t j = 4; changed && j < QUEUES; j += 10) {
			struct run_cell *cell = &runs[1].cells[j];
			for (size_t k = 0; k < cell->sample_count; ++k) {
				cell->samples[k].value /= 1.2;
			}
		}
		struct comparison comparison = compare(&runs[0], &runs[1]);
		assert_int_equal(comparison.verdicts[COMPARE_SLOWER], 0);
		assert_int_equal(comparison.queue_count, 10);
		for (size_t i = 0; i < 10; ++i) {
			const struct compare_queue *queue = &comparison.queues[i];
			assert_int_equal(queue->cells, 10);
			assert_int_equal(queue->verdict == COMPARE_SLOWER, changed && i == 4);
			assert_int_not_equal(queue->verdict, COMPARE_FASTER);
		}
		assert_true(!changed ||
			    (comparison.queues[4].low < 1.2 && comparison.queues[4].high > 1.2));
		compare_destroy(&comparison);
		run_destroy(&runs[0]);
		run_destroy(&runs[1]);
	}
}

/** Makes the floors of a run those of another, so that they show no drift. */
static void copy_floors(struct run *after, const struct run *before)
{
	for (size_t i = QUEUES; i < QUEUES + 3; ++i) {
		memcpy(after->cells[i].samples, before->cells[i].samples,
		       before->cells[i].sample_count * sizeof(struct sample));
	}
}

/** All cells change by 5 %: in 19 of 20 comparisons none of the 100 is called as good. */
static void change_by_the_margin_is_not_as_good(void **state)
{
	(void)state;
	size_t families = BUILD_SLOW > 1 ? 2 : 20;
	size_t wrong = 0;
	for (size_t i = 0; i < families; ++i) {
		struct made made = {.noise = 0.03, .seed = 2 * i + 1, .rounds = 20};
		struct run before = make_run(&made, "one");
		made.seed = 2 * i + 2;
		made.changed = QUEUES;
		made.factor = i % 2 ? VERDICT_MARGIN : 1 / VERDICT_MARGIN;
		struct run after = make_run(&made, "one");
		copy_floors(&after, &before);
		struct comparison comparison = compare(&before, &after);
		wrong += comparison.verdicts[COMPARE_AS_GOOD] > 0;
		compare_destroy(&comparison);
		run_destroy(&before);
		run_destroy(&after);
	}
	print_message("called as good in %zu of %zu comparisons\n", wrong, families);
	assert_true(wrong <= 1);
}

/**
 * Counts cells that are undecided between two runs with so many rounds.
 *
 * @param told  receives how many rounds would decide those of them that say it, ascending, and NAN
 */
static size_t count_undecided(int rounds, uint64_t seed, double *told)
{
	struct made made = {.noise = 0.04, .seed = seed, .rounds = rounds};
	struct run before = make_run(&made, "one");
	made.seed = seed + 1;
	struct run after = make_run(&made, "one");
	copy_floors(&after, &before);
	struct comparison comparison = compare(&before, &after);
	size_t undecided = comparison.verdicts[COMPARE_UNDECIDED];
	size_t count = 0;
	for (size_t i = 0; i < QUEUES; ++i) {
		const struct compare_cell *cell = &comparison.cells[i];
		if (cell->verdict != COMPARE_UNDECIDED) {
			assert_int_equal(cell->rounds_needed, rounds);
		} else if (cell->rounds_needed > 0) {
			assert_in_range(cell->rounds_needed, rounds + 1, VERDICT_MOST_ROUNDS);
			told[count++] = (double)cell->rounds_needed;
		}
	}
	qsort(told, count, sizeof(*told), statistics_compare);
	told[count] = NAN;
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
	return undecided;
}

/** Cells are decided by the rounds that they ask for. By half of these rounds most are not. */
static void more_rounds_decide(void **state)
{
	(void)state;
	double told[QUEUES + 1];
	double ignored[QUEUES + 1];
	size_t count = 0;
	size_t few = count_undecided(ROUNDS, 1, told);
	while (!isnan(told[count])) {
		++count;
	}
	int rounds = (int)told[count / 2];
	size_t half = count_undecided(rounds / 2, 3, ignored);
	size_t enough = count_undecided(rounds, 5, ignored);
	print_message("undecided of %d: %zu with %d rounds, %zu told how many decide; %zu with %d, "
		      "%zu with %d\n",
		      QUEUES, few, ROUNDS, count, half, rounds / 2, enough, rounds);
	assert_true(few > QUEUES * 9 / 10);
	assert_true(count > QUEUES / 2);
	assert_true(half > QUEUES / 2);
	assert_true(enough < QUEUES / 2);
}

/** Asserts that every queue's cell cannot be compared, for this reason. */
static void assert_incomparable(const struct run *before, const struct run *after,
				const char *reason)
{
	struct comparison comparison = compare(before, after);
	assert_int_equal(comparison.verdicts[COMPARE_NOT], QUEUES);
	for (size_t i = 0; i < comparison.count; ++i) {
		assert_non_null(strstr(comparison.cells[i].reason, reason));
	}
	compare_destroy(&comparison);
}

static void other_machines_and_settings_are_not_compared(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	struct run other = make_run(&made, "two");
	assert_incomparable(&before, &other,
			    "another machine: processor model was one, and is two");
	run_destroy(&other);

	other = make_run(&made, "one");
	other.settings.duration_ns = 200;
	assert_incomparable(&before, &other, "other settings: duration_ns was 100, and is 200");
	run_destroy(&other);

	made.rounds = 7;
	other = make_run(&made, "one");
	struct comparison comparison = compare(&before, &other);
	assert_int_equal(comparison.verdicts[COMPARE_NOT], QUEUES);
	assert_string_equal(comparison.cells[0].reason, "too few rounds");
	compare_destroy(&comparison);
	run_destroy(&other);
	run_destroy(&before);
}

/** Reports a cell that is in one run only, and a cell whose sample failed. */
static void cells_without_a_partner_are_told(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	struct run after = make_run(&made, "one");
	struct sample failed;
	sample_clear(&failed);
	failed.verdict = SAMPLE_VOID;
	failed.reason = "item 17 was delivered twice";
	after.cells[0].cell.queue = "renamed";
	assert_int_equal(run_cell_add_sample(&after.cells[1], &failed), 0);
	struct comparison comparison;
	assert_int_equal(compare_runs(&before, &after, &comparison), 0);
	assert_int_equal(comparison.count, QUEUES + 4);
	assert_string_equal(comparison.cells[0].reason, "not in NEW");
	assert_false(comparison.cells[0].broke);
	assert_string_equal(comparison.cells[1].reason, "void in NEW");
	assert_true(comparison.cells[1].broke);
	assert_string_equal(comparison.cells[QUEUES + 3].reason, "not in OLD");
	assert_int_equal(comparison.verdicts[COMPARE_NOT], 3);
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
}

/** Of idle, older files have medians as values, and today's have means. */
static void medians_are_not_compared_with_means(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	struct run after = make_run(&made, "one");
	// The first sample of the new one is lost, and so has neither
	for (size_t i = 0; i < ROUNDS; ++i) {
		struct sample *samples[] = {&before.cells[0].samples[i],
					    &before.cells[1].samples[i], &after.cells[0].samples[i],
					    &after.cells[1].samples[i]};
		for (size_t j = 0; j < 4 && (i > 0 || j < 2); ++j) {
			samples[j]->quiet_cpu_ns = 1000;
			samples[j]->latency.p50 = 5000;
			samples[j]->latency.mean90 = j == 0 ? NAN : 5000;
		}
	}
	struct comparison comparison = compare(&before, &after);
	assert_non_null(strstr(comparison.cells[0].reason, "medians"));
	assert_null(comparison.cells[1].reason);
	assert_int_equal(comparison.verdicts[COMPARE_NOT], 1);
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
}

/** Values whose sums and ratios overflow a double make only their own cell incomparable. */
static void values_beyond_all_ratios_spoil_one_cell(void **state)
{
	(void)state;
	struct made made = {.noise = 0.02, .seed = 7, .rounds = ROUNDS};
	struct run before = make_run(&made, "one");
	struct run after = make_run(&made, "one");
	for (size_t i = 0; i < ROUNDS; ++i) {
		before.cells[0].samples[i].value = 5e-324;
		after.cells[0].samples[i].value = 1.7e308;
	}
	struct comparison comparison = compare(&before, &after);
	assert_non_null(comparison.cells[0].reason);
	assert_int_equal(comparison.verdicts[COMPARE_NOT], 1);
	assert_int_equal(comparison.verdicts[COMPARE_AS_GOOD], QUEUES - 1);
	assert_true(isfinite(comparison.drift));
	compare_destroy(&comparison);
	run_destroy(&before);
	run_destroy(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_build_shows_no_difference),
		cmocka_unit_test(change_above_the_drift_is_found),
		cmocka_unit_test(change_of_the_probes_is_drift),
		cmocka_unit_test(spread_of_the_probes_is_no_drift),
		cmocka_unit_test(change_of_all_queues_is_found),
		cmocka_unit_test(change_of_a_queue_shows_in_all_its_cells),
		cmocka_unit_test(change_by_the_margin_is_not_as_good),
		cmocka_unit_test(more_rounds_decide),
		cmocka_unit_test(other_machines_and_settings_are_not_compared),
		cmocka_unit_test(cells_without_a_partner_are_told),
		cmocka_unit_test(medians_are_not_compared_with_means),
		cmocka_unit_test(values_beyond_all_ratios_spoil_one_cell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
