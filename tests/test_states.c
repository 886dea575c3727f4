// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * States and paces of the machine in simulated worlds: they change between any two samples, and
 * what passes from thread to thread costs more or less in them.
 */

#include "base/build.h"
#include "base/rng.h"
#include "results/level.h"
#include "results/states.h"
#include "results/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#define MOST_CELLS 30
#define MOST_ROUNDS 20

/** What was seen on a virtual machine: bounces, and what they make of the cost of ping-pong. */
static const double bounces[] = {59, 105, 391};
static const double effects[] = {0.37, 1, 3.1};

/** A family to be made. */
struct plan {
	size_t cells;
	size_t rounds;
	/** Logarithm of each cell's cost. */
	double logs[MOST_CELLS];
	/** Do the states change the costs? */
	bool matter;
	/** The machine has no states, but two paces; and each cell a pace of its own, as logarithm.
	 */
	bool paced;
	double own_paces[MOST_CELLS];
	/** The first cells find half of their threads awake. */
	size_t awake;
};

struct world {
	struct run_cell cells[MOST_CELLS];
	struct sample samples[MOST_CELLS][MOST_ROUNDS];
	struct states states;
	/** Of each round, of each cell. */
	double costs[MOST_ROUNDS * MOST_CELLS];
	double numbers[MOST_ROUNDS * MOST_CELLS];
	double paces[MOST_ROUNDS * MOST_CELLS];
	struct verdict_row rows[MOST_CELLS];
};

static struct world world;

/** The sum of 12 uniform numbers is close to normal; its variance is 1. */
static double draw_normal(struct rng *rng)
{
	double sum = -6;
	for (int i = 0; i < 12; ++i) {
		sum += rng_unit(rng);
	}
	return sum;
}

static size_t draw_state(struct rng *rng)
{
	double drawn = rng_unit(rng);
	return drawn < 0.1 ? 0 : drawn < 0.65 ? 1 : 2;
}

/**
 * Gives a sample the pace that a virtual machine showed: it drifts from round to round. In a fifth
 * of the samples, sleeps end a fifth later, and a hand-off takes half as long again.
 */
static void pace(const struct plan *plan, size_t cell, struct sample *sample, struct rng *rng,
		 double late)
{
	late += 0.02 * draw_normal(rng);
	sample->value = 5000 * exp((plan->matter ? 2.2 * late : 0) + plan->logs[cell] +
				   0.05 * draw_normal(rng));
	sample->nap_late = 70000 * exp(late + plan->own_paces[cell] + 0.01 * draw_normal(rng));
	sample->latency.count = 70;
	sample->slept.count = cell < plan->awake ? 30 : 70;
	sample->bounce_before = sample->bounce_after = NAN;
}

/** Makes a family whose rounds take the cells in random order, and finds the states in it. */
static void make(const struct plan *plan, struct rng *rng)
{
	size_t state = draw_state(rng);
	bool slow = false;
	for (size_t round = 0; round < plan->rounds; ++round) {
		double drift = plan->paced ? 0.1 * draw_normal(rng) : 0;
		size_t order[MOST_CELLS];
		for (size_t i = 0; i < plan->cells; ++i) {
			size_t other = rng_below(rng, i + 1);
			order[i] = order[other];
			order[other] = i;
		}
		for (size_t i = 0; i < plan->cells; ++i) {
			struct sample *sample = &world.samples[order[i]][round];
			double effect = plan->matter ? effects[state] : 1;
			sample_clear(sample);
			sample->verdict = SAMPLE_OK;
			sample->value =
				100 * effect * exp(plan->logs[order[i]] + 0.05 * draw_normal(rng));
			sample->bounce_before = bounces[state] * exp(0.03 * draw_normal(rng));
			state = rng_unit(rng) < 0.05 ? draw_state(rng) : state;
			sample->bounce_after = bounces[state] * exp(0.03 * draw_normal(rng));
			if (plan->paced) {
				slow = rng_unit(rng) < 0.3 ? rng_unit(rng) < 0.2 : slow;
				pace(plan, order[i], sample, rng, drift + (slow ? 0.2 : 0));
			}
		}
	}
	for (size_t i = 0; i < plan->cells; ++i) {
		world.cells[i] = (struct run_cell){
			.samples = world.samples[i],
			.sample_count = plan->rounds,
		};
	}
	assert_int_equal(
		states_find(&(struct states_cells){world.cells, plan->cells}, 1, &world.states), 0);
}

