// SPDX-License-Identifier: MIT

/** What the queue did in the walk. */

#include "report/sections/section.h"
#include "report/sections/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Walks that take longer than this, as a multiple of their floor, are explained. */
#define FAR 1.25

static void format_time(double value, char *text, size_t size)
{
	words_median(NULL, value, text, size);
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

/** Adds a median, and its range unless all values look the same. */
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
	sheet_add(sheet, SHEET_PLAIN, row->walk->oversubscribed ? "%lld †" : "%lld",
		  row->walk->threads);
	sheet_add(sheet, SHEET_PLAIN, "%s", row->walk->label);
}

static void write_times(const struct writer *writer)
{
	struct sheet sheet;
	sheet_begin(&sheet,
		    (const char *const[]){"#workers", "queue", "wait", "#in the queue, p50",
					  "#in the queue, p99", "#waited", "#walk by its floor",
					  "#in the kernel", "#outside of it",
					  "#queue's share, at most", "#walks", NULL});
	for (size_t i = 0; i < writer->view->walks.count; ++i) {
		const struct walk_row *row = &writer->view->walks.rows[i];
		add_name(&sheet, row);
		sheet_add(&sheet, SHEET_PLAIN, "%s", row->wait);
		add_range(&sheet, &row->figures[WALK_P50], format_time);
		add_range(&sheet, &row->figures[WALK_P99], format_time);
		add_range(&sheet, &row->figures[WALK_WAITED], format_percent);
		add_range(&sheet, &row->over_floor, format_ratio);
		add_number(&sheet, row->by_floor[WALK_KERNEL], format_ratio);
		add_number(&sheet, row->by_floor[WALK_USER], format_ratio);
		add_number(&sheet, walk_share(row), format_percent);
		sheet_add(&sheet, SHEET_PLAIN, "%zu", row->walk->stats_count);
	}
	page_folded_sheet(writer->page, "Time in the queue, and the queue's share: the numbers",
			  &sheet);
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
	for (size_t i = 0; i < writer->view->walks.count; ++i) {
		const struct walk_row *row = &writer->view->walks.rows[i];
		add_name(&sheet, row);
		for (size_t j = 0; j < sizeof(columns) / sizeof(*columns); ++j) {
			add_range(&sheet, &row->figures[columns[j]], format_count);
		}
	}
	page_fold(writer->page, "Overflow, answers, parks and wakes: the numbers");
	page_text(
		writer->page,
		"Overflow: how often a directory did not fit, so its worker kept it. Full, empty, "
		"busy: answers of the queue. Parks: how often a thread slept, or called the "
		"queue's own blocking operation. Wakes: threads that were woken; unknown (–) where "
		"the queue wakes them itself. Results go to one thread, on a queue of their own.");
	page_sheet(writer->page, &sheet);
	page_unfold(writer->page);
}

/** The largest number of workers that each have a processor; 0 without any. */
static long long chosen_workers(const struct walk_rows *rows)
{
	long long chosen = 0;
	for (size_t i = 0; i < rows->count; ++i) {
		if (!rows->rows[i].walk->oversubscribed && rows->rows[i].walk->threads > chosen) {
			chosen = rows->rows[i].walk->threads;
		}
	}
	return chosen;
}

/** A span over rows: "1.05 to 1.20", or one number. NANs are left out. */
static void span_text(const double span[2], formatter *format, char *text, size_t size)
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

/** What the rows with one number of workers have together. */
struct shares {
	long long workers;
	/** Least and most of the medians. */
	double waited[2];
	double over[2];
	/** The largest bound of a queue's share, and how many rows have one. */
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
		if (row->walk->threads == workers) {
			widen(shares.waited, row->figures[WALK_WAITED].median);
			widen(shares.over, row->over_floor.median);
			shares.share = fmax(shares.share, walk_share(row));
			shares.bounded += !isnan(walk_share(row));
			++shares.rows;
		}
	}
	return shares;
}

/** The time of the walk by its floor, in words. */
static void write_floor(const struct writer *writer, const struct shares *shares)
{
	char ratio[80];
	char bound[192] = "";
	span_text(shares->over, format_ratio, ratio, sizeof(ratio));
	if (shares->bounded > 0) {
		char below[32];
		format_percent(shares->share, below, sizeof(below));
		snprintf(bound, sizeof(bound),
			 " The queue's share of the wall time is below %s for %zu of %zu queues, "
			 "even in the slowest round.",
			 below, shares->bounded, shares->rows);
	}
	page_text(writer->page,
		  "With %lld worker%s, the most that have a processor each, the walk takes %s "
		  "times as long as its floor (medians of the queues).%s%s",
		  shares->workers, shares->workers == 1 ? "" : "s", ratio, bound,
		  shares->over[0] < 1
			  ? " Some walks are faster than their floor: the machine was not quiet, "
			    "or the floor is no lower bound. The share is unknown then."
			  : "");
}

