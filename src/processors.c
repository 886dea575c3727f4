// SPDX-License-Identifier: MIT

/** How many processors this process may use. */

#include "processors.h"

#include "cgroup.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>

/** Processors in the affinity mask: at least 1. */
static unsigned int affinity(void)
{
	// The kernel refuses a set smaller than its own, and does not tell the size
	for (size_t most = 1024; most <= (size_t)1 << 20; most *= 2) {
		cpu_set_t *set = CPU_ALLOC(most);
		if (!set) {
			break;
		}
		size_t size = CPU_ALLOC_SIZE(most);
		int result = sched_getaffinity(0, size, set);
		int count = result == 0 ? CPU_COUNT_S(size, set) : 0;
		CPU_FREE(set);
		if (count > 0) {
			return (unsigned int)count;
		}
		if (errno != EINVAL) {
			break;
		}
	}
	return 1;
}

struct processors processors_look(void)
{
	struct processors found = {.affinity = affinity(), .limit = cgroup_processors("")};
	found.usable = found.affinity;
	if (found.limit > 0 && found.limit < found.affinity) {
		found.usable = (unsigned int)found.limit;
		found.usable += found.limit > found.usable;
	}
	return found;
}
