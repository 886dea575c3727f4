// SPDX-License-Identifier: MIT

/**
 * Plots as SVG, drawn by gnuplot.
 *
 * A queue looks the same in all plots of a report: one of eight colours that stay apart for the
 * colour-blind too (Okabe & Ito, "Color Universal Design", 2008), and a shape and a line for each
 * eight of them.
 */

#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "report/data/files.h"

#include <stdio.h>

struct plot {
	/** What is written here goes to gnuplot. */
	FILE *script;
};

/** Is there a gnuplot? */
bool plot_possible(void);

/**
 * Begin a plot.
 *
 * @param folder         where it goes, as NAME.svg
 * @param width, height  pixels
 * @return 0, or -1 with errno
 */
int plot_begin(struct plot *plot, const char *folder, const char *name, int width, int height);

/** End it: now the file is there. 0; or -1 with errno, EIO if gnuplot failed. */
int plot_end(struct plot *plot);

/** A text in quotes for gnuplot. */
void plot_quote(struct plot *plot, const char *text);

/** The name of a queue in quotes, with a star if it is called through a pointer. */
void plot_name(struct plot *plot, const struct report *report, const char *queue);

/**
 * How a queue is drawn: "lc rgb '#0072b2' pt 7 ps 0.8 lw 1.8 dt 1".
 *
 * @param line  with its line, and not a point alone
 */
void plot_style(struct plot *plot, const struct report *report, const char *queue, bool line);

/** Its colour alone, "#0072b2". */
const char *plot_colour(const struct report *report, const char *queue);

/**
 * How what is not a queue is drawn, as the third number of threads: "lc rgb '#009e73' pt 9".
 *
 * @param hollow  an outline
 */
void plot_style_of_series(struct plot *plot, size_t place, bool hollow);

#endif // BENCH_PLOT_H
