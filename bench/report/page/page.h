// SPDX-License-Identifier: MIT

/**
 * A report, written as Markdown and as HTML at once. The HTML page needs no other file and no
 * network. With D3 of Debian's node-d3 it has that inside, and page.js draws its plots; without it
 * they are pictures.
 *
 * All text is plain UTF-8: what would be markup is escaped. Errors of the streams show at
 * page_end().
 */

#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

#include "report/page/sheet.h"

#include <jansson.h>
#include <stdio.h>

struct page {
	FILE *markdown;
	FILE *html;
	/** Lines for the terminal when all is written: the answer. */
	FILE *said;
	/** D3; NULL if it is not installed. */
	char *library;
	/** Takes the place of one of them in page_bulk(). */
	FILE *nowhere;
	/** Number of page_fold() that are open. */
	int folds;
	/** An allocation failed. */
	bool failed;
};

/** Begins. The streams stay the caller's. */
void page_begin(struct page *page, FILE *markdown, FILE *html, FILE *said, const char *title);

/** Gives page.js data that it finds by their id; NULL for those of a plot. Nothing without D3. */
void page_data(struct page *page, const char *id, const json_t *data);

/** Ends. 0; or -1 with errno if anything could not be written. */
int page_end(struct page *page);

/**
 * A heading.
 *
 * @param level  2 to 4
 * @param id     target of links, made of letters, digits and hyphens; NULL for none
 */
__attribute__((format(printf, 4, 5))) void page_heading(struct page *page, int level,
							const char *id, const char *format, ...);

/** A paragraph. */
__attribute__((format(printf, 2, 3))) void page_text(struct page *page, const char *format, ...);

/** Begins a list of links to headings. */
void page_contents(struct page *page);

void page_link(struct page *page, const char *id, const char *text);

void page_contents_end(struct page *page);

/** Lines as on a terminal. */
void page_code(struct page *page, const char *text);

/** A table, which it ends. Nothing is shown of one without rows. */
void page_sheet(struct page *page, struct sheet *sheet);

/** The same, shown on a click on its title. */
void page_folded_sheet(struct page *page, const char *title, struct sheet *sheet);

/**
 * A table alone, as Markdown. The first column has names of folders, as links to their reports.
 *
 * @return 0, or -1 with errno
 */
int page_index(const struct sheet *sheet, FILE *markdown);

/**
 * Begins what is shown on a click. Folds may be nested; each ends with page_unfold(). No plot is in
 * one.
 */
__attribute__((format(printf, 2, 3))) void page_fold(struct page *page, const char *format, ...);

void page_unfold(struct page *page);

/** Begins bulk data: collapsed in HTML, left out of Markdown. Ends with page_bulk_end(). */
__attribute__((format(printf, 2, 3))) void page_bulk(struct page *page, const char *format, ...);

void page_bulk_end(struct page *page);

/**
 * A plot: it is part of the page, and Markdown has a link to NAME.svg.
 *
 * @param name   made of letters, digits and hyphens
 * @param drawn  there is, or will be, a NAME.svg
 * @param svg    what is in it; not used where there is D3
 * @param data   of chart_data(), for page.js
 * @param text   what it shows, for those who cannot see it
 */
void page_plot(struct page *page, const char *name, bool drawn, const char *svg, const json_t *data,
	       const char *text);

#endif // BENCH_REPORT_PAGE_H
