// SPDX-License-Identifier: MIT

/** What is drawn, from which cells. */

#include "report_plots.h"

#include "channel.h"
#include "plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SHAPES 64

/** Producers and consumers, or threads: what is on the axis of a plot. */
struct shape_of_threads {
	long long threads, producers, consumers;
	bool oversubscribed;
};

static bool sleeps(const json_t *cell)
{
	enum channel_wait wait = CHANNEL_SPIN;
	channel_wait_parse(figures_text(cell, "wait"), &wait);
	return wait >= CHANNEL_PARK;
}

static bool is_queue(const struct figures *figures, const char *queue)
{
	return strcmp(figures_text(figures->cell, "queue"), queue) == 0;
}

/** The better of two, either of which may be NULL. */
static const struct figures *better(const struct figures *a, const struct figures *b)
{
	return !a || (b && figures_compare(b, a) < 0) ? b : a;
}

/** The range of an axis that is logarithmic: what is there, and a little more. */
struct range {
	double low, high;
};

#define RANGE_EMPTY ((struct range){INFINITY, 0})

static void range_add(struct range *range, double value)
{
	if (value > 0 && isfinite(value)) {
		range->low = fmin(range->low, value);
		range->high = fmax(range->high, value);
	}
}

/** The range, and its marks: 1, 2, 5 of each power of ten where there are few of these. */
static void put_range(struct plot *plot, const char *axis, const struct range *range)
{
	static const double steps[] = {1, 2, 5};
	double low = range->low / 1.3;
	double high = range->high * 1.3;
	if (range->high <= 0) {
		return;
	}
	fprintf(plot->script, "set logscale %s\nset %srange [%g:%g]\n", axis, axis, low, high);
	if (high / low > 2000) {
		return;
	}
	fprintf(plot->script, "set %stics (", axis);
	const char *comma = "";
	for (int power = (int)floor(log10(low)); power <= (int)ceil(log10(high)); ++power) {
		for (size_t i = 0; i < 3; ++i) {
			double mark = steps[i] * pow(10, power);
			if (mark >= low && mark <= high) {
				fprintf(plot->script, "%s'%.10g' %g", comma, mark, mark);
				comma = ", ";
			}
		}
	}
	fputs(")\n", plot->script);
}

/** Lines of more queues than this cannot be told apart. */
#define MOST_LINES 8

/**
 * Which queues have lines of their own? Those with the least figures; the others are grey.
 *
 * @param figures  one for each queue of the report; NAN if it is not in the plot
 */
static void choose_lines(const struct report *report, const double *figures, bool *chosen)
{
	for (size_t i = 0; i < report->queue_count; ++i) {
		size_t before = 0;
		for (size_t j = 0; j < report->queue_count; ++j) {
			before += figures[j] < figures[i] || (figures[j] == figures[i] && j < i);
		}
		chosen[i] = !isnan(figures[i]) && before < MOST_LINES;
	}
}

/** Which queues are drawn, and how. */
struct panel_lines {
	/** What orders each queue of the report; NAN if it is in no panel. */
	double *figures;
	bool *chosen;
};

static void free_lines(struct panel_lines *lines)
{
	free(lines->figures);
	free(lines->chosen);
}

/** 0, or -1 with errno. To be freed by free_lines(). */
static int make_lines(const struct report *report, struct panel_lines *lines)
{
	lines->figures = calloc(report->queue_count + 1, sizeof(*lines->figures));
	lines->chosen = calloc(report->queue_count + 1, sizeof(*lines->chosen));
	if (!lines->figures || !lines->chosen) {
		free_lines(lines);
		return -1;
	}
	return 0;
}

/** How the line of a queue is drawn. */
static void put_line_style(struct plot *plot, const struct report *report, size_t queue,
			   bool chosen)
{
	if (chosen) {
		fputs("with linespoints ", plot->script);
		plot_style(plot, report, report->queues[queue], true);
	} else {
		fputs("with lines lc rgb '#c4cad0' lw 1", plot->script);
	}
}

// Throughput

static struct shape_of_threads shape_of(const json_t *cell)
{
	return (struct shape_of_threads){
		.threads = report_integer(cell, "threads"),
		.producers = report_integer(cell, "producers"),
		.consumers = report_integer(cell, "consumers"),
		.oversubscribed = json_is_true(json_object_get(cell, "oversubscribed")),
	};
}

