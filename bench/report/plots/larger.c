// SPDX-License-Identifier: MIT

/** Simulated throughput over threads: a panel for each machine. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** The first file of a simulation, or NULL. */
static const struct simulation *find_simulation(const struct report *report)
{
	for (size_t i = 0; i < report->count; ++i) {
		if (report->files[i].simulation) {
			return report->files[i].simulation;
		}
	}
	return NULL;
}

/** True if a cell has a number, and is in the plot: under the first workload of the file, its
 * producers not told apart. */
static bool is_drawn(const struct simulation *simulation, const struct simulated_cell *cell)
{
	return !cell->floor && cell->median > 0 && cell->producers == 0 &&
	       strcmp(cell->workload, simulation->cells[0].workload) == 0;
}

/** True if the queue of a cell has a number with most threads too: else it is no line. */
static bool is_line(const struct simulation *simulation, const struct simulated_cell *cell)
{
	unsigned int most = 0;
	unsigned int its = 0;
	for (size_t i = 0; i < simulation->cell_count; ++i) {
		const struct simulated_cell *other = &simulation->cells[i];
		if (is_drawn(simulation, other) && strcmp(other->machine, cell->machine) == 0) {
			bool same = strcmp(other->queue, cell->queue) == 0;
			most = other->threads > most ? other->threads : most;
			its = same && other->threads > its ? other->threads : its;
		}
	}
	return its == most;
}

/** The throughput of a cell as a share of the fastest line with as many threads there. */
static double share(const struct simulation *simulation, const struct simulated_cell *cell)
{
	double best = cell->median;
	for (size_t i = 0; i < simulation->cell_count; ++i) {
		const struct simulated_cell *other = &simulation->cells[i];
		if (is_drawn(simulation, other) && other->threads == cell->threads &&
		    other->median > best && strcmp(other->machine, cell->machine) == 0 &&
		    is_line(simulation, other)) {
			best = other->median;
		}
	}
	return cell->median / best;
}

/** Orders queues by how close to the fastest they are where they are closest. */
static void order_queues(const struct simulation *simulation, struct lines *lines)
{
	const struct report *report = lines->report;
	for (size_t i = 0; i < report->queue_count; ++i) {
		for (size_t k = 0; k < simulation->cell_count; ++k) {
			const struct simulated_cell *cell = &simulation->cells[k];
			if (is_drawn(simulation, cell) &&
			    strcmp(cell->queue, report->queues[i]) == 0) {
				double its =
					is_line(simulation, cell) ? share(simulation, cell) : 0;
				lines->figures[i] = fmin(
					isnan(lines->figures[i]) ? 0 : lines->figures[i], -its);
			}
		}
	}
}

static void add_panel(const struct simulation *simulation, const char *machine,
		      const struct lines *lines, struct chart *chart)
{
	size_t number = chart_panel(chart, machine);
	struct chart_panel *panel = &chart->panels[number];
	panel->x =
		(struct chart_axis){.label = "threads, simulated (log scale)", .scale = CHART_LOG};
	panel->y = (struct chart_axis){.label = "million items a second (log scale)",
				       .scale = CHART_LOG};
	panel->unnamed = number > 0;
	for (size_t i = 0; i < lines->count; ++i) {
		const char *queue = lines->report->queues[lines->order[i]];
		size_t series = lines_series(lines, lines->order[i], chart, number);
		for (size_t k = 0; k < simulation->cell_count; ++k) {
			const struct simulated_cell *cell = &simulation->cells[k];
			if (is_drawn(simulation, cell) && strcmp(cell->machine, machine) == 0 &&
			    strcmp(cell->queue, queue) == 0) {
				chart_point(chart, series, cell->threads, cell->median / 1e6,
					    cell->least / 1e6, cell->most / 1e6, NAN);
			}
		}
	}
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	(void)plot;
	const struct simulation *simulation = find_simulation(view->report);
	struct lines lines;
	if (!simulation || simulation->cell_count == 0) {
		return;
	}
	if (lines_begin(&lines, view->report) != 0) {
		chart->failed = true;
		return;
	}
	*chart = (struct chart){.width = 900, .height = 480, .left = 80, .shared = true};
	snprintf(chart->note, sizeof(chart->note), "Simulated, not measured. More is better.");
	order_queues(simulation, &lines);
	lines_choose(&lines, chart);
	for (size_t i = 0; i < simulation->machine_count && chart->panel_count < CHART_PANELS;
	     ++i) {
		bool before = i > 0 && strcmp(simulation->machines[i - 1].name,
					      simulation->machines[i].name) == 0;
		if (!before) {
			add_panel(simulation, simulation->machines[i].name, &lines, chart);
		}
	}
	lines_end(&lines);
}

PLOT_EXPORT(larger) = {
	{"larger-plot", "larger", "Which queue is fastest on larger machines?", "more is better",
	 "Simulated, not measured: throughput over threads, each on a processor of its own. Of "
	 "many queues, the ones that come closest to the fastest anywhere have colours.",
	 NULL, fill},
	{0},
};
