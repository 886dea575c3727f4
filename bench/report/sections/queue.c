// SPDX-License-Identifier: MIT

/** What the queue did in the walk: a section of the report. */

#include "report/data/walks.h"
#include "report/report.h"
#include "report/sections/section.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** A walk that takes so many times its floor has to be explained. */
#define FAR 1.25

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

static void add_number(struct sheet *sheet, double value, formatter *format)
{
	add_range(sheet, &(struct walk_range){value, value, value}, format);
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
					  "#in the kernel", "#outside of it",
					  "#queue's share, below", "#walks", NULL});
	for (size_t i = 0; i < writer->walks.count; ++i) {
		const struct walk_row *row = &writer->walks.rows[i];
		add_name(&sheet, row);
		sheet_add(&sheet, SHEET_PLAIN, "%s", row->wait);
		add_range(&sheet, &row->figures[WALK_P50], format_time);
		add_range(&sheet, &row->figures[WALK_P99], format_time);
		add_range(&sheet, &row->figures[WALK_WAITED], format_percent);
		add_range(&sheet, &row->over_floor, format_ratio);
		add_number(&sheet, row->by_floor[WALK_KERNEL], format_ratio);
		add_number(&sheet, row->by_floor[WALK_USER], format_ratio);
		add_number(&sheet, walk_share(row), format_percent);
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

/** The rows of one number of workers, put together. */
struct shares {
	long long workers;
	/** Least and most of the medians. */
	double waited[2];
	double over[2];
	/** The largest bound on the queue's share, and how many of the rows have one. */
	double share;
	size_t bounded;
	size_t rows;
};

static struct shares shares_of(const struct walk_rows *rows, long long workers)
{
	struct shares shares = {
		.workers = workers,
		.waited = {INFINITY, -INFINITY},
		.over = {INFINITY, -INFINITY},
	};
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (row->threads == workers) {
			widen(shares.waited, row->figures[WALK_WAITED].median);
			widen(shares.over, row->over_floor.median);
			shares.share = fmax(shares.share, walk_share(row));
			shares.bounded += !isnan(walk_share(row));
			++shares.rows;
		}
	}
	return shares;
}

/** The walk by its floor. */
static void say_floor(const struct writer *writer, const struct shares *shares)
{
	char ratio[80];
	char bound[192] = "";
	say_span(shares->over, format_ratio, ratio, sizeof(ratio));
	if (shares->bounded > 0) {
		char below[32];
		format_percent(shares->share, below, sizeof(below));
		snprintf(bound, sizeof(bound),
			 " The queue's share of the wall time is below %s with %zu of %zu queues, "
			 "even in the largest round.",
			 below, shares->bounded, shares->rows);
	}
	page_text(
		writer->page,
		"With %lld worker%s, the most that each have a processor, the walk takes %s times "
		"as long as its floor, the median of each queue.%s%s",
		shares->workers, shares->workers == 1 ? "" : "s", ratio, bound,
		shares->over[0] < 1 ? " A walk faster than its floor says that the machine was "
				      "not quiet, or that the floor is none: nothing is known of "
				      "the share then."
				    : "");
}

/** Where the processors were in a walk that took so many times its floor. */
static void add_places(struct sheet *sheet, const double places[WALK_PLACES], double time)
{
	double idle = time - places[WALK_KERNEL] - places[WALK_USER];
	add_number(sheet, time, format_ratio);
	add_number(sheet, places[WALK_KERNEL], format_ratio);
	add_number(sheet, places[WALK_USER], format_ratio);
	// Below 0 by the error of both
	add_number(sheet, idle < 0 ? 0 : idle, format_ratio);
}

/** Does a walk take far more than its floor, and is known where? */
static bool is_far(const struct walk_row *row, long long workers)
{
	return row->threads == workers && row->over_floor.median > FAR &&
	       !isnan(row->by_floor[WALK_KERNEL] + row->by_floor[WALK_USER] +
		      row->of_floor[WALK_KERNEL] + row->of_floor[WALK_USER]);
}

/** Which queues are far from the floor, and why. */
static void say_far(const struct writer *writer, long long workers)
{
	const struct walk_rows *rows = &writer->walks;
	struct sheet sheet;
	bool any = false;
	sheet_begin(&sheet,
		    (const char *const[]){"queue", "#time", "#in the kernel", "#outside of it",
					  "#idle", "#parks", "#wakes", NULL});
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (!is_far(row, workers)) {
			continue;
		}
		if (!any) {
			sheet_add(&sheet, SHEET_PLAIN, "the floor itself");
			add_places(&sheet, row->of_floor, 1);
			sheet_add(&sheet, SHEET_FAINT, "–");
			sheet_add(&sheet, SHEET_FAINT, "–");
			any = true;
		}
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row->row, "label"));
		add_places(&sheet, row->by_floor, row->over_floor.median);
		add_range(&sheet, &row->figures[WALK_PARKS], format_count);
		add_range(&sheet, &row->figures[WALK_WAKES], format_count);
	}
	if (any) {
		page_text(
			writer->page,
			"Where the time goes of walks that take more than %.2f times their floor, "
			"as far as it was measured, in the floor's time: what processors do in the "
			"kernel, outside of it, and that they have nothing to do. More in the "
			"kernel than the floor are mostly a queue's own system calls, sleeping and "
			"waking; more outside of it are mostly the operations of the queue and of "
			"the pool.",
			FAR);
		page_sheet(writer->page, &sheet);
	}
	sheet_end(&sheet);
}

/** What it comes to, where every worker has a processor. */
static void say_shares(const struct writer *writer)
{
	struct shares shares = shares_of(&writer->walks, chosen_workers(&writer->walks));
	char waited[80];
	if (shares.rows == 0) {
		return;
	}
	if (isfinite(shares.over[0])) {
		say_floor(writer, &shares);
		say_far(writer, shares.workers);
	}
	say_span(shares.waited, format_percent, waited, sizeof(waited));
	page_text(writer->page,
		  "%lld worker%s waited for directories in %s of their time, the median of each "
		  "queue.",
		  shares.workers, shares.workers == 1 ? "" : "s", waited);
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
		  "bookkeeping, results; the time that processors were in the kernel and outside "
		  "of it, in the floor's time too, says where. The ratio is of whole processes "
		  "without --stats inside a "
		  "round, as machines drift; the share is what is beyond the floor in the largest "
		  "round.");
	snprintf(name, sizeof(name), "%s", report_id(writer, "queue-plot"));
	int result = report_show(
		writer, name, writer->draw ? report_plot_queue(&writer->plots, name, rows) : 0,
		"Over the numbers of workers: time of a directory in the queue, time that workers "
		"waited for one, and the walk by its floor. Bars are from the smallest "
		"to the largest round. Where the ground is grey there are more workers than "
		"processors.");
	write_times(writer);
	write_answers(writer);
	page_text(page, "†: more workers than processors. A + B results: directories travel on A, "
			"results on B, which allows fewer consumers than there are workers; these "
			"are not in the plot. * after a name: called through a pointer; ^: less "
			"order than FIFO.");
	return result;
}
