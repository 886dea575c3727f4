// SPDX-License-Identifier: MIT

/** The plots of sections: drawn, written to their files, and shown. */

#include "report/sections/section.h"

#include "report/data/tasks.h"
#include "report/plots/plot.h"
#include "report/sections/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/** Fills a chart, whose plot is known. 0: a chart that has failed cannot be drawn. */
static int fill(void *context, size_t number)
{
	const struct writer *writer = context;
	const struct view *view = writer->view;
	struct chart *chart = &writer->charts[number];
	const struct plot *plot = chart->plot;
	plot->fill(plot, view, chart);
	chart->plot = plot;
	chart->title = plot->title;
	chart->text = plot->text;
	chart->height += CHART_HEAD;
	if (!*chart->note) {
		snprintf(chart->note, sizeof(chart->note), "%s. %c%s.",
			 view->report->machines[view->machine].name,
			 toupper((unsigned char)*plot->better), plot->better + 1);
	}
	return 0;
}

int section_fill(struct writer *writer)
{
	bool shown = writer->draw || writer->page->library;
	size_t count = 0;
	for (size_t i = 0; plots[i]; ++i) {
		for (const struct plot *plot = plots[i]; plot->name; ++plot) {
			++count;
		}
	}
	writer->charts = calloc(count + 1, sizeof(*writer->charts));
	for (size_t i = 0; writer->charts && shown && plots[i]; ++i) {
		for (const struct plot *plot = plots[i]; plot->name; ++plot) {
			writer->charts[writer->chart_count++].plot = plot;
		}
	}
	int result = writer->charts ? tasks_do(writer->chart_count, fill, writer) : -1;
	if (result != 0) {
		section_undraw(writer);
	}
	return result;
}

/** The name of a plot on this machine: of its files, and of its place in the page. */
static void name_of(const struct writer *writer, const struct chart *chart, char name[128])
{
	words_id(writer->view, chart->plot->name, name, 128);
}

int section_draw(const struct writer *writer)
{
	int result = writer->draw ? charts_draw(writer->charts, writer->chart_count) : 0;
	for (size_t i = 0; i < writer->chart_count && result == 0; ++i) {
		const struct chart *chart = &writer->charts[i];
		char name[128];
		char file[160];
		name_of(writer, chart, name);
		snprintf(file, sizeof(file), "%s.svg", name);
		FILE *stream = chart->svg ? outputs_add(writer->outputs, file) : NULL;
		result = chart->svg && !stream ? -1 : 0;
		if (stream) {
			fputs(chart->svg, stream);
		}
	}
	return result;
}

void section_undraw(struct writer *writer)
{
	for (size_t i = 0; i < writer->chart_count; ++i) {
		chart_end(&writer->charts[i]);
	}
	free(writer->charts);
	writer->charts = NULL;
	writer->chart_count = 0;
}

size_t section_plots(const struct writer *writer, const char *id)
{
	size_t shown = 0;
	for (size_t i = 0; i < writer->chart_count; ++i) {
		const struct chart *chart = &writer->charts[i];
		if (strcmp(chart->plot->section, id) != 0 ||
		    (!chart_any(chart) && !chart->failed)) {
			continue;
		}
		char name[128];
		json_t *data = chart_data(chart);
		writer->page->failed |= !data;
		name_of(writer, chart, name);
		// With D3 it may be drawn at this moment, for Markdown alone
		page_plot(writer->page, name, writer->draw,
			  writer->page->library ? NULL : chart->svg, data, chart->text);
		json_decref(data);
		++shown;
	}
	return shown;
}

struct figures *section_figures(const struct writer *writer, const char *workload, size_t *count)
{
	const struct view *view = writer->view;
	struct figures *figures = report_figures(view->report, view->machine, workload, count);
	writer->page->failed |= !figures;
	return figures;
}
