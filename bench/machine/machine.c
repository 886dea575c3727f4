// SPDX-License-Identifier: MIT

/**
 * What a run is measured on: the facts, one function for each group of them.
 *
 * Each group is an object of its own. A json_pack() of `s?` and `o?` makes null of NULL.
 */

#include "machine/machine.h"

#include "machine/cgroup.h"
#include "machine/probe.h"
#include "machine/sysfs.h"

#include <errno.h>
#include <glob.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define WATCH 200000000

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "GCC " __VERSION__
#endif
// What CMake tells, or nobody
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

#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define SANITIZER "address"
#elif defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define SANITIZER "thread"
#else
#define SANITIZER NULL
#endif

/** How many objects of a type the machine has. */
static json_int_t count_of(hwloc_topology_t hwloc, hwloc_obj_type_t type)
{
	int count = hwloc_get_nbobjs_by_type(hwloc, type);
	return count > 0 ? count : 0;
}

/** Whether a core has more than one hardware thread; null if cores are not known. */
static json_t *smt(hwloc_topology_t hwloc)
{
	json_int_t cores = count_of(hwloc, HWLOC_OBJ_CORE);
	return cores ? json_boolean(count_of(hwloc, HWLOC_OBJ_PU) > cores) : NULL;
}

static json_t *processor(const char *root, const char *cpuinfo, const struct topology *topology)
{
	hwloc_topology_t hwloc = topology_hwloc(topology);
	struct utsname system;
	char *model = cpuinfo ? sysfs_field(cpuinfo, "model name") : NULL;
	char *microcode = cpuinfo ? sysfs_field(cpuinfo, "microcode") : NULL;
	json_t *facts =
		json_pack("{s:s?, s:s?, s:s?, s:I, s:I, s:I, s:I, s:o?, s:o?}", "model", model,
			  "architecture", uname(&system) == 0 ? system.machine : NULL, "microcode",
			  microcode, "packages", count_of(hwloc, HWLOC_OBJ_PACKAGE), "cores",
			  count_of(hwloc, HWLOC_OBJ_CORE), "threads", count_of(hwloc, HWLOC_OBJ_PU),
			  "available", (json_int_t)topology_parallel(topology), "smt", smt(hwloc),
			  "smt_control", sysfs_string(root, "/sys/devices/system/cpu/smt/control"));
	free(microcode);
	free(model);
	return facts;
}

/** Count a cache in the entry of those like it, if the last one is like it. */
static bool count_cache(json_t *caches, hwloc_obj_t object, json_int_t shared)
{
	json_t *last = json_array_get(caches, json_array_size(caches) - 1);
	if (!last ||
	    json_integer_value(json_object_get(last, "bytes")) !=
		    (json_int_t)object->attr->cache.size ||
	    json_integer_value(json_object_get(last, "shared_by")) != shared) {
		return false;
	}
	json_int_t count = json_integer_value(json_object_get(last, "count"));
	return json_object_set_new(last, "count", json_integer(count + 1)) == 0;
}

/** Caches from the processors outwards, those that are alike in one entry. */
static json_t *caches(hwloc_topology_t hwloc)
{
	static const char *const kinds[] = {
		[HWLOC_OBJ_CACHE_UNIFIED] = "unified",
		[HWLOC_OBJ_CACHE_DATA] = "data",
		[HWLOC_OBJ_CACHE_INSTRUCTION] = "instruction",
	};
	json_t *caches = json_array();
	for (int depth = hwloc_topology_get_depth(hwloc) - 1; depth >= 0; --depth) {
		json_t *like = json_array();
		hwloc_obj_t object = NULL;
		while (hwloc_obj_type_is_cache(hwloc_get_depth_type(hwloc, depth)) &&
		       (object = hwloc_get_next_obj_by_depth(hwloc, depth, object))) {
			json_int_t shared = hwloc_bitmap_weight(object->cpuset);
			if (count_cache(like, object, shared)) {
				continue;
			}
			json_array_append_new(
				like, json_pack("{s:i, s:s, s:I, s:I, s:I, s:i}", "level",
						(int)object->attr->cache.depth, "type",
						kinds[object->attr->cache.type], "bytes",
						(json_int_t)object->attr->cache.size, "line_bytes",
						(json_int_t)object->attr->cache.linesize,
						"shared_by", shared, "count", 1));
		}
		json_array_extend(caches, like);
		json_decref(like);
	}
	return caches;
}

