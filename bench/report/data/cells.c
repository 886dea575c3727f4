// SPDX-License-Identifier: MIT

#include "report/data/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool report_is_plain(const struct run_cell *cell)
{
	return !cell->cell.indirect && cell->cell.place == PLACE_NONE;
}

bool report_is_workload(const struct run_cell *cell, const char *workload)
{
	return strcmp(cell->cell.workload, workload) == 0;
}

bool report_is_called(const struct report *report, const char *queue)
{
	for (size_t i = 0; i < report->count; ++i) {
		const struct run *run = report->files[i].run;
		for (size_t j = 0; run && j < run->cell_count; ++j) {
			const struct run_cell *cell = &run->cells[j];
			if (strcmp(cell->cell.queue, queue) == 0 && report_is_plain(cell) &&
			    cell->called) {
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
		if (!file->run || file->machine != machine) {
			continue;
		}
		for (size_t j = 0; j < file->run->cell_count; ++j) {
			const struct run_cell *cell = &file->run->cells[j];
			cells += report_is_workload(cell, workload) && report_is_plain(cell) &&
				 !isnan(cell->summary.median);
		}
		if (cells > most ||
		    (cells == most && best && strcmp(file->run->started, best->run->started) > 0)) {
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
	size_t cells = file ? file->run->cell_count : 0;
	struct figures *figures = calloc(cells + 1, sizeof(*figures));
	*count = 0;
	for (size_t i = 0; figures && i < cells; ++i) {
		const struct run_cell *cell = &file->run->cells[i];
		if (report_is_workload(cell, workload) && report_is_plain(cell)) {
			figures_of(&figures[*count], cell);
			*count += figures[*count].rank == FIGURES_NUMBERS;
		}
	}
	return figures;
}
