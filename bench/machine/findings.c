// SPDX-License-Identifier: MIT

/**
 * Finds what makes a machine bad for measuring queues. Each finding is a function of the facts. A
 * fact that is not known is never held against the machine.
 */

#include "machine/machine.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Fewer processors than this show little contention. */
#define FEW_PROCESSORS 4
/** Shares of processor time: if others take more, medians move. */
#define MUCH_BUSY 0.05
#define MUCH_STEAL 0.01
#define MUCH_STEAL_SINCE_BOOT 0.002
/** Load average of the last minute, in threads. */
#define MUCH_LOAD 0.5
/** Nanoseconds: a clock that costs more, or has larger steps, disturbs single operations. */
#define DEAR_CLOCK 100
#define COARSE_CLOCK 200

/** One thing that may be bad. */
struct finding {
	/** To be freed; NULL if it was not found. */
	char *what;
	const char *why;
	const char *remedy;
};

/** Notes a finding, in words formatted like printf()'s. */
__attribute__((format(printf, 2, 3))) static void found(struct finding *finding, const char *what,
							...)
{
	va_list arguments;
	va_start(arguments, what);
	if (vasprintf(&finding->what, what, arguments) < 0) {
		finding->what = NULL;
	}
	va_end(arguments);
}

/** A text, or "" if it is not known. */
static const char *text(const char *fact)
{
	return fact ? fact : "";
}

/** A number, or 0 if it is not known. */
static double number(double fact)
{
	return isfinite(fact) ? fact : 0;
}

static void built_to_debug(const struct machine *machine, struct finding *finding)
{
	const char *sanitizer = text(machine->software.sanitizer);
	if (*sanitizer) {
		found(finding, "qbench was built with the %s sanitizer", sanitizer);
	} else if (machine->software.optimised == TRUTH_NO) {
		found(finding, "qbench was built without optimisation");
	}
	finding->why = "The code around the queues is then code that nobody uses.";
	finding->remedy = "Measure with the release preset: cmake --preset release.";
}

static void virtual_machine(const struct machine *machine, struct finding *finding)
{
	const char *hypervisor = text(machine->virtualisation.hypervisor);
	if (machine->virtualisation.virtual == TRUTH_YES) {
		found(finding, "This is a virtual machine%s%s%s", *hypervisor ? " (" : "",
		      hypervisor, *hypervisor ? ")" : "");
	}
	finding->why =
		"The host moves its processors, sets their clock and shares their caches; two of "
		"them may be hardware threads of one core. Speed drifts from second to second.";
	finding->remedy =
		"Measure on hardware of your own. Here: trust ratios within one run, not times; "
		"take more rounds (--time, --rounds); do not compare runs of different days.";
}

static void stolen_time(const struct machine *machine, struct finding *finding)
{
	double now = number(machine->load.steal);
	double since_boot = number(machine->load.steal_since_boot);
	if (now > MUCH_STEAL || since_boot > MUCH_STEAL_SINCE_BOOT) {
		found(finding,
		      "The host takes processor time away: %.1f %% now, %.1f %% since boot",
		      100 * now, 100 * since_boot);
	}
	finding->why = "A thread that loses its processor inside an operation holds up the others: "
		       "the tails of latencies are then those of the host.";
	finding->remedy = "Take a dedicated host or instance type, or a quieter time of day; look "
			  "at steal_ns of the samples.";
}

static void untold_time(const struct machine *machine, struct finding *finding)
{
	if (machine->virtualisation.virtual == TRUTH_YES && machine->load.steal_since_boot == 0) {
		found(finding, "The hypervisor has told of no stolen time since boot");
	}
	finding->why = "Either the host takes none, or it does not tell. Then a busy host is not "
		       "seen, and a sample that lost its processor is not taken again.";
	finding->remedy = "Look at the spreads and modes of the samples, and measure again at "
			  "another hour.";
}