/** Judges the family. `level`: without the states and paces. Returns the cells from `first` that
 * are slower.
 */
static size_t judge(const struct plan *plan, struct rng *rng, size_t first, bool level)
{
	for (size_t i = 0; i < plan->rounds * plan->cells; ++i) {
		const struct sample *sample = &world.samples[i % plan->cells][i / plan->cells];
		world.costs[i] = sample->value;
		world.numbers[i] = sample->state;
		world.paces[i] = sample_pace(sample);
	}
	if (level) {
		assert_int_equal(level_costs(world.costs, world.numbers, plan->rounds, plan->cells),
				 0);
		assert_int_equal(level_paces(world.costs, world.paces, plan->rounds, plan->cells),
				 0);
	}
	assert_int_equal(verdict_of_family(world.costs, plan->rounds, plan->cells, rng_next(rng),
					   world.rows),
			 0);
	size_t slower = 0;
	for (size_t i = first; i < plan->cells; ++i) {
		slower += world.rows[i].verdict == VERDICT_SLOWER;
	}
	return slower;
}

static void clusters_of_bounces_are_states(void **state)
{
	(void)state;
	struct plan plan = {.cells = 30, .rounds = 20, .matter = true};
	struct rng rng;
	rng_seed(&rng, 1);
	make(&plan, &rng);
	assert_int_equal(world.states.count, 3);
	size_t all = world.states.changed;
	for (size_t i = 0; i < 3; ++i) {
		assert_true(fabs(log(world.states.bounce[i] / bounces[i])) < 0.03);
		all += world.states.samples[i];
	}
	assert_int_equal(all, 600);
	assert_int_equal(world.states.common, 1);
	assert_true(world.states.changed > 0);
}

static void one_cluster_is_one_state(void **state)
{
	(void)state;
	struct plan plan = {.cells = 30, .rounds = 20};
	struct rng rng;
	rng_seed(&rng, 2);
	make(&plan, &rng);
	for (size_t i = 0; i < 600; ++i) {
		struct sample *sample = &world.samples[i / 20][i % 20];
		sample->bounce_before = 100 * exp(0.1 * draw_normal(&rng));
		sample->bounce_after = i % 3 ? NAN : sample->bounce_before;
	}
	world.samples[0][0].bounce_before = world.samples[0][0].bounce_after = NAN;
	assert_int_equal(states_find(&(struct states_cells){world.cells, 30}, 1, &world.states), 0);
	assert_int_equal(world.states.count, 1);
	assert_int_equal(world.states.samples[0], 599);
	assert_int_equal(world.samples[0][0].state, SAMPLE_STATELESS);
	assert_int_equal(world.samples[0][1].state, 0);
}

/** What the states make of costs goes, and what they do not is left as it was. */
static void only_effects_that_are_told_are_taken_out(void **state)
{
	(void)state;
	struct plan plan = {.cells = 10, .rounds = 20, .matter = true};
	struct rng rng;
	rng_seed(&rng, 3);
	make(&plan, &rng);
	judge(&plan, &rng, 0, true);
	for (size_t i = 0; i < 200; ++i) {
		if (world.numbers[i] < STATES_MOST) {
			assert_true(fabs(log(world.costs[i] / 100)) < 0.3);
		}
	}
	plan.matter = false;
	make(&plan, &rng);
	judge(&plan, &rng, 0, true);
	for (size_t i = 0; i < 200; ++i) {
		assert_true(world.costs[i] == world.samples[i % 10][i / 10].value);
	}
	// 2 cells of 8 rounds have too few samples
	plan = (struct plan){.cells = 2, .rounds = 8, .matter = true};
	make(&plan, &rng);
	judge(&plan, &rng, 0, true);
	for (size_t i = 0; i < 16; ++i) {
		assert_true(world.costs[i] == world.samples[i % 2][i / 2].value);
	}
}

