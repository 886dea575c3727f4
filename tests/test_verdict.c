// SPDX-License-Identifier: MIT
// seconds: 25
// not-under: tsan (it has one thread)

/**
 * Verdicts in simulated worlds, in which it is known who is slower: thousands of families with
 * drift, states of the machine, heavy tails, and values in buckets.
 */

#include "base/build.h"
#include "base/rng.h"
#include "results/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define MOST_CELLS 100
#define MOST_ROUNDS 300

enum world {
	/** Rounds differ by 30 %. */
	WORLD_DRIFT,
	/** The machine is three times slower for some rounds, and some samples are by themselves.
	 */
	WORLD_STATES,
	/** Noise without a variance. */
	WORLD_TAILS,
	/** Values repeat: they come from the buckets of a histogram. */
	WORLD_BUCKETS,
};

#define WORLDS 4

/** A family to be made. */
struct plan {
	enum world world;
	size_t cells;
	size_t rounds;
	double noise;
	/** That much more noise has the last cell; 0: no more. */
	double last_noise;
	/** Logarithm of each cell's cost. */
	double costs[MOST_CELLS];
};

struct made {
	double costs[MOST_ROUNDS * MOST_CELLS];
	struct verdict_row rows[MOST_CELLS];
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

static double draw_noise(const struct plan *plan, struct rng *rng)
{
	if (plan->world == WORLD_TAILS) {
		return plan->noise * tan(M_PI * (rng_unit(rng) - 0.5) * 0.98);
	}
	double noise = plan->noise * draw_normal(rng);
	return plan->world == WORLD_STATES && rng_unit(rng) < 0.1 ? noise + 1.1 : noise;
}

static void make(const struct plan *plan, struct rng *rng, struct made *made)
{
	double state = 0;
	for (size_t round = 0; round < plan->rounds; ++round) {
		double drift = 0.3 * draw_normal(rng);
		if (plan->world == WORLD_STATES && rng_unit(rng) < 0.2) {
			state = rng_unit(rng) < 0.5 ? 0 : 1.1;
		}
		for (size_t i = 0; i < plan->cells; ++i) {
			double noise = draw_noise(plan, rng);
			if (plan->last_noise > 0 && i == plan->cells - 1) {
				noise *= plan->last_noise;
			}
			double cost = plan->costs[i] + drift + state + noise;
			if (plan->world == WORLD_BUCKETS) {
				cost = floor(cost / 0.016) * 0.016;
			}
			made->costs[round * plan->cells + i] = 100 * exp(cost);
		}
	}
}

static void judge(const struct plan *plan, struct rng *rng, struct made *made)
{
	assert_int_equal(verdict_of_family(made->costs, plan->rounds, plan->cells, rng_next(rng),
					   made->rows),
			 0);
}

/** Counts cells with a verdict among those from `first` up to `end`. */
static size_t count(const struct made *made, size_t first, size_t end, enum verdict verdict)
{
	size_t found = 0;
	for (size_t i = first; i < end; ++i) {
		found += made->rows[i].verdict == verdict;
	}
	return found;
}

static struct made *made;

static int set_up(void **state)
{
	(void)state;
	made = calloc(1, sizeof(*made));
	return made ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(made);
	return 0;
}

/** Families of a plan with a cell that is called slower. */
static size_t count_wrong(const struct plan *plan, size_t families, uint64_t seed)
{
	size_t wrong = 0;
	struct rng rng;
	rng_seed(&rng, seed);
	for (size_t i = 0; i < families; ++i) {
		make(plan, &rng, made);
		judge(plan, &rng, made);
		wrong += count(made, 0, plan->cells, VERDICT_SLOWER) > 0;
		assert_int_equal(count(made, 0, plan->cells, VERDICT_BEST), 1);
	}
	return wrong;
}

/** At most 1 family in 200 of equal cells has a slower one: in each world, and of each size. */
static void equal_cells_are_not_called_slower(void **state)
{
	(void)state;
	static const size_t cells[] = {2, 5, 30, 100};
	static const size_t all_families[] = {2000, 2000, 1000, 300};
	static const size_t rounds[] = {8, 12, 40};
	size_t of_world[WORLDS] = {0};
	size_t all = 0;
	for (size_t i = 0; i < 12; ++i) {
		size_t families = all_families[i / 3] / (rounds[i % 3] == 40 ? 3 : 1) /
				  (BUILD_SLOW > 1 ? 30 : 1);
		size_t wrong = 0;
		for (enum world world = 0; world < WORLDS; ++world) {
			struct plan plan = {.world = world,
					    .cells = cells[i / 3],
					    .rounds = rounds[i % 3],
					    .noise = 0.05};
			size_t its = count_wrong(&plan, families, world * 12 + i);
			wrong += its;
			of_world[world] += its;
		}
		all += families;
		// The few families of a sanitizer say nothing of rates
		assert_true(BUILD_SLOW > 1 || wrong <= families * WORLDS / 200);
	}
	for (enum world world = 0; world < WORLDS; ++world) {
		assert_true(BUILD_SLOW > 1 || of_world[world] <= all / 200);
	}
}

/** All samples of a cell above all of another, inside every round: always slower. */
static void what_always_costs_more_is_slower(void **state)
{
	(void)state;
	for (size_t cells = 2; cells <= 100; cells = cells * 7 / 2) {
		struct plan plan = {.cells = cells, .rounds = 14, .noise = 0.001};
		struct rng rng;
		rng_seed(&rng, cells);
		for (size_t i = 0; i < cells; ++i) {
			plan.costs[i] = 0.06 * (double)i;
		}
		for (int i = 0; i < 5; i += BUILD_SLOW) {
			make(&plan, &rng, made);
			judge(&plan, &rng, made);
			assert_int_equal(made->rows[0].verdict, VERDICT_BEST);
			assert_int_equal(count(made, 1, cells, VERDICT_SLOWER), cells - 1);
		}
	}
}

/** 10 % slower, 5 % noise inside rounds and 30 % between, 12 rounds: most are found. */
static void ten_per_cent_are_found(void **state)
{
	(void)state;
	struct plan plan = {.cells = 30, .rounds = 12, .noise = 0.05};
	struct rng rng;
	rng_seed(&rng, 1);
	size_t found = 0;
	size_t clear = 0;
	size_t wrong = 0;
	// Fewer say little of a rate
	size_t families = BUILD_SLOW > 1 ? 40 : 200;
	for (size_t i = 10; i < 30; ++i) {
		plan.costs[i] = i < 20 ? log(1.1) : log(1.5);
	}
	for (size_t i = 0; i < families; ++i) {
		make(&plan, &rng, made);
		judge(&plan, &rng, made);
		wrong += count(made, 0, 10, VERDICT_SLOWER) > 0;
		found += count(made, 10, 20, VERDICT_SLOWER);
		clear += count(made, 20, 30, VERDICT_SLOWER);
	}
	assert_in_range(wrong, 0, 1);
	assert_int_equal(clear, 10 * families);
	assert_true((double)found >= 0.9 * 10 * (double)families);
}

/** Equal within 1 %, 3 % noise, 20 rounds: as good in 9 of 10. */
static void equal_within_one_per_cent_is_as_good(void **state)
{
	(void)state;
	static const size_t cells[] = {5, 30};
	struct rng rng;
	rng_seed(&rng, 2);
	for (size_t i = 0; i < 2; ++i) {
		struct plan plan = {.cells = cells[i], .rounds = 20, .noise = 0.03};
		size_t good = 0;
		size_t families = 400 / BUILD_SLOW;
		for (size_t j = 0; j < families; ++j) {
			for (size_t k = 0; k < plan.cells; ++k) {
				plan.costs[k] = 0.01 * rng_unit(&rng);
			}
			make(&plan, &rng, made);
			judge(&plan, &rng, made);
			good += count(made, 0, plan.cells, VERDICT_AS_GOOD);
		}
		// One of them is the best
		assert_true((double)good >= 0.9 * (double)((plan.cells - 1) * families));
	}
}

/** Cells that cost 5 % more are called as good in about 1 of 20 families, even if all but one do.
 */
static void slower_by_the_margin_is_not_as_good(void **state)
{
	(void)state;
	struct plan plan = {.cells = 30, .rounds = 20, .noise = 0.03};
	struct rng rng;
	rng_seed(&rng, 9);
	size_t wrong = 0;
	size_t families = 150 / BUILD_SLOW;
	for (size_t i = 1; i < plan.cells; ++i) {
		plan.costs[i] = log(VERDICT_MARGIN);
	}
	for (size_t i = 0; i < families; ++i) {
		make(&plan, &rng, made);
		judge(&plan, &rng, made);
		wrong += count(made, 1, plan.cells, VERDICT_AS_GOOD) > 0;
	}
	assert_true(BUILD_SLOW > 1 || wrong <= families / 14);
}

/** Also not one that spreads four times as much as the others, which cost as much as the best. */
static void a_noisy_cell_does_not_borrow_its_peers_calm(void **state)
{
	(void)state;
	static const size_t cells[] = {10, 13};
	struct rng rng;
	rng_seed(&rng, 10);
	size_t families = 600 / BUILD_SLOW;
	size_t wrong = 0;
	for (size_t i = 0; i < 2; ++i) {
		struct plan plan = {
			.cells = cells[i], .rounds = 12, .noise = 0.01, .last_noise = 4};
		plan.costs[plan.cells - 1] = log(VERDICT_MARGIN);
		for (size_t j = 0; j < families; ++j) {
			make(&plan, &rng, made);
			judge(&plan, &rng, made);
			wrong += count(made, plan.cells - 1, plan.cells, VERDICT_AS_GOOD);
		}
	}
	// 1 in 40 is what its interval claims
	assert_true(BUILD_SLOW > 1 || wrong <= 2 * families / 30);
}

/** What is said agrees with the interval that stands beside it. */
static void verdicts_agree_with_intervals(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 3);
	for (int i = 0; i < 400 / BUILD_SLOW; ++i) {
		struct plan plan = {.world = (enum world)(i % WORLDS),
				    .cells = 2 + rng_below(&rng, 30),
				    .rounds = 1 + rng_below(&rng, 30),
				    .noise = 0.02};
		for (size_t j = 0; j < plan.cells; ++j) {
			plan.costs[j] = 0.2 * rng_unit(&rng);
		}
		make(&plan, &rng, made);
		judge(&plan, &rng, made);
		for (size_t j = 0; j < plan.cells; ++j) {
			const struct verdict_row *row = &made->rows[j];
			if (row->verdict == VERDICT_AS_GOOD) {
				assert_true(row->high < VERDICT_MARGIN);
			} else if (row->verdict == VERDICT_SLOWER) {
				assert_true(row->low > 1 && row->p <= VERDICT_LEVEL);
			}
			assert_false(row->low > row->ratio || row->ratio > row->high);
		}
	}
}

