// SPDX-License-Identifier: MIT

/** How much of the processors a control group leaves to the process. */

#include "machine/cgroup.h"

#include "machine/sysfs.h"

#include <stdlib.h>
#include <string.h>

/** Where groups are mounted: version 2 alone, version 2 beside version 1, and version 1. */
static const char *const mounts[] = {
	"/sys/fs/cgroup",
	"/sys/fs/cgroup/unified",
	"/sys/fs/cgroup/cpu",
};

/** The limit of one group, or 0. */
static double limit_of(const char *root, const char *mount, const char *group)
{
	double of[2];
	if (sysfs_numbers(root, of, 2, "%s%s/cpu.max", mount, group) && of[1] > 0) {
		return of[0] / of[1];
	}
	if (sysfs_numbers(root, &of[0], 1, "%s%s/cpu.cfs_quota_us", mount, group) &&
	    sysfs_numbers(root, &of[1], 1, "%s%s/cpu.cfs_period_us", mount, group) && of[0] > 0 &&
	    of[1] > 0) {
		return of[0] / of[1];
	}
	return 0;
}

/** The smallest limit of a group and those around it, or 0. Eats up the group's path. */
static double limit_around(const char *root, char *group)
{
	double smallest = 0;
	for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
		*end = '\0';
		for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); ++i) {
			double limit = limit_of(root, mounts[i], group);
			if (limit > 0 && (smallest == 0 || limit < smallest)) {
				smallest = limit;
			}
		}
	}
	return smallest;
}

/** Whether a list with commas has the controller that limits processors. */
static bool has_cpu(const char *controllers)
{
	for (const char *at = controllers; *at; at += strcspn(at, ","), at += *at == ',') {
		if (strncmp(at, "cpu", 3) == 0 && (at[3] == ',' || at[3] == '\0')) {
			return true;
		}
	}
	return false;
}

double cgroup_processors(const char *root)
{
	double smallest = 0;
	char *text = sysfs_read(root, "/proc/self/cgroup");
	// Lines are NUMBER:CONTROLLERS:/GROUP, with no controllers for version 2
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		char *group = line;
		strsep(&group, ":");
		const char *controllers = strsep(&group, ":");
		if (!group || (*controllers && !has_cpu(controllers))) {
			continue;
		}
		double limit = limit_around(root, group);
		if (limit > 0 && (smallest == 0 || limit < smallest)) {
			smallest = limit;
		}
	}
	free(text);
	return smallest;
}
