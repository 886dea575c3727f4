// SPDX-License-Identifier: MIT

/** Charts as a program for gnuplot. */

#include "report/plots/chart.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/** Pixels beside the panels, and between them. */
enum {
	TOP = 34 + CHART_HEAD,
	BOTTOM = 64,
	RIGHT = 168,
	GAP_X = 85,
	GAP_X_NAMED = 25,
	GAP_Y = 92,
	KEY_LINE = 20
};

/** Of a logarithmic axis: what the points span, widened by this at both ends. */
#define ROOM 1.3
/** A span below which each power of ten has marks at 1, 2 and 5. */
#define FEW_POWERS 2000

#define GREY "#57606a"

// Filling

/** Makes room for one more of `count` items. The items, moved perhaps; NULL without memory. */
static void *grow(struct chart *chart, void *items, size_t count, size_t size)
{
	bool full = (count & (count - 1)) == 0;
	void *more = full ? realloc(items, (count ? 2 * count : 1) * size) : items;
	chart->failed |= !more;
	return more;
}

size_t chart_panel(struct chart *chart, const char *title)
{
	chart->panels[chart->panel_count] = (struct chart_panel){.title = title, .base = NAN};
	return chart->panel_count++;
}

size_t chart_series(struct chart *chart, size_t panel, struct chart_look look)
{
	struct chart_series *more =
		grow(chart, chart->series, chart->series_count, sizeof(*chart->series));
	if (!more) {
		return 0;
	}
	chart->series = more;
	more[chart->series_count] = (struct chart_series){panel, look};
	return chart->series_count++;
}

void chart_point(struct chart *chart, size_t series, double x, double y, double low, double high,
		 double samples)
{
	struct chart_point *more =
		grow(chart, chart->points, chart->point_count, sizeof(*chart->points));
	if (more) {
		chart->points = more;
		more[chart->point_count++] = (struct chart_point){series, x, y, low, high, samples};
	}
}

static void add_text(struct chart *chart, struct chart_text text, const char *string)
{
	struct chart_text *more =
		grow(chart, chart->texts, chart->text_count, sizeof(*chart->texts));
	if (!more) {
		return;
	}
	chart->texts = more;
	text.text = strdup(string);
	chart->failed |= !text.text;
	more[chart->text_count] = text;
	chart->text_count += text.text != NULL;
}

void chart_name(struct chart *chart, size_t panel, bool of_y, double at, const char *text)
{
	add_text(chart,
		 (struct chart_text){.kind = of_y ? TEXT_Y : TEXT_X, .panel = panel, .at = at},
		 text);
}

void chart_label(struct chart *chart, size_t series, const char *text)
{
	add_text(chart, (struct chart_text){.kind = TEXT_SERIES, .at = (double)series}, text);
}

const char *chart_label_of(const struct chart *chart, size_t series)
{
	for (size_t i = 0; i < chart->text_count; ++i) {
		const struct chart_text *text = &chart->texts[i];
		if (text->kind == TEXT_SERIES && text->at == (double)series) {
			return text->text;
		}
	}
	return NULL;
}

void chart_key(struct chart *chart, struct chart_look look, const char *text)
{
	add_text(chart, (struct chart_text){.kind = TEXT_KEY, .look = look}, text);
}

bool chart_any(const struct chart *chart)
{
	return chart->point_count > 0;
}

void chart_end(struct chart *chart)
{
	for (size_t i = 0; i < chart->text_count; ++i) {
		free(chart->texts[i].text);
	}
	free(chart->texts);
	free(chart->points);
	free(chart->series);
	free(chart->svg);
	*chart = (struct chart){0};
}

// Texts and numbers

/** Writes a text in quotes, on one line, and doubles some characters of it. */
static void quote(FILE *script, const char *text, const char *doubled)
{
	fputc('\'', script);
	for (; *text; ++text) {
		fputs(strchr(doubled, *text) ? (char[]){*text, '\0'} : "", script);
		fputc(*text == '\n' ? ' ' : *text, script);
	}
	fputc('\'', script);
}

/** A length in pixels as a part of the screen. */
static double part(double pixels, int whole)
{
	return pixels / whole;
}

// Axes

