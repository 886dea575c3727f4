// SPDX-License-Identifier: MIT

/** Threads are put on the right processors, on made-up machines and on this one. */

#include "machine/topology.h"
#include "processors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <hwloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/** A made-up machine, a place, and the processors of the threads. */
struct expectation {
	const char *machine;
	const char *available;
	enum place place;
	unsigned int threads;
	int cpus[16];
};

static void expect(const struct expectation *expected)
{
	struct topology *topology = topology_synthetic(expected->machine, expected->available);
	assert_non_null(topology);
	int cpus[LENGTH(expected->cpus)];
	assert_int_equal(topology_place(topology, expected->place, expected->threads, cpus), 0);
	for (unsigned int i = 0; i < expected->threads; ++i) {
		if (cpus[i] != expected->cpus[i]) {
			fail_msg("%s, available %s, place %s: thread %u is on %d instead of %d",
				 expected->machine,
				 expected->available ? expected->available : "all",
				 topology_place_name(expected->place), i, cpus[i],
				 expected->cpus[i]);
		}
	}
	topology_free(topology);
}

static void expect_all(const struct expectation *expectations, size_t count)
{
	for (size_t i = 0; i < count; ++i) {
		expect(&expectations[i]);
	}
}

/** 16 processors: 0 and 1 are one core, 0 to 7 one package. */
#define BIG "pack:2 core:4 pu:2"

static void none_pins_nothing(void **state)
{
	(void)state;
	expect(&(struct expectation){BIG, NULL, PLACE_NONE, 3, {-1, -1, -1}});
}

static void core_is_the_hardware_threads_of_one_core(void **state)
{
	(void)state;
	static const struct expectation expectations[] = {
		{BIG, NULL, PLACE_CORE, 2, {0, 1}},
		{BIG, NULL, PLACE_CORE, 5, {0, 1, 0, 1, 0}},
		{"core:2 pu:4", NULL, PLACE_CORE, 4, {0, 1, 2, 3}},
		// A core with only one available hardware thread is not chosen
		{BIG, "1-2,4-5,8", PLACE_CORE, 2, {4, 5}},
		// One thread shares nothing, so any core will do
		{"core:4 pu:1", NULL, PLACE_CORE, 1, {0}},
	};
	expect_all(expectations, LENGTH(expectations));
}

static void package_takes_cores_before_their_siblings(void **state)
{
	(void)state;
	static const struct expectation expectations[] = {
		{BIG, NULL, PLACE_PACKAGE, 4, {0, 2, 4, 6}},
		{BIG, NULL, PLACE_PACKAGE, 10, {0, 2, 4, 6, 1, 3, 5, 7, 0, 2}},
		{"pack:1 core:2 pu:1", NULL, PLACE_PACKAGE, 4, {0, 1, 0, 1}},
		// The package with more cores is chosen, not the one with more hardware threads
		{BIG, "0-3,8,10,12", PLACE_PACKAGE, 4, {8, 10, 12, 8}},
		// Processors under one cache come first
		{"pack:1 l3:2 core:2 pu:1", NULL, PLACE_PACKAGE, 4, {0, 1, 2, 3}},
		// One processor is enough
		{"pu:1", NULL, PLACE_PACKAGE, 3, {0, 0, 0}},
	};
	expect_all(expectations, LENGTH(expectations));
}

static void across_goes_round_the_packages(void **state)
{
	(void)state;
	static const struct expectation expectations[] = {
		{BIG, NULL, PLACE_ACROSS, 5, {0, 8, 2, 10, 4}},
		{BIG, NULL, PLACE_ACROSS, 10, {0, 8, 2, 10, 4, 12, 6, 14, 1, 9}},
		{"pack:2 core:1 pu:1", NULL, PLACE_ACROSS, 3, {0, 1, 0}},
		// The other cores of the larger package are used before any core is shared
		{BIG, "0-5,8-9", PLACE_ACROSS, 8, {0, 8, 2, 4, 1, 9, 3, 5}},
		{"pack:3 core:2 pu:1", NULL, PLACE_ACROSS, 6, {0, 2, 4, 1, 3, 5}},
	};
	expect_all(expectations, LENGTH(expectations));
}

