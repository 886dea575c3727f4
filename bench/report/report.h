// SPDX-License-Identifier: MIT

/** What is made of a report's files: pages, numbers for other programs, a table of published
 * results. */

#ifndef BENCH_REPORT_REPORT_H
#define BENCH_REPORT_REPORT_H

#include "report/data/files.h"
#include "report/page/outputs.h"
#include "report/page/page.h"

#include <stdbool.h>
#include <stdio.h>

/**
 * Writes all sections for each machine, and the machines side by side.
 *
 * @param outputs  receives the plots
 * @param draw     draw plots: there is a gnuplot
 * @return 0; or -1 with errno
 */
int report_write(const struct report *report, struct page *page, struct outputs *outputs,
		 bool draw);

/**
 * Writes a line for each cell, for each sample, and for each queue and number of workers that
 * walked with --stats. 0, or -1 with errno.
 */
int report_csv(const struct report *report, FILE *cells, FILE *samples, FILE *walks);

/**
 * Prints a Markdown table with a row for each folder. The first column is a link to its report.
 *
 * @param error  receives what is wrong, for the caller to free; NULL with errno instead
 * @return 0, or -1
 */
int report_index(char *const *folders, size_t count, FILE *stream, char **error);

#endif // BENCH_REPORT_REPORT_H
