// SPDX-License-Identifier: MIT

/**
 * What plots share: how a queue looks, numbers of threads as an axis, and lines of many queues.
 *
 * A queue looks the same in all plots of a report: one of eight colours that the colour-blind tell
 * apart too (Okabe & Ito, "Color Universal Design", 2008), with other points and lines for each
 * further eight queues.
 */

#ifndef BENCH_REPORT_LOOKS_H
#define BENCH_REPORT_LOOKS_H

#include "report/data/cells.h"
#include "report/plots/chart.h"

/** More numbers of threads than this are not drawn. */
enum { LOOKS_THREADS = 64 };

/** Lines of more queues than this cannot be told apart. */
enum { LOOKS_LINES = 8 };

#define LOOKS_GROUND "#eef0f2"
/** Of what is no queue. */
#define LOOKS_GREY "#57606a"

/** The look of a queue: a point, with its line or alone. */
struct chart_look look_of_queue(const struct report *report, const char *queue, bool line);

/** gnuplot's number of the point that stands for something else than a queue, such as the third
 * number of threads; filled or not. */
int look_point(size_t place, bool hollow);

/** The name of a queue, with a star if it is called through a pointer. */
void look_name(const struct report *report, const char *queue, char *text, size_t size);

// Numbers of threads

/** Producers and consumers, or threads: a place on an axis. */
struct looks_threads {
	long long threads, producers, consumers;
	bool oversubscribed;
};

/** The numbers of threads in figures, in the order of an axis. Returns how many. */
size_t looks_threads_find(const struct figures *figures, size_t count,
			  struct looks_threads *threads);

/** The best cell of a queue with these threads, or NULL. */
const struct figures *looks_find_best(const struct figures *figures, size_t count,
				      const char *queue, const struct looks_threads *threads);

/** In a key: "2 threads", "1:2", "4 threads †". */
void looks_threads_name(const struct looks_threads *threads, char *text, size_t size);

/** Makes numbers of threads the x axis of a panel, with a grey ground where they take turns. */
void looks_threads_axis(struct chart *chart, size_t panel, const struct looks_threads *threads,
			size_t count);

// Lines of many queues

/** Which queues are drawn, and how. */
struct lines {
	const struct report *report;
	/** Orders the queues, the least first; NAN for a queue that is not in the plot. */
	double *figures;
	/** Whether a queue has a colour. The others are grey. */
	bool *chosen;
	/** Queues in the plot, the grey ones first, since they are below. */
	size_t *order;
	size_t count;
};

/** 0, or -1 with ENOMEM. All figures are NAN. */
int lines_begin(struct lines *lines, const struct report *report);

/** Chooses by the figures, and puts the chosen ones into the key of a chart. */
void lines_choose(struct lines *lines, struct chart *chart);

size_t lines_series(const struct lines *lines, size_t queue, struct chart *chart, size_t panel);

void lines_end(struct lines *lines);

#endif // BENCH_REPORT_LOOKS_H
