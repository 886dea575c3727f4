// SPDX-License-Identifier: MIT

/**
 * Plots of a report. A plot is one file in this folder, which ends with PLOT_EXPORT(); the build
 * lists all of them in plots[]. The section that a plot names shows it.
 */

#ifndef BENCH_REPORT_PLOT_H
#define BENCH_REPORT_PLOT_H

#include "report/data/view.h"
#include "report/plots/chart.h"

struct plot {
	/** Name of the file, made of letters, digits and hyphens. */
	const char *name;
	/** Id of the section: the name of its file. */
	const char *section;
	/** The question that it answers, and where the better answers are. */
	const char *title;
	const char *better;
	/** Caption. Takes the place of the plot for readers who cannot see it. */
	const char *text;
	/** What `fill` draws, where it serves several plots. */
	const char *of;
	/** Fills the chart: without points if nothing was measured, failed without memory. */
	void (*fill)(const struct plot *plot, const struct view *view, struct chart *chart);
};

/** The plots of a file, up to one without a name: PLOT_EXPORT(FILE) = {{...}, {0}}; */
#define PLOT_EXPORT(file_) const struct plot plot_of_##file_[]

/** The plots of each file, up to NULL. */
extern const struct plot *plots[];

#endif // BENCH_REPORT_PLOT_H
