// SPDX-License-Identifier: MIT

/** Throughput over threads: lines for a few queues, rows for many. */

#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** A queue or a floor. */
struct contestant {
	const char *queue;
	bool floor;
	/** With the most threads that run at once; 0 where it cannot run with so many. */
	double speed;
};

/** Measurements of a workload. */
struct speeds {
	const struct report *report;
	const struct figures *figures;
	size_t count;
	struct looks_threads threads[LOOKS_THREADS];
	size_t thread_count;
	struct contestant *places;
	size_t place_count;
};

/** Floors first, then the fastest. */
static int compare_places(const void *left, const void *right)
{
	const struct contestant *a = left;
	const struct contestant *b = right;
	if (a->floor != b->floor) {
		return a->floor ? -1 : 1;
	}
	return (a->speed < b->speed) - (a->speed > b->speed);
}

static const struct figures *best_of(const struct speeds *speeds, const struct contestant *place,
				     size_t threads)
{
	return looks_find_best(speeds->figures, speeds->count, place->queue,
			       &speeds->threads[threads]);
}

/** Adds a queue or a floor, if anything of it was measured with these threads. */
static void add_contestant(struct speeds *speeds, const char *queue, bool floor)
{
	struct contestant place = {.queue = queue, .floor = floor};
	bool any = false;
	for (size_t i = 0; i < speeds->place_count; ++i) {
		if (strcmp(speeds->places[i].queue, queue) == 0) {
			return;
		}
	}
	for (size_t i = 0; i < speeds->thread_count; ++i) {
		const struct figures *best = best_of(speeds, &place, i);
		any = any || best;
		if (!speeds->threads[i].oversubscribed) {
			place.speed = best ? best->median : 0;
		}
	}
	if (any) {
		speeds->places[speeds->place_count++] = place;
	}
}

/** Queues by name, then floors. */
static void find_places(struct speeds *speeds)
{
	for (size_t i = 0; i < speeds->report->queue_count; ++i) {
		add_contestant(speeds, speeds->report->queues[i], false);
	}
	for (size_t i = 0; i < speeds->count; ++i) {
		if (speeds->figures[i].floor) {
			add_contestant(speeds, speeds->figures[i].cell->cell.queue, true);
		}
	}
}

/** The look of a queue's or a floor's mark. */
static struct chart_look look_of(const struct speeds *speeds, const struct contestant *place,
				 int point)
{
	struct chart_look look = {.colour = LOOKS_GREY};
	if (!place->floor) {
		look = look_of_queue(speeds->report, place->queue, false);
	}
	look.point = point;
	return look;
}

/** A mark for each number of threads, in a row for each queue. */
static void add_rows(struct speeds *speeds, struct chart *chart)
{
	*chart = (struct chart){
		.width = 900, .height = 110 + 22 * (int)speeds->place_count, .left = 140};
	size_t panel = chart_panel(chart, NULL);
	chart->panels[panel].x = (struct chart_axis){.label = "million items a second (log scale)",
						     .scale = CHART_LOG};
	chart->panels[panel].y.scale = CHART_NAMES;
	chart->panels[panel].across = true;
	qsort(speeds->places, speeds->place_count, sizeof(*speeds->places), compare_places);
	for (size_t i = 0; i < speeds->place_count; ++i) {
		char name[256];
		look_name(speeds->report, speeds->places[i].queue, name, sizeof(name));
		chart_name(chart, panel, true, (double)i, name);
	}
	for (size_t j = 0; j < speeds->thread_count; ++j) {
		// One above the other, so that each is seen
		double aside = 0.6 * (((double)j + 0.5) / (double)speeds->thread_count - 0.5);
		char name[64];
		int point = look_point(j, speeds->threads[j].oversubscribed);
		looks_threads_name(&speeds->threads[j], name, sizeof(name));
		chart_key(chart, (struct chart_look){.colour = LOOKS_GREY, .point = point}, name);
		for (size_t i = 0; i < speeds->place_count; ++i) {
			const struct contestant *place = &speeds->places[i];
			const struct figures *best = best_of(speeds, place, j);
			if (best) {
				size_t series =
					chart_series(chart, panel, look_of(speeds, place, point));
				chart_label(chart, series, name);
				chart_point(chart, series, best->median / 1e6, (double)i + aside,
					    best->low / 1e6, best->high / 1e6, best->rounds);
			}
		}
	}
}

