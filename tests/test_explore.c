// SPDX-License-Identifier: MIT
// not-under: asan tsan emulator (they have no modules with hooks: a sanitizer uses the same ones)

/**
 * The search shows every outcome that a memory model allows and none that it forbids. It loses no
 * outcome by leaving out equivalent orders.
 */

#include "explore/litmus.h"

#include "base/clock.h"
#include "explore/explore.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const models[] = {"sequentially consistent", "C11"};

/** Returns a symbol of a module. */
static const void *load(const char *folder, const char *queue, const char *symbol)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s.so", folder, queue);
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const void *found = handle ? dlsym(handle, symbol) : NULL;
	if (!found) {
		fail_msg("%s", dlerror());
	}
	return found;
}

/** Explores a program, in all orders or without equivalent ones. Ends the test if it cannot. */
static struct explore_result explore_by(const struct explore_module *module,
					const struct explore_program *program,
					enum explore_model model, bool all, bool states)
{
	struct explore_request request = {
		.program = program,
		.model = model,
		.preemptions = UINT32_MAX,
		.until = UINT64_MAX,
		.all = all,
		.states = states,
		.stopped = -1,
	};
	struct explore_result result;
	assert_int_equal(module->run(module->type, &request, &result), 0);
	return result;
}

static struct explore_result explore(const struct explore_module *module,
				     const struct explore_program *program,
				     enum explore_model model, bool all)
{
	return explore_by(module, program, model, all, false);
}

static bool is_same(struct explore_answers one, struct explore_answers other)
{
	return one.count == other.count && one.digest == other.digest;
}

/** Writes the outcomes that were seen, as in the tables of litmus.c. */
static void write_seen(const struct litmus_module *module, unsigned int values, char *text)
{
	size_t length = 0;
	text[0] = '\0';
	// By their digits from left to right, where the first value has the lowest bits
	for (unsigned int place = 0; place < 1U << 2 * values; ++place) {
		unsigned int outcome = 0;
		for (unsigned int i = 0; i < values; ++i) {
			outcome |= (place >> 2 * i & 3) << 2 * (values - 1 - i);
		}
		if (module->seen[outcome]) {
			text[length] = ' ';
			length += length > 0;
			for (unsigned int i = 0; i < values; ++i) {
				text[length++] = (char)('0' + (outcome >> 2 * i & 3));
			}
			text[length] = '\0';
		}
	}
}

/** Runs one litmus test under one model. False, with a message, if its outcomes are wrong. */
static bool litmus_holds(const struct explore_module *module, const struct litmus_module *litmus,
			 unsigned int number, enum explore_model model, bool all)
{
	const struct litmus *test = &litmus->tests[number];
	const char *expected = model == EXPLORE_C11 ? test->weak : test->ordered;
	struct explore_program program = {.name = test->name, .capacity = number + 1};
	for (unsigned int i = 0; i < LITMUS_THREADS && test->threads[i]; ++i) {
		program.threads[i] = "e";
	}
	char text[6 * LITMUS_OUTCOMES];
	memset(litmus->seen, 0, LITMUS_OUTCOMES * sizeof(*litmus->seen));
	struct explore_result result = explore(module, &program, model, all);
	write_seen(litmus, test->values, text);
	if (result.finding) {
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(result.finding, "\n"),
			 result.finding);
	}
	bool holds = expected ? !result.finding && strcmp(text, expected) == 0
			      : strncmp(text, "a data race", 11) == 0;
	free(result.finding);
	if (!holds) {
		fprintf(stderr, "%s, %s%s:\n  expected %s\n  seen     %s\n", test->name,
			models[model], all ? ", all orders" : "",
			expected ? expected : "a data race", text);
	}
	return holds;
}

static void check_litmus(bool all)
{
	const struct explore_module *module = load(LITMUS_FOLDER, "litmus", "explore_module");
	const struct litmus_module *litmus = load(LITMUS_FOLDER, "litmus", "litmus_module");
	unsigned int wrong = 0;
	for (unsigned int i = 0; litmus->tests[i].name; ++i) {
		for (int model = EXPLORE_SC; model <= EXPLORE_C11; ++model) {
			wrong += !litmus_holds(module, litmus, i, (enum explore_model)model, all);
		}
	}
	assert_int_equal(wrong, 0);
}

static void litmus_tests_have_their_outcomes(void **state)
{
	(void)state;
	check_litmus(false);
}

static void litmus_tests_have_their_outcomes_in_all_orders(void **state)
{
	(void)state;
	check_litmus(true);
}

/** Programs with so few orders that all can be run. */
static const struct {
	const char *queue;
	struct explore_program program;
} small[] = {
	{"vyukov", {"one of each", {"e", "d"}, 0, 0, 2, 0}},
	{"vyukov", {"two consumers", {"ed", "d"}, 0, 0, 2, 0}},
	{"vyukov", {"an item each", {"de", "d"}, 0, 2, 2, 0}},
	{"vyukov", {"at full", {"e", "e", "d"}, 0, 2, 2, (size_t)-2}},
	{"vyukov", {"two of each", {"ee", "dd"}, 3, 0, 2, (size_t)-3}},
	{"mutex_ring", {"pairs", {"ed", "de"}, 0, 1, 2, 0}},
	{"mutex_list", {"joining", {"aedx", "ae"}, 0, 0, 2, 0}},
	{"scq", {"one of each", {"e", "d"}, 0, 0, 1, 0}},
};

