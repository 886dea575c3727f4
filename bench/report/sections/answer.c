// SPDX-License-Identifier: MIT

/** Which queue to use in each situation, and what the others cost. */

#include "base/quote.h"
#include "base/statistics.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"
#include "results/terminal.h"
#include "results/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Of more queues than NAMED in a part of the answer, FEW are named; the table below has all. */
enum { NAMED = 5, FEW = 3 };

/** Tiers of what is slower, by its cost. The last has no end. */
static const struct tier {
	double below;
	const char *name;
} tiers[] = {{1.25, "up to +25 %"}, {2, "up to 2 ×"}, {INFINITY, "from 2 ×"}};

/** Explains the marks behind names of queues. */
#define MARKS                                                                                      \
	"^ promises less order than FIFO, which nobody needs there; * is called through a pointer"

enum { TIERS = sizeof(tiers) / sizeof(*tiers) };

/** A queue, its wait, and the queue of results if it is another. */
static void name_of(const struct contender *contender, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s%s%s%s", contender->queue, words_star(contender->cell),
		 contender->relaxed ? "^" : "", *contender->wait ? ", " : "", contender->wait,
		 contender->results ? ", results " : "",
		 contender->results ? contender->results : "");
}

/** The verdict of a ranked contender in the answer: none is best where most are undecided. */
static enum verdict verdict_of(const struct ranking *ranking, const struct contender *contender)
{
	enum verdict verdict = contender->summary.verdict;
	return verdict == VERDICT_BEST && !ranking_is_decided(ranking) ? VERDICT_UNDECIDED
								       : verdict;
}

/** True if the answer has the queue among those of a verdict whose cost is in a range. */
static bool is_among(const struct ranking *ranking, size_t number, enum verdict verdict,
		     double from, double below)
{
	const struct contender *contender = &ranking->contenders[number];
	// A cost that is not known is in each range
	return contender->stands && verdict_of(ranking, contender) == verdict &&
	       !(contender->cost < from || contender->cost >= below);
}

/** Appends the queues of a verdict whose cost is in a range. Returns how many there are. */
static size_t name_queues(const struct ranking *ranking, enum verdict verdict, double from,
			  double below, char *text, size_t size)
{
	size_t count = 0;
	size_t named = 0;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		count += is_among(ranking, i, verdict, from, below);
	}
	for (size_t i = 0; named < (count > NAMED ? FEW : count); ++i) {
		if (is_among(ranking, i, verdict, from, below)) {
			const struct contender *contender = &ranking->contenders[i];
			char name[256];
			char cost[32] = "";
			name_of(contender, name, sizeof(name));
			words_cost(contender->cost, cost, sizeof(cost));
			words_append(text, size, "%s%s", named++ ? "; " : "", name);
			if (verdict != VERDICT_AS_GOOD && !isnan(contender->cost)) {
				words_append(text, size, " %s", cost);
			}
		}
	}
	if (count > named) {
		words_append(text, size, "; and %zu more", count - named);
	}
	return count;
}

/**
 * Adds a cell of the answer: the queues of a verdict, in tiers where they are slower. Hidden ones
 * stand with those that are undecided.
 */
static void add_queues(struct sheet *sheet, enum sheet_mark mark, const struct ranking *ranking,
		       enum verdict verdict)
{
	// Room for all names that there may be
	char text[TIERS * NAMED * 320 + 256] = "";
	size_t count = 0;
	double from = 0;
	if (verdict != VERDICT_SLOWER) {
		count = name_queues(ranking, verdict, 0, INFINITY, text, sizeof(text));
	}
	if (verdict == VERDICT_UNDECIDED && ranking_count(ranking, VERDICT_HIDDEN) > 0) {
		words_append(text, sizeof(text), "%shidden: ", count ? ". " : "");
		count += name_queues(ranking, VERDICT_HIDDEN, 0, INFINITY, text, sizeof(text));
	}
	for (size_t i = 0; verdict == VERDICT_SLOWER && i < TIERS; ++i) {
		size_t before = strlen(text);
		words_append(text, sizeof(text), "%s%s: ", count ? ". " : "", tiers[i].name);
		size_t named =
			name_queues(ranking, verdict, from, tiers[i].below, text, sizeof(text));
		if (named == 0) {
			text[before] = '\0';
		}
		count += named;
		from = tiers[i].below;
	}
	sheet_add(sheet, count ? mark : SHEET_FAINT, "%s", count ? text : "none");
}

