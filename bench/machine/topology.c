// SPDX-License-Identifier: MIT

/**
 * Processors for threads, chosen by what the processors share, through hwloc.
 *
 * Each place is an order of processors, made when the topology is loaded. Thread i gets
 * processor i of that order.
 */

#include "machine/topology.h"

#include "base/number.h"
#include "processors.h"

#include <errno.h>
#include <hwloc.h>
#include <math.h>
#include <stdlib.h>

/** A processor that the process may use, and where it is. */
struct processor {
	/** The number that the operating system gives it. */
	int number;
	/** Which core, which package, and which of what PLACE_ACROSS goes across. */
	unsigned int core;
	unsigned int package;
	unsigned int group;
	/** How many processors of its core, and cores of its package and group, are before it. */
	unsigned int sibling;
	unsigned int core_of_package;
	unsigned int core_of_group;
};

/** A processor in an order, and its key, of which number_compare_at() makes the order. */
struct candidate {
	uint64_t key;
	int number;
};

/** Processors in the order in which they are used. */
struct order {
	struct candidate *candidates;
	unsigned int count;
};

struct topology {
	hwloc_topology_t hwloc;
	/** In hwloc's order, in which those of a core, and of a package, are neighbours. */
	struct processor *processors;
	unsigned int count;
	/** Threads that run at once. */
	unsigned int parallel;
	/** What PLACE_ACROSS goes across, and NULL if there is one of everything. */
	const char *across;
	/** PLACE_NONE has no order. */
	struct order orders[PLACES];
};

static const char *const place_names[PLACES] = {
	[PLACE_NONE] = "none",
	[PLACE_CORE] = "core",
	[PLACE_PACKAGE] = "package",
	[PLACE_ACROSS] = "across",
};

/** Which object of a type a processor belongs to; `otherwise` if hwloc knows of none. */
static unsigned int home(hwloc_topology_t hwloc, hwloc_obj_type_t type, hwloc_obj_t processor,
			 unsigned int otherwise)
{
	hwloc_obj_t object =
		hwloc_get_next_obj_covering_cpuset_by_type(hwloc, processor->cpuset, type, NULL);
	return object ? object->logical_index : otherwise;
}

/** Takes the processors of a set. 0, or -1. */
static int take_processors(struct topology *topology, hwloc_const_bitmap_t available)
{
	hwloc_topology_t hwloc = topology->hwloc;
	int most = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_PU);
	topology->processors = calloc(most > 0 ? (size_t)most : 1, sizeof(*topology->processors));
	if (!topology->processors) {
		return -1;
	}

	hwloc_obj_t object = NULL;
	while ((object = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, object))) {
		if (!hwloc_bitmap_isset(available, object->os_index)) {
			continue;
		}
		topology->processors[topology->count++] = (struct processor){
			.number = (int)object->os_index,
			.core = home(hwloc, HWLOC_OBJ_CORE, object, object->logical_index),
			.package = home(hwloc, HWLOC_OBJ_PACKAGE, object, 0),
		};
	}
	if (topology->count == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

/** Groups the processors by the widest kind of object that the machine has several of. */
static void find_groups(struct topology *topology)
{
	static const struct {
		hwloc_obj_type_t type;
		const char *name;
	} kinds[] = {
		{HWLOC_OBJ_PACKAGE, "packages"},
		{HWLOC_OBJ_NUMANODE, "NUMA nodes"},
		{HWLOC_OBJ_L3CACHE, "L3 caches"},
	};
	struct processor *processors = topology->processors;

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds) && !topology->across; ++kind) {
		for (unsigned int i = 0; i < topology->count; ++i) {
			hwloc_obj_t object = hwloc_get_pu_obj_by_os_index(
				topology->hwloc, (unsigned int)processors[i].number);
			processors[i].group = home(topology->hwloc, kinds[kind].type, object, 0);
			if (processors[i].group != processors[0].group) {
				topology->across = kinds[kind].name;
			}
		}
	}
}

