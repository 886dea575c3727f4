// SPDX-License-Identifier: MIT

/** What is known of a machine, and what is bad about it, comes from its files: made-up ones. */

#include "machine/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

#define CPUFREQ "/sys/devices/system/cpu/cpufreq"
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define FLAGS "flags\t\t: fpu tsc nx"

/** Eight cores of one thread each. */
static const char good_topology[] = "pack:1 l3:1 l2:8 core:1 pu:1";

struct file {
	const char *path;
	const char *text;
};

/** A machine with nothing bad about it. */
static const struct file good_files[] = {
	{"/proc/cpuinfo", "processor\t: 0\nmodel name\t: Made-up 9000\nmicrocode\t: 0x7\n" FLAGS
			  " constant_tsc nonstop_tsc\n\nprocessor\t: 1\nmodel name\t: Other\n"},
	{"/proc/meminfo", "MemTotal:        2048 kB\nMemFree:  1024 kB\n"},
	{"/proc/stat", "cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3\n"},
	{"/proc/loadavg", "0.25 0.50 0.75 1/84 4711\n"},
	{"/proc/self/cgroup", "0::/slice/job\n"},
	{"/proc/self/personality", "00000000\n"},
	{"/proc/sys/kernel/osrelease", "6.1.0-made-up\n"},
	{"/proc/sys/kernel/hostname", "host-that-nobody-has\n"},
	{"/proc/sys/kernel/randomize_va_space", "2\n"},
	{"/proc/sys/kernel/perf_event_paranoid", "1\n"},
	{"/etc/hostname", "host-that-nobody-has\n"},
	{"/etc/os-release", "NAME=\"Made\"\nPRETTY_NAME=\"Made-up Linux 3\"\nID=made\n"},
	{"/sys/devices/system/cpu/smt/control", "off\n"},
	{"/sys/devices/system/cpu/isolated", "2-3\n"},
	{CPUFREQ "/boost", "0\n"},
	{CPUFREQ "/policy0/scaling_governor", "performance\n"},
	{CPUFREQ "/policy0/scaling_driver", "acpi-cpufreq\n"},
	{CPUFREQ "/policy0/cpuinfo_max_freq", "3500000\n"},
	{CPUFREQ "/policy1/scaling_governor", "performance\n"},
	{CPUFREQ "/policy1/scaling_driver", "acpi-cpufreq\n"},
	{"/sys/class/dmi/id/sys_vendor", "Made-up Inc.\n"},
	{"/sys/fs/cgroup/slice/job/cpu.max", "max 100000\n"},
	{"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
	{CLOCKSOURCE, "tsc\n"},
};

/** Make a folder of files to be a root; remove_root() takes it away. */
static char *make_root(void)
{
	const char *where = getenv("TMPDIR");
	char *root;
	assert_true(asprintf(&root, "%s/machine.XXXXXX", where ? where : "/tmp") > 0);
	assert_non_null(mkdtemp(root));
	return root;
}

static void write_file(const char *root, const char *path, const char *text)
{
	char *whole;
	assert_true(asprintf(&whole, "%s%s", root, path) > 0);
	for (char *slash = whole + strlen(root); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		assert_true(mkdir(whole, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
	FILE *file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	free(whole);
}

static char *make_good_root(void)
{
	char *root = make_root();
	for (size_t i = 0; i < LENGTH(good_files); ++i) {
		write_file(root, good_files[i].path, good_files[i].text);
	}
	return root;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_root(char *root)
{
	assert_int_equal(nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(root);
}

/** Replace a fact, which takes the reference over. */
static void set(json_t *facts, const char *group, const char *key, json_t *value)
{
	assert_int_equal(json_object_set_new(json_object_get(facts, group), key, value), 0);
}

static const json_t *get(const json_t *facts, const char *group, const char *key)
{
	const json_t *value = json_object_get(json_object_get(facts, group), key);
	if (!value) {
		fail_msg("no %s.%s", group, key);
	}
	return value;
}

static const char *get_text(const json_t *facts, const char *group, const char *key)
{
	const char *value = json_string_value(get(facts, group, key));
	if (!value) {
		fail_msg("%s.%s is no string", group, key);
	}
	return value;
}

/** The facts of a made-up machine, with good ones for what is tried instead of read. */
static json_t *facts_of(const char *root, const char *machine, const char *available)
{
	struct topology *topology = topology_synthetic(machine, available);
	assert_non_null(topology);
	json_t *facts = machine_facts(root, topology, 0);
	assert_non_null(facts);
	topology_free(topology);
	set(facts, "software", "optimised", json_true());
	set(facts, "software", "sanitizer", json_null());
	set(facts, "counters", "work", json_true());
	set(facts, "counters", "reason", json_null());
	set(facts, "timer", "cost_ns", json_real(20));
	set(facts, "timer", "step_ns", json_integer(10));
	return facts;
}

/** Whether there is a finding whose words begin in a certain way: it, or NULL. */
static const json_t *find(const json_t *findings, const char *words)
{
	for (size_t i = 0; i < json_array_size(findings); ++i) {
		const json_t *finding = json_array_get(findings, i);
		const char *what = json_string_value(json_object_get(finding, "what"));
		assert_non_null(what);
		assert_non_null(json_string_value(json_object_get(finding, "why")));
		assert_non_null(json_string_value(json_object_get(finding, "remedy")));
		if (strncmp(what, words, strlen(words)) == 0) {
			return finding;
		}
	}
	return NULL;
}

/** Whether a finding is the only one, for facts that are not needed any more. */
static void expect_only(json_t *facts, const char *what, const char *remedy)
{
	json_t *findings = machine_findings(facts);
	assert_non_null(findings);
	const json_t *finding = find(findings, what);
	if (!finding || json_array_size(findings) != 1) {
		char *text = json_dumps(findings, JSON_INDENT(1));
		fail_msg("instead of \"%s\" alone: %s", what, text);
	}
	const char *advice = json_string_value(json_object_get(finding, "remedy"));
	if (remedy && !strstr(advice, remedy)) {
		fail_msg("\"%s\" is answered by \"%s\"", what, advice);
	}
	json_decref(findings);
	json_decref(facts);
}

static void good_machine_has_no_findings(void **state)
{
	(void)state;
	char *root = make_good_root();
	json_t *facts = facts_of(root, good_topology, NULL);
	json_t *findings = machine_findings(facts);
	assert_true(json_is_array(findings));
	assert_int_equal(json_array_size(findings), 0);
	json_decref(findings);
	json_decref(facts);
	remove_root(root);
}

static void facts_are_those_of_the_files(void **state)
{
	(void)state;
	char *root = make_good_root();
	json_t *facts = facts_of(root, "pack:2 l3:1 l2:4(size=1048576) core:1 pu:2", "0-11");
	assert_string_equal(get_text(facts, "processor", "model"), "Made-up 9000");
	assert_string_equal(get_text(facts, "processor", "microcode"), "0x7");
	assert_int_equal(json_integer_value(get(facts, "processor", "packages")), 2);
	assert_int_equal(json_integer_value(get(facts, "processor", "cores")), 8);
	assert_int_equal(json_integer_value(get(facts, "processor", "threads")), 16);
	assert_int_equal(json_integer_value(get(facts, "processor", "available")), 12);
	assert_true(json_is_true(get(facts, "processor", "smt")));
	assert_string_equal(get_text(facts, "processor", "smt_control"), "off");
	assert_int_equal(json_integer_value(get(facts, "memory", "bytes")), 2048 * 1024);
	assert_string_equal(get_text(facts, "memory", "transparent_huge_pages"), "madvise");
	assert_int_equal(json_integer_value(get(facts, "memory", "aslr")), 2);
	assert_string_equal(get_text(facts, "software", "kernel"), "6.1.0-made-up");
	assert_string_equal(get_text(facts, "software", "distribution"), "Made-up Linux 3");
	assert_string_equal(get_text(facts, "frequency", "governor"), "performance");
	assert_string_equal(get_text(facts, "frequency", "driver"), "acpi-cpufreq");
	assert_true(json_is_false(get(facts, "frequency", "boost")));
	assert_true(json_real_value(get(facts, "frequency", "max_mhz")) == 3500);
	assert_true(json_is_false(get(facts, "virtualisation", "virtual")));
	assert_true(json_is_null(get(facts, "virtualisation", "hypervisor")));
	assert_string_equal(get_text(facts, "virtualisation", "vendor"), "Made-up Inc.");
	assert_true(json_real_value(get(facts, "load", "average_15")) == 0.75);
	assert_true(json_real_value(get(facts, "load", "steal_since_boot")) == 0);
	assert_true(json_is_null(get(facts, "limits", "cgroup_processors")));
	assert_string_equal(get_text(facts, "limits", "isolated"), "2-3");
	assert_string_equal(get_text(facts, "timer", "clocksource"), "tsc");
	assert_true(json_is_true(get(facts, "timer", "constant_tsc")));
	assert_string_equal(get_text(facts, "places", "across"), "packages");
	assert_int_equal(json_array_size(get(facts, "places", "offered")), PLACES);

	const json_t *caches = json_object_get(facts, "caches");
	assert_int_equal(json_array_size(caches), 2);
	const json_t *inner = json_array_get(caches, 0);
	assert_int_equal(json_integer_value(json_object_get(inner, "level")), 2);
	assert_int_equal(json_integer_value(json_object_get(inner, "bytes")), 1 << 20);
	assert_int_equal(json_integer_value(json_object_get(inner, "shared_by")), 2);
	assert_int_equal(json_integer_value(json_object_get(inner, "count")), 8);
	json_decref(facts);
	remove_root(root);
}

/** One file of the good machine made bad, and what is found. */
static void each_bad_file_is_found(void **state)
{
	(void)state;
	static const struct {
		struct file file;
		const char *what;
		const char *remedy;
	} flaws[] = {
		{{CPUFREQ "/policy0/scaling_governor", "powersave"},
		 "The frequency governor is mixed",
		 "performance"},
		{{CPUFREQ "/boost", "1"}, "Turbo is on", "cpufreq/boost"},
		{{"/sys/devices/system/cpu/intel_pstate/no_turbo", "0"}, "Turbo is on", NULL},
		{{"/proc/cpuinfo", FLAGS " constant_tsc nonstop_tsc hypervisor\n"},
		 "This is a virtual machine (Made-up Inc.)",
		 "ratios"},
		{{"/sys/hypervisor/type", "xen"}, "This is a virtual machine (xen)", NULL},
		{{"/proc/stat", "cpu  100 0 100 780 0 0 0 20 0 0"},
		 "The host takes processor time away: 0.0 % now, 2.0 % since boot",
		 NULL},
		{{"/proc/loadavg", "1.50 0.10 0.10 1/84 4711"},
		 "Other programs run: 0 % of all "
		 "processors now, load 1.50",
		 NULL},
		{{"/sys/fs/cgroup/slice/job/cpu.max", "150000 100000"},
		 "A control group limits the process to the time of 1.50 of 8",
		 NULL},
		{{"/sys/fs/cgroup/slice/cpu.max", "50000 100000"},
		 "A control group limits the process to the time of 0.50 of 8",
		 NULL},
		{{"/sys/fs/cgroup/cpu.max", "50000 100000"},
		 "A control group limits the process to the time of 0.50 of 8",
		 NULL},
		{{CLOCKSOURCE, "hpet"}, "The clock source is hpet", "current_clocksource"},
		{{"/proc/cpuinfo", FLAGS " nonstop_tsc"}, "The time stamp counter changes", NULL},
		{{"/proc/cpuinfo", FLAGS " constant_tsc"}, "The time stamp counter stops", NULL},
		{{"/proc/sys/kernel/randomize_va_space", "0"}, "Addresses are not", "=2"},
		{{"/proc/self/personality", "00040000"}, "Addresses are not", "setarch"},
		{{"/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never"},
		 "Transparent huge pages are always on",
		 "madvise"},
	};
	for (size_t i = 0; i < LENGTH(flaws); ++i) {
		char *root = make_good_root();
		write_file(root, flaws[i].file.path, flaws[i].file.text);
		expect_only(facts_of(root, good_topology, NULL), flaws[i].what, flaws[i].remedy);
		remove_root(root);
	}
}

static void limits_of_old_control_groups_are_found(void **state)
{
	(void)state;
	char *root = make_good_root();
	write_file(root, "/proc/self/cgroup", "5:cpuset:/other\n4:cpu,cpuacct:/a:b\n0::/none\n");
	write_file(root, "/sys/fs/cgroup/cpu/other/cpu.cfs_quota_us", "1");
	write_file(root, "/sys/fs/cgroup/cpu/other/cpu.cfs_period_us", "100000");
	write_file(root, "/sys/fs/cgroup/cpu/a:b/cpu.cfs_quota_us", "-1");
	write_file(root, "/sys/fs/cgroup/cpu/a:b/cpu.cfs_period_us", "100000");
	json_t *facts = facts_of(root, good_topology, NULL);
	assert_true(json_is_null(get(facts, "limits", "cgroup_processors")));
	json_decref(facts);
	write_file(root, "/sys/fs/cgroup/cpu/a:b/cpu.cfs_quota_us", "250000");
	expect_only(facts_of(root, good_topology, NULL),
		    "A control group limits the process to the time of 2.50 of 8", NULL);
	// As much as there is, is no limit
	write_file(root, "/sys/fs/cgroup/cpu/a:b/cpu.cfs_quota_us", "800000");
	facts = facts_of(root, good_topology, NULL);
	json_t *findings = machine_findings(facts);
	assert_int_equal(json_array_size(findings), 0);
	json_decref(findings);
	json_decref(facts);
	remove_root(root);
}

static void bad_processors_are_found(void **state)
{
	(void)state;
	char *root = make_good_root();
	expect_only(facts_of(root, "pack:1 core:4 pu:2", NULL), "Cores have several",
		    "smt/control");
	expect_only(facts_of(root, "pack:1 core:2 pu:1", NULL), "There are only 2 processors",
		    NULL);
	expect_only(facts_of(root, "pack:1 core:1 pu:1", NULL), "There is only 1 processor", NULL);
	expect_only(facts_of(root, good_topology, "0-5"), "The process may use only 6 of 8",
		    "taskset");
	remove_root(root);
}

static void bad_probes_are_found(void **state)
{
	(void)state;
	char *root = make_good_root();
	json_t *facts = facts_of(root, good_topology, NULL);
	set(facts, "timer", "cost_ns", json_real(700));
	expect_only(facts, "The clock takes 700 ns", NULL);
	facts = facts_of(root, good_topology, NULL);
	set(facts, "timer", "step_ns", json_integer(1000000));
	expect_only(facts, "The clock takes 20 ns to read and goes in steps of 1000000 ns", NULL);
	facts = facts_of(root, good_topology, NULL);
	set(facts, "software", "sanitizer", json_string("thread"));
	expect_only(facts, "qbench was built with the thread sanitizer", "release");
	facts = facts_of(root, good_topology, NULL);
	set(facts, "software", "optimised", json_false());
	expect_only(facts, "qbench was built without optimisation", "release");
	facts = facts_of(root, good_topology, NULL);
	set(facts, "load", "busy", json_real(0.3));
	expect_only(facts, "Other programs run: 30 %", NULL);
	facts = facts_of(root, good_topology, NULL);
	set(facts, "load", "steal", json_real(0.3));
	expect_only(facts, "The host takes processor time away: 30.0 %", NULL);

	facts = facts_of(root, good_topology, NULL);
	set(facts, "counters", "work", json_false());
	set(facts, "counters", "reason", json_string("they are not permitted"));
	expect_only(facts, "Hardware counters do not work: they are not permitted", "CAP_PERFMON");
	write_file(root, "/proc/sys/kernel/perf_event_paranoid", "3");
	facts = facts_of(root, good_topology, NULL);
	set(facts, "counters", "work", json_false());
	expect_only(facts, "Hardware counters do not work", "perf_event_paranoid=2");
	remove_root(root);
}

/** Nothing is known: every fact of a file is null, and nothing is held against the machine. */
static void unknown_is_null_and_no_finding(void **state)
{
	(void)state;
	static const char *const unknown[][2] = {
		{"processor", "model"},
		{"processor", "microcode"},
		{"processor", "smt_control"},
		{"memory", "bytes"},
		{"memory", "aslr"},
		{"memory", "transparent_huge_pages"},
		{"software", "kernel"},
		{"software", "distribution"},
		{"frequency", "driver"},
		{"frequency", "governor"},
		{"frequency", "boost"},
		{"frequency", "max_mhz"},
		{"virtualisation", "virtual"},
		{"virtualisation", "hypervisor"},
		{"virtualisation", "vendor"},
		{"limits", "cgroup_processors"},
		{"limits", "isolated"},
		{"load", "average_1"},
		{"load", "steal"},
		{"load", "steal_since_boot"},
		{"load", "busy"},
		{"counters", "perf_event_paranoid"},
		{"timer", "clocksource"},
		{"timer", "constant_tsc"},
	};
	char *root = make_root();
	json_t *facts = facts_of(root, good_topology, NULL);
	for (size_t i = 0; i < LENGTH(unknown); ++i) {
		if (!json_is_null(get(facts, unknown[i][0], unknown[i][1]))) {
			fail_msg("%s.%s is not null", unknown[i][0], unknown[i][1]);
		}
	}
	json_t *findings = machine_findings(facts);
	assert_int_equal(json_array_size(findings), 0);
	json_decref(findings);
	json_decref(facts);

	// Nor is anything held against what is no machine at all
	facts = json_object();
	findings = machine_findings(facts);
	assert_int_equal(json_array_size(findings), 0);
	json_decref(findings);
	json_decref(facts);
	remove_root(root);
}

/** Files with nonsense in them, of any bytes, do no harm. */
static void nonsense_is_unknown(void **state)
{
	(void)state;
	char *root = make_root();
	for (size_t i = 0; i < LENGTH(good_files); ++i) {
		write_file(root, good_files[i].path, "\xff\xfe [nonsense:\n=\n::\n");
	}
	write_file(root, "/proc/cpuinfo", "model name : Caf\xc3\xa9 \xff\x1b[31m\n");
	json_t *facts = facts_of(root, good_topology, NULL);
	assert_string_equal(get_text(facts, "processor", "model"), "Caf?? ??[31m");
	assert_true(json_is_null(get(facts, "memory", "bytes")));
	assert_true(json_is_null(get(facts, "memory", "aslr")));
	assert_true(json_is_null(get(facts, "load", "average_1")));
	assert_true(json_is_null(get(facts, "load", "steal_since_boot")));
	assert_true(json_is_null(get(facts, "limits", "cgroup_processors")));
	json_decref(facts);
	remove_root(root);
}

static void host_name_stays_secret(void **state)
{
	(void)state;
	char *root = make_good_root();
	json_t *facts = facts_of(root, good_topology, NULL);
	char *text = json_dumps(facts, 0);
	assert_null(strstr(text, "host-that-nobody-has"));
	free(text);
	json_decref(facts);
	remove_root(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_machine_has_no_findings),
		cmocka_unit_test(facts_are_those_of_the_files),
		cmocka_unit_test(each_bad_file_is_found),
		cmocka_unit_test(limits_of_old_control_groups_are_found),
		cmocka_unit_test(bad_processors_are_found),
		cmocka_unit_test(bad_probes_are_found),
		cmocka_unit_test(unknown_is_null_and_no_finding),
		cmocka_unit_test(nonsense_is_unknown),
		cmocka_unit_test(host_name_stays_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