/** Time of an item with the best queue. */
static double best_time(const struct ranking *ranking)
{
	double median = ranking->contenders[0].summary.median;
	return ranking->higher_is_better ? 1e9 / median : median;
}

/** Adds a row of the answer, of one run or of several. */
static void answer_row(const struct writer *writer, struct sheet *sheet, size_t number,
		       bool several)
{
	const struct ranking *ranking = &writer->view->rankings[number];
	const struct situation *situation = &situations[number];
	sheet_add(sheet, SHEET_PLAIN, "%s", situation->name);
	if (ranking->ranked == 0) {
		const struct contender *first = ranking->count > 0 ? ranking->contenders : NULL;
		const char *why = first ? first->unranked : NULL;
		const char *failure = first && first->cell ? run_cell_failure(first->cell) : NULL;
		sheet_add(sheet, SHEET_FAINT, why ? "none" : "not measured");
		sheet_add(sheet, SHEET_FAINT, "%s", "");
		sheet_add(sheet, SHEET_FAINT, "%s", "");
		sheet_add(sheet, SHEET_FAINT, "%s: %s%s%s", why ? "not ranked" : "to measure it",
			  why ? why : situation->command, failure ? ": " : "",
			  failure ? failure : "");
		sheet_add(sheet, SHEET_FAINT, "%s", "");
		if (several) {
			sheet_add(sheet, SHEET_FAINT, "%s", "");
		}
		return;
	}
	if (ranking_is_decided(ranking)) {
		char text[256];
		name_of(ranking->contenders, text, sizeof(text));
		sheet_add(sheet, SHEET_BEST, "%s", text);
	} else {
		sheet_add(sheet, SHEET_FAINT, "undecided among %zu", ranking_open(ranking) + 1);
	}
	add_queues(sheet, SHEET_TIES, ranking, VERDICT_AS_GOOD);
	add_queues(sheet, SHEET_PLAIN, ranking, VERDICT_UNDECIDED);
	add_queues(sheet, SHEET_PLAIN, ranking, VERDICT_SLOWER);
	words_add_time(sheet, best_time(ranking));
	if (several && !ranking_is_decided(ranking)) {
		sheet_add(sheet, SHEET_FAINT, "%s", "");
	} else if (several && ranking->runs == 0) {
		sheet_add(sheet, SHEET_FAINT, "one run");
	} else if (several) {
		sheet_add(sheet, ranking->agreeing < ranking->having ? SHEET_WORST : SHEET_PLAIN,
			  "%zu of %zu", ranking->agreeing, ranking->having);
	}
}

// The answer in one line

/** Could the queue cost more than `cost` in a situation? The upper end of its interval there. */
static double dearest(const struct contender *contender)
{
	double high = contender->summary.ratio_high;
	return isnan(high) ? INFINITY : high;
}

/**
 * True if the situation counts for all queues together: it refuses none, and most queues are
 * decided there. What an undecided queue costs at most says how few its rounds were.
 */
static bool is_common(const struct writer *writer, size_t number)
{
	const struct ranking *ranking = &writer->view->rankings[number];
	return !situations[number].refusal && ranking->ranked > 0 && ranking_is_decided(ranking);
}

/** Where a queue costs most. */
struct worst {
	const char *queue;
	double cost;
	const char *where;
	/** The lower end of that cost; INFINITY if a situation was not measured. */
	double least;
};

/** How much the queue costs at most over all common situations; INFINITY if not known. */
static struct worst worst_of(const struct writer *writer, const char *queue)
{
	struct worst worst = {.queue = queue};
	for (size_t i = 0; situations[i].id; ++i) {
		if (is_common(writer, i)) {
			const struct contender *contender =
				ranking_find(&writer->view->rankings[i], queue);
			double cost = contender ? dearest(contender) : INFINITY;
			// fmax() ignores what is not known
			worst.least = fmax(worst.least,
					   contender ? contender->summary.ratio_low : INFINITY);
			if (cost > worst.cost) {
				worst.cost = cost;
				worst.where = situations[i].name;
			}
		}
	}
	return worst;
}

