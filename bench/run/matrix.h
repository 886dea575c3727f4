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
#include <stdint.h>

/** Threads that a cell may have. */
#define MATRIX_MAX_THREADS 4096

/** What to measure. NULL: as it says. */
struct matrix_request {
	/** Names, patterns ("mutex*") and paths of modules, with commas. NULL: the headline, or all
	 * with `all`. */
	const char *queues;
	/** Names and patterns, with commas. NULL: the headline, or all with `all`. */
	const char *workloads;
	/** Numbers, with commas, or P:C for workloads that split. NULL: 1, 2, 4 ... twice the
	 * processors. */
	const char *threads;
	/** Names, with commas. NULL: the best that a queue offers, or all with `all`. */
	const char *waits;
	/** Names, with commas. NULL: none, which leaves it to the kernel. */
	const char *places;
	/** Nanoseconds, with commas. NULL: 0; 0 to 10,000 for replays. */
	const char *works;
	/** "direct", "indirect", or both with a comma. NULL: direct. */
	const char *dispatch;
	size_t capacity;
	bool all;
};

/** A cell, and what is known of it beside. */
struct matrix_cell {
	struct cell cell;
	const struct bench_type *type;
	const struct loop *loop;
	/** Its operations are called through its table, whatever is asked for. */
	bool called;
	bool oversubscribed;
};

struct matrix {
	struct matrix_cell *cells;
	size_t count;
	/** Queues that a workload does without at a number of threads. */
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
 * Make the cells.
 *
 * @param error receives a message, the caller's to free, that names what is wrong
 * @return 0, or -1
 */
int matrix_create(struct matrix *matrix, const struct matrix_request *request,
		  const struct topology *topology, char **error);

void matrix_destroy(struct matrix *matrix);

#endif // BENCH_MATRIX_H
