// SPDX-License-Identifier: MIT

/** Does the tree decide which queue is best? */

#include "report/sections/section.h"

#include <string.h>

/** Ratio of two times above which their difference is worth naming. */
#define DIFFERENCE 1.03

/** Above 0 if all of a row's interval is slower than the first row, below 0 if faster, else 0. */
static int apart(const struct tree_row *row)
{
	return row->low > DIFFERENCE ? 1 : row->high < 2 - DIFFERENCE ? -1 : 0;
}

/** True if the row is a program and not a queue. */
static bool is_rival(const struct tree_row *row)
{
	return strcmp(row->name, "find") == 0;
}

/** What a tree tells, in a sentence. */
static void write_tree(struct page *page, const struct tree *tree)
{
	size_t queues = 0;
	size_t slower = 0;
	size_t faster = 0;
	for (size_t i = 1; i < tree->count; ++i) {
		bool queue = !is_rival(&tree->rows[i]);
		queues += queue;
		slower += queue && apart(&tree->rows[i]) > 0;
		faster += queue && apart(&tree->rows[i]) < 0;
	}
	const char *first = tree->rows[0].name;
	if (slower + faster == 0) {
		page_text(page, "%s (%s): no queue differs from %s.", tree->name, tree->shape,
			  first);
	} else {
		page_text(page,
			  "%s (%s): %zu of %zu queues %s slower than %s by more than 3 %%, and %zu "
			  "%s faster.",
			  tree->name, tree->shape, slower, queues, slower == 1 ? "is" : "are",
			  first, faster, faster == 1 ? "is" : "are");
	}
}

/** A row of each tree's, under one name. */
static void add_row(struct sheet *sheet, const struct trees *trees, size_t number)
{
	const char *name = trees->trees[0].rows[number].name;
	sheet_add(sheet, SHEET_PLAIN, "%s", name);
	for (size_t i = 0; i < trees->count; ++i) {
		const struct tree_row *row = trees_find(&trees->trees[i], name);
		if (!row) {
			sheet_add(sheet, SHEET_FAINT, "–");
		} else if (number == 0) {
			sheet_add(sheet, SHEET_PLAIN, "1 = %.1f ms", row->milliseconds);
		} else {
			sheet_add(sheet,
				  is_rival(row)	   ? SHEET_FAINT
				  : apart(row) > 0 ? SHEET_STRONG
				  : apart(row) < 0 ? SHEET_BEST
						   : SHEET_TIES,
				  "%.2f (%.2f, %.2f)", row->ratio, row->low, row->high);
		}
	}
}

static void write_numbers(struct page *page, const struct trees *trees)
{
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"queue", NULL});
	for (size_t i = 0; i < trees->count; ++i) {
		char heading[64];
		snprintf(heading, sizeof(heading), "#%s", trees->trees[i].name);
		sheet_heading(&sheet, heading);
	}
	for (size_t i = 0; i < trees->trees[0].count; ++i) {
		add_row(&sheet, trees, i);
	}
	page_folded_sheet(page, "Trees of extreme shapes: the numbers", &sheet);
}

static void write(const struct writer *writer)
{
	const struct view *view = writer->view;
	const struct report_file *file = NULL;
	for (size_t i = 0; i < view->report->count; ++i) {
		const struct report_file *its = &view->report->files[i];
		file = its->trees && its->machine == view->machine ? its : file;
	}
	if (!file) {
		page_text(writer->page, "Not measured. To measure it: scripts/walks.py trees "
					"--output=FOLDER");
		return;
	}
	const struct trees *trees = file->trees;
	page_text(writer->page,
		  "Two workers walk trees of extreme shapes in memory: no disk, and little work "
		  "per item. A queue differs if all of its 95 %% interval does.");
	for (size_t i = 0; i < trees->count; ++i) {
		write_tree(writer->page, &trees->trees[i]);
	}
	page_text(writer->page,
		  "From file %zu. The numbers are the time of the whole process divided by that "
		  "with the queue in the first row, inside rounds of random order: the median over "
		  "%lld rounds, and its 95 %% interval.",
		  report_number(view->report, file), trees->trees[0].rounds);
	write_numbers(writer->page, trees);
}

SECTION_EXPORT(trees, .place = 70, .title = "Does the tree decide?",
	       .brief = "Does the tree decide?", .write = write);
