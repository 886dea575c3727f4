// SPDX-License-Identifier: MIT

/** Reads the facts of a machine from the system, one function for each group of facts. */

#include "machine/machine.h"

#include "base/build.h"
#include "cgroup.h"
#include "machine/arm.h"
#include "machine/probe.h"
#include "machine/quiet.h"
#include "machine/sysfs.h"
#include "machine/topology.h"

#include <glob.h>
#include <hwloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "GCC " __VERSION__
#endif
// Given by CMake
#ifndef BENCH_COMPILER_FLAGS
#define BENCH_COMPILER_FLAGS NULL
#endif
#ifndef BENCH_COMMIT
#define BENCH_COMMIT NULL
#endif

#ifdef __OPTIMIZE__
#define OPTIMISED 1
#else
#define OPTIMISED 0
#endif

/** The kernel's folder of processors. */
#define CPU "/sys/devices/system/cpu/"

/** A copy that the machine owns; NULL of NULL, and without memory. */
static const char *copy(struct machine *machine, const char *text)
{
	return text ? texts_keep(&machine->texts, text) : NULL;
}

/** The same, of a text that is freed. */
static const char *take(struct machine *machine, char *text)
{
	const char *kept = copy(machine, text);
	free(text);
	return kept;
}

static enum truth truth_of(bool known, bool value)
{
	return !known ? TRUTH_UNKNOWN : value ? TRUTH_YES : TRUTH_NO;
}

static double count_of(hwloc_topology_t hwloc, hwloc_obj_type_t type)
{
	int count = hwloc_get_nbobjs_by_type(hwloc, type);
	return count > 0 ? count : 0;
}

/**
 * The name of the processor, to be freed; NULL if it is not known. Hypervisors cut the number from
 * the name: what remains, such as "AMD EPYC", is a dozen generations.
 */
static char *model_name(const char *cpuinfo)
{
	char *name = sysfs_field(cpuinfo, "model name");
	char *family = sysfs_field(cpuinfo, "cpu family");
	char *model = sysfs_field(cpuinfo, "model");
	char *whole;
	if (name && family && model && !strpbrk(name, "0123456789") &&
	    asprintf(&whole, "%s, family %s, model %s", name, family, model) >= 0) {
		free(name);
		name = whole;
	}
	free(model);
	free(family);
	return name ? name : arm_model(cpuinfo);
}

static void learn_processor(struct machine *machine, const char *root, const char *cpuinfo,
			    const struct topology *topology)
{
	hwloc_topology_t hwloc = topology_hwloc(topology);
	struct utsname system;
	double cores = count_of(hwloc, HWLOC_OBJ_CORE);
	double threads = count_of(hwloc, HWLOC_OBJ_PU);
	char *features = sysfs_field(cpuinfo, "Features");
	machine->processor.model = take(machine, model_name(cpuinfo));
	machine->processor.lse = truth_of(features, sysfs_has_word(features, "atomics"));
	free(features);
	machine->processor.architecture =
		uname(&system) == 0 ? copy(machine, system.machine) : NULL;
	machine->processor.microcode = take(machine, sysfs_field(cpuinfo, "microcode"));
	machine->processor.packages = count_of(hwloc, HWLOC_OBJ_PACKAGE);
	machine->processor.cores = cores;
	machine->processor.threads = threads;
	machine->processor.available = topology_available(topology);
	machine->processor.smt = truth_of(cores > 0, threads > cores);
	machine->processor.smt_control = take(machine, sysfs_read(root, CPU "smt/control"));
}

