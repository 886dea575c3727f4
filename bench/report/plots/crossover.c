// SPDX-License-Identifier: MIT

/** The cost of each queue over the best one, over the work of an item. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>

/** Places of no work, and of no difference, on the logarithmic axes. */
#define NO_WORK 20
#define NO_COST 0.5

/** A place on an axis. */
struct mark {
	double at;
	const char *text;
};

static const struct mark works[] = {
	{NO_WORK, "none"}, {100, "100 ns"}, {1e3, "1 µs"}, {1e4, "10 µs"}, {1e5, "100 µs"}};
static const struct mark costs[] = {{NO_COST, "best"}, {1, "1 %"},   {2, "2 %"},    {5, "5 %"},
				    {10, "10 %"},      {20, "20 %"}, {50, "50 %"},  {100, "2 ×"},
				    {200, "3 ×"},      {500, "6 ×"}, {1e3, "11 ×"}, {1e4, "101 ×"}};

/** Cost of a queue at a point, in percent over the best one. NAN if it is not ranked. */
static double cost_at(const struct crossover_point *point, const char *queue)
{
	const struct contender *contender = ranking_find(&point->ranking, queue);
	return contender ? fmax((contender->cost - 1) * 100, NO_COST) : NAN;
}

static void add_line(const struct crossover *crossover, const char *queue, struct chart *chart,
		     size_t series)
{
	for (size_t i = 0; i < crossover->count; ++i) {
		double work = crossover->points[i].work;
		double cost = cost_at(&crossover->points[i], queue);
		if (!isnan(cost)) {
			chart_point(chart, series, work > 0 ? work : NO_WORK, cost, NAN, NAN,
				    (double)ranking_find(&crossover->points[i].ranking, queue)
					    ->row.count);
		}
	}
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	(void)plot;
	struct lines lines;
	const struct crossover *crossover = &view->crossover;
	if (lines_begin(&lines, view->report) != 0) {
		chart->failed = true;
		return;
	}
	*chart = (struct chart){.width = 900, .height = 480, .left = 80};
	size_t number = chart_panel(chart, NULL);
	struct chart_panel *panel = &chart->panels[number];
	panel->x = (struct chart_axis){.label = "work per item (log scale)", .scale = CHART_LOG};
	panel->y = (struct chart_axis){.label = "longer than with the best queue (log scale)",
				       .scale = CHART_LOG};
	panel->shade =
		(struct chart_shade){true, NO_COST / 1.3, 5, "#e6f4ea", "under 5 %: irrelevant"};
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); ++i) {
		chart_name(chart, number, false, works[i].at, works[i].text);
	}
	for (size_t i = 0; i < sizeof(costs) / sizeof(*costs); ++i) {
		chart_name(chart, number, true, costs[i].at, costs[i].text);
	}
	for (size_t i = 0; i < view->report->queue_count; ++i) {
		for (size_t j = crossover->count; j-- > 0;) {
			double cost = cost_at(&crossover->points[j], view->report->queues[i]);
			lines.figures[i] = isnan(cost) ? lines.figures[i] : cost;
		}
	}
	lines_choose(&lines, chart);
	for (size_t i = 0; i < lines.count; ++i) {
		size_t queue = lines.order[i];
		add_line(crossover, view->report->queues[queue], chart,
			 lines_series(&lines, queue, chart, number));
	}
	lines_end(&lines);
}

PLOT_EXPORT(crossover) = {
	{"crossover-plot", "crossover", "How much work per item makes the choice irrelevant?",
	 "less is better",
	 "replay: how much longer an item takes than with the best queue inside the same rounds, "
	 "over the work per item. On the green ground it is under 5 %. Of many queues, the ones "
	 "that cost least without work have colours.",
	 NULL, fill},
	{0},
};
