// SPDX-License-Identifier: MIT

/** The report as a page: the answer first, then what it rests on. */

#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

#include "report/data/files.h"
#include "report/page/page.h"

/**
 * Write all sections, and draw the plots that they show.
 *
 * @param folder  where the plots go; the CSV files are there
 * @param plots   draw them: there is a gnuplot
 * @return 0; or -1 with errno
 */
int report_page(struct report *report, struct page *page, const char *folder, bool plots);

/** The last section of a machine: its facts, its files, and every sample. 0, or -1 with errno. */
int report_sources(struct report *report, size_t machine, struct page *page);

/** A rate or a time with its unit. */
void report_median(const json_t *cell, double median, char *text, size_t size);

#endif // BENCH_REPORT_PAGE_H
