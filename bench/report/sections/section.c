// SPDX-License-Identifier: MIT

/** The plots of a section: drawn, written to their files, and shown. */

#include "report/sections/section.h"

#include "report/plots/plot.h"
#include "report/sections/words.h"

#include <stdlib.h>
#include <string.h>

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
		char file[160];
		snprintf(file, sizeof(file), "%s.svg", name);
		FILE *stream = svg ? outputs_add(writer->outputs, file) : NULL;
		result = stream ? 0 : -1;
		if (stream) {
			fputs(svg, stream);
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
