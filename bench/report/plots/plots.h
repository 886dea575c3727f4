// SPDX-License-Identifier: MIT

/**
 * The plots of a report.
 *
 * Each function draws one, as NAME.svg in a folder. It returns 1 if it did, 0 where the files have
 * nothing to draw, and -1 with errno.
 */

#ifndef BENCH_REPORT_PLOTS_H
#define BENCH_REPORT_PLOTS_H

#include "report/data/correlation.h"
#include "report/data/crossover.h"
#include "report/data/files.h"
#include "report/data/walks.h"

/** Whose plots, and where they go. */
struct report_plots {
	const struct report *report;
	size_t machine;
	const char *folder;
};

/** Items a second over the numbers of threads. */
int report_plot_throughput(const struct report_plots *plots, const char *name,
			   const char *workload);

/** Percentiles of the time in the queue over the load, of those that poll or that sleep. */
int report_plot_latency(const struct report_plots *plots, const char *name, bool sleeping);

/** Processor time and memory under producers_consumers. */
int report_plot_costs(const struct report_plots *plots, const char *name);

/** Waking against what waiting costs. */
int report_plot_idle(const struct report_plots *plots, const char *name);

/** What each queue costs over the best one, over the work that an item is. */
int report_plot_crossover(const struct report_plots *plots, const char *name,
			  const struct crossover *crossover);

/** Time in the queue, waiting, and the distance from the floor, over the numbers of workers. */
int report_plot_queue(const struct report_plots *plots, const char *name,
		      const struct walk_rows *rows);

/** Rank correlations with their intervals. */
int report_plot_relations(const struct report_plots *plots, const char *name,
			  const struct relations *relations);

#endif // BENCH_REPORT_PLOTS_H
