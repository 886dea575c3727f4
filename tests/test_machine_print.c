// SPDX-License-Identifier: MIT

/** What is known of this machine, and how that is printed. */

#include "machine/machine.h"

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

/** Replace a fact, which takes the reference over. */
static void set(json_t *facts, const char *group, const char *key, json_t *value)
{
	assert_int_equal(json_object_set_new(json_object_get(facts, group), key, value), 0);
}

static const json_t *get(const json_t *facts, const char *group, const char *key)
{
	return json_object_get(json_object_get(facts, group), key);
}

/** No line is too wide, whatever the machine; and it is said what was not known. */
static void expect_narrow(const json_t *machine, const char *words)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	assert_int_equal(machine_write(machine, stream), 0);
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
	json_t *facts = machine_facts("", topology, 0);
	assert_non_null(facts);
	topology_free(topology);
	assert_int_equal(json_object_set_new(facts, "findings", json_array()), 0);
	expect_narrow(facts, "Nothing was found that is bad for measuring.");
	// Every finding at once, and flags that wrap at every column
	set(facts, "software", "sanitizer", json_string("thread"));
	set(facts, "virtualisation", "virtual", json_true());
	set(facts, "load", "busy", json_real(1));
	set(facts, "load", "steal", json_real(1));
	set(facts, "processor", "available", json_integer(1));
	set(facts, "processor", "smt", json_true());
	set(facts, "frequency", "governor", json_string("powersave"));
	set(facts, "frequency", "boost", json_true());
	set(facts, "limits", "cgroup_processors", json_real(0.5));
	set(facts, "timer", "clocksource", json_string("hpet"));
	set(facts, "timer", "cost_ns", json_real(1e6));
	set(facts, "memory", "aslr", json_integer(0));
	set(facts, "memory", "transparent_huge_pages", json_string("always"));
	set(facts, "counters", "work", json_false());
	json_t *findings = machine_findings(facts);
	assert_int_equal(json_array_size(findings), 15);
	assert_int_equal(json_object_set_new(facts, "findings", findings), 0);
	char flags[201];
	for (size_t length = 0; length < sizeof(flags); ++length) {
		memset(flags, '-', sizeof(flags));
		for (size_t i = length % 60; i < length; i += 60) {
			flags[i] = ' ';
		}
		flags[length] = '\0';
		set(facts, "software", "flags", json_string(length > 60 ? flags : ""));
		expect_narrow(facts, "What is bad here for measuring");
	}
	json_decref(facts);

	json_t *nothing = json_object();
	expect_narrow(nothing, "governor unknown");
	json_decref(nothing);
}

static void failing_stream_is_told(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	if (!full) {
		skip();
	}
	errno = 0;
	assert_int_equal(machine_print(full), -1);
	assert_int_equal(errno, ENOSPC);
	fclose(full);
}

static void this_machine_is_known(void **state)
{
	(void)state;
	json_t *machine = machine_json();
	assert_non_null(machine);
	assert_true(json_integer_value(get(machine, "processor", "available")) >= 1);
	assert_true(json_integer_value(get(machine, "processor", "threads")) >=
		    json_integer_value(get(machine, "processor", "available")));
	assert_true(json_real_value(get(machine, "timer", "cost_ns")) > 0);
	assert_true(json_integer_value(get(machine, "timer", "resolution_ns")) > 0);
	assert_true(json_integer_value(get(machine, "memory", "bytes")) > 0);
	double busy = json_number_value(get(machine, "load", "busy"));
	assert_true(busy >= 0 && busy <= 1);
	assert_true(json_is_array(json_object_get(machine, "findings")));
	// What works has no reason not to
	assert_true(json_is_true(get(machine, "counters", "work")) ==
		    json_is_null(get(machine, "counters", "reason")));
	json_decref(machine);
}

/** Where it is allowed, this machine is given another name for the rest of the test. */
static void host_name_stays_secret(void **state)
{
	(void)state;
	static const char host[] = "host-that-nobody-has";
	if ((unshare(CLONE_NEWUTS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWUTS) != 0) ||
	    sethostname(host, strlen(host)) != 0) {
		skip();
	}
	json_t *machine = machine_json();
	assert_non_null(machine);
	char *text = json_dumps(machine, 0);
	assert_null(strstr(text, host));
	free(text);
	json_decref(machine);
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
