// SPDX-License-Identifier: MIT

/** How many processors this process may use. */

#include "processors.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>

unsigned int processors_available(void)
{
	// The kernel refuses a set that is smaller than its own, whose size it does not tell
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
