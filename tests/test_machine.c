// SPDX-License-Identifier: MIT

/** Facts and findings of a machine, read from made-up files. */

#include "machine/machine.h"
#include "machine/topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

#define CPUFREQ "/sys/devices/system/cpu/cpufreq"
#define CLOCKSOURCES "/sys/devices/system/clocksource/clocksource0"
#define CLOCKSOURCE CLOCKSOURCES "/current_clocksource"
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
	{"/proc/stat", "cpu  100 0 100 799 0 0 0 1 50 0\ncpu0 1 2 3\n"},
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

/** Makes a folder that stands for /; remove_root() removes it. */
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

/** The facts of a made-up machine, with good values for those that are tried, not read. */
static struct machine facts_of(const char *root, const char *description, const char *available)
{
	struct machine machine;
	struct topology *topology = topology_synthetic(description, available);
	assert_non_null(topology);
	machine_facts(&machine, root, topology);
	topology_free(topology);
	machine.software.optimised = TRUTH_YES;
	machine.software.sanitizer = NULL;
	machine.counters.work = TRUTH_YES;
	machine.counters.reason = NULL;
	machine.timer.cost_ns = 20;
	machine.timer.step_ns = 10;
	return machine;
}

/** Asserts that a finding is the only one. Frees the facts. */
static void expect_only(struct machine machine, const char *what, const char *remedy)
{
	assert_int_equal(machine_find(&machine), 0);
	const struct machine_finding *finding = machine.findings.all;
	for (size_t i = 0; i < machine.findings.count; ++i) {
		assert_non_null(finding[i].why);
		assert_non_null(finding[i].remedy);
	}
	if (machine.findings.count != 1 || strncmp(finding->what, what, strlen(what)) != 0) {
		fail_msg("instead of \"%s\" alone %zu findings, \"%s\" first", what,
			 machine.findings.count, machine.findings.count ? finding->what : "");
	}
	if (remedy && !strstr(finding->remedy, remedy)) {
		fail_msg("\"%s\" is answered by \"%s\"", what, finding->remedy);
	}
	machine_free(&machine);
}

/** Asserts that there are no findings, and that the machine was searched for them. */
static void expect_none(struct machine *machine)
{
	assert_int_equal(machine_find(machine), 0);
	assert_non_null(machine->findings.all);
	assert_int_equal(machine->findings.count, 0);
}

static void good_machine_has_no_findings(void **state)
{
	(void)state;
	char *root = make_good_root();
	struct machine facts = facts_of(root, good_topology, NULL);
	expect_none(&facts);
	machine_free(&facts);
	remove_root(root);
}

static void facts_are_those_of_the_files(void **state)
{
	(void)state;
	char *root = make_good_root();
	struct machine facts = facts_of(root, "pack:2 l3:1 l2:4(size=1048576) core:1 pu:2", "0-11");
	assert_string_equal(facts.processor.model, "Made-up 9000");
	assert_string_equal(facts.processor.microcode, "0x7");
	assert_int_equal(facts.processor.packages, 2);
	assert_int_equal(facts.processor.cores, 8);
	assert_int_equal(facts.processor.threads, 16);
	assert_int_equal(facts.processor.available, 12);
	assert_int_equal(facts.processor.smt, TRUTH_YES);
	assert_string_equal(facts.processor.smt_control, "off");
	assert_int_equal(facts.memory.bytes, 2048 * 1024);
	assert_string_equal(facts.memory.transparent_huge_pages, "madvise");
	assert_int_equal(facts.memory.aslr, 2);
	assert_string_equal(facts.software.kernel, "6.1.0-made-up");
	assert_string_equal(facts.software.distribution, "Made-up Linux 3");
	assert_string_equal(facts.frequency.governor, "performance");
	assert_string_equal(facts.frequency.driver, "acpi-cpufreq");
	assert_int_equal(facts.frequency.boost, TRUTH_NO);
	assert_true(facts.frequency.max_mhz == 3500);
	assert_int_equal(facts.virtualisation.virtual, TRUTH_NO);
	assert_null(facts.virtualisation.hypervisor);
	assert_string_equal(facts.virtualisation.vendor, "Made-up Inc.");
	assert_true(facts.load.average_15 == 0.75);
	assert_true(facts.load.steal_since_boot == 0.001);
	assert_true(isnan(facts.limits.cgroup_processors));
	assert_string_equal(facts.limits.isolated, "2-3");
	assert_string_equal(facts.timer.clocksource, "tsc");
	assert_int_equal(facts.timer.constant_tsc, TRUTH_YES);
	assert_string_equal(facts.places.across, "packages");
	assert_int_equal(facts.places.offered, (1 << PLACES) - 1);

	const struct machine_cache *inner = facts.caches.all;
	assert_int_equal(facts.caches.count, 2);
	assert_int_equal(inner->level, 2);
	assert_int_equal(inner->bytes, 1 << 20);
	assert_int_equal(inner->shared_by, 2);
	assert_int_equal(inner->count, 8);
	machine_free(&facts);
	remove_root(root);
}