/** The queue that is slower by most, at least, in any common situation. */
static struct worst find_slowest(const struct writer *writer)
{
	struct worst slowest = {0};
	for (size_t i = 0; situations[i].id; ++i) {
		const struct ranking *ranking = &writer->view->rankings[i];
		for (size_t j = 0; is_common(writer, i) && j < ranking->ranked; ++j) {
			const struct contender *contender = &ranking->contenders[j];
			if (contender->stands && ranking_is(contender, VERDICT_SLOWER) &&
			    contender->summary.ratio_low > slowest.cost) {
				slowest = (struct worst){.queue = contender->queue,
							 .cost = contender->summary.ratio_low,
							 .where = situations[i].name};
			}
		}
	}
	return slowest;
}

/** Names the other queues whose worst cost may be as small as that one's, or nothing. */
static void name_others(const struct writer *writer, const struct worst *doubt, char *text,
			size_t size)
{
	enum { MOST = 4 };
	const struct report *report = writer->view->report;
	size_t others = 0;
	*text = '\0';
	for (size_t i = 0; i < report->queue_count; ++i) {
		if (strcmp(report->queues[i], doubt->queue) != 0 &&
		    worst_of(writer, report->queues[i]).least <= doubt->cost && others++ < MOST) {
			words_append(text, size, "%s%s",
				     others > 1 ? ", "
						: " The worst cost of these may be as small: ",
				     report->queues[i]);
		}
	}
	if (others > MOST) {
		words_append(text, size, " and %zu more", others - MOST);
	}
	words_append(text, size, "%s", others ? "." : "");
}

/** Says what to take if in doubt: the queue whose worst cost is least (minimax). */
static void form_line(const struct writer *writer, char *text, size_t size)
{
	struct worst doubt = {.cost = INFINITY};
	size_t measured = 0;
	size_t decided = 0;
	for (size_t i = 0; situations[i].id; ++i) {
		measured += !situations[i].refusal && writer->view->rankings[i].ranked > 0;
		decided += is_common(writer, i);
	}
	if (2 * decided < measured) {
		snprintf(text, size,
			 "No queue can be named: in %zu of %zu situations most queues are "
			 "undecided. A quieter machine, or more time, may decide.",
			 measured - decided, measured);
		return;
	}
	for (size_t i = 0; i < writer->view->report->queue_count; ++i) {
		struct worst worst = worst_of(writer, writer->view->report->queues[i]);
		if (worst.where && worst.cost < doubt.cost) {
			doubt = worst;
		}
	}
	if (!doubt.queue) {
		return;
	}
	char cost[32];
	char latency[256] = "";
	char avoid[256] = "";
	char others[512];
	const struct ranking *handoff =
		&writer->view->rankings[situation_find("latency") - situations];
	if (handoff->ranked > 0 && ranking_is_decided(handoff)) {
		char name[224];
		name_of(handoff->contenders, name, sizeof(name));
		snprintf(latency, sizeof(latency), " For the lowest latency: %s.", name);
	}
	struct worst slowest = find_slowest(writer);
	if (slowest.queue) {
		words_cost(slowest.cost, cost, sizeof(cost));
		snprintf(avoid, sizeof(avoid),
			 " Avoid %s where it matters: it costs at least %s in \"%s\".",
			 slowest.queue, cost, slowest.where);
	}
	words_cost(doubt.cost, cost, sizeof(cost));
	name_others(writer, &doubt, others, sizeof(others));
	snprintf(text, size,
		 "If in doubt: %s, which costs at most %s in each situation where most queues are "
		 "decided.%s%s%s",
		 doubt.queue, cost, others, latency, avoid);
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
			enum verdict verdict = verdict_of(&writer->view->rankings[j], contender);
			bool undecided = verdict == VERDICT_UNDECIDED || verdict == VERDICT_HIDDEN;
			enum sheet_mark mark = undecided			  ? SHEET_FAINT
					       : verdict == VERDICT_BEST	  ? SHEET_BEST
					       : verdict == VERDICT_AS_GOOD	  ? SHEET_TIES
					       : contender->cost < tiers[0].below ? SHEET_MILD
					       : contender->cost < tiers[1].below ? SHEET_STRONG
										  : SHEET_WORST;
			if (isnan(contender->cost)) {
				sheet_add(&sheet, SHEET_FAINT, "?");
				continue;
			}
			sheet_add(&sheet, mark, "%s%.2f",
				  undecided	       ? "? "
				  : mark == SHEET_TIES ? "~ "
						       : "",
				  contender->cost);
		}
	}
	page_sheet(writer->page, &sheet);
}

