// SPDX-License-Identifier: MIT

/** What the queue did in the walk: a section of the report. */

#include "report_page.h"
#include "report_walk.h"
#include "report_writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void format_time(double value, char *text, size_t size)
{
	report_median(NULL, value, text, size);
}

static void format_percent(double value, char *text, size_t size)
{
	snprintf(text, size, value < 9.95 ? "%.1f %%" : "%.0f %%", value);
}

static void format_ratio(double value, char *text, size_t size)
{
	snprintf(text, size, "%.2f", value);
}

static void format_count(double value, char *text, size_t size)
{
	snprintf(text, size, "%.0f", value);
}

typedef void formatter(double value, char *text, size_t size);

/** A median, and its range where that is more than one number. */
static void add_range(struct sheet *sheet, const struct walk_range *range, formatter *format)
{
	char texts[3][32];
	const double values[] = {range->median, range->low, range->high};
	if (isnan(range->median)) {
		sheet_add(sheet, SHEET_FAINT, "–");
		return;
	}
	for (int i = 0; i < 3; ++i) {
		format(values[i], texts[i], sizeof(texts[i]));
	}
	if (strcmp(texts[1], texts[2]) == 0) {
		sheet_add(sheet, SHEET_PLAIN, "%s", texts[0]);
	} else {
		sheet_add(sheet, SHEET_PLAIN, "%s (%s, %s)", texts[0], texts[1], texts[2]);
	}
}

static void add_name(struct sheet *sheet, const struct walk_row *row)
{
	sheet_add(sheet, SHEET_PLAIN, row->oversubscribed ? "%lld †" : "%lld", row->threads);
	sheet_add(sheet, SHEET_PLAIN, "%s", figures_text(row->row, "label"));
}

static void write_times(const struct writer *writer)
{
	struct sheet sheet;
	sheet_begin(&sheet,
		    (const char *const[]){"#workers", "queue", "wait", "#in the queue, p50",
					  "#in the queue, p99", "#waited", "#walk by its floor",
					  "#queue's share, below", "#walks", NULL});
	for (size_t i = 0; i < writer->walks.count; ++i) {
		const struct walk_row *row = &writer->walks.rows[i];
		double share = walk_share(row);
		add_name(&sheet, row);
		sheet_add(&sheet, SHEET_PLAIN, "%s", row->wait);
		add_range(&sheet, &row->figures[WALK_P50], format_time);
		add_range(&sheet, &row->figures[WALK_P99], format_time);
		add_range(&sheet, &row->figures[WALK_WAITED], format_percent);
		add_range(&sheet, &row->over_floor, format_ratio);
		add_range(&sheet, &(struct walk_range){share, share, share}, format_percent);
		sheet_add(&sheet, SHEET_PLAIN, "%zu", row->walks);
	}
	page_fold(writer->page, "Time in the queue, and the queue's share: the numbers");
	page_sheet(writer->page, &sheet);
	page_unfold(writer->page);
	sheet_end(&sheet);
}

static void write_answers(const struct writer *writer)
{
	static const enum walk_figure columns[] = {
		WALK_OVERFLOW,	    WALK_DEPTH,	       WALK_FULL,	   WALK_EMPTY,
		WALK_BUSY,	    WALK_PARKS,	       WALK_WAKES,	   WALK_RESULTS_FULL,
		WALK_RESULTS_EMPTY, WALK_RESULTS_BUSY, WALK_RESULTS_PARKS, WALK_RESULTS_WAKES,
	};
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"#workers", "queue", "#overflow",
						  "#unfinished at most", "#full", "#empty", "#busy",
						  "#parks", "#wakes", "#results: full", "#empty",
						  "#busy", "#parks", "#wakes", NULL});
	for (size_t i = 0; i < writer->walks.count; ++i) {
		const struct walk_row *row = &writer->walks.rows[i];
		add_name(&sheet, row);
		for (size_t j = 0; j < sizeof(columns) / sizeof(*columns); ++j) {
			add_range(&sheet, &row->figures[columns[j]], format_count);
		}
	}
	page_fold(writer->page, "Overflow, answers, parks and wakes: the numbers");
	page_text(
		writer->page,
		"Overflow: times that a directory did not fit, and its worker kept it. Full, "
		"empty, busy: such answers of the queue. Parks: times that a thread slept, or "
		"called the queue's own blocking operation; wakes: threads that were woken, which "
		"are not known (–) where the queue wakes them itself. Results go to one thread, "
		"on a queue of their own.");
	page_sheet(writer->page, &sheet);
	page_unfold(writer->page);
	sheet_end(&sheet);
}

/** The most workers that each have a processor; 0 without any. */
static long long chosen_workers(const struct walk_rows *rows)
{
	long long chosen = 0;
	for (size_t i = 0; i < rows->count; ++i) {
		if (!rows->rows[i].oversubscribed && rows->rows[i].threads > chosen) {
			chosen = rows->rows[i].threads;
		}
	}
	return chosen;
}

