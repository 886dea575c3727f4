// SPDX-License-Identifier: MIT

/** Throughput over threads. */

#include "report/plots/plots.h"

#include "report/plots/parts.h"

#include <stdlib.h>
#include <string.h>

/** The axis of the numbers of threads, and what they are. */
static void put_threads(struct plot *plot, const struct plot_threads *shapes, size_t count)
{
	bool split = shapes[0].producers > 0 && shapes[0].consumers > 0;
	fputs(split ? "set xlabel 'producers : consumers'\n" : "set xlabel 'threads'\n",
	      plot->script);
	size_t first = plot_threads_axis(plot, shapes, count);
	if (first < count) {
		fprintf(plot->script,
			"set label 'more threads than processors' at %g, graph 1.03 "
			"font ',11' tc rgb '#57606a'\n",
			(double)first - 0.48);
	}
}

/** The points of a queue: a data block. Returns how many. */
static size_t put_points(struct plot *plot, size_t number, const struct figures *figures,
			 size_t count, const char *queue, const struct plot_threads *shapes,
			 size_t shape_count, double aside, struct plot_range *range)
{
	size_t points = 0;
	fprintf(plot->script, "$block%zu << END\n", number);
	for (size_t i = 0; i < shape_count; ++i) {
		const struct figures *best = plot_find_best(figures, count, queue, &shapes[i]);
		if (best) {
			fprintf(plot->script, "%g %g %g %g\n", (double)i + aside,
				best->median / 1e6, best->low / 1e6, best->high / 1e6);
			plot_range_add(range, best->low / 1e6);
			plot_range_add(range, best->high / 1e6);
			++points;
		}
	}
	fputs("END\n", plot->script);
	return points;
}

/** The floors of a run, each once. */
static size_t find_floors(const struct figures *figures, size_t count, const char **names)
{
	size_t found = 0;
	for (size_t i = 0; i < count; ++i) {
		bool known = !figures[i].floor;
		for (size_t j = 0; j < found && !known; ++j) {
			known = plot_is_queue(&figures[i], names[j]);
		}
		if (!known && found < 8) {
			names[found++] = figures_text(figures[i].cell, "queue");
		}
	}
	return found;
}

/** All lines of a throughput plot: queues, then floors in grey. */
static void put_lines(const struct report_plots *plots, struct plot *plot,
		      const struct figures *figures, size_t count,
		      const struct plot_threads *shapes, size_t shape_count)
{
	const struct report *report = plots->report;
	const char *floors[8];
	size_t floor_count = find_floors(figures, count, floors);
	size_t all = report->queue_count + floor_count;
	// Between 1:2 and 2:1 there is nothing: no lines
	bool split = shapes[0].producers > 0 && shapes[0].consumers > 0;
	bool *there = calloc(all + 1, sizeof(*there));
	struct plot_range range = PLOT_RANGE_EMPTY;
	for (size_t i = 0; there && i < all; ++i) {
		bool floor = i >= report->queue_count;
		// Bars side by side, so that each is seen
		double width = split ? 0.7 : 0.2;
		double aside =
			floor ? 0 : width * (((double)i + 0.5) / (double)report->queue_count - 0.5);
		there[i] = put_points(plot, i, figures, count,
				      floor ? floors[i - report->queue_count] : report->queues[i],
				      shapes, shape_count, aside, &range) > 0;
	}
	plot_range_put(plot, "y", &range);
	fputs("plot ", plot->script);
	for (size_t i = 0; there && i < all; ++i) {
		if (!there[i]) {
			continue;
		}
		bool floor = i >= report->queue_count;
		const char *name = floor ? floors[i - report->queue_count] : report->queues[i];
		fprintf(plot->script, "$block%zu using 1:2 with %s ", i,
			floor	? "lines lc rgb '#8b949e' lw 1.3"
			: split ? "points"
				: "linespoints");
		if (floor) {
			// As many kinds of lines as there are floors
			fprintf(plot->script, "dt %zu", i - report->queue_count + 2);
		} else {
			plot_style(plot, report, name, !split);
		}
		fputs(" title ", plot->script);
		plot_name(plot, report, name);
		fputs(", ", plot->script);
		if (!floor) {
			fprintf(plot->script,
				"$block%zu using 1:3:(0):($4-$3) with vectors nohead lc rgb '%s' "
				"lw 1 notitle, ",
				i, plot_colour(report, name));
		}
	}
	fputs("1/0 notitle\n", plot->script);
	free(there);
}

/** A queue or a floor, and what orders it: its throughput with the most threads that run at once.
 */
struct place {
	const char *queue;
	bool floor;
	double speed;
};

/** Floors first, then the fastest; those that cannot run with so many threads last. */
static int compare_places(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;
	if (a->floor != b->floor) {
		return a->floor ? -1 : 1;
	}
	return (a->speed < b->speed) - (a->speed > b->speed);
}