/** Without its number, the name of a processor says less than its family. */
static void names_without_numbers_have_the_family(void **state)
{
	(void)state;
	static const struct {
		const char *cpuinfo;
		const char *model;
	} processors[] = {
		{"cpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n",
		 "AMD EPYC, family 26, model 2"},
		{"cpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7B13\n", "AMD EPYC 7B13"},
		{"model name\t: AMD EPYC\n", "AMD EPYC"},
	};
	for (size_t i = 0; i < LENGTH(processors); ++i) {
		char *root = make_good_root();
		write_file(root, "/proc/cpuinfo", processors[i].cpuinfo);
		struct machine facts = facts_of(root, good_topology, NULL);
		assert_string_equal(facts.processor.model, processors[i].model);
		machine_free(&facts);
		remove_root(root);
	}
}

static void arm_processors_have_names(void **state)
{
	(void)state;
	static const struct {
		const char *cpuinfo;
		const char *model;
		enum truth lse;
	} processors[] = {
		{"processor\t: 0\nFeatures\t: fp asimd aes atomics\nCPU implementer\t: 0x41\n"
		 "CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n",
		 "Arm Neoverse N1", TRUTH_YES},
		{"Features\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n",
		 "Arm Cortex-A72", TRUTH_NO},
		{"Features\t: fp\nCPU implementer\t: 0x99\nCPU part\t: 0xd08\n",
		 "Arm, implementer 0x99, part 0xd08", TRUTH_NO},
	};
	for (size_t i = 0; i < LENGTH(processors); ++i) {
		char *root = make_good_root();
		write_file(root, "/proc/cpuinfo", processors[i].cpuinfo);
		struct machine facts = facts_of(root, good_topology, NULL);
		assert_string_equal(facts.processor.model, processors[i].model);
		assert_int_equal(facts.processor.lse, processors[i].lse);
		expect_none(&facts);
		machine_free(&facts);
		remove_root(root);
	}
}

/** In each case one file of the good machine is bad, and is found. */
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

/** The vendor of the board is named only if the kernel has no clock of the hypervisor. */
static void clock_names_the_hypervisor(void **state)
{
	(void)state;
	char *root = make_good_root();
	write_file(root, "/proc/cpuinfo", FLAGS " constant_tsc nonstop_tsc hypervisor\n");
	write_file(root, CLOCKSOURCES "/available_clocksource", "tsc kvm-clock acpi_pm \n");
	expect_only(facts_of(root, good_topology, NULL), "This is a virtual machine (KVM)", NULL);
	write_file(root, CLOCKSOURCES "/available_clocksource", "tsc hpet acpi_pm \n");
	expect_only(facts_of(root, good_topology, NULL), "This is a virtual machine (Made-up Inc.)",
		    NULL);
	remove_root(root);
}

static void hypervisors_that_tell_no_stolen_time_are_found(void **state)
{
	(void)state;
	char *root = make_good_root();
	write_file(root, "/proc/stat", "cpu  100 0 100 800 0 0 0 0 50 0\n");
	struct machine facts = facts_of(root, good_topology, NULL);
	expect_none(&facts);
	facts.virtualisation.virtual = TRUTH_YES;
	assert_int_equal(machine_find(&facts), 0);
	const struct machine_finding *findings = facts.findings.all;
	assert_int_equal(facts.findings.count, 2);
	assert_string_equal(findings[1].what,
			    "The hypervisor has told of no stolen time since boot");
	machine_free(&facts);
	remove_root(root);
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
	struct machine facts = facts_of(root, good_topology, NULL);
	assert_true(isnan(facts.limits.cgroup_processors));
	machine_free(&facts);
	write_file(root, "/sys/fs/cgroup/cpu/a:b/cpu.cfs_quota_us", "250000");
	expect_only(facts_of(root, good_topology, NULL),
		    "A control group limits the process to the time of 2.50 of 8", NULL);
	// A quota of all processors is no limit
	write_file(root, "/sys/fs/cgroup/cpu/a:b/cpu.cfs_quota_us", "800000");
	facts = facts_of(root, good_topology, NULL);
	expect_none(&facts);
	machine_free(&facts);
	remove_root(root);
}

