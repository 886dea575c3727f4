// SPDX-License-Identifier: MIT

/** Times of the queue in the walk, over the numbers of workers. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct queue_panel {
	const char *title;
	enum chart_scale scale;
	double factor;
	/** A line across: the least that is possible; NAN for none. */
	double base;
	/** Where its struct walk_range is in a struct walk_row. */
	size_t offset;
};

#define AT(member) offsetof(struct walk_row, member)
static const struct queue_panel panels[] = {
	{"time in the queue, p50: ms (log scale)", CHART_LOG, 1e-6, NAN, AT(figures[WALK_P50])},
	{"time in the queue, p99: ms (log scale)", CHART_LOG, 1e-6, NAN, AT(figures[WALK_P99])},
	{"waiting for directories: % of the workers' time", CHART_LINEAR, 1, 0,
	 AT(figures[WALK_WAITED])},
	{"time of the walk by its floor", CHART_LINEAR, 1, 1, AT(over_floor)},
};

/** The numbers of workers, in the order of the rows. Returns how many. */
static size_t find_workers(const struct walk_rows *rows, struct looks_threads *workers)
{
	size_t found = 0;
	for (size_t i = 0; i < rows->count && found < LOOKS_THREADS; ++i) {
		const struct walk *walk = rows->rows[i].walk;
		if (found == 0 || workers[found - 1].threads != walk->threads) {
			workers[found++] = (struct looks_threads){
				.threads = walk->threads, .oversubscribed = walk->oversubscribed};
		}
	}
	return found;
}

/** True if the row belongs to the line of the queue. */
static bool is_of_line(const struct walk_row *row, const char *queue)
{
	return strcmp(row->walk->queue, queue) == 0 && !row->two_queues;
}

/** The time of a queue's walks by their floor, with the most workers that run at once; or NAN. */
static double slowness_of(const struct walk_rows *rows, const char *queue)
{
	double result = NAN;
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (is_of_line(row, queue) && (isnan(result) || !row->walk->oversubscribed)) {
			result = isnan(row->over_floor.median) ? 0 : row->over_floor.median;
		}
	}
	return result;
}

static void add_line(const struct walk_rows *rows, const struct lines *lines, size_t queue,
		     const struct queue_panel *panel, const struct looks_threads *workers,
		     size_t worker_count, struct chart *chart, size_t number)
{
	size_t series = lines_series(lines, queue, chart, number);
	size_t at = 0;
	// Intervals side by side, so that each is seen
	double aside = 0.4 * (((double)queue + 0.5) / (double)lines->report->queue_count - 0.5);
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		while (at < worker_count && workers[at].threads != row->walk->threads) {
			++at;
		}
		struct walk_range range =
			*(const struct walk_range *)((const char *)row + panel->offset);
		if (at < worker_count && is_of_line(row, lines->report->queues[queue]) &&
		    !isnan(range.median)) {
			bool chosen = lines->chosen[queue];
			chart_point(chart, series, (double)at + aside, range.median * panel->factor,
				    chosen ? range.low * panel->factor : NAN,
				    chosen ? range.high * panel->factor : NAN,
				    (double)row->walk->stats_count);
		}
	}
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	(void)plot;
	const struct walk_rows *rows = &view->walks;
	struct looks_threads workers[LOOKS_THREADS];
	struct lines lines;
	if (lines_begin(&lines, view->report) != 0) {
		chart->failed = true;
		return;
	}
	*chart = (struct chart){.width = 960, .height = 720, .left = 60};
	for (size_t i = 0; i < view->report->queue_count; ++i) {
		lines.figures[i] = slowness_of(rows, view->report->queues[i]);
	}
	lines_choose(&lines, chart);
	size_t count = find_workers(rows, workers);
	for (size_t i = 0; i < sizeof(panels) / sizeof(*panels); ++i) {
		size_t number = chart_panel(chart, panels[i].title);
		struct chart_panel *panel = &chart->panels[number];
		looks_threads_axis(chart, number, workers, count);
		panel->x.label = "workers";
		panel->y.scale = panels[i].scale;
		panel->y.from_zero = panels[i].base == 0;
		panel->base = panels[i].base;
		for (size_t j = 0; j < lines.count; ++j) {
			add_line(rows, &lines, lines.order[j], &panels[i], workers, count, chart,
				 number);
		}
	}
	lines_end(&lines);
}

PLOT_EXPORT(walk) = {
	{"queue-plot", "queue", "How long do a directory and a worker wait in the walk?",
	 "less is better",
	 "Over the numbers of workers: how long a directory is in the queue, how long workers wait "
	 "for one, and the time of the walk by its floor. Bars are from the smallest round to the "
	 "largest. On the grey ground there are more workers than processors.",
	 NULL, fill},
	{0},
};
