// SPDX-License-Identifier: MIT

/** The plots of a section: drawn, written to their files, and shown. */

#include "report/sections/section.h"

#include "base/replace.h"
#include "report/plots/plot.h"
#include "report/sections/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** 0, or -1 with errno. */
static int write_file(const char *folder, const char *name, const char *text)
{
	char *path;
	struct replace replace;
	if (asprintf(&path, "%s/%s.svg", folder, name) < 0) {
		return -1;
	}
	int result = replace_begin(&replace, path);
	if (result == 0) {
		fputs(text, replace.stream);
		result = replace_commit(&replace);
	}
	free(path);
	return result;
}

/** Returns whether there was something to draw, or -1 with errno. */
static int show(const struct writer *writer, const struct plot *plot)
{
	struct chart chart = {0};
	char name[128];
	int result = plot->fill(plot, writer->view, &chart);
	int shown = result == 0 && (chart_any(&chart) || chart.failed);
	words_id(writer->view, plot->name, name, sizeof(name));
	if (shown) {
		char *svg = chart_draw(&chart);
		result = svg ? write_file(writer->folder, name, svg) : -1;
		if (result == 0) {
			page_plot(writer->page, name, svg, plot->text);
		}
		free(svg);
	}
	chart_end(&chart);
	return result == 0 ? shown : -1;
}

int section_plots(const struct writer *writer, const char *id)
{
	int shown = 0;
	for (size_t i = 0; plots[i] && writer->draw; ++i) {
		for (const struct plot *plot = plots[i]; plot->name; ++plot) {
			int result = strcmp(plot->section, id) == 0 ? show(writer, plot) : 0;
			if (result < 0) {
				return -1;
			}
			shown += result;
		}
	}
	return shown;
}
