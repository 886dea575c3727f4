// SPDX-License-Identifier: MIT

/** What plots of figures share: axes, numbers of threads, lines of many queues. */

#ifndef BENCH_PLOT_PARTS_H
#define BENCH_PLOT_PARTS_H

#include "report/data/files.h"
#include "report/plots/plot.h"
#include "results/old/figures.h"

#include <math.h>

/** What is beyond is not drawn. */
#define PLOT_MOST_THREADS 64

/** Producers and consumers, or threads: what is on the axis of a plot. */
struct plot_threads {
	long long threads, producers, consumers;
	bool oversubscribed;
};

/** The range of an axis that is logarithmic: what is there, and a little more. */
struct plot_range {
	double low, high;
};

#define PLOT_RANGE_EMPTY ((struct plot_range){INFINITY, 0})

/** Lines of more queues than this cannot be told apart. */
#define PLOT_MOST_LINES 8

/** Which queues are drawn, and how. */
struct plot_lines {
	/** What orders each queue of the report; NAN if it is not in the plot. */
	double *figures;
	/** Those with lines of their own, the ones with the least figures; the others are grey. */
	bool *chosen;
	/** All that are in the plot, the grey ones first: they are below. */
	size_t *order;
	size_t count;
};

/** Are these the figures of a queue of that name? */
bool plot_is_queue(const struct figures *figures, const char *queue);

/** Put a value into the range: what is not above zero has no place on it. */
void plot_range_add(struct plot_range *range, double value);

/** The range, and its marks: 1, 2, 5 of each power of ten where there are few of these. */
void plot_range_put(struct plot *plot, const char *axis, const struct plot_range *range);

/** The numbers of threads there are, in the order of the axis. */
size_t plot_threads_find(const struct figures *figures, size_t count, struct plot_threads *shapes);

/** The cell of a queue with so many threads, with the wait that it does best with. */
const struct figures *plot_find_best(const struct figures *figures, size_t count, const char *queue,
				     const struct plot_threads *shape);

/** In a key: "2 threads", "1:2", "4 threads †". */
void plot_threads_name(struct plot *plot, const struct plot_threads *shape);

/** The axis of the numbers of threads. Returns where there are more than processors. */
size_t plot_threads_axis(struct plot *plot, const struct plot_threads *shapes, size_t count);

void plot_lines_free(struct plot_lines *lines);

/** 0, or -1 with errno. To be freed by plot_lines_free(). */
int plot_lines_make(const struct report *report, struct plot_lines *lines);

/** Choose and order them, by their figures. */
void plot_lines_choose(const struct report *report, struct plot_lines *lines);

/** How the line of a queue is drawn. */
void plot_line_style(struct plot *plot, const struct report *report, size_t queue, bool chosen);

/** A key beside four panels: gnuplot's own is no higher than one. */
void plot_lines_key(const struct report *report, struct plot *plot, const struct plot_lines *lines);

#endif // BENCH_PLOT_PARTS_H
