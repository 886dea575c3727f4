// SPDX-License-Identifier: MIT

/** Processor time, memory and waiting: a row for each queue, a mark for each kind of threads. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/** What two panels side by side show. */
struct costs {
	const struct figures *figures;
	size_t count;
	/** What the marks of a row differ in: waits, or numbers of threads. */
	bool waits;
	struct looks_threads threads[LOOKS_THREADS];
	size_t marks;
	/** Memory of a process without a queue, in MiB; 0 if that is not known. */
	double harness;
};

static void name_mark(const struct costs *costs, size_t mark, char *text, size_t size)
{
	if (costs->waits) {
		snprintf(text, size, "%s", channel_wait_name((enum channel_wait)mark));
	} else {
		looks_threads_name(&costs->threads[mark], text, size);
	}
}

static int point_of(const struct costs *costs, size_t mark)
{
	return look_point(mark, costs->waits ? mark >= 4 : costs->threads[mark].oversubscribed);
}

/** The cell of a mark in a queue's row, or NULL. */
static const struct figures *find_mark(const struct costs *costs, const char *queue, size_t mark)
{
	if (!costs->waits) {
		return looks_find_best(costs->figures, costs->count, queue, &costs->threads[mark]);
	}
	for (size_t i = 0; i < costs->count; ++i) {
		const struct cell *cell = &costs->figures[i].cell->cell;
		if (strcmp(cell->queue, queue) == 0 && cell->consumers == 1 && cell->wait == mark) {
			return &costs->figures[i];
		}
	}
	return NULL;
}

/** A value of a panel, with its interval; NAN where there is none. */
struct value {
	double value, low, high;
};

/** The median of a number over the samples of a cell, in a unit, without `base`. */
static struct value value_of(const struct run_cell *cell, size_t number, double unit, double base,
			     double least)
{
	struct value value;
	double *const all[] = {&value.value, &value.low, &value.high};
	value.value = figures_median(cell, number, &value.low, &value.high);
	for (size_t i = 0; i < 3; ++i) {
		*all[i] = isnan(*all[i]) ? NAN : fmax(*all[i] / unit - base, least);
	}
	return value;
}

/** The values of a cell in both panels. */
static void find_values(const struct costs *costs, const struct figures *figures,
			struct value values[2])
{
	if (!costs->waits) {
		values[0] = value_of(figures->cell, FIGURES_CPU, 1, 0, 0);
		values[1] = value_of(figures->cell, offsetof(struct sample, peak_kib), 1024,
				     costs->harness, 0);
		return;
	}
	// A process that does nothing used no tick, and 0 has no place on a log scale
	values[0] = value_of(figures->cell, offsetof(struct sample, quiet_cpu_ns), 1e9, 0, 1e-5);
	values[1] = (struct value){figures->median / 1e3, figures->low / 1e3, figures->high / 1e3};
}

/** Draws the marks of a queue. Returns whether it has any. */
static bool add_row(const struct costs *costs, const struct report *report, const char *queue,
		    struct chart *chart, size_t row)
{
	bool any = false;
	for (size_t mark = 0; mark < costs->marks; ++mark) {
		const struct figures *figures = find_mark(costs, queue, mark);
		struct chart_look look = look_of_queue(report, queue, false);
		look.point = point_of(costs, mark);
		any = any || figures;
		if (!figures) {
			continue;
		}
		struct value values[2];
		find_values(costs, figures, values);
		char name[64];
		name_mark(costs, mark, name, sizeof(name));
		for (size_t panel = 0; panel < 2; ++panel) {
			size_t series = chart_series(chart, panel, look);
			chart_label(chart, series, name);
			const struct value *its = &values[panel];
			chart_point(chart, series, its->value, (double)row, its->low, its->high,
				    figures->rounds);
		}
	}
	return any;
}

static void add_key(const struct costs *costs, struct chart *chart)
{
	for (size_t mark = 0; mark < costs->marks; ++mark) {
		char text[64];
		name_mark(costs, mark, text, sizeof(text));
		chart_key(chart,
			  (struct chart_look){.colour = LOOKS_GREY, .point = point_of(costs, mark)},
			  text);
	}
}

static void add_panels(struct costs *costs, const struct report *report, struct chart *chart,
		       const struct chart_axis axes[2])
{
	*chart = (struct chart){.width = 900, .left = 140};
	for (size_t i = 0; i < 2; ++i) {
		size_t panel = chart_panel(chart, NULL);
		chart->panels[panel].x = axes[i];
		chart->panels[panel].y.scale = CHART_NAMES;
		chart->panels[panel].unnamed = i == 1;
		chart->panels[panel].across = true;
	}
	costs->marks = costs->waits
			       ? (size_t)CHANNEL_WAITS
			       : looks_threads_find(costs->figures, costs->count, costs->threads);
	size_t rows = 0;
	for (size_t i = 0; i < report->queue_count; ++i) {
		if (add_row(costs, report, report->queues[i], chart, rows)) {
			char name[256];
			look_name(report, report->queues[i], name, sizeof(name));
			for (size_t panel = 0; panel < 2; ++panel) {
				chart_name(chart, panel, true, (double)rows, name);
			}
			++rows;
		}
	}
	chart->height = 130 + 22 * (int)rows;
	add_key(costs, chart);
}

/** Memory of a process that only loops, in MiB: the least of the run's floors; 0 without one. */
static double memory_of_floor(const struct run *run)
{
	double least = INFINITY;
	for (size_t i = 0; i < run->cell_count; ++i) {
		const struct run_cell *cell = &run->cells[i];
		struct value peak = value_of(cell, offsetof(struct sample, peak_kib), 1024, 0, 0);
		// fmin() ignores what is not known
		least = cell->floor ? fmin(least, peak.value) : least;
	}
	return isfinite(least) ? least : 0;
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	bool idle = strcmp(plot->of, "idle") == 0;
	struct costs costs = {.waits = idle};
	struct figures *figures =
		report_figures(view->report, view->machine, plot->of, &costs.count);
	const struct report_file *file = report_run(view->report, view->machine, plot->of);
	costs.figures = figures;
	costs.harness = file && !idle ? memory_of_floor(file->run) : 0;
	const struct chart_axis axes[][2] = {
		{{.label = "processor seconds per million items (log scale)", .scale = CHART_LOG},
		 {.label = costs.harness > 0 ? "largest memory beyond the harness's, MiB"
					     : "largest memory, harness included, MiB",
		  .from_zero = true}},
		{{.label = "processors used while nothing comes (log scale)", .scale = CHART_LOG},
		 {.label = "µs from sending to running (log scale)", .scale = CHART_LOG}},
	};
	add_panels(&costs, view->report, chart, axes[idle]);
	chart->failed |= !figures;
	free(figures);
}

PLOT_EXPORT(costs) = {
	{"costs-plot", "costs", "What do queues take from producers to consumers?",
	 "less is better",
	 "producers_consumers: processor time of all threads per million items, and the largest "
	 "memory of the process beyond that of the least one without a queue, if that was "
	 "measured: medians over each queue's own samples, with their 95 % intervals. † has more "
	 "threads than processors.",
	 "producers_consumers", fill},
	{"idle-plot", "costs", "What does waiting use, and how soon does it end?", "less is better",
	 "idle: one consumer waits, and an item comes now and then. What waiting uses, and how "
	 "soon it ends. Further to the left is better in both.",
	 "idle", fill},
	{0},
};