/** A span over rows: "1.05 to 1.20", or one number. NANs are not in it. */
static void say_span(const double span[2], formatter *format, char *text, size_t size)
{
	char least[32];
	char most[32];
	format(span[0], least, sizeof(least));
	format(span[1], most, sizeof(most));
	bool same = strcmp(least, most) == 0;
	snprintf(text, size, same ? "%s" : "%s to %s", least, most);
}

static void widen(double span[2], double value)
{
	span[0] = fmin(span[0], value);
	span[1] = fmax(span[1], value);
}

/** The walk by its floor, in a sentence. */
static void say_floor(const struct writer *writer, long long workers, const double over[2],
		      double share)
{
	char ratio[80];
	char below[32] = "";
	say_span(over, format_ratio, ratio, sizeof(ratio));
	if (share > 0) {
		format_percent(share, below, sizeof(below));
	}
	page_text(
		writer->page,
		"With %lld worker%s, the most that each have a processor, the walk takes %s times "
		"as long as its floor, the median of each queue. %s%s%s%s",
		workers, workers == 1 ? "" : "s", ratio,
		*below ? "The queue's share of the wall time is below " : "", below,
		*below ? " with every one of them, by the upper ends of their intervals." : "",
		over[0] < 1 ? " A walk faster than its floor says that the machine was not quiet, "
			      "or that the floor is none."
			    : "");
}

/** What it comes to, where every worker has a processor. */
static void say_shares(const struct writer *writer)
{
	const struct walk_rows *rows = &writer->walks;
	long long workers = chosen_workers(rows);
	double waited[2] = {INFINITY, -INFINITY};
	double over[2] = {INFINITY, -INFINITY};
	double share = 0;
	char text[80];
	for (size_t i = 0; i < rows->count; ++i) {
		if (rows->rows[i].threads == workers) {
			widen(waited, rows->rows[i].figures[WALK_WAITED].median);
			widen(over, rows->rows[i].over_floor.median);
			share = fmax(share, walk_share(&rows->rows[i]));
		}
	}
	if (workers > 0 && isfinite(over[0])) {
		say_floor(writer, workers, over, share);
	}
	if (workers > 0) {
		say_span(waited, format_percent, text, sizeof(text));
		page_text(writer->page,
			  "%lld worker%s waited for directories in %s of their time, the median of "
			  "each queue.",
			  workers, workers == 1 ? "" : "s", text);
	}
}

int report_queue(const struct writer *writer)
{
	struct page *page = writer->page;
	const struct walk_rows *rows = &writer->walks;
	char name[128];
	page_heading(page, 3, report_id(writer, "queue"), "What the queue did in the walk");
	if (rows->count == 0) {
		page_text(page, "Not measured: scripts/bench.sh");
		return 0;
	}
	say_shares(writer);
	page_text(
		page,
		"From file %zu: each queue and number of workers walks with --stats once a round, "
		"right before its runs are timed without; figures are medians over these walks, "
		"in brackets the smallest and the largest. Time in the queue is from enqueueing a "
		"directory to dequeueing it. Mostly it waits there for a worker to be free: in a "
		"FIFO queue behind all that came before, in a LIFO one behind all that came "
		"after. It says what order and backlog do, and not what an operation costs. "
		"Waited: the part of the workers' time in which they waited for a directory, "
		"polling or asleep.",
		report_number(writer->report, rows->file));
	page_text(page,
		  "How long enqueue and dequeue themselves take is not measured in a walk: asking "
		  "the clock takes as long as they do. What is known is a bound. The floor is as "
		  "many raw walks at once as there are workers, or processors if these are fewer, "
		  "by their number; they only open, read and close directories. What a walk takes "
		  "beyond it is all of the pool: the queue's operations, waiting, waking, "
		  "bookkeeping, results. The ratio is of medians of whole processes, in brackets "
		  "its 95 %% interval, and the share is what is beyond the floor by the upper end "
		  "of that.");
	snprintf(name, sizeof(name), "%s", report_id(writer, "queue-plot"));
	int result = report_show(
		writer, name, writer->draw ? report_plot_queue(&writer->plots, name, rows) : 0,
		"Over the numbers of workers: time of a directory in the queue, time that workers "
		"waited for one, and the walk by its floor. Bars are from the smallest to the "
		"largest walk, or the 95 % interval. Where the ground is grey there are more "
		"workers "
		"than processors.");
	write_times(writer);
	write_answers(writer);
	page_text(page, "†: more workers than processors. A + B results: directories travel on A, "
			"results on B, which allows fewer consumers than there are workers; these "
			"are not in the plot. * after a name: called through a pointer; ^: less "
			"order than FIFO.");
	return result;
}
