// SPDX-License-Identifier: MIT

/** Throughput over how far queues stray from FIFO. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** The rank error that 1 item in 100 exceeds, as verified on this machine; NAN if not known. */
static double rank_error(const struct view *view, const char *queue)
{
	for (size_t i = 0; i < view->report->count; ++i) {
		const struct report_file *file = &view->report->files[i];
		bool its = file->findings && file->machine == view->machine;
		for (size_t j = 0; its && j < file->findings->queue_count; ++j) {
			const struct findings_queue *found = &file->findings->queues[j];
			const struct finding *order = findings_of(found, "order");
			if (strcmp(found->name, queue) != 0 || !order) {
				continue;
			}
			for (size_t k = 0; k < order->figure_count; ++k) {
				if (strcmp(order->figures[k].name, "rank_error_p99") == 0) {
					return order->figures[k].value;
				}
			}
			return found->claims.order == QUEUE_FIFO ? 0 : NAN;
		}
	}
	return NAN;
}

/** Draws the queues with the most threads that run at once. Returns whether one is no FIFO. */
static bool add_points(const struct view *view, const struct figures *figures, size_t count,
		       struct chart *chart, size_t panel)
{
	struct looks_threads threads[LOOKS_THREADS];
	size_t most = looks_threads_find(figures, count, threads);
	bool relaxed = false;
	while (most > 0 && threads[most - 1].oversubscribed) {
		--most;
	}
	for (size_t i = 0; most > 0 && i < view->report->queue_count; ++i) {
		const char *queue = view->report->queues[i];
		const struct figures *best =
			looks_find_best(figures, count, queue, &threads[most - 1]);
		double error = rank_error(view, queue);
		if (best && !isnan(error)) {
			struct chart_look look = look_of_queue(view->report, queue, false);
			char name[256];
			look_name(view->report, queue, name, sizeof(name));
			chart_key(chart, look, name);
			chart_point(chart, chart_series(chart, panel, look), error + 1,
				    best->median / 1e6, best->low / 1e6, best->high / 1e6,
				    best->rounds);
			relaxed = relaxed || error > 0;
		}
	}
	return relaxed;
}

static int fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	size_t count;
	struct figures *figures = report_figures(view->report, view->machine, plot->of, &count);
	if (!figures) {
		return -1;
	}
	*chart = (struct chart){.width = 900, .left = 80};
	size_t panel = chart_panel(chart, NULL);
	chart->panels[panel].x = (struct chart_axis){.label = "rank error, p99, plus 1 (log scale)",
						     .scale = CHART_LOG};
	chart->panels[panel].y = (struct chart_axis){.label = "million items a second (log scale)",
						     .scale = CHART_LOG};
	if (!add_points(view, figures, count, chart, panel)) {
		chart->point_count = 0;
	}
	// The key is the higher one where there are many queues
	chart->height = (int)fmax(420, 60 + 20 * (double)chart->text_count);
	free(figures);
	return 0;
}

PLOT_EXPORT(order) = {
	{"order-plot", "throughput", "What does a queue gain that keeps less order?",
	 "more is better",
	 "pairwise, with the most threads that run at once, over the rank error that qbench verify "
	 "found: how many earlier items were still inside when one left, for sure. 1 item in 100 "
	 "has more. FIFO queues are at the left, with 0.",
	 "pairwise", fill},
	{0},
};