static void add_ratio(struct sheet *sheet, enum sheet_mark mark, double ratio)
{
	sheet_add(sheet, mark, isnan(ratio) ? "–" : "%.3f", ratio);
}

/**
 * Says how late the producer's own sleeps ended, where samples tell that: costs may not be what the
 * medians beside them make.
 */
static void write_paces(const struct writer *writer, const struct ranking *ranking)
{
	size_t count = 0;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		count += ranking->contenders[i].row.count;
	}
	double *paces = calloc(count + 1, sizeof(*paces));
	writer->page->failed |= !paces;
	count = 0;
	for (size_t i = 0; i < ranking->ranked && paces; ++i) {
		const struct summary_row *row = &ranking->contenders[i].row;
		for (size_t j = 0; j < row->count; ++j) {
			paces[count] = row->paces[j];
			count += !isnan(paces[count]);
		}
	}
	if (count > 0) {
		char low[32];
		char high[32];
		words_median(NULL, statistics_select(paces, count, count / 10), low, sizeof(low));
		words_median(NULL, statistics_select(paces, count, count - 1 - count / 10), high,
			     sizeof(high));
		page_text(writer->page,
			  "The producer's own sleeps ended %s to %s late, in 8 of 10 samples. What "
			  "that makes of the costs is taken out of them, where it is the same for "
			  "all cells. So a cost may differ from the ratio of two medians.",
			  low, high);
	}
	free(paces);
}

/** Every contender of a situation. */
static void write_ranking(const struct writer *writer, size_t number)
{
	const struct ranking *ranking = &writer->view->rankings[number];
	struct sheet sheet;
	page_fold(writer->page, "%s: all queues", situations[number].name);
	page_text(writer->page, "%s From file %zu; %s.", situations[number].why,
		  report_number(writer->view->report, ranking->file), ranking->what);
	write_paces(writer, ranking);
	sheet_begin(&sheet,
		    (const char *const[]){"queue", "wait", "#median", "#cost", "#95 % from", "#to",
					  "#rounds", "#would decide", "verdict", NULL});
	for (size_t i = 0; i < ranking->count; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		const struct summary *summary = &contender->summary;
		enum sheet_mark mark = contender->unranked ? SHEET_FAINT
				       : ranking_is(contender, VERDICT_BEST) ||
						       ranking_is(contender, VERDICT_AS_GOOD)
					       ? SHEET_TIES
					       : SHEET_PLAIN;
		char text[256];
		name_of(contender, text, sizeof(text));
		text[strcspn(text, ",")] = '\0';
		sheet_add(&sheet, mark, "%s", text);
		sheet_add(&sheet, mark, "%s%s%s", contender->wait,
			  contender->results ? ", results " : "",
			  contender->results ? contender->results : "");
		double median = !contender->unranked ? summary->median
				: contender->cell    ? contender->cell->summary.median
						     : NAN;
		words_median(contender->cell, median, text, sizeof(text));
		sheet_add(&sheet, mark, "%s", text);
		add_ratio(&sheet, mark, contender->cost);
		add_ratio(&sheet, mark, contender->unranked ? NAN : summary->ratio_low);
		add_ratio(&sheet, mark, contender->unranked ? NAN : summary->ratio_high);
		sheet_add(&sheet, mark, "%zu", contender->row.count);
		words_samples_id(writer->view->report, contender->cell, contender->command, text,
				 sizeof(text));
		sheet_link(&sheet, text);
		if (!ranking_is_open(contender)) {
			sheet_add(&sheet, mark, "%s", "");
		} else if (summary->rounds_needed == 0) {
			sheet_add(&sheet, mark, "over %d", VERDICT_MOST_ROUNDS);
		} else {
			sheet_add(&sheet, mark, "%zu", summary->rounds_needed);
		}
		sheet_add(&sheet, mark, "%s",
			  contender->unranked ? contender->unranked
					      : verdict_name(verdict_of(ranking, contender)));
	}
	page_sheet(writer->page, &sheet);
	page_unfold(writer->page);
}