/** Ranks each processor in its core, package and group. */
static void rank_processors(struct topology *topology)
{
	for (unsigned int i = 0; i < topology->count; ++i) {
		struct processor *processor = &topology->processors[i];
		for (unsigned int j = 0; j < i; ++j) {
			const struct processor *before = &topology->processors[j];
			if (before->core == processor->core) {
				++processor->sibling;
			} else if (before->sibling == 0) {
				processor->core_of_package += before->package == processor->package;
				processor->core_of_group += before->group == processor->group;
			}
		}
	}
}

/** The processor of the core with the most hardware threads, or the package with most cores. */
static const struct processor *widest(const struct topology *topology, enum place place)
{
	const struct processor *best = topology->processors;
	for (unsigned int i = 1; i < topology->count; ++i) {
		const struct processor *other = &topology->processors[i];
		if (place == PLACE_CORE ? other->sibling > best->sibling
					: other->core_of_package > best->core_of_package) {
			best = other;
		}
	}
	return best;
}

/** Makes the order of a place other than PLACE_NONE. 0, or -1. */
static int make_order(struct topology *topology, enum place place)
{
	struct order *order = &topology->orders[place];
	order->candidates = calloc(topology->count, sizeof(*order->candidates));
	if (!order->candidates) {
		return -1;
	}
	const struct processor *chosen = widest(topology, place);
	for (unsigned int i = 0; i < topology->count; ++i) {
		const struct processor *processor = &topology->processors[i];
		if ((place == PLACE_CORE && processor->core != chosen->core) ||
		    (place == PLACE_PACKAGE && processor->package != chosen->package)) {
			continue;
		}
		// Other hardware threads of a core come after all cores
		uint64_t core = place == PLACE_ACROSS ? processor->core_of_group
						      : processor->core_of_package;
		order->candidates[order->count++] = (struct candidate){
			.key = ((uint64_t)processor->sibling << 20 | core) << 20 | processor->group,
			.number = processor->number,
		};
	}
	qsort(order->candidates, order->count, sizeof(*order->candidates), number_compare_at);
	return 0;
}

/** Makes a topology of what hwloc loaded, and takes that over, also on failure. */
static struct topology *make(hwloc_topology_t hwloc, hwloc_const_bitmap_t available)
{
	struct topology *topology = calloc(1, sizeof(*topology));
	if (!topology) {
		hwloc_topology_destroy(hwloc);
		return NULL;
	}
	topology->hwloc = hwloc;
	if (take_processors(topology, available) != 0) {
		goto fail;
	}
	topology_limit(topology, 0);
	find_groups(topology);
	rank_processors(topology);
	for (enum place place = PLACE_CORE; place < PLACES; ++place) {
		if (make_order(topology, place) != 0) {
			goto fail;
		}
	}
	return topology;

fail:;
	int error = errno;
	topology_free(topology);
	errno = error;
	return NULL;
}

/**
 * Loads this machine into hwloc; or, with a description, a made-up one. What the kernel does not
 * say of caches stays unknown: hwloc would ask the processor. In some virtual machines that is the
 * processor of the host on which the thread is at that moment, and another one a minute later.
 *
 * @return 0, or -1
 */
