// SPDX-License-Identifier: MIT

/** A chart as JSON, for the page to draw: page/page.js. */

#include "document/json.h"
#include "report/plots/chart.h"

#include <errno.h>

static json_t *axis_data(const struct chart *chart, size_t panel, bool of_y)
{
	static const char *const scales[] = {"linear", "log", "names"};
	const struct chart_axis *axis = of_y ? &chart->panels[panel].y : &chart->panels[panel].x;
	json_t *names = json_array();
	for (size_t i = 0; i < chart->text_count; ++i) {
		const struct chart_text *text = &chart->texts[i];
		if (text->panel == panel && text->kind == (of_y ? TEXT_Y : TEXT_X)) {
			json_array_append_new(names,
					      json_pack("[fo]", text->at, json_bytes(text->text)));
		}
	}
	return json_pack("{s:s?, s:s, s:b, s:o, s:o, s:o}", "label", axis->label, "scale",
			 scales[axis->scale], "zero", axis->from_zero, "low",
			 json_finite(axis->low), "high", json_finite(axis->high), "names", names);
}

static json_t *panel_data(const struct chart *chart, size_t panel)
{
	const struct chart_panel *its = &chart->panels[panel];
	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:s?, s:s?}", "title",
			 json_bytes(its->title), "x", axis_data(chart, panel, false), "y",
			 axis_data(chart, panel, true), "base", json_finite(its->base), "across",
			 its->across, "bars", its->bars, "shadeY", its->shade.of_y, "from",
			 json_finite(its->shade.from), "to", json_finite(its->shade.to), "ground",
			 its->shade.colour, "groundText", its->shade.text);
}

static json_t *look_data(const struct chart_look *look, const char *text)
{
	return json_pack("{s:s, s:i, s:i, s:o, s:b, s:o}", "colour", look->colour, "point",
			 look->point, "line", look->line, "queue", json_bytes(look->queue), "other",
			 look->other, "text", json_bytes(text));
}

json_t *chart_data(const struct chart *chart)
{
	json_t *panels = json_array();
	json_t *series = json_array();
	json_t *points = json_array();
	json_t *key = json_array();
	for (size_t i = 0; i < chart->panel_count; ++i) {
		json_array_append_new(panels, panel_data(chart, i));
	}
	for (size_t i = 0; i < chart->series_count; ++i) {
		json_t *its = look_data(&chart->series[i].look, chart_label_of(chart, i));
		json_object_set_new(its, "panel", json_integer((json_int_t)chart->series[i].panel));
		json_array_append_new(series, its);
	}
	for (size_t i = 0; i < chart->point_count; ++i) {
		const struct chart_point *point = &chart->points[i];
		json_array_append_new(
			points, json_pack("[iooooo]", (int)point->series, json_finite(point->x),
					  json_finite(point->y), json_finite(point->low),
					  json_finite(point->high), json_finite(point->samples)));
	}
	for (size_t i = 0; i < chart->text_count; ++i) {
		if (chart->texts[i].kind == TEXT_KEY) {
			json_array_append_new(
				key, look_data(&chart->texts[i].look, chart->texts[i].text));
		}
	}
	json_t *data = json_pack("{s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "title",
				 json_bytes(chart->title), "note", json_bytes(chart->note),
				 "shared", chart->shared, "few", chart->few, "panels", panels,
				 "series", series, "points", points, "key", key);
	if (chart->failed || !data) {
		json_decref(data);
		errno = ENOMEM;
		return NULL;
	}
	return data;
}
