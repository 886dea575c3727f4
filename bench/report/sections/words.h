// SPDX-License-Identifier: MIT

/** Numbers and names as the sections of a report say them. */

#ifndef BENCH_REPORT_WORDS_H
#define BENCH_REPORT_WORDS_H

#include "report/data/view.h"
#include "report/page/sheet.h"

#include <stddef.h>

/** An id of a machine's own: "m1-answer". */
void words_id(const struct view *view, const char *what, char *text, size_t size);

/** A cost, 1.12 or 3.4: "+12 %", "3.4 ×". */
void words_cost(double cost, char *text, size_t size);

/** A median in the unit of its cell: "1.64 M/s", "20.0 µs". NULL for a time; NAN is "–". */
void words_median(const struct run_cell *cell, double median, char *text, size_t size);

/** Adds a time in nanoseconds to a table. */
void words_add_time(struct sheet *sheet, double time);

/** Adds a median and its interval in the unit of a cell: three columns. */
void words_add_medians(struct sheet *sheet, enum sheet_mark mark, const struct run_cell *cell,
		       double median, double low, double high);

/** Adds the answer for a situation on a machine, in a few words. 0, or -1 with errno. */
int words_add_answer(struct sheet *sheet, const struct report *report, size_t machine,
		     const struct situation *situation);

/** The id of the samples of a cell of a run, or of a walk by its command: "s2-17". */
void words_samples_id(const struct report *report, const struct run_cell *cell, const char *command,
		      char *text, size_t size);

/** A star if the queue of a cell is called through a pointer, else "". NULL is fine. */
const char *words_star(const struct run_cell *cell);

#endif // BENCH_REPORT_WORDS_H