/** The word in brackets in a file that lists choices; NULL if there is none. */
static json_t *chosen(const char *root, const char *path)
{
	char *text = sysfs_read(root, "%s", path);
	const char *open = text ? strchr(text, '[') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;
	json_t *word = close ? json_stringn(open + 1, (size_t)(close - open - 1)) : NULL;
	free(text);
	return word;
}

/** How addresses are randomised: 0 not at all, 1 without, 2 with the heap; NULL if not known. */
static json_t *randomisation(const char *root)
{
	double level;
	char *personality = sysfs_read(root, "/proc/self/personality");
	bool off = personality && strtoul(personality, NULL, 16) & ADDR_NO_RANDOMIZE;
	free(personality);
	if (!sysfs_numbers(root, &level, 1, "/proc/sys/kernel/randomize_va_space")) {
		return off ? json_integer(0) : NULL;
	}
	return json_integer(off ? 0 : (json_int_t)level);
}

static json_t *memory(const char *root, hwloc_topology_t hwloc)
{
	char *text = sysfs_read(root, "/proc/meminfo");
	char *total = text ? sysfs_field(text, "MemTotal") : NULL;
	json_t *nodes = json_array();
	hwloc_obj_t object = NULL;
	while ((object = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, object))) {
		json_array_append_new(
			nodes, json_pack("{s:I, s:I, s:I}", "node", (json_int_t)object->os_index,
					 "threads", (json_int_t)hwloc_bitmap_weight(object->cpuset),
					 "bytes", (json_int_t)object->attr->numanode.local_memory));
	}
	json_t *facts = json_pack("{s:o?, s:o, s:o?, s:o?}", "bytes",
				  total ? json_integer(strtoll(total, NULL, 10) * 1024) : NULL,
				  "numa_nodes", nodes, "transparent_huge_pages",
				  chosen(root, "/sys/kernel/mm/transparent_hugepage/enabled"),
				  "aslr", randomisation(root));
	free(total);
	free(text);
	return facts;
}

/** The places that are here for two threads, and what PLACE_ACROSS goes across. */
static json_t *places(const struct topology *topology)
{
	json_t *offered = json_array();
	for (enum place place = PLACE_NONE; place < PLACES; ++place) {
		if (topology_offers(topology, place, 2)) {
			json_array_append_new(offered, json_string(topology_place_name(place)));
		}
	}
	return json_pack("{s:o, s:s?}", "offered", offered, "across", topology_across(topology));
}

static json_t *software(const char *root, hwloc_topology_t hwloc)
{
	char libc[64];
	size_t length = confstr(_CS_GNU_LIBC_VERSION, libc, sizeof(libc));
	char *release = sysfs_read(root, "/etc/os-release");
	if (!release) {
		release = sysfs_read(root, "/usr/lib/os-release");
	}
	char *name = release ? sysfs_field(release, "PRETTY_NAME") : NULL;
	json_t *facts = json_pack(
		"{s:o, s:s?, s:s?, s:s, s:s?, s:s?, s:b, s:s?, s:s, s:s?}", "kernel",
		sysfs_string(root, "/proc/sys/kernel/osrelease"), "distribution", name, "libc",
		length > 0 && length <= sizeof(libc) ? libc : NULL, "compiler", COMPILER, "flags",
		BENCH_COMPILER_FLAGS, "commit", BENCH_COMMIT, "optimised", OPTIMISED, "sanitizer",
		SANITIZER, "jansson", jansson_version_str(), "hwloc",
		hwloc_obj_get_info_by_name(hwloc_get_root_obj(hwloc), "hwlocVersion"));
	free(name);
	free(release);
	return facts;
}