/** Judges the family, and counts the costs that are as they were. */
static size_t count_unmoved(const struct plan *plan, struct rng *rng)
{
	make(plan, rng);
	judge(plan, rng, 0, true);
	size_t same = 0;
	for (size_t i = 0; i < plan->rounds * plan->cells; ++i) {
		same += world.costs[i] == world.samples[i % plan->cells][i / plan->cells].value;
	}
	return same;
}

/** Costs stay where a cell's paces are its own, or its threads were awake. */
static void paces_that_a_queue_may_change_take_nothing_out(void **state)
{
	(void)state;
	struct plan plan = {.cells = 10, .rounds = 20, .matter = true, .paced = true};
	struct rng rng;
	rng_seed(&rng, 6);
	// About one is at the median of its round
	assert_true(count_unmoved(&plan, &rng) < 30);
	plan.own_paces[1] = 0.2;
	assert_int_equal(count_unmoved(&plan, &rng), 200);
	plan.own_paces[1] = 0;
	plan.awake = 1;
	assert_int_equal(count_unmoved(&plan, &rng), 200);
	// Little is taken out where a slow machine costs nothing
	plan.awake = 0;
	plan.matter = false;
	count_unmoved(&plan, &rng);
	for (size_t i = 0; i < 200; ++i) {
		assert_true(fabs(log(world.costs[i] / world.samples[i % 10][i / 10].value)) < 0.05);
	}
}

/** At most 1 family in 200 of equal cells has a slower one, of each size. */
static void equal_cells_are_not_called_slower(void **state)
{
	(void)state;
	static const size_t cells[] = {3, 10, 30};
	size_t families = 2400 / (BUILD_SLOW > 1 ? 30 : 1);
	// Of worlds with states, and with paces
	size_t wrong[2] = {0};
	struct rng rng;
	rng_seed(&rng, 4);
	for (size_t i = 0; i < families; ++i) {
		struct plan plan = {.cells = cells[i % 3],
				    .rounds = i % 2 ? 8 : 20,
				    .matter = i % 4 < 3,
				    .paced = i % 8 > 3,
				    .own_paces = {i % 5 == 0 ? 0.2 : 0},
				    .awake = i % 7 == 0};
		make(&plan, &rng);
		wrong[plan.paced] += judge(&plan, &rng, 0, true) > 0;
	}
	// The few families of a sanitizer say nothing of rates
	assert_true(BUILD_SLOW > 1 || (wrong[0] <= families / 400 && wrong[1] <= families / 400));
}

/** The cells from `first` on are 10 % slower: found in most cases, and rarely without levelling. */
static void find_ten_per_cent(struct plan *plan, size_t first, uint64_t seed)
{
	size_t families = 100 / BUILD_SLOW;
	size_t found[2] = {0};
	struct rng rng;
	rng_seed(&rng, seed);
	for (size_t i = first; i < plan->cells; ++i) {
		plan->logs[i] = log(1.1);
	}
	for (size_t i = 0; i < families; ++i) {
		make(plan, &rng);
		for (size_t level = 0; level < 2; ++level) {
			found[level] += judge(plan, &rng, first, level);
		}
	}
	assert_true((double)found[1] >= 0.7 * (double)((plan->cells - first) * families));
	assert_true(found[0] < found[1] / 2);
}

static void ten_per_cent_are_found(void **state)
{
	(void)state;
	struct plan plan = {.cells = 30, .rounds = 12, .matter = true};
	find_ten_per_cent(&plan, 20, 5);
}

static void ten_per_cent_are_found_beside_paces(void **state)
{
	(void)state;
	struct plan plan = {.cells = 10, .rounds = 20, .matter = true, .paced = true};
	find_ten_per_cent(&plan, 5, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters_of_bounces_are_states),
		cmocka_unit_test(one_cluster_is_one_state),
		cmocka_unit_test(only_effects_that_are_told_are_taken_out),
		cmocka_unit_test(equal_cells_are_not_called_slower),
		cmocka_unit_test(ten_per_cent_are_found),
		cmocka_unit_test(paces_that_a_queue_may_change_take_nothing_out),
		cmocka_unit_test(ten_per_cent_are_found_beside_paces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
