// SPDX-License-Identifier: MIT

/** Does the tree decide which queue is best? A section of the report, from scripts/trees.sh. */

#include "report/sections/trees.h"

#include <math.h>
#include <string.h>

/** A difference below this is none. */
#define APART (SUMMARY_DIFFERENCE - 1)

/** The commands of a tree; the first is what the others are held against. */
static const json_t *commands_of(const json_t *tree)
{
	return json_object_get(json_object_get(tree, "rounds"), "commands");
}

static double number(const json_t *command, const char *estimate, const char *key)
{
	return json_number_value(json_object_get(json_object_get(command, estimate), key));
}

bool report_trees_valid(const json_t *document)
{
	size_t i;
	size_t j;
	json_t *tree;
	json_t *command;
	const json_t *trees = json_object_get(document, "trees");
	json_array_foreach(trees, i, tree)
	{
		if (!json_is_string(json_object_get(tree, "name")) ||
		    !json_is_string(json_object_get(tree, "shape")) ||
		    json_array_size(commands_of(tree)) == 0) {
			return false;
		}
		json_array_foreach(commands_of(tree), j, command)
		{
			if (!json_is_string(json_object_get(command, "name")) ||
			    !(number(command, "wall_ms", "median") > 0) ||
			    !(number(command, "ratio", "median") > 0) ||
			    !(number(command, "ratio", "low") > 0) ||
			    !(number(command, "ratio", "high") > 0)) {
				return false;
			}
		}
	}
	return json_array_size(trees) > 0;
}

/** Is all of a queue's interval away from the first? Below 0 if it is faster, above if slower. */
static int apart(const json_t *command)
{
	return number(command, "ratio", "low") > 1 + APART    ? 1
	       : number(command, "ratio", "high") < 1 - APART ? -1
							      : 0;
}

/** The row of a tree by its name; NULL if it has none. */
static const json_t *find_command(const json_t *tree, const char *name)
{
	size_t i;
	json_t *command;
	json_array_foreach(commands_of(tree), i, command)
	{
		if (strcmp(figures_text(command, "name"), name) == 0) {
			return command;
		}
	}
	return NULL;
}

/** A program that is no queue stands beside them. */
static bool is_rival(const json_t *command)
{
	return strcmp(figures_text(command, "name"), "find") == 0;
}

/** What a tree tells. */
static void say_tree(struct page *page, const json_t *tree)
{
	size_t i;
	json_t *command;
	size_t queues = 0;
	size_t slower = 0;
	size_t faster = 0;
	json_array_foreach(commands_of(tree), i, command)
	{
		if (i > 0 && !is_rival(command)) {
			++queues;
			slower += apart(command) > 0;
			faster += apart(command) < 0;
		}
	}
	const char *first = figures_text(json_array_get(commands_of(tree), 0), "name");
	if (slower + faster == 0) {
		page_text(page, "%s (%s): no queue of %zu can be told from %s.",
			  figures_text(tree, "name"), figures_text(tree, "shape"), queues, first);
	} else {
		page_text(page,
			  "%s (%s): of %zu queues %zu take longer than %s by more than 3 %%, "
			  "all of their interval; %zu take less.",
			  figures_text(tree, "name"), figures_text(tree, "shape"), queues, slower,
			  first, faster);
	}
}

static void write_sheet(struct page *page, const json_t *trees)
{
	struct sheet sheet;
	size_t i;
	size_t j;
	json_t *tree;
	json_t *command;
	const json_t *first = json_array_get(trees, 0);
	sheet_begin(&sheet, (const char *const[]){"queue", NULL});
	json_array_foreach(trees, i, tree)
	{
		char heading[64];
		snprintf(heading, sizeof(heading), "#%s", figures_text(tree, "name"));
		sheet_heading(&sheet, heading);
	}
	json_array_foreach(commands_of(first), i, command)
	{
		const char *name = figures_text(command, "name");
		sheet_add(&sheet, SHEET_PLAIN, "%s", name);
		json_array_foreach(trees, j, tree)
		{
			const json_t *its = find_command(tree, name);
			if (!its) {
				sheet_add(&sheet, SHEET_FAINT, "–");
			} else if (i == 0) {
				sheet_add(&sheet, SHEET_PLAIN, "1 = %.1f ms",
					  number(its, "wall_ms", "median"));
			} else {
				sheet_add(&sheet,
					  is_rival(its)	   ? SHEET_FAINT
					  : apart(its) > 0 ? SHEET_STRONG
					  : apart(its) < 0 ? SHEET_BEST
							   : SHEET_TIES,
					  "%.2f (%.2f, %.2f)", number(its, "ratio", "median"),
					  number(its, "ratio", "low"),
					  number(its, "ratio", "high"));
			}
		}
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
}

void report_trees(const struct writer *writer)
{
	struct page *page = writer->page;
	const struct report_file *file = NULL;
	size_t i;
	json_t *tree;
	page_heading(page, 3, report_id(writer, "trees"), "Does the tree decide?");
	for (size_t j = 0; j < writer->report->count; ++j) {
		const struct report_file *its = &writer->report->files[j];
		if (its->kind == REPORT_TREES && its->machine == writer->machine) {
			file = its;
		}
	}
	if (!file) {
		page_text(page, "Not measured: scripts/bench.sh, or scripts/trees.sh --output .");
		return;
	}
	const json_t *trees = json_object_get(file->document, "trees");
	page_text(page,
		  "Walks of trees of extreme shapes in memory, with two workers; no disk, and "
		  "little work an item.");
	json_array_foreach(trees, i, tree)
	{
		say_tree(page, tree);
	}
	page_text(page,
		  "From file %zu: the time of the whole process by that with the queue in the "
		  "first row, inside rounds of random order; the median over %lld rounds, and its "
		  "95 %% interval.",
		  report_number(writer->report, file),
		  report_integer(json_object_get(json_array_get(trees, 0), "rounds"), "rounds"));
	page_fold(page, "Trees of extreme shapes: the numbers");
	write_sheet(page, trees);
	page_unfold(page);
}