/** Adds a cache to the last entry if the two are alike, else to an entry of its own. */
static void add_cache(struct machine *machine, hwloc_obj_t object)
{
	static const char *const types[] = {
		[HWLOC_OBJ_CACHE_UNIFIED] = "unified",
		[HWLOC_OBJ_CACHE_DATA] = "data",
		[HWLOC_OBJ_CACHE_INSTRUCTION] = "instruction",
	};
	const struct hwloc_cache_attr_s *its = &object->attr->cache;
	const char *type = types[its->type];
	double shared_by = hwloc_bitmap_weight(object->cpuset);
	struct codec_array *caches = &machine->caches;
	struct machine_cache *last = caches->all;
	last = caches->count > 0 ? last + caches->count - 1 : NULL;
	if (last && last->level == its->depth && last->bytes == (double)its->size &&
	    last->shared_by == shared_by && last->type && strcmp(last->type, type) == 0) {
		++last->count;
		return;
	}
	codec_append(&machine_cache_codec, caches,
		     &(struct machine_cache){
			     .level = its->depth,
			     .type = type,
			     .bytes = (double)its->size,
			     .line_bytes = its->linesize,
			     .shared_by = shared_by,
			     .count = 1,
		     },
		     &machine->texts);
}

static void learn_caches(struct machine *machine, hwloc_topology_t hwloc)
{
	for (int depth = hwloc_topology_get_depth(hwloc) - 1; depth >= 0; --depth) {
		hwloc_obj_t object = NULL;
		while (hwloc_obj_type_is_cache(hwloc_get_depth_type(hwloc, depth)) &&
		       (object = hwloc_get_next_obj_by_depth(hwloc, depth, object))) {
			add_cache(machine, object);
		}
	}
}

/** The word in brackets in a file that lists choices; NULL if there is none. */
static char *chosen(const char *root, const char *path)
{
	char *text = sysfs_read(root, path);
	const char *open = text ? strchr(text, '[') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;
	char *word = close ? strndup(open + 1, (size_t)(close - open - 1)) : NULL;
	free(text);
	return word;
}

/** Randomisation of addresses, as struct machine has it. */
static double randomisation(const char *root)
{
	double level;
	char *personality = sysfs_read(root, "/proc/self/personality");
	bool off = personality && strtoul(personality, NULL, 16) & ADDR_NO_RANDOMIZE;
	free(personality);
	if (off) {
		return 0;
	}
	return sysfs_numbers(root, &level, 1, "/proc/sys/kernel/randomize_va_space") ? level : NAN;
}

static void learn_memory(struct machine *machine, const char *root, hwloc_topology_t hwloc)
{
	char *text = sysfs_read(root, "/proc/meminfo");
	char *total = sysfs_field(text, "MemTotal");
	if (total) {
		machine->memory.bytes = (double)strtoll(total, NULL, 10) * 1024;
	}
	free(total);
	free(text);
	hwloc_obj_t object = NULL;
	while ((object = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, object))) {
		struct machine_node node = {
			.node = object->os_index,
			.threads = hwloc_bitmap_weight(object->cpuset),
			.bytes = (double)object->attr->numanode.local_memory,
		};
		codec_append(&machine_node_codec, &machine->memory.numa_nodes, &node, NULL);
	}
	machine->memory.transparent_huge_pages =
		take(machine, chosen(root, "/sys/kernel/mm/transparent_hugepage/enabled"));
	machine->memory.aslr = randomisation(root);
}

static void learn_places(struct machine *machine, const struct topology *topology)
{
	for (enum place place = PLACE_NONE; place < PLACES; ++place) {
		machine->places.offered |= (unsigned int)!topology_refusal(topology, place, 2)
					   << place;
	}
	machine->places.across = copy(machine, topology_across(topology));
}

static void learn_software(struct machine *machine, const char *root, hwloc_topology_t hwloc)
{
	char libc[64];
	size_t length = confstr(_CS_GNU_LIBC_VERSION, libc, sizeof(libc));
	char *release = sysfs_read(root, "/etc/os-release");
	if (!release) {
		release = sysfs_read(root, "/usr/lib/os-release");
	}
	machine->software.kernel = take(machine, sysfs_read(root, "/proc/sys/kernel/osrelease"));
	machine->software.distribution = take(machine, sysfs_field(release, "PRETTY_NAME"));
	machine->software.libc = length > 0 && length <= sizeof(libc) ? copy(machine, libc) : NULL;
	machine->software.compiler = copy(machine, COMPILER);
	machine->software.flags = copy(machine, BENCH_COMPILER_FLAGS);
	machine->software.commit = copy(machine, BENCH_COMMIT);
	machine->software.optimised = truth_of(true, OPTIMISED);
	machine->software.sanitizer = copy(machine, BUILD_SANITIZER);
	machine->software.jansson = copy(machine, jansson_version_str());
	machine->software.hwloc = copy(
		machine, hwloc_obj_get_info_by_name(hwloc_get_root_obj(hwloc), "hwlocVersion"));
	free(release);
}

