// SPDX-License-Identifier: MIT

/** A table over folders of published results. */

#ifndef BENCH_REPORT_INDEX_H
#define BENCH_REPORT_INDEX_H

#include <stddef.h>
#include <stdio.h>

/**
 * Prints a Markdown table with a row for each folder. The first column is a link to its report.
 *
 * @param error  receives what is wrong, for the caller to free; NULL with errno instead
 * @return 0, or -1
 */
int report_index(char *const *folders, size_t count, FILE *stream, char **error);

#endif // BENCH_REPORT_INDEX_H
