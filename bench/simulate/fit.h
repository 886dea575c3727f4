// SPDX-License-Identifier: MIT

/**
 * Machine files made from measured latencies: from a table of all pairs of processors, or on this
 * machine. What no latency tells is taken from a machine file that is there, with its source.
 */

#ifndef SIMULATE_FIT_H
#define SIMULATE_FIT_H

#include "simulate/machine_file.h"

/** Name of the machine that qbench runs on. */
#define FIT_HERE "this"

/**
 * Makes a machine file from a table of latencies: CSV, a line for each processor with the
 * nanoseconds to each processor, half a round trip; what is empty or 0 is not known, and half of
 * the table is enough. A pair has the mean of its two directions. Processors that are close to each
 * other become cores and L3 caches.
 *
 * @param base    name or path of the machine file with the other numbers
 * @param file    receives the machine
 * @param stream  receives its file; NULL for none. Nothing is written that would be refused
 * @param error   receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int fit_table(const char *path, const char *base, struct machine_file *file, FILE *stream,
	      char **error);

/**
 * The same for this machine: topology by hwloc, latencies and costs measured, for 10 seconds at
 * most.
 *
 * @param base  NULL for a machine of the same vendor
 */
int fit_here(const char *base, struct machine_file *file, FILE *stream, char **error);

/** Reads a machine file by name or path, or makes one of FIT_HERE, once in a process. 0, or -1. */
int fit_read(const char *name, struct machine_file *file, char **error);

#endif // SIMULATE_FIT_H