/** True if a situation was measured in more than one run of this machine. */
static bool has_several_runs(const struct writer *writer)
{
	for (size_t i = 0; situations[i].id; ++i) {
		if (writer->view->rankings[i].runs > 1) {
			return true;
		}
	}
	return false;
}

/** Says when the machine was measured, and in how many situations that left something open. */
static void write_state(const struct writer *writer)
{
	const struct report *report = writer->view->report;
	const char *first = NULL;
	const char *last = NULL;
	size_t ranked = 0;
	size_t open = 0;
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		const char *date = file->run	 ? file->run->started
				   : file->walks ? file->walks->date
						 : NULL;
		if (file->machine == writer->view->machine && date && *date) {
			first = !first || strcmp(date, first) < 0 ? date : first;
			last = !last || strcmp(date, last) > 0 ? date : last;
		}
	}
	for (size_t i = 0; situations[i].id; ++i) {
		const struct ranking *ranking = &writer->view->rankings[i];
		ranked += ranking->ranked > 0;
		open += ranking_open(ranking) > 0;
	}
	if (first && ranked > 0) {
		bool one = strncmp(first, last, 10) == 0;
		page_text(writer->page,
			  "Measured %s%.10s%s%.10s. Queues are undecided or hidden in %zu of %zu "
			  "situations: the samples do not say whether they are as good as the "
			  "best.",
			  one ? "on " : "from ", first, one ? "" : " to ", one ? "" : last, open,
			  ranked);
	}
}

/** Names the situations whose times are mostly there without a queue. */
static void write_floors(const struct writer *writer)
{
	for (size_t i = 0; situations[i].id; ++i) {
		const struct ranking *ranking = &writer->view->rankings[i];
		if (ranking->ranked > 0 && ranking->floor > best_time(ranking) / 2) {
			char text[32];
			words_median(NULL, ranking->floor, text, sizeof(text));
			page_text(writer->page,
				  ranking->floor > best_time(ranking)
					  ? "%s: the floor, which has no queue, took longer, %s. "
					    "So something else than queues decided on these times."
					  : "%s: the floor, which has no queue, takes %s. So most "
					    "of each of these times does not depend on the queue.",
				  situations[i].name, text);
		}
	}
}

// The answer on the terminal

/** Columns of a situation and of a queue: with a time behind, in 80. */
enum { SITUATION_WIDTH = 45, QUEUE_WIDTH = 27 };

/** Says a text that may have names of any bytes. Returns its columns. */
static int say_text(FILE *said, const char *text)
{
	char *shown = quote_copy(text, QUOTE_NAME);
	int columns = shown ? terminal_columns(shown) : 0;
	fputs(shown ? shown : "?", said);
	free(shown);
	return columns;
}

/** Says a cell, and blanks up to the next one if that is not empty. */
static void say_cell(FILE *said, const char *text, int width, const char *next)
{
	int columns = say_text(said, text);
	fprintf(said, "%*s", *next == '\0' ? 0 : columns < width ? width - columns : 1, "");
}

/** Says a row of the table, without its empty parts. True if a queue has a mark. */
static bool say_row(FILE *said, const struct ranking *ranking, const struct sheet_cell *row)
{
	const struct {
		const char *name;
		const char *queues;
	} parts[] = {{"as good: ", row[2].text},
		     {ranking->ranked > 0 ? "slower: " : "", row[4].text},
		     {strncmp(row[3].text, "hidden", 6) == 0 ? "" : "undecided: ", row[3].text}};
	const char *before = "    ";
	bool marks = strpbrk(row[1].text, "^*");
	say_cell(said, row[0].text, SITUATION_WIDTH, row[1].text);
	say_cell(said, row[1].text, QUEUE_WIDTH, row[5].text);
	fprintf(said, "%s\n", row[5].text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); ++i) {
		if (*parts[i].queues && strcmp(parts[i].queues, "none") != 0) {
			fprintf(said, "%s%s", before, parts[i].name);
			say_text(said, parts[i].queues);
			before = "; ";
			marks |= strpbrk(parts[i].queues, "^*") != NULL;
		}
	}
	fputs(*before == ' ' ? "" : "\n", said);
	return marks;
}

