// SPDX-License-Identifier: MIT

/**
 * Processors for threads, chosen by what the processors share, through hwloc.
 *
 * Only processors that the process may use are chosen. Their numbers are those of the
 * operating system. A topology does not change once it is loaded, so threads may read it
 * concurrently.
 */

#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include "machine/place.h"

struct hwloc_topology;
struct topology;

/**
 * The topology of this machine, with the processors that the calling thread may run on
 * at this moment: load it before pinning anything.
 *
 * @return to be freed by topology_free(); NULL with ENOMEM, or with the errno of hwloc
 */
struct topology *topology_load(void);

/**
 * A made-up topology, for tests.
 *
 * @param description  in hwloc's words: "pack:2 core:4 pu:2"
 * @param available    processors that may be used, like "0-3,6"; NULL: all
 * @return to be freed by topology_free(); NULL with EINVAL or ENOMEM
 */
struct topology *topology_synthetic(const char *description, const char *available);

/** Frees a topology. NULL is fine. */
void topology_free(struct topology *topology);

/** Processors that the process may use, at least 1. */
unsigned int topology_available(const struct topology *topology);

/**
 * Threads that can run at once, at least 1; more threads take turns. These are the available
 * processors, or fewer where a control group limits the process, rounded up.
 */
unsigned int topology_parallel(const struct topology *topology);

/**
 * Sets the limit of a control group, which topology_load() has set for this machine.
 *
 * @param processors  processors' worth of time; 0 for no limit
 */
void topology_limit(struct topology *topology, double processors);

/**
 * Chooses a processor for each thread. More threads spread further. With more threads than
 * processors, the choice starts again from the first.
 *
 *     PLACE_NONE     -1 for all: not pinned
 *     PLACE_CORE     hardware threads of the core that has most of them
 *     PLACE_PACKAGE  cores of the package that has most of them, one thread on each; then
 *                    their other hardware threads
 *     PLACE_ACROSS   one package after the other, a core of each; then the other hardware
 *                    threads. Where there is one package: one NUMA node after the other; where
 *                    there is one node: one last-level (L3) cache after the other
 *
 * @param cpus  receives `threads` numbers
 * @return 0; or -1 with ENOTSUP if this machine has no such place, which topology_refusal()
 *         explains, or EINVAL if `place` is no place
 */
int topology_place(const struct topology *topology, enum place place, unsigned int threads,
		   int *cpus);

/** Why topology_place() refuses, as a static text for people; NULL if it does not. */
const char *topology_refusal(const struct topology *topology, enum place place,
			     unsigned int threads);

/** What PLACE_ACROSS goes across: "packages", "NUMA nodes", "L3 caches"; NULL if nothing. */
const char *topology_across(const struct topology *topology);

/** hwloc's view of all processors of the machine. Freed with the topology. */
struct hwloc_topology *topology_hwloc(const struct topology *topology);

/** "none", "core", "package" or "across"; NULL if `place` is no place. */
const char *topology_place_name(unsigned int place);

#endif // BENCH_TOPOLOGY_H
