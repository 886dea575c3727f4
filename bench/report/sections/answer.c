// SPDX-License-Identifier: MIT

/** Which queue to use in each situation, and what the others cost. */

#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** More queues than this that tie are not named in the answer; the table below has all. */
enum { NAMED = 5 };

/** A queue and its wait. */
static void name_of(const struct contender *contender, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s", contender->queue, words_star(contender->cell),
		 *contender->wait ? ", " : "", contender->wait);
}

/** True if the contender at this place is the best one of its queue. */
static bool is_first(const struct ranking *ranking, size_t place)
{
	const struct contender *contender = &ranking->contenders[place];
	return ranking_find(ranking, contender->queue) == contender;
}

/** Names of contenders that tie with the best, for the caller to free. NULL with ENOMEM. */
static char *ties_text(const struct ranking *ranking)
{
	char *text = NULL;
	size_t size;
	size_t count = 0;
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return NULL;
	}
	for (size_t i = 1; i < ranking->ranked; ++i) {
		if (ranking_ties(&ranking->contenders[i])) {
			char name[256];
			name_of(&ranking->contenders[i], name, sizeof(name));
			if (count < NAMED) {
				fprintf(stream, "%s%s", count ? "; " : "", name);
			}
			++count;
		}
	}
	if (count == 0) {
		fputs("none", stream);
	} else if (count > NAMED) {
		fprintf(stream, "; and %zu more", count - NAMED);
	}
	return fclose(stream) == 0 ? text : NULL;
}

/** Cost of the others, from the least to the most. */
static void costs_text(const struct ranking *ranking, char *text, size_t size)
{
	const struct contender *least = NULL;
	const struct contender *most = NULL;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		if (is_first(ranking, i) && !ranking_ties(contender)) {
			least = least ? least : contender;
			most = contender;
		}
	}
	char low[32];
	char high[32];
	switch (ranking_choice(ranking)) {
	case RANKING_UNDECIDED:
		snprintf(text, size, "too few rounds: a verdict takes %zu",
			 ranking->contenders[0].summary.rounds_needed);
		break;
	case RANKING_FREE:
		snprintf(text, size, "under 5 %%: the choice is irrelevant");
		break;
	case RANKING_UNTOLD:
		words_cost(ranking_worst(ranking)->cost, high, sizeof(high));
		snprintf(text, size, "unknown: all tie, with medians up to %s (%s)", high,
			 ranking_worst(ranking)->queue);
		break;
	case RANKING_MATTERS:
		words_cost(least->cost, low, sizeof(low));
		words_cost(most->cost, high, sizeof(high));
		snprintf(text, size, least == most ? "%s (%s)" : "%s (%s) to %s (%s)", low,
			 least->queue, high, most->queue);
		break;
	}
}

/** A row of the answer. 0, or -1. */
static int answer_row(const struct writer *writer, struct sheet *sheet, size_t number)
{
	const struct ranking *ranking = &writer->view->rankings[number];
	const struct situation *situation = &situations[number];
	sheet_add(sheet, SHEET_PLAIN, "%s", situation->name);
	if (ranking->ranked == 0) {
		const char *why = ranking->count > 0 ? ranking->contenders[0].unranked : NULL;
		sheet_add(sheet, SHEET_FAINT, why ? "none" : "not measured");
		sheet_add(sheet, SHEET_FAINT, "%s", "");
		sheet_add(sheet, SHEET_FAINT, why ? "not ranked: %s" : "to measure it: %s",
			  why ? why : situation->command);
		sheet_add(sheet, SHEET_FAINT, "%s", "");
		return 0;
	}
	const struct contender *best = ranking->contenders;
	char text[512];
	char *ties = ties_text(ranking);
	if (!ties) {
		return -1;
	}
	bool few = best->summary.verdict == SUMMARY_TOO_FEW;
	name_of(best, text, sizeof(text));
	sheet_add(sheet, few ? SHEET_PLAIN : SHEET_BEST, "%s%s", text, few ? " (leads)" : "");
	sheet_add(sheet, few ? SHEET_FAINT : SHEET_TIES, "%s", few ? "unknown" : ties);
	costs_text(ranking, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
	words_median(best->cell, best->summary.median, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
	free(ties);
	return 0;
}

/** True if the queue is ranked in any situation. */
static bool is_ranked(const struct writer *writer, const char *queue)
{
	for (size_t i = 0; situations[i].id; ++i) {
		if (ranking_find(&writer->view->rankings[i], queue)) {
			return true;
		}
	}
	return false;
}

static void write_matrix(const struct writer *writer)
{
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"queue", NULL});
	for (size_t i = 0; situations[i].id; ++i) {
		if (writer->view->rankings[i].ranked > 0) {
			char heading[64];
			snprintf(heading, sizeof(heading), "#%s", situations[i].brief);
			sheet_heading(&sheet, heading);
		}
	}
	for (size_t i = 0; i < writer->view->report->queue_count; ++i) {
		const char *queue = writer->view->report->queues[i];
		if (!is_ranked(writer, queue)) {
			continue;
		}
		sheet_add(&sheet, SHEET_PLAIN, "%s", queue);
		for (size_t j = 0; situations[j].id; ++j) {
			const struct contender *contender =
				ranking_find(&writer->view->rankings[j], queue);
			if (writer->view->rankings[j].ranked == 0) {
				continue;
			}
			if (!contender) {
				sheet_add(&sheet, SHEET_FAINT, "–");
				continue;
			}
			bool ties = ranking_ties(contender);
			bool few = contender->summary.verdict == SUMMARY_TOO_FEW;
			enum sheet_mark mark = few ? SHEET_FAINT
					       : contender == writer->view->rankings[j].contenders
						       ? SHEET_BEST
					       : ties			? SHEET_TIES
					       : contender->cost < 1.25 ? SHEET_MILD
					       : contender->cost < 2	? SHEET_STRONG
									: SHEET_WORST;
			sheet_add(&sheet, mark, "%s%.2f",
				  few		       ? "? "
				  : mark == SHEET_TIES ? "~ "
						       : "",
				  contender->cost);
		}
	}
	page_sheet(writer->page, &sheet);
	sheet_end(&sheet);
}

