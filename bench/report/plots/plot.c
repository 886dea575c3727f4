// SPDX-License-Identifier: MIT

/** gnuplot at the other end of a pipe, and the looks of queues. */

#include "report/plots/plot.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
				      "#e69f00", "#56b4e9", "#000000", "#8c6d31"};

/** gnuplot's numbers of shapes and lines: filled and solid ones first. */
static const int shapes[] = {7, 9, 5, 13, 6, 8, 4, 12};
/** By how many shapes those of one colour are apart. */
static const size_t steps[] = {0, 4, 2, 6};
static const int lines[] = {1, 2, 4, 3};

enum { COLOURS = 8, SHAPES = 8, LINES = 4 };

bool plot_possible(void)
{
	FILE *gnuplot = popen("gnuplot --version >/dev/null 2>&1", "re");
	return gnuplot && pclose(gnuplot) == 0;
}

int plot_begin(struct plot *plot, const char *folder, const char *name, int width, int height)
{
	plot->script = popen("gnuplot", "we");
	if (!plot->script) {
		return -1;
	}
	fprintf(plot->script,
		"set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,13' "
		"background '#ffffff'\nset output ",
		width, height);
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s.svg", folder, name);
	plot_quote(plot, path);
	fputs("\nset encoding utf8\nset grid ytics lc rgb '#d8dce0' lt 1 lw 0.6\n"
	      "set border 3 lc rgb '#57606a'\nset tics nomirror out\nset datafile missing 'nan'\n"
	      "set key outside right top Left reverse samplen 2.5 spacing 1.15\n",
	      plot->script);
	return 0;
}

int plot_end(struct plot *plot)
{
	bool written = !ferror(plot->script);
	int status = pclose(plot->script);
	if (!written || status != 0) {
		errno = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO;
		return -1;
	}
	return 0;
}

void plot_quote(struct plot *plot, const char *text)
{
	// Inside of single quotes only these need a word, and a line is a line
	fputc('\'', plot->script);
	for (; *text; ++text) {
		fputs(*text == '\'' ? "''" : (char[]){*text == '\n' ? ' ' : *text, '\0'},
		      plot->script);
	}
	fputc('\'', plot->script);
}

void plot_name(struct plot *plot, const struct report *report, const char *queue)
{
	char text[256];
	snprintf(text, sizeof(text), "%s%s", queue, report_is_called(report, queue) ? "*" : "");
	plot_quote(plot, text);
}

static size_t place_of(const struct report *report, const char *queue)
{
	size_t place = 0;
	while (place < report->queue_count && strcmp(report->queues[place], queue) != 0) {
		++place;
	}
	return place;
}

void plot_style_of_series(struct plot *plot, size_t place, bool hollow)
{
	fprintf(plot->script, "lc rgb '%s' pt %d", colours[place % COLOURS],
		shapes[place % 4 + (hollow ? 4 : 0)]);
}

const char *plot_colour(const struct report *report, const char *queue)
{
	return colours[place_of(report, queue) % COLOURS];
}

void plot_style(struct plot *plot, const struct report *report, const char *queue, bool line)
{
	size_t place = place_of(report, queue);
	fprintf(plot->script, "lc rgb '%s' pt %d ps 0.8", colours[place % COLOURS],
		shapes[(place + steps[place / COLOURS % 4]) % SHAPES]);
	if (line) {
		fprintf(plot->script, " lw 1.8 dt %d", lines[place / COLOURS % LINES]);
	}
}
