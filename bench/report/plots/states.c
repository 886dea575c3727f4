// SPDX-License-Identifier: MIT

/** The machine over time: the probes beside the samples, and what some queues cost meanwhile. */

#include "base/rng.h"
#include "report/plots/looks.h"
#include "report/plots/plot.h"

#include <math.h>
#include <string.h>

/** Queues that are drawn, of those with the most samples; and points of a series, about. */
enum { QUEUES = 4, POINTS = 300 };

/** The samples of a machine, as the points of a series. */
struct drawing {
	const struct view *view;
	struct chart *chart;
	size_t series;
	/** The queue whose costs are drawn; NULL for probes, at these offsets in a sample. */
	const char *queue;
	const size_t *probes;
	/** Of all samples. */
	double share;
};

/** True if the costs of a cell follow the machine: those of sleeps and of loads do not. */
static bool is_drawn(const struct run_cell *cell, const char *queue)
{
	bool sleeps = cell->unit == RUN_NANOSECONDS && cell->cell.wait >= CHANNEL_PARK;
	return !sleeps && !cell->floor && !(cell->cell.load > 0) &&
	       strcmp(cell->cell.queue, queue) == 0;
}

/** Seconds that a machine was measured in the runs before this one, without what lies between. */
static double seconds_before(const struct report *report, const struct report_file *file)
{
	double seconds = 0;
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *other = &report->files[i];
		int order = other->run ? strcmp(other->run->started, file->run->started) : 1;
		if (other->machine == file->machine &&
		    (order < 0 || (order == 0 && other < file))) {
			seconds += other->run->seconds;
		}
	}
	return seconds;
}

/** Draws the samples of a cell. Costs are multiples of its median in the common state. */
static void add_cell(const struct drawing *drawing, const struct run_cell *cell, double before,
		     struct rng *rng)
{
	const struct states *states = &drawing->view->states;
	double common = drawing->queue ? states_median(cell, states->common, NULL) : NAN;
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		double x = before + sample->began;
		if (isnan(x) || rng_unit(rng) > drawing->share) {
			continue;
		}
		for (size_t j = 0; j < (drawing->queue ? 1 : 2); ++j) {
			double y = drawing->queue ? states_cost(cell, sample) / common
						  : *(const double *)((const char *)sample +
								      drawing->probes[j]);
			if (y > 0) {
				chart_point(drawing->chart, drawing->series, x, y, NAN, NAN, NAN);
			}
		}
	}
}

static void add_points(const struct drawing *drawing)
{
	const struct view *view = drawing->view;
	const struct run_cell *cell;
	struct rng rng;
	rng_seed(&rng, 1);
	for (struct report_spot spot = {0};
	     (cell = report_next_cell(view->report, view->machine, &spot));) {
		if (!drawing->queue || is_drawn(cell, drawing->queue)) {
			double before =
				seconds_before(view->report, &view->report->files[spot.file]);
			add_cell(drawing, cell, before, &rng);
		}
	}
}

/** Samples of a machine: all of them, or those that are drawn of a queue. */
static size_t count_samples(const struct view *view, const char *queue)
{
	size_t count = 0;
	const struct run_cell *cell;
	for (struct report_spot spot = {0};
	     (cell = report_next_cell(view->report, view->machine, &spot));) {
		count += !queue || is_drawn(cell, queue) ? cell->sample_count : 0;
	}
	return count;
}

/** Begins a panel over time. */
static size_t add_panel(const struct view *view, struct chart *chart, const char *title,
			const char *label)
{
	size_t number = chart_panel(chart, title);
	struct chart_panel *panel = &chart->panels[number];
	panel->x.label = "seconds of measuring";
	for (size_t i = 0; i < view->report->count; ++i) {
		const struct report_file *file = &view->report->files[i];
		panel->x.high +=
			file->run && file->machine == view->machine ? file->run->seconds : 0;
	}
	panel->y = (struct chart_axis){.label = label, .scale = CHART_LOG};
	return number;
}

static void add_costs(const struct view *view, struct chart *chart)
{
	const char *chosen[QUEUES + 1] = {NULL};
	size_t counts[QUEUES + 1] = {0};
	for (size_t i = 0; i < view->report->queue_count; ++i) {
		const char *queue = view->report->queues[i];
		size_t count = count_samples(view, queue);
		size_t place = QUEUES;
		for (; place > 0 && count > counts[place - 1]; --place) {
			chosen[place] = chosen[place - 1];
			counts[place] = counts[place - 1];
		}
		chosen[place] = queue;
		counts[place] = count;
	}
	size_t panel = add_panel(view, chart, "Costs of some queues", "by the median of the cell");
	chart->panels[panel].base = 1;
	for (size_t i = 0; i < QUEUES && counts[i] > 0; ++i) {
		struct chart_look look = look_of_queue(view->report, chosen[i], false);
		chart_key(chart, look, chosen[i]);
		add_points(&(struct drawing){view, chart, chart_series(chart, panel, look),
					     chosen[i], NULL, POINTS / (double)counts[i]});
	}
}

/** Draws a probe as it was before and after the samples. */
static void add_probe(const struct view *view, struct chart *chart, const char *title,
		      const size_t *probes)
{
	size_t panel = add_panel(view, chart, title, "nanoseconds");
	size_t series =
		chart_series(chart, panel, (struct chart_look){.colour = "#57606a", .point = 6});
	add_points(&(struct drawing){view, chart, series, NULL, probes,
				     POINTS / (double)count_samples(view, NULL)});
}

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	(void)plot;
	*chart = (struct chart){.width = 960, .height = 720, .left = 80};
	if (view->states.count > 0) {
		add_probe(view, chart, "The bounce between two threads",
			  (const size_t[]){offsetof(struct sample, bounce_before),
					   offsetof(struct sample, bounce_after)});
		add_costs(view, chart);
		add_probe(view, chart, "A fetch-and-add of one thread",
			  (const size_t[]){offsetof(struct sample, add_before),
					   offsetof(struct sample, add_after)});
	}
}

PLOT_EXPORT(states) = {
	{"states-plot", "states", "Did the machine change while it was measured?",
	 "lines that stay level are better",
	 "The probes before and after samples, over the time of measuring, one run after the "
	 "other; and the costs of the queues with the most samples, each by the median of its own "
	 "cell in the common state. If there are many samples, some are drawn. Where the costs of "
	 "all queues change as the bounce does, the machine has changed, not the queues.",
	 NULL, fill},
	{0},
};
