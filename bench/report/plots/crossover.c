// SPDX-License-Identifier: MIT

/** Where the choice stops to matter. */

#include "report/plots/plots.h"

#include "report/plots/parts.h"

#include <math.h>

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
			  const struct plot_lines *lines)
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
	for (size_t i = 0; i < lines->count; ++i) {
		size_t queue = lines->order[i];
		bool chosen = lines->chosen[queue];
		fprintf(plot->script, "$block%zu using 1:2 ", queue);
		plot_line_style(plot, report, queue, chosen);
		fputs(" title ", plot->script);
		if (chosen) {
			plot_name(plot, report, report->queues[queue]);
		} else {
			plot_quote(plot, i == 0 ? "the others" : "");
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
	struct plot_lines lines;
	if (plot_lines_make(report, &lines) != 0) {
		return -1;
	}
	int result = plot_begin(&plot, plots->folder, name, 900, 480);
	if (result == 0) {
		put_costs(report, &plot, crossover, lines.figures);
		plot_lines_choose(report, &lines);
		put_crossover(report, &plot, &lines);
		result = plot_end(&plot) == 0 ? 1 : -1;
	}
	plot_lines_free(&lines);
	return result;
}