/** What the points of a panel span on an axis: positive ones only if it is logarithmic. */
static void span_of(const struct chart *chart, size_t panel, bool of_y, double span[2])
{
	const struct chart_panel *its = &chart->panels[panel];
	bool log = (of_y ? its->y.scale : its->x.scale) == CHART_LOG;
	span[0] = INFINITY;
	span[1] = -INFINITY;
	for (size_t i = 0; i < chart->point_count; ++i) {
		const struct chart_point *point = &chart->points[i];
		bool interval = its->across != of_y && !isnan(point->low);
		double at = of_y ? point->y : point->x;
		const double values[] = {at, interval ? point->low : at,
					 interval ? point->high : at};
		const struct chart_series *series = &chart->series[point->series];
		bool here = (chart->shared || series->panel == panel) &&
			    !(chart->few && series->look.other);
		for (size_t j = 0; j < 3 && here; ++j) {
			if (isfinite(values[j]) && (!log || values[j] > 0)) {
				span[0] = fmin(span[0], values[j]);
				span[1] = fmax(span[1], values[j]);
			}
		}
	}
}

/** Marks at 1, 2 and 5 of each power of ten. */
static void put_log_marks(FILE *script, const char *axis, double low, double high)
{
	static const double steps[] = {1, 2, 5};
	fprintf(script, "set %stics (", axis);
	const char *comma = "";
	for (int power = (int)floor(log10(low)); power <= (int)ceil(log10(high)); ++power) {
		for (size_t i = 0; i < 3; ++i) {
			double mark = steps[i] * pow(10, power);
			if (mark >= low && mark <= high) {
				fprintf(script, "%s'%.10g' %g", comma, mark, mark);
				comma = ", ";
			}
		}
	}
	fputs(")\n", script);
}

/** Names of an axis. Returns how many there are. */
static size_t put_names(const struct chart *chart, FILE *script, size_t panel, bool of_y,
			bool shown)
{
	size_t count = 0;
	for (size_t i = 0; i < chart->text_count; ++i) {
		const struct chart_text *text = &chart->texts[i];
		if (text->panel != panel || text->kind != (of_y ? TEXT_Y : TEXT_X)) {
			continue;
		}
		fprintf(script, count == 0 ? "set %ctics (" : ", ", of_y ? 'y' : 'x');
		// Names on axes are formats, too
		quote(script, shown ? text->text : "", "'%");
		fprintf(script, " %g", text->at);
		++count;
	}
	fputs(count > 0 ? ")\n" : "", script);
	return count;
}

static void put_axis(const struct chart *chart, FILE *script, size_t panel, bool of_y)
{
	const char *name = of_y ? "y" : "x";
	const struct chart_axis *axis = of_y ? &chart->panels[panel].y : &chart->panels[panel].x;
	double span[2];
	span_of(chart, panel, of_y, span);
	fprintf(script, "unset logscale %s\nset %stics autofreq\nset %slabel ", name, name, name);
	quote(script, axis->label ? axis->label : "", "'");
	fputs(of_y ? "\n" : " offset 0,0.5\n", script);
	size_t names =
		put_names(chart, script, panel, of_y, !of_y || !chart->panels[panel].unnamed);
	if (axis->scale == CHART_NAMES) {
		double end = (double)names - 0.5;
		fprintf(script, of_y ? "set yrange [%g:-0.5]\n" : "set xrange [-0.5:%g]\n", end);
	} else if (!(span[1] >= span[0])) {
		fprintf(script, "set %srange [0:1]\n", name);
	} else if (axis->scale == CHART_LOG) {
		double low = span[0] / ROOM;
		double high = span[1] * ROOM;
		fprintf(script, "set logscale %s\nset %srange [%g:%g]\n", name, name, low, high);
		if (names == 0 && high / low <= FEW_POWERS) {
			put_log_marks(script, name, low, high);
		}
	} else if (axis->low < axis->high) {
		fprintf(script, "set %srange [%g:%g]\n", name, axis->low, axis->high);
	} else if (!axis->from_zero) {
		double base = chart->panels[panel].base;
		base = isnan(base) || !of_y ? span[0] : base;
		fprintf(script, "set %srange [*<%g:%g<*]\n", name, base, base);
	} else {
		// An axis has a length, even if all of it is zero
		fprintf(script, "set %srange [0:%s]\n", name, span[1] > 0 ? "*" : "1");
	}
}