/** What there is to see of a workload, in order. Returns how many; 0 without memory too. */
static size_t find_places(const struct report *report, const struct figures *figures, size_t count,
			  const struct plot_threads *shapes, size_t shape_count,
			  struct place **result)
{
	const char *floors[8];
	size_t floor_count = find_floors(figures, count, floors);
	struct place *places = calloc(report->queue_count + floor_count + 1, sizeof(*places));
	size_t found = 0;
	for (size_t i = 0; places && i < report->queue_count + floor_count; ++i) {
		struct place place = {.floor = i >= report->queue_count, .speed = 0};
		place.queue = place.floor ? floors[i - report->queue_count] : report->queues[i];
		bool there = false;
		for (size_t j = 0; j < shape_count; ++j) {
			const struct figures *best =
				plot_find_best(figures, count, place.queue, &shapes[j]);
			there = there || best;
			if (!shapes[j].oversubscribed) {
				place.speed = best ? best->median : 0;
			}
		}
		if (there) {
			places[found++] = place;
		}
	}
	qsort(places, found, sizeof(*places), compare_places);
	*result = places;
	return found;
}

/** A row for each queue, and a mark in it for each number of threads. */
static void put_places(const struct report_plots *plots, struct plot *plot,
		       const struct figures *figures, size_t count, const struct place *places,
		       size_t place_count, const struct plot_threads *shapes, size_t shape_count)
{
	struct plot_range range = PLOT_RANGE_EMPTY;
	for (size_t j = 0; j < shape_count; ++j) {
		// One above the other, so that each is seen
		double aside = 0.6 * (((double)j + 0.5) / (double)shape_count - 0.5);
		fprintf(plot->script, "$block%zu << END\n", j);
		for (size_t i = 0; i < place_count; ++i) {
			const struct figures *best =
				plot_find_best(figures, count, places[i].queue, &shapes[j]);
			if (best) {
				fprintf(plot->script, "%g %g %g %g\n", best->median / 1e6,
					(double)i + aside, best->low / 1e6, best->high / 1e6);
				plot_range_add(&range, best->low / 1e6);
				plot_range_add(&range, best->high / 1e6);
			}
		}
		fputs("END\n", plot->script);
	}
	plot_range_put(plot, "x", &range);
	fprintf(plot->script, "set yrange [%zu.6:-0.6]\nset ytics (", place_count - 1);
	for (size_t i = 0; i < place_count; ++i) {
		fputs(i ? ", " : "", plot->script);
		plot_name(plot, plots->report, places[i].queue);
		fprintf(plot->script, " %zu", i);
	}
	fputs(")\nset grid xtics ytics\nset xlabel 'million items a second (log scale)'\nplot ",
	      plot->script);
	for (size_t j = 0; j < shape_count; ++j) {
		fprintf(plot->script, "$block%zu using 1:2:3:4 with xerrorbars ps 0.8 lw 1.3 ", j);
		plot_style_of_series(plot, j, shapes[j].oversubscribed);
		fputs(" title ", plot->script);
		plot_threads_name(plot, &shapes[j]);
		fputs(", ", plot->script);
	}
	fputs("1/0 notitle\n", plot->script);
}

/** Few queues are lines over the numbers of threads, many are rows. */
static int plot_throughput(const struct report_plots *plots, const char *name,
			   const struct figures *figures, size_t count)
{
	struct plot_threads shapes[PLOT_MOST_THREADS];
	struct place *places;
	struct plot plot;
	size_t shape_count = plot_threads_find(figures, count, shapes);
	if (shape_count == 0 || !figures[0].higher_is_better) {
		return 0;
	}
	size_t place_count =
		find_places(plots->report, figures, count, shapes, shape_count, &places);
	bool many = place_count > PLOT_MOST_LINES + 3;
	int height = many ? 110 + 22 * (int)place_count : 480;
	int result = places ? plot_begin(&plot, plots->folder, name, 900, height) : -1;
	if (result == 0 && many) {
		put_places(plots, &plot, figures, count, places, place_count, shapes, shape_count);
	} else if (result == 0) {
		put_threads(&plot, shapes, shape_count);
		fputs("set logscale y\nset format y '%g'\n"
		      "set ylabel 'million items a second (log scale)'\n",
		      plot.script);
		put_lines(plots, &plot, figures, count, shapes, shape_count);
	}
	if (result == 0) {
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	free(places);
	return result;
}

int report_plot_throughput(const struct report_plots *plots, const char *name, const char *workload)
{
	size_t count;
	struct figures *figures = report_figures(plots->report, plots->machine, workload, &count);
	if (!figures) {
		return -1;
	}
	int result = plot_throughput(plots, name, figures, count);
	free(figures);
	return result;
}