static int load(hwloc_topology_t *hwloc, const char *description)
{
	if (hwloc_topology_init(hwloc) != 0) {
		return -1;
	}
	// Fails where hwloc has no such part, as on Arm
	hwloc_topology_set_components(*hwloc, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
	// Processors that this process may not use are part of the machine too
	if ((!description || hwloc_topology_set_synthetic(*hwloc, description) == 0) &&
	    hwloc_topology_set_icache_types_filter(*hwloc, HWLOC_TYPE_FILTER_KEEP_ALL) == 0 &&
	    hwloc_topology_set_flags(*hwloc, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) == 0 &&
	    hwloc_topology_load(*hwloc) == 0) {
		return 0;
	}
	int error = errno;
	hwloc_topology_destroy(*hwloc);
	errno = error;
	return -1;
}

struct topology *topology_load(void)
{
	hwloc_topology_t hwloc;
	hwloc_bitmap_t available = hwloc_bitmap_alloc();
	if (!available) {
		return NULL;
	}
	struct topology *topology = NULL;
	struct processors processors = processors_look();
	if (!processors.known) {
		// hwloc would ask for the mask for ever. Without this part it does not
		// ask, takes all processors, and knows nothing of cores and caches.
		setenv("HWLOC_THISSYSTEM", "0", 1);
		setenv("HWLOC_COMPONENTS", "-linux", 1);
	}
	if (load(&hwloc, NULL) == 0) {
		if (!processors.known ||
		    hwloc_get_cpubind(hwloc, available, HWLOC_CPUBIND_THREAD) != 0) {
			hwloc_bitmap_copy(available, hwloc_topology_get_allowed_cpuset(hwloc));
		}
		topology = make(hwloc, available);
	}
	if (topology) {
		topology_limit(topology, processors.limit);
	}
	hwloc_bitmap_free(available);
	return topology;
}

struct topology *topology_synthetic(const char *description, const char *available)
{
	hwloc_topology_t hwloc;
	hwloc_bitmap_t set = hwloc_bitmap_alloc_full();
	if (!set) {
		return NULL;
	}
	struct topology *topology = NULL;
	if (available && hwloc_bitmap_list_sscanf(set, available) != 0) {
		errno = EINVAL;
	} else if (load(&hwloc, description) == 0) {
		topology = make(hwloc, set);
	}
	hwloc_bitmap_free(set);
	return topology;
}

void topology_free(struct topology *topology)
{
	if (!topology) {
		return;
	}
	for (enum place place = PLACE_NONE; place < PLACES; ++place) {
		free(topology->orders[place].candidates);
	}
	free(topology->processors);
	hwloc_topology_destroy(topology->hwloc);
	free(topology);
}

unsigned int topology_available(const struct topology *topology)
{
	return topology->count;
}

unsigned int topology_parallel(const struct topology *topology)
{
	return topology->parallel;
}

void topology_limit(struct topology *topology, double processors)
{
	topology->parallel = processors > 0 && processors < topology->count
				     ? (unsigned int)ceil(processors)
				     : topology->count;
}

const char *topology_refusal(const struct topology *topology, enum place place,
			     unsigned int threads)
{
	switch (place) {
	case PLACE_NONE:
	case PLACE_PACKAGE:
		return NULL;
	case PLACE_CORE:
		return threads < 2 || topology->orders[PLACE_CORE].count > 1
			       ? NULL
			       : "no core has two hardware threads that may be used here";
	case PLACE_ACROSS:
		if (topology->across) {
			return NULL;
		}
		return hwloc_get_nbobjs_by_type(topology->hwloc, HWLOC_OBJ_L3CACHE) > 0
			       ? "all processors that may be used here are in one package, "
				 "on one NUMA node and under one L3 cache"
			       : "all processors that may be used here are in one package and "
				 "on one NUMA node, and the kernel names no L3 cache";
	}
	return "there is no such place";
}

int topology_place(const struct topology *topology, enum place place, unsigned int threads,
		   int *cpus)
{
	if (!topology_place_name(place)) {
		errno = EINVAL;
		return -1;
	}
	if (topology_refusal(topology, place, threads)) {
		errno = ENOTSUP;
		return -1;
	}
	const struct order *order = &topology->orders[place];
	for (unsigned int i = 0; i < threads; ++i) {
		cpus[i] = place == PLACE_NONE ? -1 : order->candidates[i % order->count].number;
	}
	return 0;
}

const char *topology_across(const struct topology *topology)
{
	return topology->across;
}

struct hwloc_topology *topology_hwloc(const struct topology *topology)
{
	return topology->hwloc;
}

const char *topology_place_name(unsigned int place)
{
	return place < PLACES ? place_names[place] : NULL;
}
