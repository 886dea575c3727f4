// SPDX-License-Identifier: MIT

/** The report: its sections for each machine, and the machines side by side. */

#ifndef BENCH_REPORT_REPORT_H
#define BENCH_REPORT_REPORT_H

#include "report/data/files.h"
#include "report/page/outputs.h"
#include "report/page/page.h"

#include <stdbool.h>

/**
 * Writes all sections, and draws the plots that they show.
 *
 * @param outputs  receives the plots
 * @param draw     draw them: there is a gnuplot
 * @return 0; or -1 with errno
 */
int report_write(const struct report *report, struct page *page, struct outputs *outputs,
		 bool draw);

#endif // BENCH_REPORT_REPORT_H
