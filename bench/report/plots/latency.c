// SPDX-License-Identifier: MIT

/** Percentiles of the time in the queue, over load. */

#include "report/plots/plots.h"

#include "channel.h"
#include "report/plots/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool sleeps(const json_t *cell)
{
	enum channel_wait wait = CHANNEL_SPIN;
	channel_wait_parse(figures_text(cell, "wait"), &wait);
	return wait >= CHANNEL_PARK;
}

/** One percentile: a panel. */
static void put_percentile(const struct report_plots *plots, struct plot *plot, int column,
			   const char *title, const struct plot_lines *lines)
{
	fprintf(plot->script, "set title '%s' offset 0,-0.6\n", title);
	fputs("plot ", plot->script);
	for (size_t i = 0; i < lines->count; ++i) {
		size_t queue = lines->order[i];
		fprintf(plot->script, "$block%zu using 1:%d ", queue, column);
		plot_line_style(plot, plots->report, queue, lines->chosen[queue]);
		fputs(", ", plot->script);
	}
	fputs("1/0\nunset label\n", plot->script);
}

static int compare_loads(const void *left, const void *right)
{
	const struct figures *a = left;
	const struct figures *b = right;
	double one = json_number_value(json_object_get(a->cell, "load"));
	double other = json_number_value(json_object_get(b->cell, "load"));
	return (one > other) - (one < other);
}

/** One producer and one consumer, and one wait of each kind: spin; or native, else park. */
static bool is_chosen(const struct figures *figures, size_t count, const struct figures *one,
		      bool sleeping)
{
	const char *wait = figures_text(one->cell, "wait");
	if (sleeps(one->cell) != sleeping || report_integer(one->cell, "producers") != 1 ||
	    report_integer(one->cell, "consumers") != 1) {
		return false;
	}
	const char *first = sleeping ? "native" : "spin";
	bool has_first = false;
	for (size_t i = 0; i < count; ++i) {
		has_first = has_first ||
			    (plot_is_queue(&figures[i], figures_text(one->cell, "queue")) &&
			     strcmp(figures_text(figures[i].cell, "wait"), first) == 0);
	}
	return strcmp(wait, first) == 0 || !has_first;
}

/** Keep the chosen rows, by load. Returns how many; 0 without memory too. */
static size_t keep_chosen(struct figures *figures, size_t count, bool sleeping)
{
	bool *chosen = calloc(count + 1, sizeof(*chosen));
	size_t kept = 0;
	for (size_t i = 0; chosen && i < count; ++i) {
		chosen[i] = is_chosen(figures, count, &figures[i], sleeping);
	}
	for (size_t i = 0; chosen && i < count; ++i) {
		if (chosen[i]) {
			figures[kept++] = figures[i];
		}
	}
	free(chosen);
	qsort(figures, kept, sizeof(*figures), compare_loads);
	return kept;
}

/** The points of each queue: a data block. The axes are the same for all panels. */
static void put_loads(const struct report_plots *plots, struct plot *plot,
		      const struct figures *figures, size_t count, double *last)
{
	struct plot_range rates = PLOT_RANGE_EMPTY;
	struct plot_range times = PLOT_RANGE_EMPTY;
	for (size_t i = 0; i < plots->report->queue_count; ++i) {
		last[i] = NAN;
		fprintf(plot->script, "$block%zu << END\n", i);
		for (size_t j = 0; j < count; ++j) {
			const struct figures *row = &figures[j];
			if (!plot_is_queue(row, plots->report->queues[i])) {
				continue;
			}
			double rate = row->capacity *
				      json_number_value(json_object_get(row->cell, "load"));
			fprintf(plot->script, "%g %g %g %g %g\n", rate, row->p50 / 1e3,
				row->p99 / 1e3, row->p999 / 1e3, row->p9999 / 1e3);
			plot_range_add(&rates, rate);
			plot_range_add(&times, row->p50 / 1e3);
			plot_range_add(&times, row->p9999 / 1e3);
			last[i] = row->p99;
		}
		fputs("END\n", plot->script);
	}
	plot_range_put(plot, "x", &rates);
	plot_range_put(plot, "y", &times);
}

/** All of the plot, from rows by load. */
static void put_panels(const struct report_plots *plots, struct plot *plot,
		       const struct figures *figures, size_t count, struct plot_lines *lines)
{
	static const char *const titles[] = {"p50", "p99", "p99.9", "p99.99"};
	fputs("set multiplot layout 2,2 margins 0.1,0.8,0.08,0.95 spacing 0.11,0.13\n"
	      "set xlabel 'million items a second, offered' offset 0,0.4\n"
	      "set ylabel 'microseconds' offset 0.5,0\n"
	      "set format '%g'\nunset key\n",
	      plot->script);
	put_loads(plots, plot, figures, count, lines->figures);
	plot_lines_choose(plots->report, lines);
	plot_lines_key(plots->report, plot, lines);
	for (int i = 0; i < 4; ++i) {
		put_percentile(plots, plot, 2 + i, titles[i], lines);
	}
	fputs("unset multiplot\n", plot->script);
}

int report_plot_latency(const struct report_plots *plots, const char *name, bool sleeping)
{
	size_t count;
	struct figures *figures =
		report_figures(plots->report, plots->machine, "open_loop", &count);
	struct plot_lines lines;
	struct plot plot;
	if (!figures || plot_lines_make(plots->report, &lines) != 0) {
		free(figures);
		return -1;
	}
	int result = 0;
	count = keep_chosen(figures, count, sleeping);
	if (count > 0) {
		result = plot_begin(&plot, plots->folder, name, 960, 720);
	}
	if (count > 0 && result == 0) {
		put_panels(plots, &plot, figures, count, &lines);
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	plot_lines_free(&lines);
	free(figures);
	return result;
}