static void across_one_package_goes_round_nodes_or_caches(void **state)
{
	(void)state;
	static const struct {
		const char *machine;
		const char *across;
	} machines[] = {
		{"pack:2 [numa] l3:2 core:2 pu:1", "packages"},
		{"pack:1 group:2 [numa] l3:2 core:2 pu:1", "NUMA nodes"},
		{"pack:1 [numa] l3:2 core:2 pu:1", "L3 caches"},
		{"pack:1 [numa] l3:1 core:2 pu:1", NULL},
	};
	for (size_t i = 0; i < LENGTH(machines); ++i) {
		struct topology *topology = topology_synthetic(machines[i].machine, NULL);
		assert_non_null(topology);
		if (machines[i].across) {
			assert_string_equal(topology_across(topology), machines[i].across);
		} else {
			assert_null(topology_across(topology));
		}
		topology_free(topology);
	}
	static const struct expectation expectations[] = {
		{"pack:1 group:2 [numa] l3:2 core:2 pu:1", NULL, PLACE_ACROSS, 4, {0, 4, 1, 5}},
		{"pack:1 [numa] l3:2 core:2 pu:1", NULL, PLACE_ACROSS, 4, {0, 2, 1, 3}},
		// A package whose processors are not available does not count
		{"pack:2 [numa] l3:2 core:2 pu:1", "4-7", PLACE_ACROSS, 4, {4, 6, 5, 7}},
	};
	expect_all(expectations, LENGTH(expectations));
}

static void processors_have_the_numbers_of_the_system(void **state)
{
	(void)state;
	// The usual numbering of machines with two hardware threads a core
	static const char machine[] = "pack:1 core:4 pu:2(indexes=0,4,1,5,2,6,3,7)";
	static const struct expectation expectations[] = {
		{machine, NULL, PLACE_CORE, 2, {0, 4}},
		{machine, NULL, PLACE_PACKAGE, 6, {0, 1, 2, 3, 4, 5}},
		{machine, "1-3,5", PLACE_CORE, 2, {1, 5}},
	};
	expect_all(expectations, LENGTH(expectations));
}

static void missing_places_are_refused_with_a_reason(void **state)
{
	(void)state;
	static const struct {
		const char *machine;
		const char *available;
		enum place place;
		const char *reason;
	} refused[] = {
		{"pack:1 core:2 pu:1", NULL, PLACE_CORE, "no core has two hardware threads"},
		{BIG, "0,2,4,6", PLACE_CORE, "no core has two hardware threads"},
		{"pack:1 core:2 pu:1", NULL, PLACE_ACROSS, "the kernel names no L3 cache"},
		{"pack:1 l3:1 core:2 pu:1", NULL, PLACE_ACROSS, "under one L3 cache"},
		{BIG, "8-15", PLACE_ACROSS, "in one package"},
	};
	for (size_t i = 0; i < LENGTH(refused); ++i) {
		struct topology *topology =
			topology_synthetic(refused[i].machine, refused[i].available);
		assert_non_null(topology);
		int cpus[2] = {77, 77};
		errno = 0;
		assert_int_equal(topology_place(topology, refused[i].place, 2, cpus), -1);
		assert_int_equal(errno, ENOTSUP);
		assert_int_equal(cpus[0], 77);
		const char *reason = topology_refusal(topology, refused[i].place, 2);
		assert_non_null(reason);
		assert_non_null(strstr(reason, refused[i].reason));
		assert_null(topology_refusal(topology, PLACE_NONE, 2));
		assert_null(topology_refusal(topology, PLACE_PACKAGE, 2));
		topology_free(topology);
	}
}

static void what_is_no_place_or_machine_is_invalid(void **state)
{
	(void)state;
	struct topology *topology = topology_synthetic(BIG, NULL);
	assert_non_null(topology);
	int cpu;
	errno = 0;
	assert_int_equal(topology_place(topology, (enum place)PLACES, 1, &cpu), -1);
	assert_int_equal(errno, EINVAL);
	assert_non_null(topology_refusal(topology, (enum place)PLACES, 1));
	topology_free(topology);

	static const struct {
		const char *machine;
		const char *available;
	} invalid[] = {{"nonsense", NULL}, {BIG, "nonsense"}, {BIG, "16-20"}};
	for (size_t i = 0; i < LENGTH(invalid); ++i) {
		errno = 0;
		assert_null(topology_synthetic(invalid[i].machine, invalid[i].available));
		assert_int_equal(errno, EINVAL);
	}
	topology_free(NULL);
}

static void parallel_counts_what_may_be_used(void **state)
{
	(void)state;
	struct topology *topology = topology_synthetic(BIG, NULL);
	assert_int_equal(topology_parallel(topology), 16);
	topology_free(topology);
	topology = topology_synthetic(BIG, "3,5-7,99");
	assert_int_equal(topology_parallel(topology), 4);
	topology_free(topology);
}

static void places_have_names(void **state)
{
	(void)state;
	static const char *const names[] = {"none", "core", "package", "across"};
	for (enum place place = PLACE_NONE; place < PLACES; ++place) {
		assert_string_equal(topology_place_name(place), names[place]);
	}
	assert_null(topology_place_name((enum place)PLACES));
	assert_null(topology_place_name((enum place) - 1));
}

