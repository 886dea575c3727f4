// SPDX-License-Identifier: MIT

/** The run matrix: from lists of queues, workloads and settings to the cells to measure. */

#ifndef BENCH_MATRIX_H
#define BENCH_MATRIX_H

#include "machine/topology.h"
#include "results/run.h"
#include "workload/cell.h"
#include "workload/loop.h"

#include <stdbool.h>
#include <stddef.h>

/** Most threads of a cell. */
#define MATRIX_MAX_THREADS 4096

/** What to measure. Lists have commas between their parts; NULL is the default. */
struct matrix_request {
	/** Names, patterns ("mutex*") and paths of modules. Default: the headline, or all. */
	const char *queues;
	/** Names and patterns. Default: the headline, or all. */
	const char *workloads;
	/** Numbers, or P:C for workloads with producers and consumers. Default: 1, 2, 4, up to
	 * twice the processors. */
	const char *threads;
	/** Names. Default: the best that a queue offers, or all. */
	const char *waits;
	/** Names. Default: none, where the kernel chooses. */
	const char *places;
	/** Nanoseconds. Default: 0; for replays 0, 100, 1000, 10000. */
	const char *works;
	/** Percentages of what a queue can deliver, for open_loop. Default: 10, 50, 80, 95. */
	const char *loads;
	/** "direct" or "indirect". Default: direct. */
	const char *dispatch;
	/** Default, 0: 4096, or a burst. */
	size_t capacity;
	bool all;
};

/** A cell, with what the run must know of it. */
struct matrix_cell {
	struct cell cell;
	const struct bench_type *type;
	const struct loop *loop;
	/** The queue is always called through its table. */
	bool called;
	bool oversubscribed;
};

struct matrix {
	struct matrix_cell *cells;
	size_t count;
	/** Queues that a workload is measured without, at some number of threads. */
	struct run_gap *gaps;
	size_t gap_count;
	/** What else is left out, a line each. NULL if nothing is. */
	char *notes;
	/** Reasons of the gaps. */
	struct texts texts;
	/** Names of queues that the cells and gaps point to. */
	char **names;
};

/**
 * Makes the cells.
 *
 * @param error receives a message, the caller's to free, that names what is wrong
 * @return 0, or -1
 */
int matrix_create(struct matrix *matrix, const struct matrix_request *request,
		  const struct topology *topology, char **error);

void matrix_destroy(struct matrix *matrix);

#endif // BENCH_MATRIX_H