// Panels

static void put_margins(const struct chart *chart, FILE *script, size_t panel)
{
	size_t columns = chart->panel_count > 1 ? 2 : 1;
	size_t rows = (chart->panel_count + columns - 1) / columns;
	int gap = chart->panels[chart->panel_count - 1].unnamed ? GAP_X_NAMED : GAP_X;
	double width = (double)(chart->width - chart->left - RIGHT - gap * ((int)columns - 1)) /
		       (double)columns;
	double height =
		(double)(chart->height - TOP - BOTTOM - GAP_Y * ((int)rows - 1)) / (double)rows;
	double left = chart->left + (double)(panel % columns) * (width + gap);
	double top = TOP + (double)(panel / columns) * (height + GAP_Y);
	fprintf(script,
		"set lmargin at screen %g\nset rmargin at screen %g\n"
		"set tmargin at screen %g\nset bmargin at screen %g\n",
		part(left, chart->width), part(left + width, chart->width),
		1 - part(top, chart->height), 1 - part(top + height, chart->height));
}

static void put_shade(FILE *script, const struct chart_shade *shade)
{
	if (!(shade->from < shade->to)) {
		return;
	}
	fprintf(script,
		shade->of_y ? "set object rectangle from graph 0, first %g to graph 1, first %g"
			    : "set object rectangle from first %g, graph 0 to first %g, graph 1",
		shade->from, shade->to);
	fprintf(script, " behind fc rgb '%s' fs solid noborder\n", shade->colour);
	if (shade->text) {
		fputs("set label ", script);
		quote(script, shade->text, "'");
		fprintf(script,
			shade->of_y ? " at graph 0.04, first %g" : " at first %g, graph 1.03",
			shade->of_y ? shade->to * 0.85 : shade->from);
		fputs(" font ',11' tc rgb '" GREY "'\n", script);
	}
}

/** The points of a series: a block of data. Returns how many have an interval; -1 without any. */
static long put_points(const struct chart *chart, FILE *script, size_t series)
{
	long points = -1;
	for (size_t i = 0; i < chart->point_count; ++i) {
		const struct chart_point *point = &chart->points[i];
		if (point->series != series) {
			continue;
		}
		if (points < 0) {
			fprintf(script, "$s%zu << END\n", series);
			points = 0;
		}
		fprintf(script, "%g %g %g %g\n", point->x, point->y, point->low, point->high);
		points += !isnan(point->low);
	}
	fputs(points >= 0 ? "END\n" : "", script);
	return points;
}

static void put_look(FILE *script, const struct chart_look *look)
{
	fprintf(script, " lc rgb '%s'", look->colour);
	if (look->line) {
		fprintf(script, " lw %g dt %d", look->width > 0 ? look->width : 1.3, look->line);
	}
	if (look->point) {
		fprintf(script, " pt %d ps 0.8", look->point);
	}
}

