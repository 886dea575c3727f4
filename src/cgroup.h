// SPDX-License-Identifier: MIT

/** The limit that control groups set on the processors of this process. */

#ifndef CGROUP_H
#define CGROUP_H

/**
 * The smallest limit of the process's control groups and the groups around them, of version 1
 * and 2.
 *
 * @param root folder with proc and sys in it: "" for this machine
 * @return processor time per time, above 0; or 0 without a limit
 */
double cgroup_processors(const char *root);

#endif // CGROUP_H
