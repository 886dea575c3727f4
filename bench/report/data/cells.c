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

const struct run_cell *report_next_cell(const struct report *report, size_t machine,
					struct report_spot *spot)
{
	for (; spot->file < report->count; ++spot->file, spot->cell = 0) {
		const struct run *run = report->files[spot->file].run;
		if (run && report->files[spot->file].machine == machine &&
		    spot->cell < run->cell_count) {
			return &run->cells[spot->cell++];
		}
	}
	return NULL;
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

/** True if the run has numbers of a cell's group, or of its workload with another capacity. */
static bool has_group(const struct run *run, const struct run_cell *cell)
{
	for (size_t i = 0; i < run->cell_count; ++i) {
		const struct run_cell *its = &run->cells[i];
		if (report_is_workload(its, cell->cell.workload) && report_is_plain(its) &&
		    !isnan(its->summary.median) &&
		    (its->cell.capacity != cell->cell.capacity || run_cell_same_group(its, cell))) {
			return true;
		}
	}
	return false;
}

/** report_shows(), with the report_run() of its workload. */
static bool shows(const struct report *report, const struct report_file *first,
		  const struct report_file *file, const struct run_cell *cell)
{
	bool shown = report_is_plain(cell);
	if (file != first) {
		shown = shown && !(first && has_group(first->run, cell));
		for (size_t i = 0; &report->files[i] != file && shown; ++i) {
			const struct report_file *before = &report->files[i];
			shown = !before->run || before->machine != file->machine ||
				!has_group(before->run, cell);
		}
	}
	return shown;
}

bool report_shows(const struct report *report, const struct report_file *file,
		  const struct run_cell *cell)
{
	return shows(report, report_run(report, file->machine, cell->cell.workload), file, cell);
}

struct figures *report_figures(const struct report *report, size_t machine, const char *workload,
			       size_t *count)
{
	const struct report_file *first = report_run(report, machine, workload);
	size_t cells = 0;
	for (size_t i = 0; i < report->count; ++i) {
		cells += report->files[i].run ? report->files[i].run->cell_count : 0;
	}
	struct figures *figures = calloc(cells + 1, sizeof(*figures));
	*count = 0;
	for (size_t i = 0; figures && i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		for (size_t j = 0;
		     file->run && file->machine == machine && j < file->run->cell_count; ++j) {
			const struct run_cell *cell = &file->run->cells[j];
			if (report_is_workload(cell, workload) &&
			    shows(report, first, file, cell)) {
				figures_of(&figures[*count], cell);
				*count += figures[*count].rank == FIGURES_NUMBERS;
			}
		}
	}
	return figures;
}
