// SPDX-License-Identifier: MIT
// not-under: asan tsan emulator (they have no modules with hooks: a sanitizer uses the same ones)

/** Virtual time is exactly what the model's parameters imply, and the same in every run. */

#include "simulate/cells.h"
#include "simulate/machine_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

/** Picoseconds of a transfer and of an update; and of the window. */
#define TAKE 40000
#define UPDATE 10000
#define WINDOW 200000000

/** Sixteen cores at one L3, where nothing but transfers, updates and hits takes time. */
static struct simulate_machine plain_machine(void)
{
	struct simulate_machine machine = {.update = UPDATE,
					   .hit = 1000,
					   .pause = 1000,
					   .private_lines = 4096,
					   .processors = 16};
	for (unsigned int i = 0; i < SIMULATE_DISTANCES; ++i) {
		machine.take[i] = machine.read[i] = TAKE;
	}
	for (uint16_t i = 0; i < 16; ++i) {
		machine.core[i] = i;
	}
	return machine;
}

/** Runs a cell, which must not fail. */
static struct simulate_result simulate(const struct simulate_machine *machine, const char *queue,
				       const char *workload, unsigned int threads, uint64_t seed)
{
	struct simulate_job job = {.queue = queue,
				   .request = {.machine = machine,
					       .workload = workload,
					       .threads = threads,
					       .capacity = 64,
					       .seed = seed,
					       .warm_up = WINDOW / 5,
					       .window = strcmp(workload, "replay") == 0
								 ? 20 * (int64_t)WINDOW
								 : WINDOW,
					       .most = 100000000}};
	assert_int_equal(simulate_jobs(&job, 1), 0);
	return *job.result;
}

static void assert_about(uint64_t value, double expected)
{
	if ((double)value < 0.99 * expected || (double)value > 1.01 * expected) {
		fail_msg("%ju, and %g is expected", (uintmax_t)value, expected);
	}
}

/** Each line goes round: an item takes one transfer and one update of each of two lines at once. */
static void fetch_and_add_takes_a_transfer_and_an_update(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	for (unsigned int threads = 4; threads <= 16; threads *= 2) {
		struct simulate_result result =
			simulate(&machine, "floor_faa", "pairwise", threads, 1);
		assert_string_equal(result.failure, "");
		assert_about(result.items, (double)WINDOW / (TAKE + UPDATE));
		assert_about(result.transfers, 2 * (double)result.items);
		assert_about(result.lines[0].transfers, (double)result.items);
	}
}

/** Twice the cost of a transfer, half the rate. */
static void ping_pong_follows_the_latency(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	machine.update = 1;
	struct simulate_result near = simulate(&machine, "floor_faa", "pairwise", 4, 1);
	machine.take[SIMULATE_L3] *= 2;
	struct simulate_result far = simulate(&machine, "floor_faa", "pairwise", 4, 1);
	assert_about(near.items, 2 * (double)far.items);
}

/** An L3 that makes updates is as fast with any number of threads, and lines stay where they are.
 */
static void far_updates_follow_each_other_at_their_interval(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	machine.far_update = 9000;
	machine.l3 = 30000;
	for (unsigned int threads = 8; threads <= 16; threads *= 2) {
		struct simulate_result result =
			simulate(&machine, "floor_faa", "pairwise", threads, 1);
		assert_string_equal(result.failure, "");
		assert_about(result.items, (double)WINDOW / machine.far_update);
		assert_true(result.transfers < result.items / 100);
	}
	// Items are conserved, and their order is kept, where lines are now there and now with a
	// core
	struct simulate_result ring = simulate(&machine, "scq", "mixed", 8, 1);
	assert_string_equal(ring.failure, "");
	assert_true(ring.items > 0);
}

/** Nor does thread-local data. */
static void line_that_is_read_goes_nowhere(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_result two =
		simulate(&machine, SIMULATED_FOLDER "/reading.so", "pairwise", 2, 1);
	struct simulate_result all =
		simulate(&machine, SIMULATED_FOLDER "/reading.so", "pairwise", 16, 1);
	assert_string_equal(all.failure, "");
	assert_int_equal(two.transfers, 0);
	assert_int_equal(all.transfers, 0);
	assert_about(all.items, 8 * (double)two.items);
}