/** Says the line, whether the machine was busy, and the table, if anything of it was measured. */
static void say_answer(const struct writer *writer, const char *line, const struct sheet *sheet)
{
	const struct report *report = writer->view->report;
	FILE *said = writer->page->said;
	size_t runs = 0;
	size_t situation = 0;
	bool marks = false;
	while (situations[situation].id && writer->view->rankings[situation].count == 0) {
		++situation;
	}
	if (report->machine_count > 1) {
		say_text(said, report->machines[writer->view->machine].name);
		fputs(":\n", said);
	}
	if (!situations[situation].id) {
		fputs("No situation of the answer was measured: scripts/bench.sh measures "
		      "them.\n\n",
		      said);
		return;
	}
	say_text(said, line);
	fputs(*line ? "\n" : "", said);
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		char busy[WORDS_BUSY] = "";
		if (file->run && file->machine == writer->view->machine) {
			words_busy(file->run, busy, sizeof(busy));
		}
		runs += *busy != '\0';
	}
	if (runs > 0) {
		fprintf(said,
			"The machine was busy in %zu of these runs, as the report says: a quiet "
			"one may give another answer, and --wait-quiet waits for it.\n",
			runs);
	}
	fprintf(said, "\n%-*s%-*stime\n", SITUATION_WIDTH, "situation", QUEUE_WIDTH, "best queue");
	for (; situations[situation].id; ++situation) {
		const struct ranking *ranking = &writer->view->rankings[situation];
		if (ranking->count > 0) {
			marks |= say_row(said, ranking,
					 sheet->cells + (situation + 1) * sheet->columns);
		}
	}
	fprintf(said, "%s\n", marks ? MARKS ".\n" : "");
}

static void write(const struct writer *writer)
{
	struct page *page = writer->page;
	struct sheet sheet;
	char line[8192] = "";
	form_line(writer, line, sizeof(line));
	if (*line) {
		page_text(page, "%s", line);
	}
	write_state(writer);
	sheet_begin(&sheet, (const char *const[]){"situation", "best queue", "as good", "undecided",
						  "slower", "time with the best", NULL});
	sheet.cards = true;
	bool several = has_several_runs(writer);
	if (several) {
		sheet_heading(&sheet, "holds in");
	}
	for (size_t i = 0; situations[i].id; ++i) {
		answer_row(writer, &sheet, i, several);
	}
	if (!sheet.failed) {
		say_answer(writer, line, &sheet);
	}
	page_sheet(page, &sheet);
	write_floors(writer);
	page_text(page,
		  "Each entry is a queue and how its threads wait, with the best of its waits. The "
		  "cost of a queue is how much longer an item takes than with the best one, "
		  "inside the same round. As good: an interval of its cost that holds for all "
		  "queues at once ends below +5 %%. Slower: a test of "
		  "all queues at once says that it is not the best, and its interval agrees; at "
		  "most 1 situation in 200 has a queue called slower by chance. Undecided: "
		  "neither, even if it costs less in most of the rounds that both have; where most "
		  "queues are, none is called best. Hidden: "
		  "undecided, and %d rounds would probably not decide, since most of its time is "
		  "there without a queue as well: a quieter machine may. Times are of an item; of "
		  "the whole walk; of a hand-off there and back; and of the tail, p99.9. " MARKS
		  ".",
		  VERDICT_MOST_ROUNDS);
	if (several) {
		page_text(page, "Rounds of all runs of this machine are judged together. A queue "
				"is undecided, and not as good, if one run left it off after few "
				"rounds, with the interval of its cost above +5 %%. Holds in: the "
				"runs that by themselves do not call the best queue slower, of "
				"those that have that queue there.");
	}
	page_heading(page, 4, NULL, "What each queue costs in each situation");
	page_text(page,
		  "The time divided by that with the best queue. 1.00 is the best; "
		  "~ is as good; ? is undecided or hidden; – was not measured, promises less order "
		  "than "
		  "the situation needs, or does not fit it.");
	write_matrix(writer);
	for (size_t i = 0; situations[i].id; ++i) {
		if (writer->view->rankings[i].count > 0) {
			write_ranking(writer, i);
		}
	}
}

SECTION_EXPORT(answer, .place = 10, .title = "Which queue to use", .brief = "Which queue to use",
	       .write = write);
