// SPDX-License-Identifier: MIT

/** The plots of a section: drawn, written to their files, and shown. */

#include "report/sections/section.h"

#include "report/plots/plot.h"
#include "report/sections/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/** Returns whether there was something to draw, or -1 with errno. */
static int show(const struct writer *writer, const struct plot *plot)
{
	const struct view *view = writer->view;
	struct chart chart = {0};
	char name[128];
	int result = plot->fill(plot, view, &chart);
	int shown = result == 0 && (chart_any(&chart) || chart.failed);
	words_id(view, plot->name, name, sizeof(name));
	chart.title = plot->title;
	chart.text = plot->text;
	chart.height += CHART_HEAD;
	if (!*chart.note) {
		snprintf(chart.note, sizeof(chart.note), "%s. %c%s.",
			 view->report->machines[view->machine].name,
			 toupper((unsigned char)*plot->better), plot->better + 1);
	}
	if (shown) {
		char file[160];
		snprintf(file, sizeof(file), "%s.svg", name);
		char *svg = writer->draw ? chart_draw(&chart) : NULL;
		FILE *stream = svg ? outputs_add(writer->outputs, file) : NULL;
		json_t *data = stream || !writer->draw ? chart_data(&chart) : NULL;
		result = data ? 0 : -1;
		if (stream) {
			fputs(svg, stream);
		}
		if (data) {
			page_plot(writer->page, name, svg, data, plot->text);
		}
		json_decref(data);
		free(svg);
	}
	chart_end(&chart);
	return result == 0 ? shown : -1;
}

int section_plots(const struct writer *writer, const char *id)
{
	int shown = 0;
	for (size_t i = 0; plots[i] && (writer->draw || writer->page->library); ++i) {
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