static void few_processors(const struct machine *machine, struct finding *finding)
{
	double available = machine->processor.available;
	if (available > 0 && available < FEW_PROCESSORS) {
		found(finding,
		      available == 1 ? "There is only %.0f processor"
				     : "There are only %.0f processors",
		      available);
	}
	finding->why = "More threads than processors take turns: that measures the scheduler, and "
		       "says nothing about how a queue scales.";
	finding->remedy = "Do not carry the ranking over to larger machines; repeat it there. "
			  "Oversubscribed rows are marked.";
}

static void restricted_processors(const struct machine *machine, struct finding *finding)
{
	double available = machine->processor.available;
	double threads = machine->processor.threads;
	if (available > 0 && available < threads) {
		found(finding, "The process may use only %.0f of %.0f processors", available,
		      threads);
	}
	finding->why = "Others may run on the rest, and share its caches and memory.";
	finding->remedy = "If that is not on purpose, look at taskset and at the cpuset of the "
			  "container; if it is, keep the rest idle.";
}

static void limited_time(const struct machine *machine, struct finding *finding)
{
	double limit = machine->limits.cgroup_processors;
	double available = machine->processor.available;
	if (limit > 0 && limit < available) {
		found(finding,
		      "A control group limits the process to the time of %.2f of %.0f processors",
		      limit, available);
	}
	finding->why = "When the time of a period is used up, all threads stop until the next "
		       "period: pauses of up to 100 ms.";
	finding->remedy = "Lift the limit (docker run without --cpus; Kubernetes without a CPU "
			  "limit), or measure with fewer threads than it has processors.";
}

static void busy_machine(const struct machine *machine, struct finding *finding)
{
	double busy = number(machine->load.busy);
	double average = number(machine->load.average_1);
	if (busy > MUCH_BUSY || average > MUCH_LOAD) {
		found(finding,
		      "Other programs run: %.0f %% of all processors now, load %.2f in the last "
		      "minute",
		      100 * busy, average);
	}
	finding->why = "They take processors, caches and memory bandwidth from some samples and "
		       "not from others.";
	finding->remedy = "Stop them (top shows which), and wait until the load is below 0.5.";
}

static void shared_cores(const struct machine *machine, struct finding *finding)
{
	if (machine->processor.smt == TRUTH_YES) {
		found(finding, "Cores have several hardware threads (SMT)");
	}
	finding->why = "Two threads on one core share its caches and units. That is faster or "
		       "slower than on two cores, and without pinning a run gets either by chance.";
	finding->remedy = "Pin (--place=package takes cores first), compare with --place=core, or "
			  "switch it off as root: echo off > /sys/devices/system/cpu/smt/control.";
}

static void slow_governor(const struct machine *machine, struct finding *finding)
{
	const char *governor = text(machine->frequency.governor);
	if (*governor && strcmp(governor, "performance") != 0) {
		found(finding, "The frequency governor is %s", governor);
	}
	finding->why = "Processors clock down while threads wait. Waiting then looks cheaper than "
		       "it is, and the code after it slower.";
	finding->remedy = "As root: cpupower frequency-set --governor performance";
}

static void boosted_clock(const struct machine *machine, struct finding *finding)
{
	if (machine->frequency.boost == TRUTH_YES) {
		found(finding, "Turbo is on");
	}
	finding->why = "The clock falls with the number of busy cores and with heat: few threads "
		       "look better than they are against many.";
	finding->remedy =
		strcmp(text(machine->frequency.driver), "intel_pstate") == 0
			? "As root: echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"
			: "As root: echo 0 > /sys/devices/system/cpu/cpufreq/boost";
}

static void dear_clock(const struct machine *machine, struct finding *finding)
{
	double cost = number(machine->timer.cost_ns);
	double step = machine->timer.step_ns;
	const char *source = text(machine->timer.clocksource);
	if (cost > DEAR_CLOCK || step > COARSE_CLOCK) {
		found(finding, "The clock%s%s%s takes %.0f ns to read and goes in steps of %.0f ns",
		      *source ? " (" : "", source, *source ? ")" : "", cost, step);
	}
	finding->why = "Single operations are as short as that: their latencies are more the "
		       "clock's than the queue's.";
	finding->remedy =
		"Trust throughput, not latencies. As root, write another clock source of "
		"available_clocksource, such as tsc, into /sys/devices/system/clocksource/"
		"clocksource0/current_clocksource; dmesg says why one was given up.";
}

