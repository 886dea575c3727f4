// SPDX-License-Identifier: MIT

/**
 * What a report is made of: result files, sorted by the machines they come from.
 *
 *     report_files.c   reading: what kind each file is, and of which machine
 *     report_cells.c   the cells of a workload, from the run that tells most of it
 *     ranking.c        queues in the order of their cost, in one situation
 *     relation.c       do micro-workloads rank queues as the walk does?
 *     report_walk.c    what the queue did in the walk; report_queue.c, the section on it
 *     report_trees.c   the section on trees of extreme shapes
 *     plot.c           gnuplot, and a look for each queue; plot_*.c, the plots
 *     page.c sheet.c   Markdown and HTML at once
 *     report_page.c    the page, section by section; report_answer.c, its answer;
 *                      report_sources.c, where its numbers are from
 *     report_csv.c     the numbers alone
 *     report_index.c   a table over published results
 */

#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "results/old/figures.h"

#include "machine/machine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum report_kind {
	/** qbench run -o */
	REPORT_RESULTS,
	/** qbench verify -o */
	REPORT_VERIFY,
	/** Walks timed as whole processes: by scripts/bench.sh, or with hyperfine by hand. */
	REPORT_WALK,
	/** scripts/trees.sh --output */
	REPORT_TREES,
};

#define REPORT_WALK_FORMAT "qbench-walk/1"
#define REPORT_TREES_FORMAT "qbench-trees/1"

struct report_file {
	const char *path;
	enum report_kind kind;
	/** Of walks always as scripts/bench.sh writes it: {"rows": [...], ...}. */
	json_t *document;
	/** Index into the machines. */
	size_t machine;
};

struct report_machine {
	struct machine facts;
	/** A file tells the facts. */
	bool known;
	/** For headings. */
	char *name;
	/** Processors that the process could use; 0 is not known. */
	unsigned int processors;
};

struct report {
	struct report_file *files;
	size_t count;
	struct report_machine *machines;
	size_t machine_count;
	/** All queues there are in the files, sorted; the files'. */
	const char **queues;
	size_t queue_count;
	/** What is looked up beside the files, kept for their names. */
	json_t *contracts;
};

/**
 * Read all files.
 *
 * @param paths  live as long as the report
 * @param error  receives what is wrong with which file, for the caller to free; NULL if out of
 *               memory
 * @return 0, or -1
 */
int report_load(struct report *report, char *const *paths, size_t count, char **error);

void report_destroy(struct report *report);

/**
 * What a queue claims, as contract_json() has it: from the files, or of the queue that this
 * program has under that name. NULL if neither.
 */
const json_t *report_contract(struct report *report, const char *queue);

/** Do items leave it in one order? Of those only it is known that they can replace each other. */
bool report_is_fifo(struct report *report, const char *queue);

bool report_is_bounded(struct report *report, const char *queue);

/** Are its operations called through a pointer, where those of others are inlined? */
bool report_is_called(const struct report *report, const char *queue);

/**
 * The run of a machine that tells most of a workload: of those with most cells of it that have
 * numbers the last one. NULL if none has any.
 */
const struct report_file *report_run(const struct report *report, size_t machine,
				     const char *workload);

/** The number of a file among those of the report, from 1: how the report calls it. */
size_t report_number(const struct report *report, const struct report_file *file);

// Cells

long long report_integer(const json_t *cell, const char *key);

/** Measured as by default: calls inlined where possible, threads wherever the kernel likes. */
bool report_is_plain(const json_t *cell);

bool report_is_workload(const json_t *cell, const char *workload);

/**
 * The figures of all plain cells of a workload that have numbers, from report_run().
 *
 * @param count  receives how many; 0 where there is no run
 * @return to be freed; NULL with ENOMEM
 */
struct figures *report_figures(const struct report *report, size_t machine, const char *workload,
			       size_t *count);

#endif // BENCH_REPORT_H
