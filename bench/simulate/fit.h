// SPDX-License-Identifier: MIT

/**
 * Machine files made from measured latencies: from a table of all pairs of processors, or on this
 * machine. What no latency tells is taken from a machine file that is there, with its source.
 */

#ifndef SIMULATE_FIT_H
#define SIMULATE_FIT_H

#include <stdio.h>

/**
 * Writes a machine file from a table of latencies: CSV, a line for each processor with the
 * nanoseconds to each processor, half a round trip; what is empty or 0 is not known, and half of
 * the table is enough. Processors that are close to each other become cores and L3 caches.
 *
 * @param base   name or path of the machine file with the other numbers
 * @param error  receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int fit_table(const char *path, const char *base, FILE *stream, char **error);

/**
 * The same for this machine: topology by hwloc, latencies and the time of an update measured, for
 * 10 seconds at most.
 *
 * @param base  NULL for a machine of the same vendor
 */
int fit_here(const char *base, FILE *stream, char **error);

#endif // SIMULATE_FIT_H
