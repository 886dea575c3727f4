// SPDX-License-Identifier: MIT

/** The limit that control groups set on the processors of this process. */

#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Mount points of control groups: version 2 alone, version 2 beside version 1, and version 1. */
#define MOUNT_2 "/sys/fs/cgroup"
#define MOUNT_2_BESIDE "/sys/fs/cgroup/unified"
#define MOUNT_1 "/sys/fs/cgroup/cpu"

/** Reads at most `size` - 1 bytes of a file as text. False if it cannot be read. */
__attribute__((format(printf, 3, 4))) static bool read_text(char *text, size_t size,
							    const char *path, ...)
{
	char whole[PATH_MAX];
	va_list arguments;
	va_start(arguments, path);
	int length = vsnprintf(whole, sizeof(whole), path, arguments);
	va_end(arguments);
	int fd = length < (int)sizeof(whole) ? open(whole, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0) {
		return false;
	}
	size_t got = 0;
	ssize_t piece;
	do {
		piece = read(fd, text + got, size - 1 - got);
		got += piece > 0 ? (size_t)piece : 0;
	} while (piece > 0 || (piece < 0 && errno == EINTR));
	close(fd);
	text[got] = '\0';
	return piece == 0;
}

/** The limit of one group of version 2, in processors, or 0. */
static double limit_2(const char *root, const char *group)
{
	char text[64];
	double quota = 0;
	double period = 0;
	if (read_text(text, sizeof(text), "%s" MOUNT_2 "%s/cpu.max", root, group) ||
	    read_text(text, sizeof(text), "%s" MOUNT_2_BESIDE "%s/cpu.max", root, group)) {
		sscanf(text, "%lf %lf", &quota, &period);
	}
	return quota > 0 && period > 0 ? quota / period : 0;
}

/** The same of version 1. */
static double limit_1(const char *root, const char *group)
{
	char quota[64];
	char period[64];
	if (!read_text(quota, sizeof(quota), "%s" MOUNT_1 "%s/cpu.cfs_quota_us", root, group) ||
	    !read_text(period, sizeof(period), "%s" MOUNT_1 "%s/cpu.cfs_period_us", root, group)) {
		return 0;
	}
	double limit = strtod(quota, NULL) / strtod(period, NULL);
	return limit > 0 && isfinite(limit) ? limit : 0;
}

/** The smallest limit of a group and those around it, or 0. Overwrites the group's path. */
static double limit_around(const char *root, char *group,
			   double (*limit_of)(const char *root, const char *group))
{
	double smallest = 0;
	// The outermost group is "/" in the list, and "" as a path below a mount
	group[strcmp(group, "/") == 0 ? 0 : strlen(group)] = '\0';
	for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
		*end = '\0';
		double limit = limit_of(root, group);
		if (limit > 0 && (smallest == 0 || limit < smallest)) {
			smallest = limit;
		}
	}
	return smallest;
}

/** True if a list with commas has the controller that limits processors. */
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
	char text[16 * 1024];
	if (!read_text(text, sizeof(text), "%s/proc/self/cgroup", root)) {
		return 0;
	}
	// Lines are NUMBER:CONTROLLERS:/GROUP, with no controllers for version 2
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		char *group = line;
		strsep(&group, ":");
		const char *controllers = strsep(&group, ":");
		if (!group || (*controllers && !has_cpu(controllers))) {
			continue;
		}
		double limit = limit_around(root, group, *controllers ? limit_1 : limit_2);
		if (limit > 0 && (smallest == 0 || limit < smallest)) {
			smallest = limit;
		}
	}
	return smallest;
}
