// SPDX-License-Identifier: MIT

/**
 * A ranked table for every group of cells, as wide as results/terminal.h says.
 */

#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "results/run.h"

#include <stdio.h>

/**
 * Prints all tables of a run, below them what the marks and columns mean, and what disturbed it.
 *
 * @param run  with summaries: from run_finish(), run_summarize(), or run_read()
 * @return 0; or -1 with ENOMEM, or with errno of what could not be written
 */
int table_print(const struct run *run, FILE *stream);

#endif