/** The intervals of single cells hold the ratio that there is in 95 of 100. */
static void intervals_hold_the_ratio(void **state)
{
	(void)state;
	struct plan plan = {.cells = 2, .rounds = 15, .noise = 0.05};
	struct rng rng;
	rng_seed(&rng, 4);
	plan.costs[1] = log(1.5);
	size_t held = 0;
	for (int i = 0; i < 1000; ++i) {
		make(&plan, &rng, made);
		judge(&plan, &rng, made);
		held += made->rows[1].low <= 1.5 && made->rows[1].high >= 1.5;
	}
	assert_in_range(held, 930, 980);
}

static void few_rounds_decide_nothing_and_say_how_many_would(void **state)
{
	(void)state;
	struct plan plan = {.cells = 3, .noise = 0.01};
	struct rng rng;
	size_t needed[3];
	plan.costs[1] = log(1.5);
	plan.costs[2] = log(2);
	for (plan.rounds = 1; plan.rounds <= 4; ++plan.rounds) {
		rng_seed(&rng, plan.rounds);
		make(&plan, &rng, made);
		judge(&plan, &rng, made);
		assert_int_equal(made->rows[0].verdict, VERDICT_BEST);
		assert_int_equal(count(made, 1, 3, VERDICT_UNDECIDED), 2);
		assert_int_equal(
			verdict_rounds_needed(made->costs, plan.rounds, 3, 1, made->rows, needed),
			0);
		assert_int_equal(needed[0], plan.rounds);
		assert_in_range(needed[1], 8, 20);
	}
}

