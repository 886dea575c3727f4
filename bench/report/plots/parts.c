// SPDX-License-Identifier: MIT

/** What plots of figures share: axes, numbers of threads, lines of many queues. */

#include "report/plots/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool plot_is_queue(const struct figures *figures, const char *queue)
{
	return strcmp(figures_text(figures->cell, "queue"), queue) == 0;
}

void plot_range_add(struct plot_range *range, double value)
{
	if (value > 0 && isfinite(value)) {
		range->low = fmin(range->low, value);
		range->high = fmax(range->high, value);
	}
}

void plot_range_put(struct plot *plot, const char *axis, const struct plot_range *range)
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

static struct plot_threads shape_of(const json_t *cell)
{
	return (struct plot_threads){
		.threads = report_integer(cell, "threads"),
		.producers = report_integer(cell, "producers"),
		.consumers = report_integer(cell, "consumers"),
		.oversubscribed = json_is_true(json_object_get(cell, "oversubscribed")),
	};
}

static int compare_shapes(const void *left, const void *right)
{
	const struct plot_threads *a = left;
	const struct plot_threads *b = right;
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

size_t plot_threads_find(const struct figures *figures, size_t count, struct plot_threads *shapes)
{
	size_t found = 0;
	for (size_t i = 0; i < count && found < PLOT_MOST_THREADS; ++i) {
		struct plot_threads shape = shape_of(figures[i].cell);
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

/** The better of two, either of which may be NULL. */
static const struct figures *better(const struct figures *a, const struct figures *b)
{
	return !a || (b && figures_compare(b, a) < 0) ? b : a;
}

const struct figures *plot_find_best(const struct figures *figures, size_t count, const char *queue,
				     const struct plot_threads *shape)
{
	const struct figures *best = NULL;
	for (size_t i = 0; i < count; ++i) {
		struct plot_threads its = shape_of(figures[i].cell);
		if (plot_is_queue(&figures[i], queue) && is_simple(figures[i].cell) &&
		    compare_shapes(&its, shape) == 0) {
			best = better(best, &figures[i]);
		}
	}
	return best;
}

void plot_threads_name(struct plot *plot, const struct plot_threads *shape)
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
static size_t mark_oversubscribed(struct plot *plot, const struct plot_threads *shapes,
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

size_t plot_threads_axis(struct plot *plot, const struct plot_threads *shapes, size_t count)
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

void plot_lines_free(struct plot_lines *lines)
{
	free(lines->figures);
	free(lines->chosen);
	free(lines->order);
}

int plot_lines_make(const struct report *report, struct plot_lines *lines)
{
	lines->figures = calloc(report->queue_count + 1, sizeof(*lines->figures));
	lines->chosen = calloc(report->queue_count + 1, sizeof(*lines->chosen));
	lines->order = calloc(report->queue_count + 1, sizeof(*lines->order));
	if (!lines->figures || !lines->chosen || !lines->order) {
		plot_lines_free(lines);
		return -1;
	}
	return 0;
}

void plot_lines_choose(const struct report *report, struct plot_lines *lines)
{
	const double *figures = lines->figures;
	for (size_t i = 0; i < report->queue_count; ++i) {
		size_t before = 0;
		for (size_t j = 0; j < report->queue_count; ++j) {
			before += figures[j] < figures[i] || (figures[j] == figures[i] && j < i);
		}
		lines->chosen[i] = !isnan(figures[i]) && before < PLOT_MOST_LINES;
	}
	lines->count = 0;
	for (int chosen = 0; chosen < 2; ++chosen) {
		for (size_t i = 0; i < report->queue_count; ++i) {
			if (!isnan(figures[i]) && lines->chosen[i] == chosen) {
				lines->order[lines->count++] = i;
			}
		}
	}
}

void plot_line_style(struct plot *plot, const struct report *report, size_t queue, bool chosen)
{
	if (chosen) {
		fputs("with linespoints ", plot->script);
		plot_style(plot, report, report->queues[queue], true);
	} else {
		fputs("with lines lc rgb '#c4cad0' lw 1", plot->script);
	}
}

void plot_lines_key(const struct report *report, struct plot *plot, const struct plot_lines *lines)
{
	double height = 0.94;
	size_t others = 0;
	for (size_t i = 0; i < lines->count; ++i) {
		size_t queue = lines->order[i];
		if (!lines->chosen[queue]) {
			++others;
			continue;
		}
		fputs("set label ", plot->script);
		plot_name(plot, report, report->queues[queue]);
		fprintf(plot->script, " at screen 0.84, screen %g left offset 1,0 point ", height);
		plot_style(plot, report, report->queues[queue], false);
		fputc('\n', plot->script);
		height -= 0.028;
	}
	if (others > 0) {
		fprintf(plot->script,
			"set label 'grey: %zu others' at screen 0.84, screen %g left offset 1,0 "
			"tc rgb '#57606a'\n",
			others, height);
	}
}