static void put_panel(const struct chart *chart, FILE *script, size_t number)
{
	const struct chart_panel *panel = &chart->panels[number];
	fputs("set title ", script);
	quote(script, panel->title ? panel->title : "", "'");
	fputs(" offset 0,-0.6\n", script);
	put_margins(chart, script, number);
	put_axis(chart, script, number, false);
	put_axis(chart, script, number, true);
	put_shade(script, &panel->shade);
	bool rows = panel->y.scale == CHART_NAMES;
	fputs(rows ? "set grid xtics ytics\n" : "unset grid\nset grid ytics\n", script);
	if (!isnan(panel->base)) {
		fprintf(script,
			rows ? "set arrow from first %g, graph 0 to first %g, graph 1"
			     : "set arrow from graph 0, first %g to graph 1, first %g",
			panel->base, panel->base);
		fputs(" nohead lc rgb '#8b949e' lw 1.3 dt 2\n", script);
	}
	long *intervals = calloc(chart->series_count + 1, sizeof(*intervals));
	bool any = false;
	for (size_t i = 0; intervals && i < chart->series_count; ++i) {
		bool its = chart->series[i].panel == number &&
			   !(chart->few && chart->series[i].look.other);
		intervals[i] = its ? put_points(chart, script, i) : -1;
		any = any || intervals[i] >= 0;
	}
	if (!any) {
		fputs("set label 'not measured' at graph 0.5, graph 0.5 center tc rgb '" GREY "'\n",
		      script);
	}
	fputs("plot 1/0 notitle", script);
	for (size_t i = 0; intervals && i < chart->series_count; ++i) {
		const struct chart_look *look = &chart->series[i].look;
		if (intervals[i] > 0) {
			fprintf(script, ", $s%zu using %s with vectors nohead lc rgb '%s' lw 1", i,
				panel->across ? "3:2:($4-$3):(0)" : "1:3:(0):($4-$3)",
				look->colour);
		}
		if (intervals[i] >= 0) {
			fprintf(script, ", $s%zu using %s with %s", i,
				panel->bars ? "1:2:(0):1:($2-0.36):($2+0.36)" : "1:2",
				panel->bars    ? "boxxyerror fs solid noborder"
				: !look->line  ? "points"
				: !look->point ? "lines"
					       : "linespoints");
			put_look(script,
				 panel->bars ? &(struct chart_look){.colour = look->colour} : look);
		}
	}
	fputs("\nunset label\nunset object\nunset arrow\n", script);
	free(intervals);
}

/** The title and the note. Like the key's, these labels are of the first panel alone. */
static void put_head(const struct chart *chart, FILE *script)
{
	double left = part(8, chart->width);
	fputs("set label ", script);
	quote(script, chart->title ? chart->title : "", "'");
	fprintf(script, " at screen %g, screen %g left font ',16'\nset label ", left,
		1 - part(16, chart->height));
	quote(script, chart->note, "'");
	fprintf(script, " at screen %g, screen %g left font ',12' tc rgb '" GREY "'\n", left,
		1 - part(37, chart->height));
}

/** The key, beside all panels. */
static void put_key(const struct chart *chart, FILE *script)
{
	double top = TOP + KEY_LINE / 2.0;
	double left = chart->width - RIGHT + 14;
	for (size_t i = 0; i < chart->text_count; ++i) {
		const struct chart_text *text = &chart->texts[i];
		const struct chart_look *look = &text->look;
		if (text->kind != TEXT_KEY) {
			continue;
		}
		double y = 1 - part(top, chart->height);
		if (look->line) {
			fprintf(script, "set arrow from screen %g, %g to screen %g, %g nohead",
				part(left - 6, chart->width), y, part(left + 16, chart->width), y);
			put_look(script, &(struct chart_look){.colour = look->colour,
							      .line = look->line,
							      .width = look->width});
			fputs("\n", script);
		}
		if (look->point) {
			fprintf(script, "set label '' at screen %g, screen %g point",
				part(left + 5, chart->width), y);
			put_look(script, &(struct chart_look){.colour = look->colour,
							      .point = look->point});
			fputs("\n", script);
		}
		fputs("set label ", script);
		quote(script, text->text, "'");
		fprintf(script, " at screen %g, screen %g left tc rgb '" GREY "'\n",
			part(left + 24, chart->width), y);
		top += KEY_LINE;
	}
}

/** The program for a chart, which is written to a file descriptor. */
static void put_chart(const struct chart *chart, FILE *script, int fd)
{
	fprintf(script,
		"reset\nset terminal svg size %d,%d dynamic noenhanced font 'sans-serif,13' "
		"background '#ffffff'\nset output '/proc/self/fd/%d'\n"
		"set encoding utf8\nset style line 1 lc rgb '#d8dce0' lw 0.6\n"
		"set grid ytics ls 1, ls 1\nset border 3 lc rgb '" GREY "'\n"
		"set tics nomirror out\nset format '%%g'\nset datafile missing 'nan'\nunset key\n"
		"set multiplot\n",
		chart->width, chart->height, fd);
	put_head(chart, script);
	put_key(chart, script);
	for (size_t i = 0; i < chart->panel_count; ++i) {
		put_panel(chart, script, i);
	}
	fputs("unset multiplot\nunset output\n", script);
}

bool chart_possible(void)
{
	FILE *gnuplot = popen("command -v gnuplot >/dev/null", "re");
	return gnuplot && pclose(gnuplot) == 0;
}