/** Rounds that are needed are about those that decide. */
static void rounds_needed_are_those_that_decide(void **state)
{
	(void)state;
	struct plan plan = {.cells = 2, .rounds = 12, .noise = 0.05};
	struct rng rng;
	size_t decided = 0;
	size_t again = 0;
	size_t tried = 0;
	rng_seed(&rng, 5);
	plan.costs[1] = log(1.03);
	for (int i = 0; i < 100; ++i) {
		size_t needed[2];
		plan.rounds = 12;
		make(&plan, &rng, made);
		judge(&plan, &rng, made);
		assert_int_equal(verdict_rounds_needed(made->costs, 12, 2, 1, made->rows, needed),
				 0);
		size_t worst = made->rows[0].verdict == VERDICT_BEST;
		if (made->rows[worst].verdict != VERDICT_UNDECIDED) {
			assert_int_equal(needed[worst], 12);
		} else if (needed[worst] > 0) {
			++tried;
			make(&plan, &rng, made);
			judge(&plan, &rng, made);
			again += count(made, 0, 2, VERDICT_UNDECIDED) == 0;
			plan.rounds = needed[worst];
			make(&plan, &rng, made);
			judge(&plan, &rng, made);
			decided += count(made, 0, 2, VERDICT_UNDECIDED) == 0;
		}
	}
	assert_in_range(tried, 20, 100);
	// What few rounds say of more is rough, but they decide far more than as few again
	assert_true(decided > 2 * again);
}