static void leaving_out_orders_leaves_out_no_outcome(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(small) / sizeof(*small); ++i) {
		const struct explore_module *module =
			load(QUEUES_FOLDER, small[i].queue, "explore_module");
		for (int model = EXPLORE_SC; model <= EXPLORE_C11; ++model) {
			struct explore_result some = explore(module, &small[i].program,
							     (enum explore_model)model, false);
			uint64_t start = clock_now();
			struct explore_result all =
				explore(module, &small[i].program, (enum explore_model)model, true);
			print_message(
				"%-14s %-14s %-24s %8ju of %10ju orders, %4ju outcomes, %.1f s\n",
				small[i].queue, small[i].program.name, models[model],
				(uintmax_t)some.executions, (uintmax_t)all.executions,
				(uintmax_t)all.outcomes.count, (double)(clock_now() - start) / 1e9);
			assert_null(some.finding);
			assert_null(all.finding);
			assert_true(some.finished && all.finished);
			assert_true(is_same(some.outcomes, all.outcomes));
			assert_true(model == EXPLORE_SC || is_same(some.histories, all.histories));
			assert_true(some.executions <= all.executions);
		}
	}
}

static void states_leave_out_no_history(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(small) / sizeof(*small); ++i) {
		const struct explore_module *module =
			load(QUEUES_FOLDER, small[i].queue, "explore_module");
		struct explore_result states =
			explore_by(module, &small[i].program, EXPLORE_SC, false, true);
		struct explore_result all = explore(module, &small[i].program, EXPLORE_SC, true);
		print_message("%-14s %-14s %8ju ends of %10ju orders, %4ju histories\n",
			      small[i].queue, small[i].program.name, (uintmax_t)states.executions,
			      (uintmax_t)all.executions, (uintmax_t)all.histories.count);
		assert_null(states.finding);
		assert_true(states.finished && !states.unsuited);
		assert_true(is_same(states.outcomes, all.outcomes));
		assert_true(is_same(states.histories, all.histories));
		assert_true(states.executions < all.executions);
	}
}

/** A search by states finds the races that a search by orders finds. */
static void states_leave_out_no_race(void **state)
{
	(void)state;
	const struct explore_module *module = load(LITMUS_FOLDER, "litmus", "explore_module");
	const struct litmus_module *litmus = load(LITMUS_FOLDER, "litmus", "litmus_module");
	unsigned int races = 0;
	for (unsigned int i = 0; litmus->tests[i].name; ++i) {
		if (strncmp(litmus->tests[i].name, "MP, plain", 9) != 0) {
			continue;
		}
		struct explore_program program = {
			.name = litmus->tests[i].name, .threads = {"e", "e"}, .capacity = i + 1};
		program.threads[2] = litmus->tests[i].threads[2] ? "e" : NULL;
		struct explore_result result =
			explore_by(module, &program, EXPLORE_SC, false, true);
		assert_int_equal(result.finding != NULL, litmus->tests[i].ordered == NULL);
		assert_false(result.unsuited);
		races += result.finding != NULL;
		free(result.finding);
	}
	assert_true(races > 0);
}

/** Programs with only sequentially consistent accesses are known, and the same under both models.
 */
static void strong_programs_have_one_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(small) / sizeof(*small); ++i) {
		const struct explore_module *module =
			load(QUEUES_FOLDER, small[i].queue, "explore_module");
		struct explore_result ordered =
			explore(module, &small[i].program, EXPLORE_SC, false);
		struct explore_result weak = explore(module, &small[i].program, EXPLORE_C11, false);
		bool strong = strcmp(small[i].queue, "scq") == 0 ||
			      strcmp(small[i].queue, "mutex_ring") == 0;
		assert_int_equal(ordered.strong, strong);
		if (ordered.strong) {
			assert_true(is_same(ordered.outcomes, weak.outcomes));
			assert_int_equal(ordered.executions, weak.executions);
		}
	}
}

static void a_bound_leaves_out_no_outcome_within_it(void **state)
{
	(void)state;
	const struct explore_module *module = load(QUEUES_FOLDER, "vyukov", "explore_module");
	const struct explore_program program = {"one slot", {"e", "e", "d"}, 0, 1, 2, 0};
	for (int model = EXPLORE_SC; model <= EXPLORE_C11; ++model) {
		struct explore_result results[2];
		for (int all = 0; all < 2; ++all) {
			struct explore_request request = {
				.program = &program,
				.model = (enum explore_model)model,
				.preemptions = 1,
				.until = UINT64_MAX,
				.all = all,
				.stopped = -1,
			};
			assert_int_equal(module->run(module->type, &request, &results[all]), 0);
			assert_true(results[all].finished);
		}
		assert_true(is_same(results[0].outcomes, results[1].outcomes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(litmus_tests_have_their_outcomes),
		cmocka_unit_test(litmus_tests_have_their_outcomes_in_all_orders),
		cmocka_unit_test(leaving_out_orders_leaves_out_no_outcome),
		cmocka_unit_test(states_leave_out_no_history),
		cmocka_unit_test(states_leave_out_no_race),
		cmocka_unit_test(strong_programs_have_one_model),
		cmocka_unit_test(a_bound_leaves_out_no_outcome_within_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
