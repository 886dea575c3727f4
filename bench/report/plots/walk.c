// SPDX-License-Identifier: MIT

/** What the queue did in the walk. */

#include "report/plots/plots.h"

#include "report/plots/parts.h"

#include <math.h>
#include <string.h>

/** A panel: a figure over the numbers of workers. */
struct queue_panel {
	const char *title;
	struct walk_range (*range)(const struct walk_row *row);
	double scale;
	/** A line of its own, where all of it begins; NAN on a logarithmic axis. */
	double base;
};

static struct walk_range p50_of(const struct walk_row *row)
{
	return row->figures[WALK_P50];
}

static struct walk_range p99_of(const struct walk_row *row)
{
	return row->figures[WALK_P99];
}

static struct walk_range waited_of(const struct walk_row *row)
{
	return row->figures[WALK_WAITED];
}

static struct walk_range over_floor_of(const struct walk_row *row)
{
	return row->over_floor;
}

static const struct queue_panel queue_panels[] = {
	{"in the queue, p50: ms (log scale)", p50_of, 1e-6, NAN},
	{"in the queue, p99: ms (log scale)", p99_of, 1e-6, NAN},
	{"waited: % of the workers' time", waited_of, 1, 0},
	{"time of the walk by its floor", over_floor_of, 1, 1},
};

/** The numbers of workers there are; rows come in their order. */
static size_t find_workers(const struct walk_rows *rows, struct plot_threads *shapes)
{
	size_t found = 0;
	for (size_t i = 0; i < rows->count && found < PLOT_MOST_THREADS; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (found == 0 || shapes[found - 1].threads != row->threads) {
			shapes[found++] = (struct plot_threads){
				.threads = row->threads, .oversubscribed = row->oversubscribed};
		}
	}
	return found;
}

/** Does a row belong to a queue's line? */
static bool is_of_line(const struct walk_row *row, const char *queue)
{
	return strcmp(row->queue, queue) == 0 && !row->two_queues;
}

/** How long a queue's walks take with the most workers that run at once; NAN without any. */
static double slowness_of(const struct walk_rows *rows, const char *queue)
{
	double result = NAN;
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (is_of_line(row, queue) && (isnan(result) || !row->oversubscribed)) {
			result = isnan(row->over_floor.median) ? 0 : row->over_floor.median;
		}
	}
	return result;
}

/** The points of a queue: a data block. Returns how many. */
static size_t put_walks(struct plot *plot, size_t number, const struct report *report,
			const struct walk_rows *rows, const struct queue_panel *panel,
			const struct plot_threads *shapes, size_t shape_count,
			struct plot_range *range)
{
	size_t points = 0;
	size_t shape = 0;
	// Bars side by side, so that each is seen
	double aside = 0.4 * (((double)number + 0.5) / (double)report->queue_count - 0.5);
	fprintf(plot->script, "$block%zu << END\n", number);
	for (size_t i = 0; i < rows->count; ++i) {
		const struct walk_row *row = &rows->rows[i];
		struct walk_range its = panel->range(row);
		while (shape < shape_count && shapes[shape].threads != row->threads) {
			++shape;
		}
		if (shape < shape_count && is_of_line(row, report->queues[number]) &&
		    !isnan(its.median)) {
			fprintf(plot->script, "%g %g %g %g\n", (double)shape + aside,
				its.median * panel->scale, its.low * panel->scale,
				its.high * panel->scale);
			plot_range_add(range, its.low * panel->scale);
			plot_range_add(range, its.high * panel->scale);
			++points;
		}
	}
	fputs("END\n", plot->script);
	return points;
}

/** The axis of a panel, and what is on it beside the queues. */
static void put_queue_axis(struct plot *plot, const struct queue_panel *panel, bool empty,
			   const struct plot_range *range)
{
	fputs("set title ", plot->script);
	plot_quote(plot, panel->title);
	fputs(" offset 0,-0.6\nunset logscale y\nset ytics autofreq\nset yrange [0:2]\n",
	      plot->script);
	if (empty) {
		fputs("set label 'not measured' at graph 0.5, graph 0.5 center "
		      "tc rgb '#57606a'\nplot 1/0",
		      plot->script);
	} else if (isnan(panel->base)) {
		plot_range_put(plot, "y", range);
		fputs("plot 1/0", plot->script);
	} else {
		// An axis has a length, all zero or not
		fputs(panel->base > 0	? "set yrange [*:*]\n"
		      : range->high > 0 ? "set yrange [0:*]\n"
					: "set yrange [0:1]\n",
		      plot->script);
		fprintf(plot->script, "plot %g with lines lc rgb '#8b949e' lw 1.3 dt 2",
			panel->base);
	}
}

static void put_queue_panel(const struct report *report, struct plot *plot,
			    const struct walk_rows *rows, const struct queue_panel *panel,
			    const struct plot_threads *shapes, size_t shape_count,
			    const struct plot_lines *lines)
{
	struct plot_range range = PLOT_RANGE_EMPTY;
	size_t points = 0;
	for (size_t i = 0; i < report->queue_count; ++i) {
		points += put_walks(plot, i, report, rows, panel, shapes, shape_count, &range);
	}
	put_queue_axis(plot, panel, points == 0, &range);
	for (size_t i = 0; i < lines->count && points > 0; ++i) {
		size_t queue = lines->order[i];
		fprintf(plot->script, ", $block%zu using 1:2 ", queue);
		plot_line_style(plot, report, queue, lines->chosen[queue]);
		if (lines->chosen[queue]) {
			fprintf(plot->script,
				", $block%zu using 1:3:(0):($4-$3) with vectors nohead lc rgb '%s' "
				"lw 1",
				queue, plot_colour(report, report->queues[queue]));
		}
	}
	fputs("\nunset label\n", plot->script);
}

int report_plot_queue(const struct report_plots *plots, const char *name,
		      const struct walk_rows *rows)
{
	const struct report *report = plots->report;
	struct plot_threads shapes[PLOT_MOST_THREADS];
	struct plot plot;
	bool any = false;
	struct plot_lines lines;
	if (plot_lines_make(report, &lines) != 0) {
		return -1;
	}
	for (size_t i = 0; i < report->queue_count; ++i) {
		lines.figures[i] = slowness_of(rows, report->queues[i]);
		any = any || !isnan(lines.figures[i]);
	}
	int result = any ? plot_begin(&plot, plots->folder, name, 960, 720) : 0;
	if (any && result == 0) {
		fputs("set multiplot layout 2,2 margins 0.07,0.81,0.08,0.95 spacing 0.08,0.13\n"
		      "set xlabel 'workers' offset 0,0.4\nset format '%g'\nunset key\n",
		      plot.script);
		size_t count = find_workers(rows, shapes);
		plot_threads_axis(&plot, shapes, count);
		plot_lines_choose(report, &lines);
		plot_lines_key(plots->report, &plot, &lines);
		for (size_t i = 0; i < 4; ++i) {
			put_queue_panel(report, &plot, rows, &queue_panels[i], shapes, count,
					&lines);
		}
		fputs("unset multiplot\n", plot.script);
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	plot_lines_free(&lines);
	return result;
}