/**
 * Does a run that looks at its verdicts, and ends for one that it is sure of, end with the second
 * of two cells called `wrong`, or has it that verdict when its time is over?
 */
static bool ends_with(const struct plan *plan, struct rng *rng, enum verdict wrong)
{
	struct plan seen = *plan;
	make(plan, rng, made);
	for (seen.rounds = 12; seen.rounds < plan->rounds;
	     seen.rounds = verdict_next_look(seen.rounds)) {
		judge(&seen, rng, made);
		for (size_t i = 0; i < 2; ++i) {
			const struct verdict_row *row = &made->rows[i];
			if (row->verdict == VERDICT_AS_GOOD ||
			    (row->verdict == VERDICT_SLOWER && row->p <= VERDICT_LOOK)) {
				return row->verdict == wrong;
			}
		}
	}
	judge(plan, rng, made);
	return count(made, 0, 2, wrong) > 0;
}

static void looks_add_no_errors(void **state)
{
	(void)state;
	struct plan plan = {.cells = 2, .rounds = VERDICT_MOST_ROUNDS, .noise = 0.3};
	struct rng rng;
	size_t families = BUILD_SLOW > 1 ? 40 : 2000;
	size_t slower = 0;
	size_t as_good = 0;
	rng_seed(&rng, 13);
	for (size_t i = 0; i < families; ++i) {
		plan.costs[1] = 0;
		slower += ends_with(&plan, &rng, VERDICT_SLOWER);
	}
	plan.noise = 0.03;
	for (size_t i = 0; i < families; ++i) {
		plan.costs[1] = log(VERDICT_MARGIN);
		as_good += ends_with(&plan, &rng, VERDICT_AS_GOOD);
	}
	assert_true(BUILD_SLOW > 1 || slower <= families / 200);
	assert_true(BUILD_SLOW > 1 || as_good <= families / 20);
}

/** Hides the costs of cells that are left off, in rounds from `first` up to `end`. */
static void leave_off(const struct plan *plan, const bool *left_off, size_t first, size_t end)
{
	for (size_t round = first; round < end; ++round) {
		for (size_t i = 0; i < plan->cells; ++i) {
			if (left_off[i]) {
				made->costs[round * plan->cells + i] = NAN;
			}
		}
	}
}

/**
 * Measures a family as a run does that looks at its verdicts: what is slower for sure is left off,
 * 1 of 4 of these come back at each look, as if other states had been found, and it ends once all
 * are decided. Returns whether its last words are wrong.
 */