/** What counts of a clock is what it costs. That of KVM is read without a system call. */
static void any_clock_that_is_fast_is_good(void **state)
{
	(void)state;
	char *root = make_good_root();
	write_file(root, CLOCKSOURCE, "kvm-clock\n");
	struct machine facts = facts_of(root, good_topology, NULL);
	assert_string_equal(facts.timer.clocksource, "kvm-clock");
	expect_none(&facts);
	machine_free(&facts);
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
	struct machine facts = facts_of(root, good_topology, NULL);
	facts.timer.cost_ns = 700;
	facts.timer.clocksource = "hpet";
	expect_only(facts, "The clock (hpet) takes 700 ns", "current_clocksource");
	facts = facts_of(root, good_topology, NULL);
	facts.timer.step_ns = 1000000;
	expect_only(facts, "The clock (tsc) takes 20 ns to read and goes in steps of 1000000 ns",
		    NULL);
	facts = facts_of(root, good_topology, NULL);
	facts.software.sanitizer = "thread";
	expect_only(facts, "qbench was built with the thread sanitizer", "release");
	facts = facts_of(root, good_topology, NULL);
	facts.software.optimised = TRUTH_NO;
	expect_only(facts, "qbench was built without optimisation", "release");
	facts = facts_of(root, good_topology, NULL);
	facts.load.busy = 0.3;
	expect_only(facts, "Other programs run: 30 %", NULL);
	facts = facts_of(root, good_topology, NULL);
	facts.load.steal = 0.3;
	expect_only(facts, "The host takes processor time away: 30.0 %", NULL);

	facts = facts_of(root, good_topology, NULL);
	facts.counters.work = TRUTH_NO;
	facts.counters.reason = "they are not permitted";
	expect_only(facts, "Hardware counters do not work: they are not permitted", "CAP_PERFMON");
	write_file(root, "/proc/sys/kernel/perf_event_paranoid", "3");
	facts = facts_of(root, good_topology, NULL);
	facts.counters.work = TRUTH_NO;
	expect_only(facts, "Hardware counters do not work", "perf_event_paranoid=2");
	remove_root(root);
}

/** If nothing is known, every fact from a file is null, and there are no findings. */
static void unknown_is_null_and_no_finding(void **state)
{
	(void)state;
	static const char *const unknown[] = {
		"model",
		"microcode",
		"smt_control",
		"lse",
		"bytes",
		"aslr",
		"kernel",
		"vendor",
		"distribution",
		"driver",
		"governor",
		"boost",
		"max_mhz",
		"virtual",
		"hypervisor",
		"cgroup_processors",
		"isolated",
		"average_1",
		"steal",
		"busy",
		"steal_since_boot",
		"constant_tsc",
		"perf_event_paranoid",
		"clocksource",
		"transparent_huge_pages",
	};
	char *root = make_root();
	struct machine facts = facts_of(root, good_topology, NULL);
	json_t *json = machine_json(&facts);
	char *text = json_dumps(json, JSON_COMPACT);
	for (size_t i = 0; i < LENGTH(unknown); ++i) {
		char words[64];
		snprintf(words, sizeof(words), "\"%s\":null", unknown[i]);
		if (!strstr(text, words)) {
			fail_msg("no %s in %s", words, text);
		}
	}
	free(text);
	json_decref(json);
	expect_none(&facts);
	machine_free(&facts);

	// Cleared facts give no findings either
	machine_clear(&facts);
	expect_none(&facts);
	machine_free(&facts);
	remove_root(root);
}

