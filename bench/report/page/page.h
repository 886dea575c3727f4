// SPDX-License-Identifier: MIT

/**
 * A report written twice at once: as Markdown, for where sources are read, and as one HTML page
 * that needs nothing beside it, no script and no network.
 *
 * All text is plain: what would be markup is escaped. Errors of the streams stay in them until
 * page_end().
 */

#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include "report/page/sheet.h"

#include <stdio.h>

struct page {
	FILE *markdown;
	FILE *html;
	/** What is of little use for reading and makes a file too large to be shown. */
	FILE *aside;
	/** Depth of page_fold(). */
	int folds;
	/** An allocation failed. */
	bool failed;
};

/** The file to which Markdown leads where something is set aside. */
#define PAGE_ASIDE "SAMPLES.md"

/** Begin. `aside` is Markdown, too. */
void page_begin(struct page *page, FILE *markdown, FILE *aside, FILE *html, const char *title);

/** End. 0; or -1 with errno if anything could not be written. The streams are the caller's. */
int page_end(struct page *page);

/**
 * A heading.
 *
 * @param level  2 to 4
 * @param id     of letters, digits and hyphens: what a link goes to; NULL for none
 */
__attribute__((format(printf, 4, 5))) void page_heading(struct page *page, int level,
							const char *id, const char *format, ...);

/** A paragraph. */
__attribute__((format(printf, 2, 3))) void page_text(struct page *page, const char *format, ...);

/** A list of links to headings: up to a NULL, an id and its text in turn. */
void page_contents(struct page *page, const char *const *ids_and_texts);

/** What is typed on a terminal, or comes from there. */
void page_code(struct page *page, const char *text);

/** A table. */
void page_sheet(struct page *page, const struct sheet *sheet);

/**
 * A table alone, as Markdown. The first column is names of folders, and leads to their reports.
 *
 * @return 0, or -1 with errno
 */
int page_index(const struct sheet *sheet, FILE *markdown);

/** What is shown on a click. Folds may be in folds; each ends with page_unfold(). */
__attribute__((format(printf, 2, 3))) void page_fold(struct page *page, const char *format, ...);

void page_unfold(struct page *page);

/**
 * What is far down: a fold of the page, and in Markdown a link to the other file, where it is. It
 * ends with page_resume(), and there is none in it.
 *
 * @param id  as that of a heading
 */
__attribute__((format(printf, 3, 4))) void page_set_aside(struct page *page, const char *id,
							  const char *format, ...);

void page_resume(struct page *page);

/**
 * A plot: the page has it inside, Markdown a link to it.
 *
 * @param folder  where the file is
 * @param name    of the file, without .svg; made of letters, digits and hyphens
 * @param text    what it shows, for who cannot see it
 * @return 0; or -1 with errno if it cannot be read
 */
int page_plot(struct page *page, const char *folder, const char *name, const char *text);

#endif // BENCH_PAGE_H
