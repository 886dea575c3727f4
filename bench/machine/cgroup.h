// SPDX-License-Identifier: MIT

/** How much of the processors a control group leaves to the process. */

#ifndef BENCH_CGROUP_H
#define BENCH_CGROUP_H

/**
 * The smallest limit among those on the process's control groups, of version 1 and 2, and
 * on the groups around them.
 *
 * @param root  where /proc and /sys are: "" for this machine
 * @return processors' worth of time, above 0; 0 where no limit is to be found
 */
double cgroup_processors(const char *root);

#endif // BENCH_CGROUP_H