/** Every contender of a situation. */
static void write_ranking(const struct writer *writer, size_t number)
{
	const struct ranking *ranking = &writer->view->rankings[number];
	struct sheet sheet;
	page_fold(writer->page, "%s: all queues", situations[number].name);
	page_text(writer->page, "%s From file %zu; %s.", situations[number].why,
		  report_number(writer->view->report, ranking->file), ranking->what);
	sheet_begin(&sheet, (const char *const[]){"queue", "wait", "#median", "#95 % from", "#to",
						  "#cost", "#samples", "verdict", NULL});
	for (size_t i = 0; i < ranking->count; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		struct figures figures = {.median = contender->summary.median,
					  .low = contender->summary.low,
					  .high = contender->summary.high};
		enum sheet_mark mark = contender->unranked	 ? SHEET_FAINT
				       : ranking_ties(contender) ? SHEET_TIES
								 : SHEET_PLAIN;
		if (contender->unranked) {
			figures = (struct figures){.median = NAN, .low = NAN, .high = NAN};
		}
		if (contender->unranked && contender->cell) {
			figures_of(&figures, contender->cell);
		}
		sheet_add(&sheet, mark, "%s%s", contender->queue, words_star(contender->cell));
		sheet_add(&sheet, mark, "%s", contender->wait);
		words_add_medians(&sheet, mark, contender->cell, figures.median, figures.low,
				  figures.high);
		sheet_add(&sheet, mark, contender->unranked ? "–" : "%.3f", contender->cost);
		sheet_add(&sheet, mark, "%zu", contender->count);
		sheet_add(&sheet, mark, "%s",
			  contender->unranked ? contender->unranked
					      : summary_verdict_name(contender->summary.verdict));
	}
	page_sheet(writer->page, &sheet);
	sheet_end(&sheet);
	page_unfold(writer->page);
}

static int write(const struct writer *writer)
{
	struct page *page = writer->page;
	struct sheet sheet;
	int result = 0;
	sheet_begin(&sheet, (const char *const[]){
				    "situation", "best queue", "as good, as far as we can tell",
				    "cost of the others", "median of the best", NULL});
	for (size_t i = 0; situations[i].id && result == 0; ++i) {
		result = answer_row(writer, &sheet, i);
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_text(page,
		  "Each entry is a queue and how its threads wait. The cost of a queue is how "
		  "much longer an item takes than with the best one, each with its best wait. "
		  "A queue is as good if a rank test, corrected for the number of comparisons, "
		  "cannot tell it from the best, or if their medians are within 3 %%. Queues "
		  "that promise less than FIFO order are not ranked: they cannot replace the "
		  "others.");
	page_heading(page, 4, NULL, "What each queue costs in each situation");
	page_text(page,
		  "The time of an item divided by that with the best queue. 1.00 is the best; "
		  "~ ties with it; ? has too few rounds for a verdict; – was not measured, "
		  "promises less than FIFO order, or does not fit the situation.");
	write_matrix(writer);
	for (size_t i = 0; situations[i].id; ++i) {
		if (writer->view->rankings[i].count > 0) {
			write_ranking(writer, i);
		}
	}
	return result;
}

SECTION_EXPORT(answer, .place = 10, .title = "Which queue to use", .brief = "Which queue to use",
	       .write = write);