/** A line for each queue, and dashed ones for floors, over the numbers of threads. */
static void add_lines(const struct speeds *speeds, struct chart *chart)
{
	// Between 1:2 and 2:1 there is nothing: no lines
	bool split = speeds->threads[0].producers > 0 && speeds->threads[0].consumers > 0;
	*chart = (struct chart){.width = 900, .height = 480, .left = 80};
	size_t panel = chart_panel(chart, NULL);
	looks_threads_axis(chart, panel, speeds->threads, speeds->thread_count);
	chart->panels[panel].x.label = split ? "producers : consumers" : "threads";
	chart->panels[panel].shade.text = "more threads than processors";
	chart->panels[panel].y = (struct chart_axis){.label = "million items a second (log scale)",
						     .scale = CHART_LOG};
	for (size_t i = 0; i < speeds->place_count; ++i) {
		const struct contestant *place = &speeds->places[i];
		struct chart_look look = look_of_queue(speeds->report, place->queue, !split);
		if (place->floor) {
			look = (struct chart_look){.colour = "#8b949e",
						   .line = (int)(speeds->place_count - i) + 1};
		}
		// Intervals side by side, so that each is seen
		double aside = (split ? 0.7 : 0.2) *
			       (((double)i + 0.5) / (double)speeds->place_count - 0.5);
		char name[256];
		size_t series = chart_series(chart, panel, look);
		look_name(speeds->report, place->queue, name, sizeof(name));
		chart_key(chart, look, name);
		if (place->floor) {
			chart_label(chart, series, name);
		}
		for (size_t j = 0; j < speeds->thread_count; ++j) {
			const struct figures *best = best_of(speeds, place, j);
			if (best) {
				chart_point(chart, series, (double)j + (place->floor ? 0 : aside),
					    best->median / 1e6,
					    place->floor ? NAN : best->low / 1e6,
					    place->floor ? NAN : best->high / 1e6, best->rounds);
			}
		}
	}
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	struct speeds speeds = {.report = view->report};
	struct figures *figures =
		report_figures(view->report, view->machine, plot->of, &speeds.count);
	speeds.figures = figures;
	speeds.places =
		calloc(view->report->queue_count + speeds.count + 1, sizeof(*speeds.places));
	speeds.thread_count = looks_threads_find(figures, speeds.count, speeds.threads);
	if (speeds.places && speeds.thread_count > 0 && figures[0].higher_is_better) {
		find_places(&speeds);
		if (speeds.place_count > LOOKS_LINES + 3) {
			add_rows(&speeds, chart);
		} else {
			add_lines(&speeds, chart);
		}
	}
	chart->failed |= !figures || !speeds.places;
	free(speeds.places);
	free(figures);
}

#define ROUNDS " Medians of each queue's own rounds."

PLOT_EXPORT(throughput) = {
	{"pairwise", "throughput",
	 "Which queue is fastest where each thread enqueues and dequeues?", "more is better",
	 "pairwise: each thread enqueues and dequeues in turn." ROUNDS, "pairwise", fill},
	{"mixed", "throughput", "Which queue is fastest where threads do either at random?",
	 "more is better", "mixed: each thread enqueues or dequeues at random." ROUNDS, "mixed",
	 fill},
	{"producers-consumers", "throughput", "Which queue is fastest from producers to consumers?",
	 "more is better", "producers_consumers: some threads enqueue, the others dequeue." ROUNDS,
	 "producers_consumers", fill},
	{"burst", "throughput", "Which queue is fastest to fill and to drain?", "more is better",
	 "burst: the queue is filled, then drained." ROUNDS, "burst", fill},
	{0},
};