static bool errs_with_looks(const struct plan *plan, struct rng *rng)
{
	struct plan seen = *plan;
	bool left_off[MOST_CELLS] = {false};
	bool open = true;
	make(plan, rng, made);
	seen.rounds = 12;
	for (;;) {
		open = false;
		judge(&seen, rng, made);
		for (size_t i = 0; i < plan->cells; ++i) {
			const struct verdict_row *row = &made->rows[i];
			bool sure = row->verdict == VERDICT_SLOWER && row->p <= VERDICT_LOOK;
			open |= row->verdict == VERDICT_UNDECIDED ||
				(row->verdict == VERDICT_SLOWER && !sure);
			left_off[i] = sure && rng_unit(rng) >= 0.25;
		}
		size_t next = verdict_next_look(seen.rounds);
		if (!open || next == seen.rounds) {
			break;
		}
		leave_off(plan, left_off, seen.rounds, next);
		seen.rounds = next;
	}
	double best = 0;
	for (size_t i = 0; i < plan->cells; ++i) {
		best = made->rows[i].verdict == VERDICT_BEST ? plan->costs[i] : best;
	}
	// The first costs least, or all cost as much
	bool wrong = best >= log(VERDICT_MARGIN);
	for (size_t i = 0; i < plan->cells; ++i) {
		enum verdict verdict = made->rows[i].verdict;
		wrong |= (verdict == VERDICT_SLOWER && plan->costs[i] <= 0) ||
			 (verdict == VERDICT_AS_GOOD &&
			  plan->costs[i] - best >= log(VERDICT_MARGIN));
	}
	return wrong;
}

/** In fewer than 1 of 20 situations a word is wrong, with all looks, and cells taken back. */
static void looks_at_five_queues_seldom_err(void **state)
{
	(void)state;
	static const double unequal[] = {0, 0.02, 0.06, 0.1, 0.3};
	size_t families = BUILD_SLOW > 1 ? 8 : 170;
	struct rng rng;
	rng_seed(&rng, 14);
	for (int differ = 0; differ < 2; ++differ) {
		size_t wrong = 0;
		for (size_t i = 0; i < families; ++i) {
			struct plan plan = {.world = (enum world)(i % WORLDS),
					    .cells = 5,
					    .rounds = VERDICT_MOST_ROUNDS,
					    .noise = 0.05};
			for (size_t j = 0; differ && j < plan.cells; ++j) {
				plan.costs[j] = unequal[j];
			}
			wrong += errs_with_looks(&plan, &rng);
		}
		print_message("%zu of %zu families of %s queues have a wrong word\n", wrong,
			      families, differ ? "unequal" : "equal");
		assert_true(wrong <= families / 20);
	}
}

static void cells_may_lack_rounds(void **state)
{
	(void)state;
	struct plan plan = {.cells = 5, .rounds = 30, .noise = 0.02};
	struct rng rng;
	rng_seed(&rng, 6);
	plan.costs[4] = log(1.5);
	make(&plan, &rng, made);
	for (size_t round = 0; round < 30; ++round) {
		made->costs[round * 5 + round % 5] = NAN;
		if (round > 2) {
			made->costs[round * 5] = NAN;
		}
	}
	judge(&plan, &rng, made);
	assert_int_equal(made->rows[4].verdict, VERDICT_SLOWER);
	// Two rounds say nothing
	assert_int_equal(made->rows[0].verdict, VERDICT_UNDECIDED);
	for (size_t round = 0; round < 30; ++round) {
		made->costs[round * 5] = NAN;
	}
	judge(&plan, &rng, made);
	assert_int_equal(made->rows[0].verdict, VERDICT_UNDECIDED);
	assert_true(isnan(made->rows[0].ratio));
}

/** What a run leaves off after some rounds is slower by these, whatever comes after them. */
static void cells_that_are_left_off_stay_slower(void **state)
{
	(void)state;
	struct plan plan = {.cells = 30, .rounds = 128, .noise = 0.1};
	struct rng rng;
	rng_seed(&rng, 10);
	for (size_t i = 10; i < 30; ++i) {
		plan.costs[i] = log(1.5);
	}
	make(&plan, &rng, made);
	for (size_t round = 12; round < plan.rounds; ++round) {
		for (size_t i = round < 18 ? 20 : 10; i < 30; ++i) {
			made->costs[round * 30 + i] = NAN;
		}
	}
	judge(&plan, &rng, made);
	assert_int_equal(count(made, 10, 30, VERDICT_SLOWER), 20);
	assert_int_equal(count(made, 0, 10, VERDICT_SLOWER), 0);
}

static void very_many_rounds_are_taken_together(void **state)
{
	(void)state;
	struct plan plan = {.cells = 3, .rounds = MOST_ROUNDS, .noise = 0.05};
	struct rng rng;
	rng_seed(&rng, 7);
	plan.costs[2] = log(1.08);
	make(&plan, &rng, made);
	judge(&plan, &rng, made);
	assert_int_equal(made->rows[2].verdict, VERDICT_SLOWER);
	assert_int_equal(count(made, 0, 2, VERDICT_AS_GOOD), 1);
}

