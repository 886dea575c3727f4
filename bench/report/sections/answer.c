// SPDX-License-Identifier: MIT

/** The answer: which queue to use in each situation, and what the others cost. */

#include "report/report.h"
#include "report/sections/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** A queue and its wait. */
static void name_of(const struct contender *contender, char *text, size_t size)
{
	bool pointer =
		contender->cell && strcmp(figures_text(contender->cell, "calls"), "inlined") != 0;
	snprintf(text, size, "%s%s%s%s", contender->queue, pointer ? "*" : "",
		 *contender->wait ? ", " : "", contender->wait);
}

/** Is a queue's best contender the one at this place? */
static bool is_first(const struct ranking *ranking, size_t place)
{
	const struct contender *contender = &ranking->contenders[place];
	return ranking_find(ranking, contender->queue) == contender;
}

/** So many of those that tie are named in the answer; the table below it has all. */
#define NAMED 5

/** Names of what ties with the best, for the caller to free. NULL with ENOMEM. */
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

/** What the others cost, from the least to the most. */
static void say_costs(const struct ranking *ranking, char *text, size_t size)
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
		snprintf(text, size, "too few rounds to say: a verdict takes %zu",
			 ranking->contenders[0].summary.rounds_needed);
		break;
	case RANKING_FREE:
		snprintf(text, size, "under 5 %%: the choice does not matter here");
		break;
	case RANKING_UNTOLD:
		report_cost(ranking_worst(ranking)->cost, high, sizeof(high));
		snprintf(text, size, "not known: all tie, with medians up to %s (%s)", high,
			 ranking_worst(ranking)->queue);
		break;
	case RANKING_MATTERS:
		report_cost(least->cost, low, sizeof(low));
		report_cost(most->cost, high, sizeof(high));
		snprintf(text, size, least == most ? "%s (%s)" : "%s (%s) to %s (%s)", low,
			 least->queue, high, most->queue);
		break;
	}
}

/** A row of the answer. 0, or -1. */
static int answer_row(const struct writer *writer, struct sheet *sheet, size_t number)
{
	const struct ranking *ranking = &writer->rankings[number];
	const struct situation *situation = &situations[number];
	sheet_add(sheet, SHEET_PLAIN, "%s", situation->name);
	if (ranking->ranked == 0) {
		sheet_add(sheet, SHEET_FAINT, "not measured");
		sheet_add(sheet, SHEET_FAINT, "%s", "");
		sheet_add(sheet, SHEET_FAINT, "measure it: %s", situation->command);
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
	sheet_add(sheet, few ? SHEET_FAINT : SHEET_TIES, "%s", few ? "not known" : ties);
	say_costs(ranking, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
	report_median(best->cell, best->summary.median, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
	free(ties);
	return 0;
}

/** Is a queue ranked anywhere? */
static bool is_ranked(const struct writer *writer, const char *queue)
{
	for (size_t i = 0; situations[i].id; ++i) {
		if (ranking_find(&writer->rankings[i], queue)) {
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
		if (writer->rankings[i].ranked > 0) {
			char heading[64];
			snprintf(heading, sizeof(heading), "#%s", situations[i].brief);
			sheet_heading(&sheet, heading);
		}
	}
	for (size_t i = 0; i < writer->report->queue_count; ++i) {
		const char *queue = writer->report->queues[i];
		if (!is_ranked(writer, queue)) {
			continue;
		}
		sheet_add(&sheet, SHEET_PLAIN, "%s", queue);
		for (size_t j = 0; situations[j].id; ++j) {
			const struct contender *contender =
				ranking_find(&writer->rankings[j], queue);
			if (writer->rankings[j].ranked == 0) {
				continue;
			}
			if (!contender) {
				sheet_add(&sheet, SHEET_FAINT, "–");
				continue;
			}
			bool ties = ranking_ties(contender);
			bool few = contender->summary.verdict == SUMMARY_TOO_FEW;
			enum sheet_mark mark = few ? SHEET_FAINT
					       : contender == writer->rankings[j].contenders
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
	const struct ranking *ranking = &writer->rankings[number];
	struct sheet sheet;
	page_fold(writer->page, "%s: all of them", situations[number].name);
	page_text(writer->page, "%s From file %zu: %s.", situations[number].why,
		  report_number(writer->report, ranking->file), ranking->what);
	sheet_begin(&sheet, (const char *const[]){"queue", "wait", "#median", "#95 % from", "#to",
						  "#cost", "#samples", "verdict", NULL});
	for (size_t i = 0; i < ranking->count; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		struct figures figures = {.median = contender->summary.median,
					  .low = contender->summary.low,
					  .high = contender->summary.high};
		if (contender->unranked) {
			figures = (struct figures){.median = NAN, .low = NAN, .high = NAN};
		}
		if (contender->unranked && contender->cell) {
			figures_of(&figures, contender->cell);
		}
		const double numbers[] = {figures.median, figures.low, figures.high};
		enum sheet_mark mark = contender->unranked	 ? SHEET_FAINT
				       : ranking_ties(contender) ? SHEET_TIES
								 : SHEET_PLAIN;
		bool pointer = contender->cell &&
			       strcmp(figures_text(contender->cell, "calls"), "inlined") != 0;
		sheet_add(&sheet, mark, "%s%s", contender->queue, pointer ? "*" : "");
		sheet_add(&sheet, mark, "%s", contender->wait);
		for (size_t j = 0; j < 3; ++j) {
			char text[32];
			report_median(contender->cell, numbers[j], text, sizeof(text));
			sheet_add(&sheet, mark, "%s", text);
		}
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

int report_answer(const struct writer *writer)
{
	struct page *page = writer->page;
	struct sheet sheet;
	int result = 0;
	page_heading(page, 3, report_id(writer, "answer"), "Which queue to use");
	sheet_begin(&sheet, (const char *const[]){"for", "use", "as good, as far as can be told",
						  "what the others cost", "the best has", NULL});
	for (size_t i = 0; situations[i].id && result == 0; ++i) {
		result = answer_row(writer, &sheet, i);
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_text(page, "Each entry is a queue and how its threads wait. What others cost is how "
			"much longer an item takes with them, each with the wait that it does best "
			"with. What a rank test, corrected for the number of comparisons, cannot "
			"tell from the best, or what is within 3 %% of it, is as good. Queues that "
			"promise no FIFO order do something else, and are not ranked.");
	page_heading(page, 4, NULL, "What each queue costs in each situation");
	page_text(
		page,
		"The time of an item by that of the best queue: 1.00 is the best, ~ ties "
		"with it, ? has too few rounds for a verdict, – was not measured, is not FIFO, or "
		"does not fit the situation.");
	write_matrix(writer);
	for (size_t i = 0; situations[i].id; ++i) {
		if (writer->rankings[i].count > 0) {
			write_ranking(writer, i);
		}
	}
	return result;
}
