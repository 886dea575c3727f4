// SPDX-License-Identifier: MIT

/** The number of processors that this process may use. */

#include "processors.h"

#include "cgroup.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>

/** The affinity mask, for CPU_FREE(); NULL if the system does not tell it, or without memory. */
static cpu_set_t *affinity_mask(size_t *size)
{
	// The kernel refuses a set smaller than its own, and does not tell its size
	for (size_t most = 1024; most <= (size_t)1 << 20; most *= 2) {
		cpu_set_t *set = CPU_ALLOC(most);
		*size = CPU_ALLOC_SIZE(most);
		if (!set || sched_getaffinity(0, *size, set) == 0) {
			return set;
		}
		CPU_FREE(set);
		if (errno != EINVAL) {
			break;
		}
	}
	return NULL;
}

struct processors processors_look(void)
{
	size_t size;
	cpu_set_t *set = affinity_mask(&size);
	unsigned int told = set ? (unsigned int)CPU_COUNT_S(size, set) : 0;
	if (set) {
		CPU_FREE(set);
	}
	struct processors found = {
		.affinity = told > 0 ? told : 1,
		.known = told > 0,
		.limit = cgroup_processors(""),
	};
	found.usable = found.affinity;
	if (found.limit > 0 && found.limit < found.affinity) {
		found.usable = (unsigned int)found.limit;
		found.usable += found.limit > found.usable;
	}
	return found;
}

int processors_nth(unsigned int n)
{
	size_t size;
	cpu_set_t *set = affinity_mask(&size);
	int found = -1;
	for (size_t processor = 0; set && processor < 8 * size && found < 0; ++processor) {
		if (CPU_ISSET_S(processor, size, set) && n-- == 0) {
			found = (int)processor;
		}
	}
	if (set) {
		CPU_FREE(set);
	}
	return found;
}

int processors_pin(int processor)
{
	if (processor < 0) {
		return 0;
	}
	// A set of fixed size (cpu_set_t) ends at processor 1023
	size_t bits = (size_t)processor + 1;
	cpu_set_t *set = CPU_ALLOC(bits);
	if (!set) {
		return -1;
	}
	size_t size = CPU_ALLOC_SIZE(bits);
	CPU_ZERO_S(size, set);
	CPU_SET_S((size_t)processor, size, set);
	int result = sched_setaffinity(0, size, set);
	CPU_FREE(set);
	return result;
}
