// SPDX-License-Identifier: MIT

/** A table of texts, filled row by row, for page_sheet(). */

#ifndef BENCH_SHEET_H
#define BENCH_SHEET_H

#include <stdbool.h>
#include <stddef.h>

/** How a cell is marked, beside what it says. */
enum sheet_mark {
	SHEET_PLAIN,
	/** The best, and what ties with it. */
	SHEET_BEST,
	SHEET_TIES,
	/** From a little worse to much worse. */
	SHEET_MILD,
	SHEET_STRONG,
	SHEET_WORST,
	/** Not ranked, or not measured. */
	SHEET_FAINT,
};

struct sheet_cell {
	char *text;
	enum sheet_mark mark;
};

struct sheet {
	size_t columns;
	/** The headings first, then the rows, each as long as there are columns. */
	struct sheet_cell *cells;
	size_t count;
	size_t room;
	/** A bit for each column, the first the lowest, that holds numbers and is set right. */
	unsigned long numeric;
	/** An allocation failed; nothing is added any more. */
	bool failed;
};

/** Begin, with the headings up to a NULL. Those that begin with '#' are of numbers, without it. */
void sheet_begin(struct sheet *sheet, const char *const *headings);

/** Add a heading while there is no cell. As with sheet_begin(). */
void sheet_heading(struct sheet *sheet, const char *heading);

void sheet_end(struct sheet *sheet);

/** The next cell, row after row. */
__attribute__((format(printf, 3, 4))) void sheet_add(struct sheet *sheet, enum sheet_mark mark,
						     const char *format, ...);

#endif // BENCH_SHEET_H