static void unsteady_counter(const struct machine *machine, struct finding *finding)
{
	enum truth constant = machine->timer.constant_tsc;
	enum truth nonstop = machine->timer.nonstop_tsc;
	if (strcmp(text(machine->timer.clocksource), "tsc") == 0 &&
	    (constant == TRUTH_NO || nonstop == TRUTH_NO)) {
		found(finding, "The time stamp counter %s",
		      constant == TRUTH_NO ? "changes with the clock of the processor"
					   : "stops while the processor sleeps");
	}
	finding->why = "The length of a nanosecond then varies.";
	finding->remedy =
		"Keep the clock fixed (governor performance, turbo off), and compare ratios only.";
}

static void no_counters(const struct machine *machine, struct finding *finding)
{
	const char *reason = text(machine->counters.reason);
	if (machine->counters.work == TRUTH_NO) {
		found(finding, "Hardware counters do not work%s%s", *reason ? ": " : "", reason);
	}
	finding->why = "Cycles and instructions of a sample stay unknown, so a slow clock cannot "
		       "be distinguished from slow code.";
	finding->remedy =
		"There is no remedy but another machine; everything else is measured all the same.";
	if (machine->counters.perf_event_paranoid > 2) {
		finding->remedy = "As root: sysctl kernel.perf_event_paranoid=2";
	} else if (strstr(reason, "permitted")) {
		finding->remedy = "Give the process CAP_PERFMON (docker run --cap-add PERFMON), "
				  "and let the seccomp profile pass perf_event_open.";
	} else if (machine->virtualisation.virtual == TRUTH_YES) {
		finding->remedy = "Have the host pass them on (a virtual PMU), or measure on "
				  "hardware; everything else is measured all the same.";
	}
}

static void same_layout(const struct machine *machine, struct finding *finding)
{
	if (machine->memory.aslr == 0) {
		found(finding, "Addresses are not randomised");
	}
	finding->why = "All samples have the same memory layout. A lucky or unlucky layout is then "
		       "in every sample, and looks like a property of the queue.";
	finding->remedy =
		"As root: sysctl kernel.randomize_va_space=2; do not run under setarch -R.";
}

static void huge_pages(const struct machine *machine, struct finding *finding)
{
	if (strcmp(text(machine->memory.transparent_huge_pages), "always") == 0) {
		found(finding, "Transparent huge pages are always on");
	}
	finding->why = "A thread of the kernel decides whether a large ring gets huge pages, and "
		       "when: samples fall into two groups.";
	finding->remedy = "As root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
}

/** All findings, the worst first. */
static void (*const all[])(const struct machine *machine, struct finding *finding) = {
	built_to_debug,	       busy_machine, stolen_time,      limited_time,  few_processors,
	virtual_machine,       untold_time,  slow_governor,    boosted_clock, shared_cores,
	restricted_processors, dear_clock,   unsteady_counter, same_layout,   huge_pages,
	no_counters,
};

int machine_find(struct machine *machine)
{
	struct codec_array findings = {.all = malloc(sizeof(struct machine_finding))};
	int result = findings.all ? 0 : -1;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all) && result == 0; ++i) {
		struct finding finding = {0};
		all[i](machine, &finding);
		if (!finding.what) {
			continue;
		}
		const struct machine_finding its = {finding.what, finding.why, finding.remedy};
		result = codec_append(&machine_finding_codec, &findings, &its, &machine->texts)
				 ? 0
				 : -1;
		free(finding.what);
	}
	free(machine->findings.all);
	machine->findings = findings;
	return result;
}
