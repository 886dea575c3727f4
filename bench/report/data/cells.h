// SPDX-License-Identifier: MIT

/** The cells of a report's runs: which run is asked, and what its cells say. */

#ifndef BENCH_REPORT_CELLS_H
#define BENCH_REPORT_CELLS_H

#include "report/data/files.h"
#include "results/figures.h"

#include <stdbool.h>
#include <stddef.h>

/** Measured as by default: calls inlined where possible, threads wherever the kernel likes. */
bool report_is_plain(const struct run_cell *cell);

bool report_is_workload(const struct run_cell *cell, const char *workload);

/** A place among the cells of all runs: the file, and the cell after the last one. */
struct report_spot {
	size_t file;
	size_t cell;
};

/** The cells of all runs of a machine, one after the other: NULL after the last. */
const struct run_cell *report_next_cell(const struct report *report, size_t machine,
					struct report_spot *spot);

/** True if the queue's operations are called through a pointer; those of others are inlined. */
bool report_is_called(const struct report *report, const char *queue);

/**
 * The run of a machine that tells most of a workload: most of its cells have numbers, and of equals
 * it is the last one. NULL if no run has any.
 */
const struct report_file *report_run(const struct report *report, size_t machine,
				     const char *workload);

/**
 * True if plots and tables show the cell, which is a plain one: it is of report_run(); or of the
 * first other run that has a group which that lacks, such as another load, with the same capacity.
 */
bool report_shows(const struct report *report, const struct report_file *file,
		  const struct run_cell *cell);

/**
 * The figures of all cells of a workload that are shown and have numbers.
 *
 * @param count  receives how many; 0 where there is no run
 * @return to be freed; NULL with ENOMEM
 */
struct figures *report_figures(const struct report *report, size_t machine, const char *workload,
			       size_t *count);

#endif // BENCH_REPORT_CELLS_H