/** What the files that match a pattern all say: "mixed" if not the same; null if there is none. */
static json_t *common_string(const char *root, const char *pattern)
{
	char *whole = NULL;
	glob_t found;
	json_t *common = NULL;
	if (asprintf(&whole, "%s%s", root, pattern) < 0) {
		return NULL;
	}
	if (glob(whole, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; ++i) {
			json_t *string = sysfs_string("", "%s", found.gl_pathv[i]);
			if (!common || json_equal(common, string)) {
				json_decref(common);
				common = string;
			} else {
				json_decref(string);
				json_decref(common);
				common = json_string("mixed");
				break;
			}
		}
		globfree(&found);
	}
	free(whole);
	return common;
}

static json_t *frequency(const char *root)
{
	static const char cpufreq[] = "/sys/devices/system/cpu/cpufreq";
	double no_turbo;
	double boost;
	double most;
	json_t *boosting = NULL;
	if (sysfs_numbers(root, &no_turbo, 1, "/sys/devices/system/cpu/intel_pstate/no_turbo")) {
		boosting = json_boolean(no_turbo == 0);
	} else if (sysfs_numbers(root, &boost, 1, "%s/boost", cpufreq)) {
		boosting = json_boolean(boost != 0);
	}
	bool known = sysfs_numbers(root, &most, 1, "%s/policy0/cpuinfo_max_freq", cpufreq);
	return json_pack("{s:o?, s:o?, s:o?, s:o?}", "driver",
			 common_string(root, "/sys/devices/system/cpu/cpufreq/policy*/"
					     "scaling_driver"),
			 "governor",
			 common_string(root, "/sys/devices/system/cpu/cpufreq/policy*/"
					     "scaling_governor"),
			 "boost", boosting, "max_mhz", known ? json_real(most / 1000) : NULL);
}

/** Whether there is a hypervisor, and its name. What nothing is known of is null. */
static json_t *virtualisation(const char *root, const char *flags)
{
	char *type = sysfs_read(root, "/sys/hypervisor/type");
	json_t *is_virtual = type || sysfs_has_word(flags, "hypervisor") ? json_true()
			     : sysfs_has_word(flags, "fpu")		 ? json_false()
									 : NULL;
	json_t *vendor = sysfs_string(root, "/sys/class/dmi/id/sys_vendor");
	const char *name = type;
	if (!name && json_is_true(is_virtual) && !*root) {
		name = probe_hypervisor();
	}
	if (!name && json_is_true(is_virtual)) {
		name = json_string_value(vendor);
	}
	json_t *facts = json_pack("{s:o?, s:s?, s:o?}", "virtual", is_virtual, "hypervisor", name,
				  "vendor", vendor);
	free(type);
	return facts;
}

/** Time since the start, in ticks of all processors together. */
struct ticks {
	double all;
	double busy;
	double steal;
};