/** Adds where processors were in a walk, which took `time` times its floor. */
static void add_places(struct sheet *sheet, const double places[WALK_PLACES], double time)
{
	double idle = time - places[WALK_KERNEL] - places[WALK_USER];
	add_number(sheet, time, format_ratio);
	add_number(sheet, places[WALK_KERNEL], format_ratio);
	add_number(sheet, places[WALK_USER], format_ratio);
	// Below 0 only by measurement error
	add_number(sheet, idle < 0 ? 0 : idle, format_ratio);
}

/** True if the walk takes far longer than its floor, and it is known where. */
static bool is_far(const struct walk_row *row, long long workers)
{
	return row->walk->threads == workers && row->over_floor.median > FAR &&
	       !isnan(row->by_floor[WALK_KERNEL] + row->by_floor[WALK_USER] +
		      row->of_floor[WALK_KERNEL] + row->of_floor[WALK_USER]);
}

/** Queues that are far from the floor, and why. */
static void write_far(const struct writer *writer, long long workers)
{
	const struct walk_rows *rows = &writer->view->walks;
	struct sheet sheet;
	sheet_begin(&sheet,
		    (const char *const[]){"queue", "#time", "#in the kernel", "#outside of it",
					  "#idle", "#parks", "#wakes", NULL});
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (!is_far(row, workers)) {
			continue;
		}
		if (!sheet_any(&sheet)) {
			sheet_add(&sheet, SHEET_PLAIN, "the floor itself");
			add_places(&sheet, row->of_floor, 1);
			sheet_add(&sheet, SHEET_FAINT, "–");
			sheet_add(&sheet, SHEET_FAINT, "–");
		}
		sheet_add(&sheet, SHEET_PLAIN, "%s", row->walk->label);
		add_places(&sheet, row->by_floor, row->over_floor.median);
		add_range(&sheet, &row->figures[WALK_PARKS], format_count);
		add_range(&sheet, &row->figures[WALK_WAKES], format_count);
	}
	if (sheet_any(&sheet)) {
		page_text(writer->page,
			  "Walks that take more than %.2f times their floor, and where that time "
			  "goes. The unit is the time of the floor. More time in the kernel than "
			  "the floor has is mostly the queue's own system calls, sleeping and "
			  "waking. More time outside of the kernel is mostly operations of the "
			  "queue and of the pool. Idle: processors had nothing to do.",
			  FAR);
	}
	page_sheet(writer->page, &sheet);
}

/** The answer, where each worker has a processor. */
static void write_shares(const struct writer *writer)
{
	struct shares shares =
		shares_of(&writer->view->walks, chosen_workers(&writer->view->walks));
	char waited[80];
	if (shares.rows == 0) {
		return;
	}
	if (isfinite(shares.over[0])) {
		write_floor(writer, &shares);
		write_far(writer, shares.workers);
	}
	span_text(shares.waited, format_percent, waited, sizeof(waited));
	page_text(writer->page,
		  "%lld worker%s waited for directories during %s of their time (medians of the "
		  "queues).",
		  shares.workers, shares.workers == 1 ? "" : "s", waited);
}

static void write(const struct writer *writer)
{
	struct page *page = writer->page;
	const struct walk_rows *rows = &writer->view->walks;
	if (rows->count == 0) {
		page_text(page, "Not measured. To measure it: scripts/bench.sh");
		return;
	}
	write_shares(writer);
	page_text(page,
		  "From file %zu. Each queue, with each number of workers, walks once a round with "
		  "--stats, right before it is timed without. Figures are medians over these "
		  "walks; in brackets the smallest and the largest. Time in the queue runs from "
		  "enqueueing a directory to dequeueing it. Mostly a directory waits for a worker "
		  "to be free: in a FIFO queue behind all that came before, in a LIFO queue behind "
		  "all that came after. So it shows the order and the backlog, not the cost of an "
		  "operation. Waited: the share of the workers' time in which they waited for a "
		  "directory, polling or asleep.",
		  report_number(writer->view->report, rows->file));
	page_text(page,
		  "A walk does not measure how long enqueue and dequeue take: reading the clock "
		  "takes as long as they do. But there is a bound. The floor is raw walks in "
		  "parallel, as many as there are workers, or processors if these are fewer: their "
		  "time divided by their number. They only open, read and close directories. All "
		  "time beyond the floor is the pool's: operations of the queue, waiting, waking, "
		  "bookkeeping, results. Processor time in the kernel and outside of it, divided "
		  "by the floor's time, says where. Ratios are of whole processes without --stats "
		  "inside a round, since machines drift. The queue's share is at most the time "
		  "beyond the floor in the slowest round.");
	section_plots(writer, "queue");
	write_times(writer);
	write_answers(writer);
	page_text(page, "†: more workers than processors. A + B results: directories travel on A, "
			"results on B, which allows fewer consumers than there are workers; these "
			"rows are not in the plot. * after a name: called through a pointer; ^: "
			"promises less than FIFO order.");
}

SECTION_EXPORT(queue, .place = 60, .title = "What the queue did in the walk",
	       .brief = "What the queue did", .write = write);
