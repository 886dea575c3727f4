// SPDX-License-Identifier: MIT

/** Processor time, memory and waiting: a row for each queue. */

#include "report/plots/plots.h"

#include "channel.h"
#include "report/plots/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** The queues of a plot, in their rows. */
struct rows {
	const struct report_plots *plots;
	const struct figures *figures;
	size_t count;
	const char **queues;
	size_t queue_count;
	/** What the marks of a row differ in. */
	bool waits;
	struct plot_threads shapes[PLOT_MOST_THREADS];
	size_t shape_count;
};

/** The names of the rows, or places for them without. */
static void put_names(struct plot *plot, const struct rows *rows, bool named)
{
	fputs("set ytics (", plot->script);
	for (size_t i = 0; i < rows->queue_count; ++i) {
		fputs(i ? ", " : "", plot->script);
		if (named) {
			plot_name(plot, rows->plots->report, rows->queues[i]);
		} else {
			plot_quote(plot, "");
		}
		fprintf(plot->script, " %zu", i);
	}
	fputs(")\n", plot->script);
}

/** A number of threads, or a wait: what the marks of a row differ in. */
static size_t count_marks(const struct rows *rows)
{
	return rows->waits ? CHANNEL_WAITS : rows->shape_count;
}

/** The cell of a row's mark, or NULL. */
static const struct figures *find_mark(const struct rows *rows, const char *queue, size_t mark)
{
	if (!rows->waits) {
		return plot_find_best(rows->figures, rows->count, queue, &rows->shapes[mark]);
	}
	for (size_t i = 0; i < rows->count; ++i) {
		const struct figures *row = &rows->figures[i];
		if (plot_is_queue(row, queue) && report_integer(row->cell, "consumers") == 1 &&
		    strcmp(figures_text(row->cell, "wait"),
			   channel_wait_name((enum channel_wait)mark)) == 0) {
			return row;
		}
	}
	return NULL;
}

static void find_rows(struct rows *rows)
{
	const struct report *report = rows->plots->report;
	rows->shape_count = plot_threads_find(rows->figures, rows->count, rows->shapes);
	for (size_t i = 0; i < report->queue_count; ++i) {
		bool there = false;
		for (size_t j = 0; j < count_marks(rows) && !there; ++j) {
			there = find_mark(rows, report->queues[i], j) != NULL;
		}
		if (there) {
			rows->queues[rows->queue_count++] = report->queues[i];
		}
	}
}

/** What a mark stands for. */
static void put_mark_name(struct plot *plot, const struct rows *rows, size_t mark)
{
	if (rows->waits) {
		fprintf(plot->script, "'%s'", channel_wait_name((enum channel_wait)mark));
	} else {
		plot_threads_name(plot, &rows->shapes[mark]);
	}
}

/** A panel of one figure over the queues. */
static void put_panel(struct plot *plot, const struct rows *rows,
		      double (*figure)(const struct figures *row), bool from_zero)
{
	static const int marks[] = {7, 4, 9, 12, 5, 6};
	struct plot_range range = PLOT_RANGE_EMPTY;
	bool there[PLOT_MOST_THREADS] = {false};
	for (size_t j = 0; j < count_marks(rows); ++j) {
		fprintf(plot->script, "$rows%zu << END\n", j);
		for (size_t i = 0; i < rows->queue_count; ++i) {
			const struct figures *row = find_mark(rows, rows->queues[i], j);
			if (row) {
				there[j] = true;
				plot_range_add(&range, figure(row));
				fprintf(plot->script, "%g %zu %ld\n", figure(row), i,
					strtol(plot_colour(rows->plots->report, rows->queues[i]) +
						       1,
					       NULL, 16));
			}
		}
		fputs("END\n", plot->script);
	}
	if (from_zero) {
		fputs("unset logscale x\nset xtics autofreq\nset xrange [0:*]\n", plot->script);
	} else {
		plot_range_put(plot, "x", &range);
	}
	fputs("plot ", plot->script);
	for (size_t j = 0; j < count_marks(rows); ++j) {
		int mark = marks[j % 6];
		if (!there[j]) {
			continue;
		}
		fprintf(plot->script,
			"$rows%zu using 1:2:3 with points pt %d ps 0.9 lc rgb variable notitle, "
			"1/0 with points pt %d ps 0.9 lc rgb '#57606a' title ",
			j, mark, mark);
		put_mark_name(plot, rows, j);
		fputs(", ", plot->script);
	}
	fputs("1/0 notitle\n", plot->script);
}

static double cpu_of(const struct figures *row)
{
	return row->cpu_seconds;
}

static double memory_of(const struct figures *row)
{
	return row->peak_mib;
}

/** A process that does nothing at all has a tick now and then, or none. */
static double quiet_of(const struct figures *row)
{
	return fmax(row->quiet, 1e-5);
}

static double wake_of(const struct figures *row)
{
	return row->median / 1e3;
}

/** What two panels side by side show. */
struct panels {
	const char *workload;
	bool waits;
	const char *labels[2];
	double (*figures[2])(const struct figures *row);
	bool second_from_zero;
};

static int plot_panels(const struct report_plots *plots, const char *name,
		       const struct panels *panels)
{
	struct rows rows = {.plots = plots, .waits = panels->waits};
	struct figures *figures =
		report_figures(plots->report, plots->machine, panels->workload, &rows.count);
	rows.figures = figures;
	rows.queues = calloc(plots->report->queue_count + 1, sizeof(*rows.queues));
	struct plot plot;
	int result = figures && rows.queues ? 0 : -1;
	if (result == 0) {
		find_rows(&rows);
	}
	int height = 130 + 22 * (int)rows.queue_count;
	if (rows.queue_count > 0) {
		result = plot_begin(&plot, plots->folder, name, 900, height);
	}
	if (rows.queue_count > 0 && result == 0) {
		fprintf(plot.script,
			"set yrange [%zu.5:-0.5]\nset grid xtics\nset logscale x\n"
			"set multiplot layout 1,2 margins screen 0.16,0.87,70.0/%d,0.95 spacing "
			"0.05\n"
			"set key at screen 0.89,0.93 left top Left reverse\n",
			rows.queue_count - 1, height);
		for (int i = 0; i < 2; ++i) {
			put_names(&plot, &rows, i == 0);
			fprintf(plot.script, "set xlabel '%s'\n", panels->labels[i]);
			put_panel(&plot, &rows, panels->figures[i],
				  i == 1 && panels->second_from_zero);
			fputs("unset key\n", plot.script);
		}
		fputs("unset multiplot\n", plot.script);
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	free(rows.queues);
	free(figures);
	return result;
}

int report_plot_costs(const struct report_plots *plots, const char *name)
{
	return plot_panels(plots, name,
			   &(struct panels){
				   .workload = "producers_consumers",
				   .labels = {"processor seconds a million items (log scale)",
					      "largest memory, MiB"},
				   .figures = {cpu_of, memory_of},
				   .second_from_zero = true,
			   });
}

int report_plot_idle(const struct report_plots *plots, const char *name)
{
	return plot_panels(plots, name,
			   &(struct panels){
				   .workload = "idle",
				   .waits = true,
				   .labels = {"processors used while nothing comes (log scale)",
					      "µs from sending to running (log scale)"},
				   .figures = {quiet_of, wake_of},
			   });
}
