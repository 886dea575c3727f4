// SPDX-License-Identifier: MIT

/**
 * A chart as data, drawn as SVG by gnuplot, or by the page itself.
 *
 * A chart has one to four panels that share a key at the right. A panel has two axes, series of
 * points, and perhaps a shaded ground and a base line. Plots fill a chart; charts_draw() is the
 * only place that knows gnuplot, and chart_data() the only one that knows page/page.js.
 *
 * Functions that add to a chart do not fail: without memory they mark the chart, and charts_draw()
 * and chart_data() fail with ENOMEM.
 */

#ifndef BENCH_REPORT_CHART_H
#define BENCH_REPORT_CHART_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Most panels; and pixels of the title and the note above them. */
enum { CHART_PANELS = 4, CHART_HEAD = 44 };

struct plot;

enum chart_scale {
	CHART_LINEAR,
	CHART_LOG,
	/** Names at 0, 1, 2 and so on: from left to right, and from top to bottom. */
	CHART_NAMES,
};

/** Look of a series. */
struct chart_look {
	/** "#0072b2" */
	const char *colour;
	/** gnuplot's number of a point; 0 for none. */
	int point;
	/** gnuplot's number of a line; 0 for none. */
	int line;
	/** Pixels of the line; 0 is 1.3. */
	double width;
	/** Whose it is; NULL for none. Lives as long as the report. */
	const char *queue;
	/** One of many lines that have no colour of their own. */
	bool other;
};

struct chart_axis {
	const char *label;
	enum chart_scale scale;
	/** Of a linear axis: it begins at 0. */
	bool from_zero;
	/** Of a linear axis: its range; both 0 for what the points need. */
	double low, high;
};

/** Ground of another colour, over a range of one axis. */
struct chart_shade {
	bool of_y;
	double from, to;
	const char *colour;
	/** Written on it; NULL for none. */
	const char *text;
};

struct chart_panel {
	const char *title;
	struct chart_axis x, y;
	/** A grey line across the panel, at `base` of y; of x if y has names. NAN for none. */
	double base;
	struct chart_shade shade;
	/** Names of the y axis are not written: the panel to the left has them. */
	bool unnamed;
	/** Intervals of points lie along x, and not along y. */
	bool across;
	/** Points are bars that begin at 0 of x; y has names. */
	bool bars;
};

struct chart_series {
	size_t panel;
	struct chart_look look;
};

struct chart_point {
	size_t series;
	double x, y, low, high, samples;
};

/** A name on an axis, a line of the key, or the name of the series `at`. */
struct chart_text {
	enum { TEXT_X, TEXT_Y, TEXT_KEY, TEXT_SERIES } kind;
	size_t panel;
	double at;
	struct chart_look look;
	char *text;
};

struct chart {
	/** Whose it is. */
	const struct plot *plot;
	/** The question that it answers; the machine, and what is better, unless the plot says it
	 * otherwise; and what it shows. */
	const char *title;
	char note[256];
	const char *text;
	/** Pixels, the head included; `left` is the room for the names of the y axis. */
	int width, height, left;
	/** All panels have the same range of each axis. */
	bool shared;
	/** Lines without a colour are drawn only where a reader asks for them. */
	bool few;
	struct chart_panel panels[CHART_PANELS];
	size_t panel_count;
	/** The rest is filled by the functions below. */
	struct chart_series *series;
	size_t series_count;
	struct chart_point *points;
	size_t point_count;
	struct chart_text *texts;
	size_t text_count;
	bool failed;
	char *svg;
};

/** The index of a new panel, linear and without a base line. */
size_t chart_panel(struct chart *chart, const char *title);

/** The index of a new series of a panel. */
size_t chart_series(struct chart *chart, size_t panel, struct chart_look look);

/** Says what the points of a series are, such as "2 threads". The text is copied. */
void chart_label(struct chart *chart, size_t series, const char *text);

/** NULL if nothing was said. */
const char *chart_label_of(const struct chart *chart, size_t series);

/**
 * Adds a point.
 *
 * @param low, high  its interval along y or x, NAN for none
 * @param samples    how many it rests on, NAN where that says nothing
 */
void chart_point(struct chart *chart, size_t series, double x, double y, double low, double high,
		 double samples);

/** Names a place on the x axis of a panel, or on its y axis. The text is copied. */
void chart_name(struct chart *chart, size_t panel, bool of_y, double at, const char *text);

/** Adds a line to the key. The text is copied. */
void chart_key(struct chart *chart, struct chart_look look, const char *text);

/** True if the chart has a point. */
bool chart_any(const struct chart *chart);

/**
 * Draws those charts that have points, as SVG: chart.svg. One process does, since starting one
 * takes longer than a chart.
 *
 * @return 0, or -1 with errno, EIO if gnuplot failed
 */
int charts_draw(struct chart *charts, size_t count);

/** The chart as page/page.js takes it. NULL without memory. */
json_t *chart_data(const struct chart *chart);

void chart_end(struct chart *chart);

/** True if gnuplot is installed. */
bool chart_possible(void);

#endif // BENCH_REPORT_CHART_H
