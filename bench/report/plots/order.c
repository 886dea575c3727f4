// SPDX-License-Identifier: MIT

/** Throughput over how far queues stray from FIFO. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/** One panel: which rank error. */
static const struct {
	const char *title;
	size_t offset;
} errors[] = {
	{"mean of the items", offsetof(struct figures, rank_mean)},
	{"99 of 100 items have at most that", offsetof(struct figures, rank_p99)},
	{"worst item", offsetof(struct figures, rank_worst)},
};

enum { ERRORS = sizeof(errors) / sizeof(*errors) };

/** Draws a queue in all panels. Returns whether it strays. */
static bool add_queue(const struct report *report, const struct figures *figures,
		      struct chart *chart)
{
	const char *queue = figures->cell->cell.queue;
	struct chart_look look = look_of_queue(report, queue, false);
	char name[256];
	look_name(report, queue, name, sizeof(name));
	chart_key(chart, look, name);
	for (size_t i = 0; i < ERRORS; ++i) {
		double error = *(const double *)((const char *)figures + errors[i].offset);
		// 0 has no place on a log scale
		chart_point(chart, chart_series(chart, i, look), error + 1, figures->median / 1e6,
			    figures->low / 1e6, figures->high / 1e6, figures->rounds);
	}
	return figures->rank_worst > 0;
}

/** Draws the queues with the most threads that run at once, unless all are FIFO. */
static void add_queues(const struct report *report, const struct figures *figures, size_t count,
		       struct chart *chart)
{
	struct looks_threads threads[LOOKS_THREADS];
	size_t most = looks_threads_find(figures, count, threads);
	bool strays = false;
	while (most > 0 && threads[most - 1].oversubscribed) {
		--most;
	}
	for (size_t i = 0; most > 0 && i < report->queue_count; ++i) {
		const struct figures *best =
			looks_find_best(figures, count, report->queues[i], &threads[most - 1]);
		if (best && !isnan(best->rank_worst)) {
			strays |= add_queue(report, best, chart);
		}
	}
	chart->point_count = strays ? chart->point_count : 0;
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	size_t count;
	struct figures *figures = report_figures(view->report, view->machine, plot->of, &count);
	*chart = (struct chart){.width = 960, .left = 80, .shared = true};
	for (size_t i = 0; i < ERRORS; ++i) {
		struct chart_panel *panel = &chart->panels[chart_panel(chart, errors[i].title)];
		panel->x = (struct chart_axis){.label = "rank error plus 1 (log scale)",
					       .scale = CHART_LOG};
		panel->y = (struct chart_axis){.label = "million items a second (log scale)",
					       .scale = CHART_LOG};
	}
	add_queues(view->report, figures, count, chart);
	// The key is the higher one where there are many queues
	chart->height = (int)fmax(720, 60 + 20 * (double)chart->text_count);
	chart->failed |= !figures;
	free(figures);
}

PLOT_EXPORT(order) = {
	{"order-plot", "throughput", "What does a queue gain that keeps less order?",
	 "more is better",
	 "rank: each thread enqueues, then dequeues, with the most threads that run at once, and "
	 "the queue half full. The rank error of an item is how many older ones were still inside "
	 "when it came out, for sure. FIFO queues are at the left, with 0. Throughputs are "
	 "medians of each queue's own rounds.",
	 "rank", fill},
	{0},
};