static void put_escaped(FILE *stream, const char *text)
{
	for (; text && *text; ++text) {
		const char *entity = *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : NULL;
		entity ? fputs(entity, stream) : fputc(*text, stream);
	}
}

/** Names a series: its queue, and what its points are. */
static void put_name(const struct chart *chart, FILE *stream, size_t series)
{
	const char *queue = chart->series[series].look.queue;
	const char *label = chart_label_of(chart, series);
	put_escaped(stream, queue);
	fputs(queue && label ? ", " : "", stream);
	put_escaped(stream, label);
}

/** gnuplot's SVG with the names of the chart instead of its own. NULL with errno; frees `svg`. */
static char *name_parts(const struct chart *chart, char *svg)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	char *from = svg;
	char *title = strstr(svg, "<title>");
	char *drawing = title ? strstr(title, "</desc>") : NULL;
	char *svg_end = title ? strstr(svg, "<svg") : NULL;
	if (stream && drawing && svg_end) {
		svg_end += strlen("<svg");
		fprintf(stream, "%.*s role=\"img\"%.*s<title>", (int)(svg_end - from), from,
			(int)(title - svg_end), svg_end);
		put_escaped(stream, chart->title);
		fputs("</title>\n<desc>", stream);
		put_escaped(stream, chart->text);
		from = drawing;
	}
	// What is shown where a pointer rests: gnuplot names a series by how it was asked for
	for (char *next; stream && (next = strstr(from, "<title>")); from = strchr(next + 1, '<')) {
		size_t series;
		fprintf(stream, "%.*s<title>", (int)(next - from), from);
		if (sscanf(next, "<title>$s%zu ", &series) == 1 && series < chart->series_count) {
			put_name(chart, stream, series);
		}
	}
	if (stream) {
		fputs(from, stream);
		if (fclose(stream) != 0) {
			free(text);
			text = NULL;
		}
	}
	free(svg);
	return text;
}

/** A file in memory that children have too. NULL with errno. */
static FILE *open_inherited(void)
{
	int fd = memfd_create("gnuplot", 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!file && fd >= 0) {
		close(fd);
	}
	return file;
}

/** Runs gnuplot on a script. 0, or -1 with errno. */
static int run_gnuplot(int script)
{
	char command[64];
	// Descriptors are inherited by the shell that popen() starts. Of a stream gnuplot reads
	// each byte by a call
	snprintf(command, sizeof(command), "exec env LC_ALL=C.UTF-8 gnuplot /proc/self/fd/%d",
		 script);
	FILE *gnuplot = popen(command, "re");
	int status = gnuplot ? pclose(gnuplot) : -1;
	if (status > 0) {
		errno = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO;
	}
	return status == 0 ? 0 : -1;
}

/** Takes what gnuplot wrote of a chart. 0, or -1 with errno. */
static int take_svg(struct chart *chart, FILE *file)
{
	char *text = NULL;
	size_t size = 0;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		errno = EIO;
		return -1;
	}
	chart->svg = name_parts(chart, text);
	return chart->svg ? 0 : -1;
}

int charts_draw(struct chart *charts, size_t count)
{
	int result = -1;
	FILE *script = open_inherited();
	FILE **files = calloc(count + 1, sizeof(*files));
	for (size_t i = 0; i < count && files; ++i) {
		files[i] = open_inherited();
		if (!files[i] || charts[i].failed) {
			errno = files[i] ? ENOMEM : errno;
			goto out;
		}
		if (script && chart_any(&charts[i])) {
			put_chart(&charts[i], script, fileno(files[i]));
		}
	}
	if (!files || !script || fflush(script) != 0 || ferror(script)) {
		goto out;
	}
	result = run_gnuplot(fileno(script));
	for (size_t i = 0; i < count && result == 0; ++i) {
		result = chart_any(&charts[i]) ? take_svg(&charts[i], files[i]) : 0;
	}

out:;
	int error = errno;
	for (size_t i = 0; i < count && files && files[i]; ++i) {
		fclose(files[i]);
	}
	free(files);
	if (script) {
		fclose(script);
	}
	errno = error;
	return result;
}
