// SPDX-License-Identifier: MIT

/**
 * Where threads can be put: processors chosen by what they share, through hwloc.
 *
 * Only processors that the process may use are ever chosen. They are called by the
 * numbers of the operating system. A topology does not change once it is loaded, so
 * that threads may read it together.
 */

#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include "machine/place.h"

#include <stdbool.h>

struct hwloc_topology;
struct topology;

/**
 * The topology of this machine, with the processors that the calling thread may run on
 * at this moment: load it before pinning anything.
 *
 * @return to be freed by topology_free(); NULL with ENOMEM, or with what hwloc answers
 */
struct topology *topology_load(void);

/**
 * A topology that is made up, for tests.
 *
 * @param description  as hwloc has it: "pack:2 core:4 pu:2"
 * @param available    the processors that may be used, like "0-3,6"; NULL: all
 * @return to be freed by topology_free(); NULL with EINVAL or ENOMEM
 */
struct topology *topology_synthetic(const char *description, const char *available);

/** Free a topology; NULL is nothing. */
void topology_free(struct topology *topology);

/** Processors that may be used, at least 1: with more threads than that they take turns. */
unsigned int topology_parallel(const struct topology *topology);

/**
 * Choose a processor for each thread. The more threads there are, the further they
 * spread, and with more threads than there are processors they start again from the first.
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
 * @return 0; or -1 with ENOTSUP if there is no such place here, which topology_refusal()
 *         explains, or EINVAL if `place` is none
 */
int topology_place(const struct topology *topology, enum place place, unsigned int threads,
		   int *cpus);

/** Whether topology_place() has a place for so many threads. */
bool topology_offers(const struct topology *topology, enum place place, unsigned int threads);

/** Why topology_place() refuses, for people to read: a text to keep; NULL if it does not. */
const char *topology_refusal(const struct topology *topology, enum place place,
			     unsigned int threads);

/** What PLACE_ACROSS goes across: "packages", "NUMA nodes", "L3 caches"; NULL if nothing. */
const char *topology_across(const struct topology *topology);

/** hwloc's view, of all processors of the machine. It goes when the topology goes. */
struct hwloc_topology *topology_hwloc(const struct topology *topology);

/**
 * Keep the calling thread on one processor.
 *
 * @param cpu  its number; a negative one leaves the thread as it is
 * @return 0; or -1 with EINVAL if it is not there or not allowed, or ENOMEM
 */
int topology_pin(int cpu);

/** "none", "core", "package" or "across"; NULL for what is no place. */
const char *topology_place_name(enum place place);

/** The place of a name. 0; or -1 with EINVAL if there is none of that name. */
int topology_place_parse(const char *name, enum place *place);

#endif // BENCH_TOPOLOGY_H
