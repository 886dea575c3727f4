// SPDX-License-Identifier: MIT

/**
 * What a report is made of: files, sorted by the machines they come from.
 *
 *     files.c         reading: what kind each file is, and of which machine
 *     walks.c         walk.json of scripts/bench.sh, and what hyperfine exports, as structs
 *     trees.c         trees.json of scripts/bench.sh as structs
 *     simulation.c    what qbench simulate found, as structs
 *     contracts.c     what a queue claims
 *     cells.c         the cells of a workload, from the run that tells most of it
 *     situations.c    what somebody has a queue for, and which cells stand for it
 *     ranking.c       queues in the order of their cost, in one situation
 *     crossover.c     from how much work per item the choice is irrelevant
 *     correlation.c   do micro-workloads rank queues as the walk does?
 *     walk_figures.c  what the queue did in the walk
 *     states.c        states of the machine, as its probes tell them
 *     view.c          all of that for one machine
 *
 * Several threads (tasks.h) read files and rank situations. What they call has no shared state,
 * except the registry of queues, which contracts.c asks under a lock.
 */

#ifndef BENCH_REPORT_FILES_H
#define BENCH_REPORT_FILES_H

#include "machine/machine.h"
#include "report/data/simulation.h"
#include "report/data/trees.h"
#include "report/data/walks.h"
#include "results/findings.h"
#include "results/run.h"
#include "results/states.h"

#include <stddef.h>

/** A file: one of five kinds, the pointers of the others being NULL. */
struct report_file {
	/** As it was given, in UTF-8. */
	char *name;
	/** qbench run -o */
	struct run *run;
	/** qbench verify -o */
	struct findings *findings;
	/** Walks, by scripts/bench.sh or hyperfine. */
	struct walks *walks;
	/** Walks of trees of extreme shapes, by scripts/bench.sh. */
	struct trees *trees;
	/** qbench simulate -o: of no machine here, and shown with each. */
	struct simulation *simulation;
	/** NULL where it does not tell of its machine; the run's own, or read from another file. */
	const struct machine *facts;
	struct machine read;
	/** Index into the machines. */
	size_t machine;
};

struct report_machine {
	/** NULL if no file tells of it. */
	const struct machine *facts;
	/** For headings. */
	char *name;
	/** Processors that the process could use; 0 is not known. */
	unsigned int processors;
	/** Of all its runs. */
	struct states states;
};

struct report {
	struct report_file *files;
	size_t count;
	struct report_machine *machines;
	size_t machine_count;
	/** All queues in the files, sorted; the files'. */
	const char **queues;
	size_t queue_count;
};

/**
 * Reads all files.
 *
 * @param error  receives what is wrong with which file, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int report_load(struct report *report, char *const *paths, size_t count, char **error);

void report_destroy(struct report *report);

/** Number of a file within the report, from 1. */
size_t report_number(const struct report *report, const struct report_file *file);

#endif // BENCH_REPORT_FILES_H
