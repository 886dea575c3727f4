// SPDX-License-Identifier: MIT

/** Rank correlations of micro-workloads with the walk, and their intervals. */

#include "report/plots/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** True if the correlation is drawn. Variants of a workload are in the table only. */
static bool is_shown(const struct correlation *correlation)
{
	return !isnan(correlation->rho) && correlation->simple;
}

/** The workload, without the settings that all share. */
static void add_name(struct chart *chart, size_t panel, size_t row, const char *what)
{
	char text[256];
	snprintf(text, sizeof(text), "%s", what);
	char *end = strstr(text, ", not pinned");
	if (end) {
		*end = '\0';
	}
	chart_name(chart, panel, true, (double)row, text);
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	(void)plot;
	const struct chart_look holds = {.colour = "#0072b2", .point = 7};
	const struct chart_look says_nothing = {.colour = "#b0b7bf", .point = 7};
	*chart = (struct chart){.width = 900, .left = 400};
	size_t number = chart_panel(chart, NULL);
	struct chart_panel *panel = &chart->panels[number];
	panel->x = (struct chart_axis){
		.label = "rank correlation with the walk", .low = -1.05, .high = 1.05};
	panel->y.scale = CHART_NAMES;
	panel->across = true;
	panel->base = 0;
	size_t series[] = {chart_series(chart, number, says_nothing),
			   chart_series(chart, number, holds)};
	size_t rows = 0;
	for (size_t i = 0; i < view->correlations.count; ++i) {
		const struct correlation *its = &view->correlations.items[i];
		if (is_shown(its)) {
			add_name(chart, number, rows, its->what);
			chart_point(chart, series[correlation_holds(its)], its->rho, (double)rows++,
				    its->low, its->high, NAN);
		}
	}
	chart_key(chart, holds, "correlated");
	chart_key(chart, says_nothing, "chance or noise");
	chart->height = 110 + 20 * (int)rows;
}

PLOT_EXPORT(correlations) = {
	{"correlations-plot", "correlations", "Which workload ranks queues as the walk does?",
	 "1 is the same order",
	 "Rank correlation with the walk, and its 95 % interval. 1 is the same order of queues, 0 "
	 "no relation, -1 the opposite order.",
	 NULL, fill},
	{0},
};
