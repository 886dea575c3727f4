// SPDX-License-Identifier: MIT

/** What the sections of a report share while they are written. */

#ifndef BENCH_REPORT_WRITER_H
#define BENCH_REPORT_WRITER_H

#include "report/data/correlation.h"
#include "report/data/crossover.h"
#include "report/data/ranking.h"
#include "report/data/walks.h"
#include "report/page/page.h"
#include "report/plots/plots.h"

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
	struct walk_rows walks;
	struct crossover crossover;
};

/** An id of this machine's own. The text lives until the next call. */
const char *report_id(const struct writer *writer, const char *what);

/** Show a plot, if it could be drawn. `drawn` is what its function answered. 0, or -1. */
int report_show(const struct writer *writer, const char *name, int drawn, const char *text);

/** A cost as people say it: "+12 %", "3.4 ×". */
void report_cost(double cost, char *text, size_t size);

/** The first section: which queue to use in each situation. 0, or -1 with errno. */
int report_answer(const struct writer *writer);

/** What the queue did in the walk. 0, or -1 with errno. */
int report_queue(const struct writer *writer);

#endif // BENCH_REPORT_WRITER_H