/** Text that all files of a pattern hold; "mixed" if they differ; NULL if there is no file. */
static char *common_text(const char *root, const char *pattern)
{
	char *whole = NULL;
	glob_t found;
	char *common = NULL;
	if (asprintf(&whole, "%s%s", root, pattern) < 0) {
		return NULL;
	}
	if (glob(whole, GLOB_NOSORT, NULL, &found) == 0) {
		common = sysfs_read("", found.gl_pathv[0]);
		for (size_t i = 1; common && i < found.gl_pathc; ++i) {
			char *text = sysfs_read("", found.gl_pathv[i]);
			if (!text || strcmp(text, common) != 0) {
				free(common);
				common = strdup("mixed");
				i = found.gl_pathc;
			}
			free(text);
		}
		globfree(&found);
	}
	free(whole);
	return common;
}

static void learn_frequency(struct machine *machine, const char *root)
{
	double number;
	machine->frequency.driver =
		take(machine, common_text(root, CPU "cpufreq/policy*/scaling_driver"));
	machine->frequency.governor =
		take(machine, common_text(root, CPU "cpufreq/policy*/scaling_governor"));
	if (sysfs_numbers(root, &number, 1, CPU "intel_pstate/no_turbo")) {
		machine->frequency.boost = truth_of(true, number == 0);
	} else if (sysfs_numbers(root, &number, 1, CPU "cpufreq/boost")) {
		machine->frequency.boost = truth_of(true, number != 0);
	}
	if (sysfs_numbers(root, &number, 1, CPU "cpufreq/policy0/cpuinfo_max_freq")) {
		machine->frequency.max_mhz = number / 1000;
	}
}

/** The hypervisor whose clock the kernel offers; NULL if it offers none. */
static const char *hypervisor_of_clock(const char *root)
{
	static const struct {
		const char *clock;
		const char *name;
	} known[] = {
		{"kvm-clock", "KVM"},
		{"hyperv_clocksource_tsc_page", "Hyper-V"},
		{"hyperv_clocksource_msr", "Hyper-V"},
		{"xen", "Xen"},
	};
	const char *name = NULL;
	char *clocks = sysfs_read(
		root, "/sys/devices/system/clocksource/clocksource0/available_clocksource");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known) && !name; ++i) {
		name = sysfs_has_word(clocks, known[i].clock) ? known[i].name : NULL;
	}
	free(clocks);
	return name;
}

/**
 * The hypervisor that the kernel talks to. The processor (CPUID) may name another: an outer one, or
 * one that the inner one imitates. NULL if neither names any.
 */
static const char *hypervisor_name(struct machine *machine, const char *root)
{
	const char *clock = hypervisor_of_clock(root);
	const char *processor = *root ? NULL : probe_hypervisor();
	char *both = NULL;
	if (clock && processor && strcmp(clock, processor) != 0 &&
	    asprintf(&both, "%s, by CPUID %s", clock, processor) >= 0) {
		return take(machine, both);
	}
	return clock ? clock : processor;
}

static void learn_virtualisation(struct machine *machine, const char *root, const char *flags)
{
	char *type = sysfs_read(root, "/sys/hypervisor/type");
	char *vendor = sysfs_read(root, "/sys/class/dmi/id/sys_vendor");
	bool virtual = type || sysfs_has_word(flags, "hypervisor");
	const char *name = type;
	if (!name && virtual) {
		name = hypervisor_name(machine, root);
	}
	if (!name && virtual) {
		name = vendor;
	}
	machine->virtualisation.virtual = truth_of(virtual || sysfs_has_word(flags, "fpu"),
						   virtual);
	machine->virtualisation.hypervisor = copy(machine, name);
	machine->virtualisation.vendor = take(machine, vendor);
	free(type);
}