static void same_seed_has_the_same_result(void **state)
{
	(void)state;
	static const char *const workloads[] = {
		"batch", "burst", "mixed", "pairwise", "producers_consumers", "rank", "replay"};
	struct simulate_machine machine = plain_machine();
	machine.hold = 5000;
	machine.step = 400;
	machine.near = 300;
	for (unsigned int i = 0; i < 7; ++i) {
		struct simulate_result one = simulate(&machine, "vyukov", workloads[i], 6, 7);
		struct simulate_result again = simulate(&machine, "vyukov", workloads[i], 6, 7);
		struct simulate_result other = simulate(&machine, "vyukov", workloads[i], 6, 8);
		assert_string_equal(one.failure, "");
		assert_true(one.items > 0);
		assert_memory_equal(&one, &again, sizeof(one));
		assert_true(one.accesses != other.accesses);
	}
}

/** Takes addresses of the simulated memory, for this process and its children. */
static void *take_addresses(size_t size)
{
	void *taken =
		mmap((void *)((uintptr_t)1 << 44), size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_not_equal(taken, MAP_FAILED);
	return taken;
}

/** Other addresses, or none: never those that the system chooses, which differ between runs. */
static void memory_is_at_the_same_addresses(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	void *taken = take_addresses(4096);
	struct simulate_result result = simulate(&machine, "ms_queue", "pairwise", 4, 1);
	munmap(taken, 4096);
	assert_string_equal(result.failure, "");
	assert_true(result.items > 0);

	const size_t all = (size_t)1 << 40;
	taken = take_addresses(all);
	result = simulate(&machine, "ms_queue", "pairwise", 4, 1);
	munmap(taken, all);
	assert_non_null(strstr(result.failure, "the same addresses in every run"));
}

static void false_sharing_is_told_by_the_hottest_line(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_result apart = simulate(&machine, "vyukov", "producers_consumers", 4, 1);
	struct simulate_result crowded =
		simulate(&machine, SIMULATED_FOLDER "/crowded.so", "producers_consumers", 4, 1);
	assert_string_equal(crowded.failure, "");
	double before = (double)apart.lines[0].transfers / (double)apart.items;
	double after = (double)crowded.lines[0].transfers / (double)crowded.items;
	assert_true(after > 1.3 * before);
	assert_non_null(strstr(crowded.lines[0].places[0].name, "vyukov.c:"));
}

/** Names take a process, and no time of the simulated ones. */
static void places_without_names_are_lines_all_the_same(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_job jobs[2];
	for (unsigned int i = 0; i < 2; ++i) {
		jobs[i] = (struct simulate_job){.queue = "vyukov",
						.request = {.machine = &machine,
							    .workload = "mixed",
							    .threads = 4,
							    .capacity = 64,
							    .seed = 1,
							    .window = WINDOW,
							    .most = 100000000,
							    .unnamed = i}};
	}
	assert_int_equal(simulate_jobs(jobs, 2), 0);
	for (unsigned int i = 0; i < SIMULATE_LINES; ++i) {
		const struct simulate_line *named = &jobs[0].result->lines[i];
		const struct simulate_line *unnamed = &jobs[1].result->lines[i];
		assert_true(named->places[0].name[0] || !named->transfers);
		assert_int_equal(named->transfers, unnamed->transfers);
		assert_true(i == 0 || named->transfers <= named[-1].transfers);
		assert_string_equal(unnamed->places[0].name, "");
	}
	assert_true(jobs[0].result->lines[2].transfers > 0);
}

static void lost_items_are_found(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_result result =
		simulate(&machine, SIMULATED_FOLDER "/forgetful.so", "producers_consumers", 8, 1);
	assert_non_null(strstr(result.failure, "went in"));
	result = simulate(&machine, SIMULATED_FOLDER "/forgetful.so", "replay", 8, 1);
	assert_non_null(strstr(result.failure, "a node was lost"));
}

/** Consumers that poll an empty queue cost what the items cost, not what the time would. */
static void thread_that_spins_costs_nothing(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_job job = {.queue = "vyukov",
				   .request = {.machine = &machine,
					       .workload = "producers_consumers",
					       .threads = 16,
					       .capacity = 1024,
					       .work = 1000000,
					       .seed = 1,
					       .window = 10 * (int64_t)WINDOW,
					       .most = 100000000}};
	assert_int_equal(simulate_jobs(&job, 1), 0);
	assert_string_equal(job.result->failure, "");
	// Two items of each of eight producers in the window, and the first one before it
	assert_in_range(job.result->items, 16, 24);
	// An item wakes eight consumers, who look for a while. They would look millions of times
	assert_true(job.result->accesses < 200000);
}

/** Two threads of one core that take turns, each of them after work of so many nanoseconds. */
static struct simulate_result take_turns(uint64_t work, int64_t warm_up, int64_t window)
{
	struct simulate_machine machine = plain_machine();
	machine.core[1] = 0;
	machine.pause = 20000;
	struct simulate_job job = {.queue = SIMULATED_FOLDER "/siblings.so",
				   .request = {.machine = &machine,
					       .workload = "pairwise",
					       .threads = 2,
					       .capacity = 64,
					       .work = work,
					       .seed = 1,
					       .warm_up = warm_up,
					       .window = window,
					       .most = 100000000}};
	assert_int_equal(simulate_jobs(&job, 1), 0);
	assert_string_equal(job.result->failure, "");
	return *job.result;
}

/** The turn comes about when a thread that has looked for it for long goes to sleep. */
static void plain_write_of_a_sibling_is_seen(void **state)
{
	(void)state;
	struct simulate_result result = take_turns(2200, 20 * (int64_t)WINDOW, 5 * (int64_t)WINDOW);
	assert_in_range(result.items, 150, 300);
}

/** A thread would look and count 50000 times in each of some four turns. */
static void own_plain_writes_do_not_end_a_spin(void **state)
{
	(void)state;
	struct simulate_result result = take_turns(1000000, 0, 20 * (int64_t)WINDOW);
	assert_true(result.accesses < 20000);
}

static void endless_run_is_given_up(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_job job = {.queue = "floor_faa",
				   .request = {.machine = &machine,
					       .workload = "pairwise",
					       .threads = 2,
					       .capacity = 16,
					       .seed = 1,
					       .warm_up = 0,
					       .window = INT64_MAX / 2,
					       .most = 10000}};
	assert_int_equal(simulate_jobs(&job, 1), 0);
	assert_non_null(strstr(job.result->failure, "more than 10000 accesses"));
}

/** A lock that one thread takes again and again, or a queue that waits for what does not come. */
static void run_that_does_not_drain_is_given_up(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_result result =
		simulate(&machine, SIMULATED_FOLDER "/endless.so", "pairwise", 4, 1);
	assert_string_equal(result.failure, "did not drain within 50 ms of virtual time");
	assert_true(result.transfers > 0);
}

/** Below each stack there are no bytes of another thread, but a guard. */
static void overflow_of_a_stack_is_told(void **state)
{
	(void)state;
	struct simulate_machine machine = plain_machine();
	struct simulate_result result =
		simulate(&machine, SIMULATED_FOLDER "/deep.so", "pairwise", 4, 1);
	assert_non_null(strstr(result.failure, "needs more stack than 256 KiB"));
}

static void machines_of_the_program_are_read(void **state)
{
	(void)state;
	static const char *const names[] = {"coffee-lake-9900ks", "zen3-5950x", "xeon-6132x2",
					    "epyc-milan-x2",	  "zen3-5825u", "graviton2"};
	static const unsigned int processors[] = {16, 32, 28, 128, 16, 64};
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); ++i) {
		struct machine_file file;
		char *error = NULL;
		if (machine_file_read(names[i], &file, &error) != 0) {
			fail_msg("%s: %s", names[i], error);
		}
		assert_int_equal(file.machine.processors, processors[i]);
		// Threads first use one processor of each core
		assert_int_equal(file.machine.core[1], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetch_and_add_takes_a_transfer_and_an_update),
		cmocka_unit_test(ping_pong_follows_the_latency),
		cmocka_unit_test(far_updates_follow_each_other_at_their_interval),
		cmocka_unit_test(line_that_is_read_goes_nowhere),
		cmocka_unit_test(same_seed_has_the_same_result),
		cmocka_unit_test(memory_is_at_the_same_addresses),
		cmocka_unit_test(false_sharing_is_told_by_the_hottest_line),
		cmocka_unit_test(places_without_names_are_lines_all_the_same),
		cmocka_unit_test(lost_items_are_found),
		cmocka_unit_test(thread_that_spins_costs_nothing),
		cmocka_unit_test(plain_write_of_a_sibling_is_seen),
		cmocka_unit_test(own_plain_writes_do_not_end_a_spin),
		cmocka_unit_test(endless_run_is_given_up),
		cmocka_unit_test(run_that_does_not_drain_is_given_up),
		cmocka_unit_test(overflow_of_a_stack_is_told),
		cmocka_unit_test(machines_of_the_program_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
