// SPDX-License-Identifier: MIT

/** The cells of a report's runs: which run is asked, and what its cells say. */

#include "report/data/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t report_number(const struct report *report, const struct report_file *file)
{
	return (size_t)(file - report->files) + 1;
}

long long report_integer(const json_t *cell, const char *key)
{
	return json_integer_value(json_object_get(cell, key));
}

bool report_is_plain(const json_t *cell)
{
	return strcmp(figures_text(cell, "dispatch"), "direct") == 0 &&
	       strcmp(figures_text(cell, "place"), "none") == 0;
}

bool report_is_workload(const json_t *cell, const char *workload)
{
	return strcmp(figures_text(cell, "workload"), workload) == 0;
}

bool report_is_called(const struct report *report, const char *queue)
{
	for (size_t i = 0; i < report->count; ++i) {
		size_t j;
		json_t *cell;
		json_array_foreach(json_object_get(report->files[i].document, "cells"), j, cell)
		{
			if (strcmp(figures_text(cell, "queue"), queue) == 0 &&
			    report_is_plain(cell) &&
			    strcmp(figures_text(cell, "calls"), "through a pointer") == 0) {
				return true;
			}
		}
	}
	return false;
}

const struct report_file *report_run(const struct report *report, size_t machine,
				     const char *workload)
{
	const struct report_file *best = NULL;
	size_t most = 0;
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		size_t cells = 0;
		size_t j;
		json_t *cell;
		if (file->kind != REPORT_RESULTS || file->machine != machine) {
			continue;
		}
		json_array_foreach(json_object_get(file->document, "cells"), j, cell)
		{
			cells += report_is_workload(cell, workload) && report_is_plain(cell) &&
				 json_is_number(json_object_get(json_object_get(cell, "summary"),
								"median"));
		}
		if (cells > most || (cells == most && best &&
				     strcmp(figures_text(file->document, "started"),
					    figures_text(best->document, "started")) > 0)) {
			best = file;
			most = cells;
		}
	}
	return most > 0 ? best : NULL;
}

struct figures *report_figures(const struct report *report, size_t machine, const char *workload,
			       size_t *count)
{
	const struct report_file *file = report_run(report, machine, workload);
	const json_t *cells = file ? json_object_get(file->document, "cells") : NULL;
	struct figures *figures = calloc(json_array_size(cells) + 1, sizeof(*figures));
	*count = 0;
	size_t i;
	json_t *cell;
	if (!figures) {
		return NULL;
	}
	json_array_foreach(cells, i, cell)
	{
		if (report_is_workload(cell, workload) && report_is_plain(cell)) {
			figures_of(&figures[*count], cell);
			*count += figures[*count].rank == FIGURES_NUMBERS;
		}
	}
	return figures;
}