static int compare_shapes(const void *left, const void *right)
{
	const struct shape_of_threads *a = left;
	const struct shape_of_threads *b = right;
	if (a->oversubscribed != b->oversubscribed) {
		return a->oversubscribed ? 1 : -1;
	}
	if (a->threads != b->threads) {
		return a->threads > b->threads ? 1 : -1;
	}
	return (a->producers > b->producers) - (a->producers < b->producers);
}

static bool is_simple(const json_t *cell)
{
	return report_integer(cell, "work_ns") == 0 && report_integer(cell, "batch") == 1;
}

/** The numbers of threads there are, in the order of the axis. */
static size_t find_shapes(const struct figures *figures, size_t count,
			  struct shape_of_threads *shapes)
{
	size_t found = 0;
	for (size_t i = 0; i < count && found < MOST_SHAPES; ++i) {
		struct shape_of_threads shape = shape_of(figures[i].cell);
		bool known = !is_simple(figures[i].cell);
		for (size_t j = 0; j < found && !known; ++j) {
			known = compare_shapes(&shapes[j], &shape) == 0;
		}
		if (!known) {
			shapes[found++] = shape;
		}
	}
	qsort(shapes, found, sizeof(*shapes), compare_shapes);
	return found;
}

/** The cell of a queue with so many threads, with the wait that it does best with. */
static const struct figures *find_best(const struct figures *figures, size_t count,
				       const char *queue, const struct shape_of_threads *shape)
{
	const struct figures *best = NULL;
	for (size_t i = 0; i < count; ++i) {
		struct shape_of_threads its = shape_of(figures[i].cell);
		if (is_queue(&figures[i], queue) && is_simple(figures[i].cell) &&
		    compare_shapes(&its, shape) == 0) {
			best = better(best, &figures[i]);
		}
	}
	return best;
}

/** In a key: "2 threads", "1:2", "4 threads †". */
static void put_shape_name(struct plot *plot, const struct shape_of_threads *shape)
{
	const char *mark = shape->oversubscribed ? " †" : "";
	if (shape->producers > 0 && shape->consumers > 0) {
		fprintf(plot->script, "'%lld:%lld%s'", shape->producers, shape->consumers, mark);
	} else {
		fprintf(plot->script, "'%lld thread%s%s'", shape->threads,
			shape->threads == 1 ? "" : "s", mark);
	}
}

/** A grey ground where more threads than processors take turns. Returns where that begins. */
static size_t mark_oversubscribed(struct plot *plot, const struct shape_of_threads *shapes,
				  size_t count)
{
	size_t first = 0;
	while (first < count && !shapes[first].oversubscribed) {
		++first;
	}
	if (first < count) {
		fprintf(plot->script,
			"set object rectangle from %g, graph 0 to %g, graph 1 behind "
			"fc rgb '#eef0f2' fs solid noborder\n",
			(double)first - 0.5, (double)count - 0.5);
	}
	return first;
}

/** The axis of the numbers of threads. Returns where there are more than processors. */
static size_t put_shapes(struct plot *plot, const struct shape_of_threads *shapes, size_t count)
{
	bool split = shapes[0].producers > 0 && shapes[0].consumers > 0;
	fputs("set xtics (", plot->script);
	for (size_t i = 0; i < count; ++i) {
		fputs(i ? ", " : "", plot->script);
		if (split) {
			fprintf(plot->script, "'%lld:%lld' %zu", shapes[i].producers,
				shapes[i].consumers, i);
		} else {
			fprintf(plot->script, "'%lld' %zu", shapes[i].threads, i);
		}
	}
	fprintf(plot->script, ")\nset xrange [-0.5:%g]\n", (double)count - 0.5);
	return mark_oversubscribed(plot, shapes, count);
}

/** The same, and what is on it. */
static void put_threads(struct plot *plot, const struct shape_of_threads *shapes, size_t count)
{
	bool split = shapes[0].producers > 0 && shapes[0].consumers > 0;
	fputs(split ? "set xlabel 'producers : consumers'\n" : "set xlabel 'threads'\n",
	      plot->script);
	size_t first = put_shapes(plot, shapes, count);
	if (first < count) {
		fprintf(plot->script,
			"set label 'more threads than processors' at %g, graph 1.03 "
			"font ',11' tc rgb '#57606a'\n",
			(double)first - 0.48);
	}
}

