// SPDX-License-Identifier: MIT

/** Names of Arm's processors, of which /proc/cpuinfo has only the numbers. */

#ifndef BENCH_ARM_H
#define BENCH_ARM_H

/**
 * The model of the first processor.
 *
 * @param cpuinfo  text of /proc/cpuinfo, or NULL
 * @return its name, or its numbers where the name is not known, to be freed; NULL if the processor
 *         is not Arm's, or without memory
 */
char *arm_model(const char *cpuinfo);

#endif // BENCH_ARM_H
