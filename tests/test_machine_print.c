// SPDX-License-Identifier: MIT

/** Printing the facts of this machine. */

#include "machine/machine.h"
#include "machine/topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Asserts that no line is too wide, and that unknown facts are named. */
static void expect_narrow(const struct machine *machine, const char *words)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	assert_int_equal(machine_print(machine, stream), 0);
	assert_int_equal(fclose(stream), 0);
	assert_true(size > 0 && text[size - 1] == '\n');
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		int width = (int)strcspn(line, "\n");
		if (width > 100 || (width > 0 && line[width - 1] == ' ')) {
			fail_msg("%d columns: %.*s", width, width, line);
		}
	}
	if (!strstr(text, words)) {
		fail_msg("no \"%s\" in: %s", words, text);
	}
	free(text);
}

static void printed_lines_fit(void **state)
{
	(void)state;
	struct topology *topology = topology_synthetic("pack:2 l3:1 l2:4 core:1 pu:2", NULL);
	assert_non_null(topology);
	struct machine facts;
	machine_facts(&facts, "", topology);
	topology_free(topology);
	assert_non_null(facts.findings.all = malloc(1));
	expect_narrow(&facts, "Nothing was found that is bad for measuring.");
	// Every finding at once, and flags that wrap at every column
	facts.software.sanitizer = "thread";
	facts.virtualisation.virtual = TRUTH_YES;
	facts.load.busy = 1;
	facts.load.steal = 1;
	facts.load.steal_since_boot = 0;
	facts.processor.available = 1;
	facts.processor.smt = TRUTH_YES;
	facts.frequency.governor = "powersave";
	facts.frequency.boost = TRUTH_YES;
	facts.limits.cgroup_processors = 0.5;
	facts.timer.clocksource = "hpet";
	facts.timer.cost_ns = 1e6;
	facts.memory.aslr = 0;
	facts.memory.transparent_huge_pages = "always";
	facts.counters.work = TRUTH_NO;
	assert_int_equal(machine_find(&facts), 0);
	assert_int_equal(facts.findings.count, 15);
	char flags[201];
	for (size_t length = 0; length < sizeof(flags); ++length) {
		memset(flags, '-', sizeof(flags));
		for (size_t i = length % 60; i < length; i += 60) {
			flags[i] = ' ';
		}
		flags[length] = '\0';
		facts.software.flags = length > 60 ? flags : "";
		expect_narrow(&facts, "What is bad here for measuring");
	}
	machine_free(&facts);

	machine_clear(&facts);
	expect_narrow(&facts, "governor unknown");
}

static void failing_stream_is_told(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	if (!full) {
		skip();
	}
	struct machine machine;
	assert_int_equal(machine_observe(&machine), 0);
	errno = 0;
	assert_int_equal(machine_print(&machine, full), -1);
	assert_int_equal(errno, ENOSPC);
	fclose(full);
	machine_free(&machine);
}

static void this_machine_is_known(void **state)
{
	(void)state;
	struct machine machine;
	assert_int_equal(machine_observe(&machine), 0);
	assert_true(machine.processor.available >= 1);
	assert_true(machine.processor.threads >= machine.processor.available);
	assert_true(machine.timer.cost_ns > 0);
	assert_true(machine.timer.resolution_ns > 0);
	assert_true(machine.memory.bytes > 0);
	assert_true(machine.load.busy >= 0 && machine.load.busy <= 1);
	assert_non_null(machine.findings.all);
	// Counters have a reason exactly if they do not work
	assert_true((machine.counters.work == TRUTH_YES) == !machine.counters.reason);
	machine_free(&machine);
}

/** Gives the machine another name for the rest of the test, if that is allowed. */
static void host_name_stays_secret(void **state)
{
	(void)state;
	static const char host[] = "host-that-nobody-has";
	if ((unshare(CLONE_NEWUTS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWUTS) != 0) ||
	    sethostname(host, strlen(host)) != 0) {
		skip();
	}
	struct machine machine;
	assert_int_equal(machine_observe(&machine), 0);
	json_t *json = machine_json(&machine);
	char *text = json_dumps(json, 0);
	assert_null(strstr(text, host));
	free(text);
	json_decref(json);
	machine_free(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printed_lines_fit),
		cmocka_unit_test(failing_stream_is_told),
		cmocka_unit_test(this_machine_is_known),
		cmocka_unit_test(host_name_stays_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