/** Facts are read back as they were written, and impossible values are unknown. */
static void json_is_read_as_it_was_written(void **state)
{
	(void)state;
	char *root = make_good_root();
	struct machine facts = facts_of(root, "pack:2 l3:1 l2:4 core:1 pu:2", NULL);
	struct machine again;
	char *error = NULL;
	assert_int_equal(machine_find(&facts), 0);
	json_t *json = machine_json(&facts);
	assert_int_equal(machine_read(json, &again, &error), 0);
	json_t *json_again = machine_json(&again);
	assert_true(json_equal(json, json_again));
	assert_true(machine_same(&facts, &again, NULL));
	assert_int_equal(again.findings.count, facts.findings.count);
	json_decref(json_again);
	json_decref(json);
	machine_free(&again);
	machine_free(&facts);

	// An older file has fewer facts
	json = json_pack("{s:{s:s, s:n}}", "processor", "model", "Made-up 1", "cores");
	assert_int_equal(machine_read(json, &again, &error), 0);
	assert_string_equal(again.processor.model, "Made-up 1");
	assert_true(isnan(again.processor.cores));
	assert_int_equal(again.processor.smt, TRUTH_UNKNOWN);
	assert_true(isnan(again.load.average_1));
	assert_null(again.findings.all);
	json_decref(json);
	machine_free(&again);

	json = json_pack("{s:{s:s}}", "processor", "cores", "many");
	assert_int_equal(machine_read(json, &again, &error), -1);
	assert_string_equal(error, "the machine: \"cores\" is not a number from 0 up");
	free(error);
	json_decref(json);
	machine_free(&again);
	remove_root(root);
}

/** Machines differ by their processors, not by facts that may differ between two runs. */
static void machines_differ_by_what_they_are(void **state)
{
	(void)state;
	char *difference;
	char *root = make_good_root();
	struct machine before = facts_of(root, good_topology, NULL);
	struct machine after = facts_of(root, good_topology, NULL);
	after.software.compiler = "tcc";
	assert_true(machine_same(&before, &after, &difference));
	assert_null(difference);
	char *changes = machine_changes(&before, &after);
	assert_non_null(strstr(changes, "compiler was "));
	assert_non_null(strstr(changes, ", and is tcc\n"));
	free(changes);

	after.processor.model = NULL;
	after.processor.cores = 1;
	assert_false(machine_same(&before, &after, &difference));
	assert_string_equal(difference, "processor model was Made-up 9000, and is unknown; "
					"processor cores was 8, and is 1");
	free(difference);
	machine_free(&after);
	machine_free(&before);
	remove_root(root);
}

/** Files of nonsense, with any bytes, do no harm. */
static void nonsense_is_unknown(void **state)
{
	(void)state;
	char *root = make_root();
	for (size_t i = 0; i < LENGTH(good_files); ++i) {
		write_file(root, good_files[i].path, "\xff\xfe [nonsense:\n=\n::\n");
	}
	write_file(root, "/proc/cpuinfo", "model name : Caf\xc3\xa9 \xff\x1b[31m\n");
	struct machine facts = facts_of(root, good_topology, NULL);
	assert_string_equal(facts.processor.model, "Caf?? ??[31m");
	assert_true(isnan(facts.memory.bytes));
	assert_true(isnan(facts.memory.aslr));
	assert_true(isnan(facts.load.average_1));
	assert_true(isnan(facts.load.steal_since_boot));
	assert_true(isnan(facts.limits.cgroup_processors));
	machine_free(&facts);
	remove_root(root);
}

static void host_name_stays_secret(void **state)
{
	(void)state;
	char *root = make_good_root();
	struct machine facts = facts_of(root, good_topology, NULL);
	json_t *json = machine_json(&facts);
	char *text = json_dumps(json, 0);
	assert_null(strstr(text, "host-that-nobody-has"));
	free(text);
	json_decref(json);
	machine_free(&facts);
	remove_root(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_machine_has_no_findings),
		cmocka_unit_test(facts_are_those_of_the_files),
		cmocka_unit_test(names_without_numbers_have_the_family),
		cmocka_unit_test(arm_processors_have_names),
		cmocka_unit_test(each_bad_file_is_found),
		cmocka_unit_test(clock_names_the_hypervisor),
		cmocka_unit_test(hypervisors_that_tell_no_stolen_time_are_found),
		cmocka_unit_test(limits_of_old_control_groups_are_found),
		cmocka_unit_test(any_clock_that_is_fast_is_good),
		cmocka_unit_test(bad_processors_are_found),
		cmocka_unit_test(bad_probes_are_found),
		cmocka_unit_test(unknown_is_null_and_no_finding),
		cmocka_unit_test(json_is_read_as_it_was_written),
		cmocka_unit_test(machines_differ_by_what_they_are),
		cmocka_unit_test(nonsense_is_unknown),
		cmocka_unit_test(host_name_stays_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
