// SPDX-License-Identifier: MIT

/** The numbers of a report for other programs. */

#ifndef BENCH_REPORT_CSV_H
#define BENCH_REPORT_CSV_H

#include "report/data/files.h"

#include <stdio.h>

/**
 * Writes a line for each cell, for each sample, and for each queue and number of workers that
 * walked with --stats. 0, or -1 with errno.
 */
int report_csv(const struct report *report, FILE *cells, FILE *samples, FILE *walks);

#endif // BENCH_REPORT_CSV_H