/** The share of the time of all processors since boot that the hypervisor took; NAN if unknown. */
static double steal_since_boot(const char *root)
{
	char *text = sysfs_read(root, "/proc/stat");
	// user nice system idle iowait irq softirq steal; user includes the time of guests
	double t[8] = {0};
	double all = 0;
	bool read = text && sscanf(text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
				   &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;
	free(text);
	for (size_t i = 0; i < 8; ++i) {
		all += t[i];
	}
	return read && all > 0 ? t[7] / all : NAN;
}

static void learn_load(struct machine *machine, const char *root)
{
	double average[3];
	if (sysfs_numbers(root, average, 3, "/proc/loadavg")) {
		machine->load.average_1 = average[0];
		machine->load.average_5 = average[1];
		machine->load.average_15 = average[2];
	}
	machine->load.steal_since_boot = steal_since_boot(root);
}

static void learn_limits(struct machine *machine, const char *root)
{
	double processors = cgroup_processors(root);
	machine->limits.cgroup_processors = processors > 0 ? processors : NAN;
	machine->limits.isolated = take(machine, sysfs_read(root, CPU "isolated"));
}

static void learn_counters(struct machine *machine, const char *root)
{
	double paranoid;
	const char *reason = probe_counters();
	machine->counters.work = truth_of(true, !reason);
	machine->counters.reason = copy(machine, reason);
	if (sysfs_numbers(root, &paranoid, 1, "/proc/sys/kernel/perf_event_paranoid")) {
		machine->counters.perf_event_paranoid = paranoid;
	}
}

static void learn_timer(struct machine *machine, const char *root, const char *flags)
{
	struct probe_timer timer;
	probe_timer(&timer);
	machine->timer.clocksource =
		take(machine, sysfs_read(root, "/sys/devices/system/clocksource/"
					       "clocksource0/current_clocksource"));
	// Other processors have no such flags
	bool known = sysfs_has_word(flags, "tsc");
	machine->timer.constant_tsc = truth_of(known, sysfs_has_word(flags, "constant_tsc"));
	machine->timer.nonstop_tsc = truth_of(known, sysfs_has_word(flags, "nonstop_tsc"));
	machine->timer.resolution_ns = (double)timer.resolution;
	machine->timer.cost_ns = timer.cost;
	machine->timer.step_ns = (double)timer.step;
}

void machine_facts(struct machine *machine, const char *root, const struct topology *topology)
{
	hwloc_topology_t hwloc = topology_hwloc(topology);
	char *cpuinfo = sysfs_read(root, "/proc/cpuinfo");
	char *flags = sysfs_field(cpuinfo, "flags");
	machine_clear(machine);
	learn_load(machine, root);
	learn_processor(machine, root, cpuinfo, topology);
	learn_caches(machine, hwloc);
	learn_memory(machine, root, hwloc);
	learn_places(machine, topology);
	learn_software(machine, root, hwloc);
	learn_frequency(machine, root);
	learn_virtualisation(machine, root, flags);
	learn_limits(machine, root);
	learn_counters(machine, root);
	learn_timer(machine, root, flags);
	free(flags);
	free(cpuinfo);
}

int machine_observe(struct machine *machine)
{
	struct topology *topology = topology_load();
	if (!topology) {
		machine_clear(machine);
		return -1;
	}
	// First, because the probes are load themselves
	struct quiet seen = quiet_look();
	machine_facts(machine, "", topology);
	machine->load.busy = seen.others;
	machine->load.steal = seen.steal;
	machine->load.watched_ns = QUIET_LOOK;
	topology_free(topology);
	return machine_find(machine);
}
