// SPDX-License-Identifier: MIT

/** Percentiles of the time in the queue over load, for consumers that poll and for those that
 * sleep. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct sample, latency.member)

static const struct {
	const char *title;
	size_t offset;
} percentiles[] = {{"p50", AT(p50)}, {"p99", AT(p99)}, {"p99.9", AT(p999)}, {"p99.99", AT(p9999)}};

static bool is_pair(const struct run_cell *cell)
{
	return cell->cell.producers == 1 && cell->cell.consumers == 1;
}

/** A queue is drawn with one wait of each kind: spin; or native, else park. */
static bool is_drawn(const struct figures *figures, size_t count, const struct run_cell *cell,
		     bool sleeping)
{
	enum channel_wait first = sleeping ? CHANNEL_NATIVE : CHANNEL_SPIN;
	if (!is_pair(cell) || (cell->cell.wait >= CHANNEL_PARK) != sleeping) {
		return false;
	}
	for (size_t i = 0; i < count && cell->cell.wait != first; ++i) {
		const struct run_cell *other = figures[i].cell;
		if (strcmp(other->cell.queue, cell->cell.queue) == 0 && other->cell.wait == first) {
			return false;
		}
	}
	return true;
}

static int compare_loads(const void *left, const void *right)
{
	double a = ((const struct figures *)left)->cell->cell.load;
	double b = ((const struct figures *)right)->cell->cell.load;
	return (a > b) - (a < b);
}

/** Draws a percentile of each queue. The figures are in the order of their loads. */
static void add_panel(const struct lines *lines, const struct figures *figures, size_t count,
		      bool sleeping, struct chart *chart, size_t percentile)
{
	size_t number = chart_panel(chart, percentiles[percentile].title);
	struct chart_panel *panel = &chart->panels[number];
	panel->x =
		(struct chart_axis){.label = "million items a second, offered", .scale = CHART_LOG};
	panel->y = (struct chart_axis){.label = "microseconds", .scale = CHART_LOG};
	for (size_t i = 0; i < lines->count; ++i) {
		const char *queue = lines->report->queues[lines->order[i]];
		size_t series = lines_series(lines, lines->order[i], chart, number);
		for (size_t j = 0; j < count; ++j) {
			const struct figures *row = &figures[j];
			if (strcmp(row->cell->cell.queue, queue) == 0 &&
			    is_drawn(figures, count, row->cell, sleeping)) {
				double low;
				double high;
				double time = figures_median(
					row->cell, percentiles[percentile].offset, &low, &high);
				chart_point(chart, series, row->capacity * row->cell->cell.load,
					    time / 1e3, low / 1e3, high / 1e3, row->rounds);
			}
		}
	}
}

/** Orders queues by their p99 at the highest load. */
static void find_figures(struct lines *lines, const struct figures *figures, size_t count,
			 bool sleeping)
{
	for (size_t i = 0; i < lines->report->queue_count; ++i) {
		for (size_t j = 0; j < count; ++j) {
			const struct run_cell *cell = figures[j].cell;
			if (strcmp(cell->cell.queue, lines->report->queues[i]) == 0 &&
			    is_drawn(figures, count, cell, sleeping)) {
				lines->figures[i] = figures[j].p99;
			}
		}
	}
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	size_t count;
	struct figures *figures = report_figures(view->report, view->machine, "open_loop", &count);
	struct lines lines;
	bool sleeping = strcmp(plot->of, "sleeping") == 0;
	if (!figures || lines_begin(&lines, view->report) != 0) {
		free(figures);
		chart->failed = true;
		return;
	}
	*chart = (struct chart){
		.width = 960, .height = 720, .left = 80, .shared = true, .few = true};
	qsort(figures, count, sizeof(*figures), compare_loads);
	find_figures(&lines, figures, count, sleeping);
	lines_choose(&lines, chart);
	for (size_t i = 0; i < 4; ++i) {
		add_panel(&lines, figures, count, sleeping, chart, i);
	}
	lines_end(&lines);
	free(figures);
}

#define LINES                                                                                      \
	" One producer and one consumer; the points of a line are its four loads, each the "       \
	"median of a percentile over the queue's own samples with its 95 % interval. Of many "     \
	"queues, the ones with the lowest p99 at the highest load are drawn."

PLOT_EXPORT(latency) = {
	{"latency-polling", "latency", "How long does an item take to a consumer that polls?",
	 "less is better", "Consumers that poll (spin)." LINES, "polling", fill},
	{"latency-sleeping", "latency", "How long does an item take to a consumer that sleeps?",
	 "less is better",
	 "Consumers that sleep while the queue is empty: native where the queue has it, else "
	 "park." LINES,
	 "sleeping", fill},
	{0},
};
