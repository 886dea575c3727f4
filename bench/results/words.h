// SPDX-License-Identifier: MIT

/** Numbers and cells in words, for tables and headings. */

#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "results/run.h"

#include <stddef.h>

/** A time with a unit, in at most 6 characters. */
void words_time(double nanoseconds, char *text, size_t size);

/** What the cells of a group share: "pairwise: 2 threads, not pinned, 4096 slots". */
void words_describe(const struct run_cell *cell, char *text, size_t size);

/** Bytes that words_busy() needs. */
#define WORDS_BUSY 400

/** What made the machine busy before a run and over it, as a sentence; "" if nothing did. */
void words_busy(const struct run *run, char *text, size_t size);

/** Appends to a line as much as it has room for. */
__attribute__((format(printf, 3, 4))) void words_append(char *line, size_t size, const char *format,
							...);

#endif // BENCH_WORDS_H