/** Pins itself to each processor in turn, and checks where it runs. NULL, or what is wrong. */
static void *pinned_thread(void *argument)
{
	const struct topology *topology = argument;
	int cpus[64];
	unsigned int count = topology_available(topology);
	count = count < LENGTH(cpus) ? count : LENGTH(cpus);
	if (topology_place(topology, PLACE_PACKAGE, count, cpus) != 0) {
		return "no place in the package";
	}
	for (unsigned int i = 0; i < count; ++i) {
		if (processors_pin(cpus[i]) != 0 || sched_getcpu() != cpus[i]) {
			return "not where it was pinned";
		}
	}
	if (processors_pin(-1) != 0 || sched_getcpu() != cpus[count - 1]) {
		return "moved by a place that pins nothing";
	}

	// The topology leaves out processors that the thread may not use any more
	struct topology *narrow = topology_load();
	int cpu = -1;
	bool narrowed = narrow && topology_available(narrow) == 1 &&
			topology_place(narrow, PLACE_PACKAGE, 1, &cpu) == 0 &&
			cpu == cpus[count - 1];
	topology_free(narrow);
	return narrowed ? NULL : "offered processors that it may not use";
}

static void pinned_threads_stay_where_they_are_put(void **state)
{
	(void)state;
	struct topology *topology = topology_load();
	assert_non_null(topology);
	cpu_set_t before;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topology_available(topology), CPU_COUNT(&before));

	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, pinned_thread, topology), 0);
	void *wrong;
	assert_int_equal(pthread_join(thread, &wrong), 0);
	if (wrong) {
		fail_msg("the pinned thread: %s", (const char *)wrong);
	}

	// Other threads are not pinned
	cpu_set_t after;
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));

	errno = 0;
	assert_int_equal(processors_pin(100000), -1);
	assert_int_equal(errno, EINVAL);
	topology_free(topology);
}

/** Some virtual machines have a kernel that names none. */
static void caches_are_those_that_the_kernel_names(void **state)
{
	(void)state;
	if (access("/sys/devices/system/cpu/cpu0/cache/index0", F_OK) == 0) {
		skip();
	}
	struct topology *topology = topology_load();
	assert_non_null(topology);
	assert_int_equal(hwloc_get_nbobjs_by_type(topology_hwloc(topology), HWLOC_OBJ_L1CACHE), 0);
	assert_int_equal(hwloc_get_nbobjs_by_type(topology_hwloc(topology), HWLOC_OBJ_L3CACHE), 0);
	topology_free(topology);
}

/** Threads share the processors that a control group's limit leaves, rounded up. */
static void limited_time_makes_threads_take_turns(void **state)
{
	(void)state;
	struct topology *topology = topology_synthetic("pack:1 core:4 pu:1", NULL);
	assert_non_null(topology);
	assert_int_equal(topology_parallel(topology), 4);
	topology_limit(topology, 0.5);
	assert_int_equal(topology_parallel(topology), 1);
	topology_limit(topology, 2.1);
	assert_int_equal(topology_parallel(topology), 3);
	assert_int_equal(topology_available(topology), 4);
	topology_limit(topology, 64);
	assert_int_equal(topology_parallel(topology), 4);
	topology_free(topology);
}

/** A number beyond a fixed set (cpu_set_t) is refused, and touches no memory. */
static void processors_are_pinned_by_any_number(void **state)
{
	(void)state;
	int first = processors_nth(0);
	assert_true(first >= 0);
	assert_int_equal(processors_nth(processors_look().affinity), -1);
	for (int processor = 1024; processor <= 1 << 20; processor *= 4) {
		errno = 0;
		assert_int_equal(processors_pin(processor), -1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(processors_pin(-1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_pins_nothing),
		cmocka_unit_test(core_is_the_hardware_threads_of_one_core),
		cmocka_unit_test(package_takes_cores_before_their_siblings),
		cmocka_unit_test(across_goes_round_the_packages),
		cmocka_unit_test(across_one_package_goes_round_nodes_or_caches),
		cmocka_unit_test(processors_have_the_numbers_of_the_system),
		cmocka_unit_test(missing_places_are_refused_with_a_reason),
		cmocka_unit_test(what_is_no_place_or_machine_is_invalid),
		cmocka_unit_test(parallel_counts_what_may_be_used),
		cmocka_unit_test(places_have_names),
		cmocka_unit_test(pinned_threads_stay_where_they_are_put),
		cmocka_unit_test(caches_are_those_that_the_kernel_names),
		cmocka_unit_test(limited_time_makes_threads_take_turns),
		cmocka_unit_test(processors_are_pinned_by_any_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