/** The points of a queue: a data block. Returns how many. */
static size_t put_points(struct plot *plot, size_t number, const struct figures *figures,
			 size_t count, const char *queue, const struct shape_of_threads *shapes,
			 size_t shape_count, double aside, struct range *range)
{
	size_t points = 0;
	fprintf(plot->script, "$block%zu << END\n", number);
	for (size_t i = 0; i < shape_count; ++i) {
		const struct figures *best = find_best(figures, count, queue, &shapes[i]);
		if (best) {
			fprintf(plot->script, "%g %g %g %g\n", (double)i + aside,
				best->median / 1e6, best->low / 1e6, best->high / 1e6);
			range_add(range, best->low / 1e6);
			range_add(range, best->high / 1e6);
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
			known = is_queue(&figures[i], names[j]);
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
		      const struct shape_of_threads *shapes, size_t shape_count)
{
	const struct report *report = plots->report;
	const char *floors[8];
	size_t floor_count = find_floors(figures, count, floors);
	size_t all = report->queue_count + floor_count;
	// Between 1:2 and 2:1 there is nothing: no lines
	bool split = shapes[0].producers > 0 && shapes[0].consumers > 0;
	bool *there = calloc(all + 1, sizeof(*there));
	struct range range = RANGE_EMPTY;
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
	put_range(plot, "y", &range);
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
			  const struct shape_of_threads *shapes, size_t shape_count,
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
				find_best(figures, count, place.queue, &shapes[j]);
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
		       size_t place_count, const struct shape_of_threads *shapes,
		       size_t shape_count)
{
	struct range range = RANGE_EMPTY;
	for (size_t j = 0; j < shape_count; ++j) {
		// One above the other, so that each is seen
		double aside = 0.6 * (((double)j + 0.5) / (double)shape_count - 0.5);
		fprintf(plot->script, "$block%zu << END\n", j);
		for (size_t i = 0; i < place_count; ++i) {
			const struct figures *best =
				find_best(figures, count, places[i].queue, &shapes[j]);
			if (best) {
				fprintf(plot->script, "%g %g %g %g\n", best->median / 1e6,
					(double)i + aside, best->low / 1e6, best->high / 1e6);
				range_add(&range, best->low / 1e6);
				range_add(&range, best->high / 1e6);
			}
		}
		fputs("END\n", plot->script);
	}
	put_range(plot, "x", &range);
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
		put_shape_name(plot, &shapes[j]);
		fputs(", ", plot->script);
	}
	fputs("1/0 notitle\n", plot->script);
}

/** Few queues are lines over the numbers of threads, many are rows. */
static int plot_throughput(const struct report_plots *plots, const char *name,
			   const struct figures *figures, size_t count)
{
	struct shape_of_threads shapes[MOST_SHAPES];
	struct place *places;
	struct plot plot;
	size_t shape_count = find_shapes(figures, count, shapes);
	if (shape_count == 0 || !figures[0].higher_is_better) {
		return 0;
	}
	size_t place_count =
		find_places(plots->report, figures, count, shapes, shape_count, &places);
	bool many = place_count > MOST_LINES + 3;
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

// Latency

/** One percentile: a panel. */
static void put_percentile(const struct report_plots *plots, struct plot *plot, int column,
			   const char *title, const struct panel_lines *lines)
{
	fprintf(plot->script, "set title '%s' offset 0,-0.6\n", title);
	fputs("plot ", plot->script);
	// Grey is below
	for (size_t i = 0; i < 2 * plots->report->queue_count; ++i) {
		size_t queue = i % plots->report->queue_count;
		bool chosen = i >= plots->report->queue_count;
		if (!isnan(lines->figures[queue]) && lines->chosen[queue] == chosen) {
			fprintf(plot->script, "$block%zu using 1:%d ", queue, column);
			put_line_style(plot, plots->report, queue, chosen);
			fputs(", ", plot->script);
		}
	}
	fputs("1/0\nunset label\n", plot->script);
}

/** A key beside four panels: gnuplot's own is no higher than one. */
static void put_key(const struct report_plots *plots, struct plot *plot,
		    const struct panel_lines *lines)
{
	double height = 0.94;
	size_t others = 0;
	for (size_t i = 0; i < plots->report->queue_count; ++i) {
		if (lines->chosen[i]) {
			fputs("set label ", plot->script);
			plot_name(plot, plots->report, plots->report->queues[i]);
			fprintf(plot->script, " at screen 0.84, screen %g left offset 1,0 point ",
				height);
			plot_style(plot, plots->report, plots->report->queues[i], false);
			fputc('\n', plot->script);
			height -= 0.028;
		}
		others += !lines->chosen[i] && !isnan(lines->figures[i]);
	}
	if (others > 0) {
		fprintf(plot->script,
			"set label 'grey: %zu others' at screen 0.84, screen %g left offset 1,0 "
			"tc rgb '#57606a'\n",
			others, height);
	}
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
		has_first =
			has_first || (is_queue(&figures[i], figures_text(one->cell, "queue")) &&
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
	struct range rates = RANGE_EMPTY;
	struct range times = RANGE_EMPTY;
	for (size_t i = 0; i < plots->report->queue_count; ++i) {
		last[i] = NAN;
		fprintf(plot->script, "$block%zu << END\n", i);
		for (size_t j = 0; j < count; ++j) {
			const struct figures *row = &figures[j];
			if (!is_queue(row, plots->report->queues[i])) {
				continue;
			}
			double rate = row->capacity *
				      json_number_value(json_object_get(row->cell, "load"));
			fprintf(plot->script, "%g %g %g %g %g\n", rate, row->p50 / 1e3,
				row->p99 / 1e3, row->p999 / 1e3, row->p9999 / 1e3);
			range_add(&rates, rate);
			range_add(&times, row->p50 / 1e3);
			range_add(&times, row->p9999 / 1e3);
			last[i] = row->p99;
		}
		fputs("END\n", plot->script);
	}
	put_range(plot, "x", &rates);
	put_range(plot, "y", &times);
}

/** All of the plot, from rows by load. */
static void put_panels(const struct report_plots *plots, struct plot *plot,
		       const struct figures *figures, size_t count, const struct panel_lines *lines)
{
	static const char *const titles[] = {"p50", "p99", "p99.9", "p99.99"};
	fputs("set multiplot layout 2,2 margins 0.1,0.8,0.08,0.95 spacing 0.11,0.13\n"
	      "set xlabel 'million items a second, offered' offset 0,0.4\n"
	      "set ylabel 'microseconds' offset 0.5,0\n"
	      "set format '%g'\nunset key\n",
	      plot->script);
	put_loads(plots, plot, figures, count, lines->figures);
	choose_lines(plots->report, lines->figures, lines->chosen);
	put_key(plots, plot, lines);
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
	struct panel_lines lines;
	struct plot plot;
	if (!figures || make_lines(plots->report, &lines) != 0) {
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
	free_lines(&lines);
	free(figures);
	return result;
}

// Costs

/** The queues of a plot, in their rows. */
struct rows {
	const struct report_plots *plots;
	const struct figures *figures;
	size_t count;
	const char **queues;
	size_t queue_count;
	/** What the marks of a row differ in. */
	bool waits;
	struct shape_of_threads shapes[MOST_SHAPES];
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
		return find_best(rows->figures, rows->count, queue, &rows->shapes[mark]);
	}
	for (size_t i = 0; i < rows->count; ++i) {
		const struct figures *row = &rows->figures[i];
		if (is_queue(row, queue) && report_integer(row->cell, "consumers") == 1 &&
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
	rows->shape_count = find_shapes(rows->figures, rows->count, rows->shapes);
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
		put_shape_name(plot, &rows->shapes[mark]);
	}
}

/** A panel of one figure over the queues. */
static void put_panel(struct plot *plot, const struct rows *rows,
		      double (*figure)(const struct figures *row), bool from_zero)
{
	static const int marks[] = {7, 4, 9, 12, 5, 6};
	struct range range = RANGE_EMPTY;
	bool there[MOST_SHAPES] = {false};
	for (size_t j = 0; j < count_marks(rows); ++j) {
		fprintf(plot->script, "$rows%zu << END\n", j);
		for (size_t i = 0; i < rows->queue_count; ++i) {
			const struct figures *row = find_mark(rows, rows->queues[i], j);
			if (row) {
				there[j] = true;
				range_add(&range, figure(row));
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
		put_range(plot, "x", &range);
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

// Crossover

/** The points of each queue: a data block. `first` is what it costs at the least work, or NAN. */
static void put_costs(const struct report *report, struct plot *plot,
		      const struct crossover *crossover, double *first)
{
	for (size_t i = 0; i < report->queue_count; ++i) {
		first[i] = NAN;
		fprintf(plot->script, "$block%zu << END\n", i);
		for (size_t j = 0; j < crossover->count; ++j) {
			const struct contender *contender =
				ranking_find(&crossover->points[j].ranking, report->queues[i]);
			double work = crossover->points[j].work;
			if (contender) {
				// No work, and no difference, have places of their own on these
				// axes
				fprintf(plot->script, "%g %g\n", work > 0 ? work : 20,
					fmax((contender->cost - 1) * 100, 0.5));
				first[i] = isnan(first[i]) ? contender->cost : first[i];
			}
		}
		fputs("END\n", plot->script);
	}
}

static void put_crossover(const struct report *report, struct plot *plot,
			  const struct panel_lines *lines)
{
	fputs("set logscale xy\nset yrange [0.5:*]\nset xrange [15:*]\n"
	      "set xtics ('none' 20, '100 ns' 100, '1 µs' 1e3, '10 µs' 1e4, '100 µs' 1e5)\n"
	      "set ytics ('best' 0.5, '1 %%' 1, '2 %%' 2, '5 %%' 5, '10 %%' 10, '20 %%' 20, "
	      "'50 %%' 50, '2 ×' 100, '3 ×' 200, '6 ×' 500, '11 ×' 1e3, '101 ×' 1e4)\n"
	      "set xlabel 'work of an item (log scale)'\n"
	      "set ylabel 'longer than with the best queue (log scale)'\n"
	      "set object rectangle from graph 0, first 0.5 to graph 1, first 5 behind "
	      "fc rgb '#e6f4ea' fs solid noborder\n"
	      "set label 'under 5 %' at graph 0.04, first 4.2 font ',11' tc rgb '#57606a'\nplot ",
	      plot->script);
	bool others = false;
	// Grey is below
	for (size_t i = 0; i < 2 * report->queue_count; ++i) {
		size_t queue = i % report->queue_count;
		bool line = i >= report->queue_count;
		if (isnan(lines->figures[queue]) || lines->chosen[queue] != line) {
			continue;
		}
		fprintf(plot->script, "$block%zu using 1:2 ", queue);
		put_line_style(plot, report, queue, line);
		fputs(" title ", plot->script);
		if (line) {
			plot_name(plot, report, report->queues[queue]);
		} else {
			plot_quote(plot, others ? "" : "the others");
			others = true;
		}
		fputs(", ", plot->script);
	}
	fputs("1/0 notitle\n", plot->script);
}

int report_plot_crossover(const struct report_plots *plots, const char *name,
			  const struct crossover *crossover)
{
	const struct report *report = plots->report;
	struct plot plot;
	if (crossover->count == 0 || crossover->points[0].ranking.ranked == 0) {
		return 0;
	}
	struct panel_lines lines;
	if (make_lines(report, &lines) != 0) {
		return -1;
	}
	int result = plot_begin(&plot, plots->folder, name, 900, 480);
	if (result == 0) {
		put_costs(report, &plot, crossover, lines.figures);
		choose_lines(report, lines.figures, lines.chosen);
		put_crossover(report, &plot, &lines);
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	free_lines(&lines);
	return result;
}

// What the queue did

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
static size_t find_workers(const struct walk_rows *rows, struct shape_of_threads *shapes)
{
	size_t found = 0;
	for (size_t i = 0; i < rows->count && found < MOST_SHAPES; ++i) {
		const struct walk_row *row = &rows->rows[i];
		if (found == 0 || shapes[found - 1].threads != row->threads) {
			shapes[found++] = (struct shape_of_threads){
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
			const struct shape_of_threads *shapes, size_t shape_count,
			struct range *range)
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
			range_add(range, its.low * panel->scale);
			range_add(range, its.high * panel->scale);
			++points;
		}
	}
	fputs("END\n", plot->script);
	return points;
}

/** The axis of a panel, and what is on it beside the queues. */
static void put_queue_axis(struct plot *plot, const struct queue_panel *panel, bool empty,
			   const struct range *range)
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
		put_range(plot, "y", range);
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
			    const struct shape_of_threads *shapes, size_t shape_count,
			    const struct panel_lines *lines)
{
	struct range range = RANGE_EMPTY;
	size_t points = 0;
	for (size_t i = 0; i < report->queue_count; ++i) {
		points += put_walks(plot, i, report, rows, panel, shapes, shape_count, &range);
	}
	put_queue_axis(plot, panel, points == 0, &range);
	// Grey is below
	for (size_t i = 0; i < 2 * report->queue_count && points > 0; ++i) {
		size_t queue = i % report->queue_count;
		bool chosen = i >= report->queue_count;
		if (isnan(lines->figures[queue]) || lines->chosen[queue] != chosen) {
			continue;
		}
		fprintf(plot->script, ", $block%zu using 1:2 ", queue);
		put_line_style(plot, report, queue, chosen);
		if (chosen) {
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
	struct shape_of_threads shapes[MOST_SHAPES];
	struct plot plot;
	bool any = false;
	struct panel_lines lines;
	if (make_lines(report, &lines) != 0) {
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
		put_shapes(&plot, shapes, count);
		choose_lines(report, lines.figures, lines.chosen);
		put_key(plots, &plot, &lines);
		for (size_t i = 0; i < 4; ++i) {
			put_queue_panel(report, &plot, rows, &queue_panels[i], shapes, count,
					&lines);
		}
		fputs("unset multiplot\n", plot.script);
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	free_lines(&lines);
	return result;
}

// Relations

/** Variants of a workload are in the table alone. */
static bool is_shown(const struct relation *relation)
{
	return !isnan(relation->rho) && relation->simple;
}

int report_plot_relations(const struct report_plots *plots, const char *name,
			  const struct relations *relations)
{
	size_t count = 0;
	struct plot plot;
	for (size_t i = 0; i < relations->count; ++i) {
		count += is_shown(&relations->items[i]);
	}
	int height = 110 + 20 * (int)count;
	if (count == 0) {
		return 0;
	}
	if (plot_begin(&plot, plots->folder, name, 900, height) != 0) {
		return -1;
	}
	fputs("$block << END\n", plot.script);
	size_t at = 0;
	for (size_t i = 0; i < relations->count; ++i) {
		const struct relation *relation = &relations->items[i];
		if (is_shown(relation)) {
			fprintf(plot.script, "%g %zu %g %g %d\n", relation->rho, at++,
				relation->low, relation->high,
				relation_holds(relation) ? 0x0072b2 : 0xb0b7bf);
		}
	}
	fprintf(plot.script,
		"END\nunset key\nset lmargin at screen 0.46\nset grid xtics\n"
		"set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#57606a' lw 1\n"
		"set xrange [-1.05:1.05]\nset yrange [%zu.6:-0.6]\n"
		"set xlabel \"rank correlation with the walk, and its interval "
		"(grey: says nothing)\"\nset ytics (",
		count - 1);
	at = 0;
	for (size_t i = 0; i < relations->count; ++i) {
		if (is_shown(&relations->items[i])) {
			fputs(at ? ", " : "", plot.script);
			// The last words are settings that all share
			char what[256];
			snprintf(what, sizeof(what), "%s", relations->items[i].what);
			char *end = strstr(what, ", not pinned");
			if (end) {
				*end = '\0';
			}
			plot_quote(&plot, what);
			fprintf(plot.script, " %zu", at++);
		}
	}
	fputs(") font ',11'\nplot $block using 1:2:3:4:5 with xerrorbars pt 7 ps 0.8 lw 1.5 "
	      "lc rgb variable\n",
	      plot.script);
	return plot_end(&plot) == 0 ? 1 : -1;
}
