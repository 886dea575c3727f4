// SPDX-License-Identifier: MIT

/** The numbers of a report for other programs. */

#ifndef BENCH_REPORT_CSV_H
#define BENCH_REPORT_CSV_H

#include "report.h"

#include <stdio.h>

/** Write a line for each cell, and one for each sample. 0, or -1 with errno. */
int report_csv(const struct report *report, FILE *cells, FILE *samples);

#endif // BENCH_REPORT_CSV_H
