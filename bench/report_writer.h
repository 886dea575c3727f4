// SPDX-License-Identifier: MIT

/** What the sections of a report share while they are written. */

#ifndef BENCH_REPORT_WRITER_H
#define BENCH_REPORT_WRITER_H

#include "crossover.h"
#include "page.h"
#include "ranking.h"
#include "relation.h"
#include "report_plots.h"

enum { SITUATIONS = 16 };

/** One machine while its part is written. */
struct writer {
	struct report *report;
	size_t machine;
	struct page *page;
	struct report_plots plots;
	/** There is a gnuplot. */
	bool draw;
	struct ranking rankings[SITUATIONS];
	struct relations relations;
	struct crossover crossover;
};

/** An id of this machine's own. The text lives until the next call. */
const char *report_id(const struct writer *writer, const char *what);

/** A cost as people say it: "+12 %", "3.4 ×". */
void report_cost(double cost, char *text, size_t size);

/** The first section: which queue to use in each situation. 0, or -1 with errno. */
int report_answer(const struct writer *writer);

#endif // BENCH_REPORT_WRITER_H