static bool read_ticks(const char *root, struct ticks *ticks)
{
	char *text = sysfs_read(root, "/proc/stat");
	// user nice system idle iowait irq softirq steal; what guests took is in user already
	double t[8] = {0};
	bool read = text && sscanf(text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
				   &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;
	free(text);
	ticks->busy = t[0] + t[1] + t[2] + t[5] + t[6];
	ticks->steal = t[7];
	ticks->all = ticks->busy + ticks->steal + t[3] + t[4];
	return read;
}

/** A part of a whole as a JSON number; NULL if there is no whole. */
static json_t *share(double part, double all)
{
	return all > 0 && part >= 0 ? json_real(part / all) : NULL;
}

static json_t *load(const char *root, uint64_t watch)
{
	double average[3];
	bool averaged = sysfs_numbers(root, average, 3, "/proc/loadavg");
	struct ticks first;
	struct ticks last = {0};
	bool since_boot = read_ticks(root, &first);
	if (since_boot && watch > 0) {
		struct timespec time = {(time_t)(watch / 1000000000), (long)(watch % 1000000000)};
		while (nanosleep(&time, &time) != 0 && errno == EINTR) {
		}
		if (!read_ticks(root, &last)) {
			last = first;
		}
	} else {
		last = first;
	}
	double all = last.all - first.all;
	return json_pack("{s:o?, s:o?, s:o?, s:o?, s:o?, s:o?, s:I}", "average_1",
			 averaged ? json_real(average[0]) : NULL, "average_5",
			 averaged ? json_real(average[1]) : NULL, "average_15",
			 averaged ? json_real(average[2]) : NULL, "steal_since_boot",
			 since_boot ? share(first.steal, first.all) : NULL, "steal",
			 share(last.steal - first.steal, all), "busy",
			 share(last.busy - first.busy, all), "watched_ns", (json_int_t)watch);
}

static json_t *limits(const char *root)
{
	double processors = cgroup_processors(root);
	return json_pack("{s:o?, s:o}", "cgroup_processors",
			 processors > 0 ? json_real(processors) : NULL, "isolated",
			 sysfs_string(root, "/sys/devices/system/cpu/isolated"));
}

static json_t *counters(const char *root)
{
	double paranoid;
	bool known = sysfs_numbers(root, &paranoid, 1, "/proc/sys/kernel/perf_event_paranoid");
	const char *reason = probe_counters();
	return json_pack("{s:b, s:s?, s:o?}", "work", !reason, "reason", reason,
			 "perf_event_paranoid", known ? json_integer((json_int_t)paranoid) : NULL);
}

/** A flag of the processor; NULL where processors have no such flags. */
static json_t *flag(const char *flags, const char *name)
{
	return sysfs_has_word(flags, "tsc") ? json_boolean(sysfs_has_word(flags, name)) : NULL;
}

static json_t *timer(const char *root, const char *flags)
{
	struct probe_timer timer;
	probe_timer(&timer);
	return json_pack("{s:o, s:o?, s:o?, s:I, s:o?, s:I}", "clocksource",
			 sysfs_string(root, "/sys/devices/system/clocksource/clocksource0/"
					    "current_clocksource"),
			 "constant_tsc", flag(flags, "constant_tsc"), "nonstop_tsc",
			 flag(flags, "nonstop_tsc"), "resolution_ns", (json_int_t)timer.resolution,
			 "cost_ns", json_real(timer.cost), "step_ns", (json_int_t)timer.step);
}

json_t *machine_facts(const char *root, const struct topology *topology, uint64_t watch)
{
	hwloc_topology_t hwloc = topology_hwloc(topology);
	char *cpuinfo = sysfs_read(root, "/proc/cpuinfo");
	char *flags = cpuinfo ? sysfs_field(cpuinfo, "flags") : NULL;
	// Watched first: what follows is a load itself
	json_t *loaded = load(root, watch);
	json_t *facts = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "load", loaded,
		"processor", processor(root, cpuinfo, topology), "caches", caches(hwloc), "memory",
		memory(root, hwloc), "places", places(topology), "software", software(root, hwloc),
		"frequency", frequency(root), "virtualisation", virtualisation(root, flags),
		"limits", limits(root), "counters", counters(root), "timer", timer(root, flags));
	free(flags);
	free(cpuinfo);
	if (!facts) {
		errno = ENOMEM;
	}
	return facts;
}

json_t *machine_json(void)
{
	struct topology *topology = topology_load();
	if (!topology) {
		return NULL;
	}
	json_t *machine = machine_facts("", topology, WATCH);
	json_t *findings = machine ? machine_findings(machine) : NULL;
	if (machine && json_object_set_new(machine, "findings", findings) != 0) {
		json_decref(machine);
		machine = NULL;
		errno = ENOMEM;
	}
	topology_free(topology);
	return machine;
}
