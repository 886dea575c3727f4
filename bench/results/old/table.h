// SPDX-License-Identifier: MIT

/**
 * Results for people: a ranked table for every group of cells, on a terminal.
 *
 * A table is at most TABLE_WIDTH columns wide, and printed from a document alone: just
 * measured, or read from a file.
 */

#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#define table_print old_table_print
#define table_describe old_table_describe
#define table_time old_table_time

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_WIDTH 128

/**
 * Print all tables of a document, and below them what the marks and columns mean.
 *
 * @param document  with summaries: from results_finish(), results_summarize(), or results_read()
 * @return 0; or -1 with ENOMEM, or with errno of what could not be written
 */
int table_print(const json_t *document, FILE *stream);

/** What the cells of a group share, in words: "pairwise: 2 threads, not pinned, 4096 slots". */
void table_describe(const json_t *cell, char *text, size_t size);

/** A time with a unit, in at most 6 characters. */
void table_time(double nanoseconds, char *text, size_t size);

#endif
