// SPDX-License-Identifier: MIT

/** Does the tree decide which queue is best? */

#include "report/data/ranking.h"
#include "report/sections/section.h"
#include "results/words.h"

#include <math.h>
#include <stdlib.h>

/** A tree, and how its queues are ranked. */
struct ranked_tree {
	const struct tree *tree;
	struct ranking ranking;
	bool decided;
};

/** Says in a sentence which queue is best on a tree, and which are slower. */
static void write_tree(struct page *page, const struct ranked_tree *ranked)
{
	const struct ranking *ranking = &ranked->ranking;
	char answer[256];
	char slower[1024] = "";
	size_t count = 0;
	ranking_answer(ranking, answer, sizeof(answer));
	for (size_t i = 0; i < ranking->ranked; ++i) {
		if (ranking_is(&ranking->contenders[i], VERDICT_SLOWER)) {
			words_append(slower, sizeof(slower), "%s%s", count++ ? ", " : ": ",
				     ranking->contenders[i].queue);
		}
	}
	page_text(page, "%s (%s), %zu rounds: %s%s; %zu of %zu queues %s slower%s.",
		  ranked->tree->name, ranked->tree->shape, ranked->tree->rounds,
		  ranked->decided ? "the best is " : "", answer, count, ranking->ranked,
		  count == 1 ? "is" : "are", slower);
}

/** A queue on a tree: its cost, or the time of the one that costs least. */
static void add_queue(struct sheet *sheet, const struct ranked_tree *ranked,
		      const struct tree_row *row)
{
	const struct contender *contender = ranking_find(&ranked->ranking, row->name);
	enum verdict verdict = contender ? contender->summary.verdict : VERDICT_NOTHING;
	enum sheet_mark mark = verdict == VERDICT_SLOWER    ? SHEET_STRONG
			       : !ranked->decided	    ? SHEET_FAINT
			       : verdict == VERDICT_BEST    ? SHEET_BEST
			       : verdict == VERDICT_AS_GOOD ? SHEET_TIES
							    : SHEET_FAINT;
	if (!contender || verdict == VERDICT_BEST) {
		sheet_add(sheet, mark, "%s%.1f ms", contender ? "1 = " : "", row->median);
	} else if (isnan(contender->summary.ratio_low) || isnan(contender->summary.ratio_high)) {
		sheet_add(sheet, mark, "%.2f", contender->cost);
	} else {
		sheet_add(sheet, mark, "%.2f (%.2f, %.2f)", contender->cost,
			  contender->summary.ratio_low, contender->summary.ratio_high);
	}
}

/** A row of each tree's, under one name. */
static void add_row(struct sheet *sheet, const struct ranked_tree *ranked, size_t count,
		    const char *name)
{
	sheet_add(sheet, SHEET_PLAIN, "%s", name);
	for (size_t i = 0; i < count; ++i) {
		const struct tree_row *row = trees_find(ranked[i].tree, name);
		if (row) {
			add_queue(sheet, &ranked[i], row);
		} else {
			sheet_add(sheet, SHEET_FAINT, "–");
		}
	}
}

static void write_numbers(struct page *page, const struct ranked_tree *ranked, size_t count)
{
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"queue", NULL});
	for (size_t i = 0; i < count; ++i) {
		char heading[64];
		snprintf(heading, sizeof(heading), "#%s", ranked[i].tree->name);
		sheet_heading(&sheet, heading);
	}
	for (size_t i = 0; i < ranked->tree->count; ++i) {
		add_row(&sheet, ranked, count, ranked->tree->rows[i].name);
	}
	page_folded_sheet(page, "Trees of extreme shapes: the numbers", &sheet);
}

static void write_trees(struct page *page, const struct ranked_tree *ranked, size_t count,
			size_t file)
{
	page_text(page,
		  "Two workers walk trees of extreme shapes in memory: no disk, and little "
		  "work per item. Each tree is a situation of its own: its rounds decide which "
		  "queue is best, which are as good, and which are slower.");
	for (size_t i = 0; i < count; ++i) {
		if (ranked[i].ranking.ranked > 1) {
			write_tree(page, &ranked[i]);
		}
	}
	page_text(page,
		  "From file %zu. The numbers are the time of the whole process divided by that "
		  "with the queue that costs least, inside rounds of random order, with an "
		  "interval of at least 95 %% where there are rounds enough for one.",
		  file);
	write_numbers(page, ranked, count);
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
	struct ranked_tree *ranked = calloc(trees->count, sizeof(*ranked));
	bool whole = ranked;
	for (size_t i = 0; whole && i < trees->count; ++i) {
		struct ranking *ranking = &ranked[i].ranking;
		ranked[i].tree = &trees->trees[i];
		whole = ranking_of_tree(view->report, ranked[i].tree, ranking) == 0;
		ranked[i].decided = ranking->ranked > 0 && ranking_is_decided(ranking);
	}
	if (whole) {
		write_trees(writer->page, ranked, trees->count, report_number(view->report, file));
	} else {
		writer->page->failed = true;
	}
	for (size_t i = 0; ranked && i < trees->count; ++i) {
		ranking_destroy(&ranked[i].ranking);
	}
	free(ranked);
}

SECTION_EXPORT(trees, .place = 70, .title = "Does the tree decide?",
	       .brief = "Does the tree decide?", .write = write);
