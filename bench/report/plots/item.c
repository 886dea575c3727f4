// SPDX-License-Identifier: MIT

/** The cost of an item with each queue: a bar for each, the shortest on top. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Each queue with its best wait. */
static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	const struct ranking *ranking = &view->rankings[situation_find(plot->of) - situations];
	size_t rows = 0;
	*chart = (struct chart){.width = 900, .left = 220};
	size_t panel = chart_panel(chart, NULL);
	chart->panels[panel].x = (struct chart_axis){
		.label = "nanoseconds per item, one producer and one consumer", .from_zero = true};
	chart->panels[panel].y.scale = CHART_NAMES;
	chart->panels[panel].bars = true;
	chart->panels[panel].across = true;
	double best = ranking->ranked > 0 ? 1e9 / ranking->contenders[0].summary.median : NAN;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		if (!contender->stands) {
			continue;
		}
		const struct summary *summary = &contender->summary;
		// Medians of other rounds cannot be compared with it
		bool shared = !isnan(summary->ratio) && !isnan(summary->ratio_low);
		double cost = shared ? best * summary->ratio : 1e9 / summary->median;
		char text[256];
		look_name(view->report, contender->queue, text, sizeof(text));
		size_t length = strlen(text);
		snprintf(text + length, sizeof(text) - length, "   %.*f ns", cost < 100 ? 1 : 0,
			 cost);
		chart_name(chart, panel, true, (double)rows, text);
		chart_point(chart,
			    chart_series(chart, panel,
					 look_of_queue(view->report, contender->queue, false)),
			    cost, (double)rows++,
			    shared ? best * summary->ratio_low : 1e9 / summary->high,
			    shared ? best * summary->ratio_high : 1e9 / summary->low,
			    (double)contender->row.count);
	}
	chart->height = 130 + 20 * (int)rows;
}

PLOT_EXPORT(item) = {
	{"item-plot", "throughput", "Which queue passes an item on fastest?", "less is better",
	 "producers_consumers, 1:1: the median time of an item with the best queue, and what an "
	 "item costs with the others inside the same rounds, each with its best wait. Only FIFO "
	 "queues are shown.",
	 "rate", fill},
	{0},
};