/** Of equal cells, one that loses its samples where the machine is slow is no faster. */
static void rounds_that_are_taken_together_are_those_of_all(void **state)
{
	(void)state;
	struct plan plan = {.cells = 3, .rounds = 2 * VERDICT_MOST_ROUNDS, .noise = 0.05};
	struct rng rng;
	rng_seed(&rng, 11);
	make(&plan, &rng, made);
	for (size_t i = 0; i < plan.rounds; ++i) {
		double *round = &made->costs[i * plan.cells];
		if (rng_unit(&rng) < 0.5) {
			round[0] = NAN;
			round[1] *= 2;
			round[2] *= 2;
		}
	}
	judge(&plan, &rng, made);
	assert_int_equal(count(made, 0, 3, VERDICT_SLOWER), 0);
}

/** Eight runs, each of which leaves off early what costs ten times as much. */
static void cells_that_runs_leave_off_stay_slower(void **state)
{
	(void)state;
	struct plan plan = {.cells = 10, .rounds = 8 * 150, .noise = 0.1};
	struct rng rng;
	rng_seed(&rng, 12);
	for (size_t i = 3; i < 10; ++i) {
		plan.costs[i] = log(10);
	}
	make(&plan, &rng, made);
	for (size_t round = 0; round < plan.rounds; ++round) {
		for (size_t i = 3; round % 150 >= 12 && i < 10; ++i) {
			made->costs[round * 10 + i] = NAN;
		}
	}
	judge(&plan, &rng, made);
	assert_int_equal(count(made, 3, 10, VERDICT_SLOWER), 7);
	assert_int_equal(count(made, 0, 3, VERDICT_SLOWER), 0);
}

static void one_cell_is_the_best(void **state)
{
	(void)state;
	struct plan plan = {.cells = 1, .rounds = 1};
	struct rng rng;
	size_t needed;
	rng_seed(&rng, 8);
	make(&plan, &rng, made);
	judge(&plan, &rng, made);
	assert_int_equal(made->rows[0].verdict, VERDICT_BEST);
	assert_true(made->rows[0].ratio == 1 && made->rows[0].p == 1);
	assert_int_equal(verdict_rounds_needed(made->costs, 1, 1, 1, made->rows, &needed), 0);
	assert_int_equal(needed, 1);
}

static void bad_costs_are_refused(void **state)
{
	(void)state;
	static const double bad[] = {0, -1, INFINITY};
	struct verdict_row row;
	for (size_t i = 0; i < 3; ++i) {
		errno = 0;
		assert_int_equal(verdict_of_family(&bad[i], 1, 1, 1, &row), -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(verdict_of_family(bad, 0, 1, 1, &row), -1);
	assert_int_equal(verdict_of_family(bad, 1, 0, 1, &row), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_cells_are_not_called_slower),
		cmocka_unit_test(what_always_costs_more_is_slower),
		cmocka_unit_test(ten_per_cent_are_found),
		cmocka_unit_test(equal_within_one_per_cent_is_as_good),
		cmocka_unit_test(slower_by_the_margin_is_not_as_good),
		cmocka_unit_test(a_noisy_cell_does_not_borrow_its_peers_calm),
		cmocka_unit_test(verdicts_agree_with_intervals),
		cmocka_unit_test(intervals_hold_the_ratio),
		cmocka_unit_test(few_rounds_decide_nothing_and_say_how_many_would),
		cmocka_unit_test(rounds_needed_are_those_that_decide),
		cmocka_unit_test(looks_add_no_errors),
		cmocka_unit_test(looks_at_five_queues_seldom_err),
		cmocka_unit_test(cells_may_lack_rounds),
		cmocka_unit_test(cells_that_are_left_off_stay_slower),
		cmocka_unit_test(very_many_rounds_are_taken_together),
		cmocka_unit_test(rounds_that_are_taken_together_are_those_of_all),
		cmocka_unit_test(cells_that_runs_leave_off_stay_slower),
		cmocka_unit_test(one_cell_is_the_best),
		cmocka_unit_test(bad_costs_are_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
