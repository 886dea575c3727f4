// SPDX-License-Identifier: MIT

/** A table of texts, filled row by row, for page_sheet(). */

#ifndef BENCH_REPORT_SHEET_H
#define BENCH_REPORT_SHEET_H

#include <stdbool.h>
#include <stddef.h>

/** Colour of a cell. */
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
	/** In HTML: what links lead to, and where the cell itself leads to; or NULL. */
	char *id, *link;
};

struct sheet {
	size_t columns;
	/** Headings, then rows of `columns` cells each. */
	struct sheet_cell *cells;
	size_t count;
	size_t room;
	/** Columns that are set right: bit 0 is the first. */
	unsigned long numeric;
	/** Where a page is narrow, a row is a card, and each cell has its heading in front. */
	bool cards;
	/** An allocation failed: nothing more is added. */
	bool failed;
};

/** Begins with headings, up to a NULL. A '#' in front is not shown, and sets the column right. */
void sheet_begin(struct sheet *sheet, const char *const *headings);

/** Adds a heading, before the first cell. */
void sheet_heading(struct sheet *sheet, const char *heading);

void sheet_end(struct sheet *sheet);

/** True if it has a row below the headings. */
static inline bool sheet_any(const struct sheet *sheet)
{
	return sheet->count > sheet->columns;
}

/** Adds the next cell, row after row. */
__attribute__((format(printf, 3, 4))) void sheet_add(struct sheet *sheet, enum sheet_mark mark,
						     const char *format, ...);

/** Makes the last cell the target of links, or itself a link. */
void sheet_name(struct sheet *sheet, const char *id);
void sheet_link(struct sheet *sheet, const char *id);

#endif // BENCH_REPORT_SHEET_H
