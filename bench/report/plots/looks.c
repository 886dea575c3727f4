// SPDX-License-Identifier: MIT

#include "report/plots/looks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
				      "#e69f00", "#56b4e9", "#000000", "#8c6d31"};

/** gnuplot's numbers of points and lines: filled and solid ones first. */
static const int points[] = {7, 9, 5, 13, 6, 8, 4, 12};
static const int dashes[] = {1, 2, 4, 3};
/** By how many points queues of one colour are apart: 64 queues look different. */
static const size_t steps[] = {0, 4, 2, 6, 1, 5, 3, 7};

enum { COLOURS = 8, POINTS = 8, DASHES = 4 };

struct chart_look look_of_queue(const struct report *report, const char *queue, bool line)
{
	size_t place = 0;
	while (place < report->queue_count && strcmp(report->queues[place], queue) != 0) {
		++place;
	}
	return (struct chart_look){
		.colour = colours[place % COLOURS],
		.point = points[(place + steps[place / COLOURS % POINTS]) % POINTS],
		.line = line ? dashes[place / COLOURS % DASHES] : 0,
		.width = 1.8,
		.queue = queue,
	};
}

int look_point(size_t place, bool hollow)
{
	return points[place % 4 + (hollow ? 4 : 0)];
}

void look_name(const struct report *report, const char *queue, char *text, size_t size)
{
	snprintf(text, size, "%s%s", queue, report_is_called(report, queue) ? "*" : "");
}

// Numbers of threads

static struct looks_threads threads_of(const struct run_cell *cell)
{
	return (struct looks_threads){
		.threads = cell->cell.threads,
		.producers = cell->cell.producers,
		.consumers = cell->cell.consumers,
		.oversubscribed = cell->oversubscribed,
	};
}

static int compare_threads(const void *left, const void *right)
{
	const struct looks_threads *a = left;
	const struct looks_threads *b = right;
	if (a->oversubscribed != b->oversubscribed) {
		return a->oversubscribed ? 1 : -1;
	}
	if (a->threads != b->threads) {
		return a->threads > b->threads ? 1 : -1;
	}
	return (a->producers > b->producers) - (a->producers < b->producers);
}

static bool is_simple(const struct run_cell *cell)
{
	return cell->cell.work == 0 && cell->cell.batch == 1;
}

size_t looks_threads_find(const struct figures *figures, size_t count,
			  struct looks_threads *threads)
{
	size_t found = 0;
	for (size_t i = 0; i < count && found < LOOKS_THREADS; ++i) {
		struct looks_threads its = threads_of(figures[i].cell);
		bool known = !is_simple(figures[i].cell);
		for (size_t j = 0; j < found && !known; ++j) {
			known = compare_threads(&threads[j], &its) == 0;
		}
		if (!known) {
			threads[found++] = its;
		}
	}
	qsort(threads, found, sizeof(*threads), compare_threads);
	return found;
}

const struct figures *looks_find_best(const struct figures *figures, size_t count,
				      const char *queue, const struct looks_threads *threads)
{
	const struct figures *best = NULL;
	for (size_t i = 0; i < count; ++i) {
		const struct run_cell *cell = figures[i].cell;
		struct looks_threads its = threads_of(cell);
		if (strcmp(cell->cell.queue, queue) == 0 && is_simple(cell) &&
		    compare_threads(&its, threads) == 0 &&
		    (!best || figures_compare(&figures[i], best) < 0)) {
			best = &figures[i];
		}
	}
	return best;
}

static bool is_split(const struct looks_threads *threads)
{
	return threads->producers > 0 && threads->consumers > 0;
}

void looks_threads_name(const struct looks_threads *threads, char *text, size_t size)
{
	const char *mark = threads->oversubscribed ? " †" : "";
	if (is_split(threads)) {
		snprintf(text, size, "%lld:%lld%s", threads->producers, threads->consumers, mark);
	} else {
		snprintf(text, size, "%lld thread%s%s", threads->threads,
			 threads->threads == 1 ? "" : "s", mark);
	}
}

void looks_threads_axis(struct chart *chart, size_t panel, const struct looks_threads *threads,
			size_t count)
{
	size_t first = count;
	for (size_t i = count; i-- > 0;) {
		char text[64];
		bool split = is_split(&threads[i]);
		snprintf(text, sizeof(text), split ? "%lld:%lld" : "%lld",
			 split ? threads[i].producers : threads[i].threads, threads[i].consumers);
		chart_name(chart, panel, false, (double)i, text);
		first = threads[i].oversubscribed ? i : first;
	}
	chart->panels[panel].x.scale = CHART_NAMES;
	chart->panels[panel].shade = (struct chart_shade){
		.from = (double)first - 0.5, .to = (double)count - 0.5, .colour = LOOKS_GROUND};
}

// Lines of many queues

int lines_begin(struct lines *lines, const struct report *report)
{
	size_t count = report->queue_count + 1;
	*lines = (struct lines){
		.report = report,
		.figures = calloc(count, sizeof(*lines->figures)),
		.chosen = calloc(count, sizeof(*lines->chosen)),
		.order = calloc(count, sizeof(*lines->order)),
	};
	if (!lines->figures || !lines->chosen || !lines->order) {
		lines_end(lines);
		return -1;
	}
	for (size_t i = 0; i < report->queue_count; ++i) {
		lines->figures[i] = NAN;
	}
	return 0;
}

void lines_end(struct lines *lines)
{
	free(lines->figures);
	free(lines->chosen);
	free(lines->order);
}

void lines_choose(struct lines *lines, struct chart *chart)
{
	const struct report *report = lines->report;
	const double *figures = lines->figures;
	size_t others = 0;
	for (size_t i = 0; i < report->queue_count; ++i) {
		size_t before = 0;
		for (size_t j = 0; j < report->queue_count; ++j) {
			before += figures[j] < figures[i] || (figures[j] == figures[i] && j < i);
		}
		lines->chosen[i] = !isnan(figures[i]) && before < LOOKS_LINES;
		others += !isnan(figures[i]) && !lines->chosen[i];
	}
	for (int chosen = 0; chosen < 2; ++chosen) {
		for (size_t i = 0; i < report->queue_count; ++i) {
			if (isnan(figures[i]) || lines->chosen[i] != chosen) {
				continue;
			}
			lines->order[lines->count++] = i;
			if (chosen) {
				char name[256];
				look_name(report, report->queues[i], name, sizeof(name));
				chart_key(chart, look_of_queue(report, report->queues[i], true),
					  name);
			}
		}
	}
	if (others > 0 && !chart->few) {
		char text[64];
		snprintf(text, sizeof(text), "%zu others", others);
		chart_key(chart, (struct chart_look){.colour = "#c4cad0", .line = 1}, text);
	}
}

size_t lines_series(const struct lines *lines, size_t queue, struct chart *chart, size_t panel)
{
	const char *name = lines->report->queues[queue];
	struct chart_look look = look_of_queue(lines->report, name, true);
	if (!lines->chosen[queue]) {
		look = (struct chart_look){
			.colour = "#c4cad0", .line = 1, .width = 1, .queue = name, .other = true};
	}
	return chart_series(chart, panel, look);
}
