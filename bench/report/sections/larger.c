// SPDX-License-Identifier: MIT

/** The answer for machines that are not here, as `qbench simulate` has it: never ranked with what
 * was measured. */

#include "report/sections/section.h"
#include "report/sections/words.h"

#include <math.h>
#include <string.h>

/** Numbers of threads that have a row, beside the largest of each machine. */
static const unsigned int told[] = {2, 8, 16, 32, 64, 128};

/** What was measured here, in the situation that is most like the simulated one. */
static void add_measured(const struct writer *writer, struct sheet *sheet)
{
	const struct view *view = writer->view;
	const struct ranking *ranking = &view->rankings[situation_find("rate") - situations];
	char rate[32] = "–";
	bool ranked = ranking->ranked > 0;
	bool decided = ranked && ranking_is_decided(ranking);
	if (ranked) {
		words_median(ranking->contenders->cell, ranking->contenders->summary.median, rate,
			     sizeof(rate));
	}
	sheet_add(sheet, SHEET_PLAIN, "measured: this machine");
	sheet_add(sheet, SHEET_PLAIN, "producers_consumers");
	sheet_add(sheet, SHEET_PLAIN, "2");
	sheet_add(sheet, SHEET_PLAIN, "%s",
		  decided  ? ranking->contenders->queue
		  : ranked ? "undecided"
			   : "not measured");
	sheet_add(sheet, SHEET_PLAIN, "%s", rate);
	sheet_add(sheet, SHEET_FAINT, "–");
	sheet_add(sheet, SHEET_FAINT, "see the answer");
	sheet_add(sheet, SHEET_FAINT, "see the answer");
}

/** True if a leader has a row: its threads are told, or it is the last of its table, or its
 * producers were told apart. */
static bool is_told(const struct simulation *simulation, size_t leader)
{
	const struct simulated_cell *cell = &simulation->leaders[leader];
	bool is = true;
	for (size_t i = leader + 1; cell->producers == 0 && i < simulation->leader_count; ++i) {
		const struct simulated_cell *next = &simulation->leaders[i];
		is = is && (next->producers > 0 || strcmp(next->machine, cell->machine) != 0 ||
			    strcmp(next->workload, cell->workload) != 0);
	}
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); ++i) {
		is = is || told[i] == cell->threads;
	}
	return is;
}

static void add_leader(struct sheet *sheet, const struct simulated_cell *leader)
{
	sheet_add(sheet, SHEET_FAINT, "simulated: %s", leader->machine);
	sheet_add(sheet, SHEET_FAINT, "%s", leader->workload);
	if (leader->producers > 0) {
		sheet_add(sheet, SHEET_FAINT, "%u:%u", leader->producers,
			  leader->threads - leader->producers);
	} else {
		sheet_add(sheet, SHEET_FAINT, "%u", leader->threads);
	}
	sheet_add(sheet, SHEET_FAINT, "%s", leader->queue);
	sheet_add(sheet, SHEET_FAINT, "%.2f M/s", leader->median / 1e6);
	sheet_add(sheet, SHEET_FAINT, "%.2f to %.2f", leader->least / 1e6, leader->most / 1e6);
	sheet_add(sheet, SHEET_FAINT, "%s", *leader->near ? leader->near : "none");
	if (leader->second) {
		sheet_add(sheet, SHEET_FAINT, "%.1f × %s", leader->ahead, leader->second);
	} else {
		sheet_add(sheet, SHEET_FAINT, "–");
	}
}

static void write_file(const struct writer *writer, const struct report_file *file)
{
	const struct simulation *simulation = file->simulation;
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"where", "workload", "#processors used", "leads",
						  "#items", "#over seeds", "tied with the leader",
						  "as fast as the next", NULL});
	add_measured(writer, &sheet);
	for (size_t i = 0; i < simulation->leader_count; ++i) {
		if (is_told(simulation, i)) {
			add_leader(&sheet, &simulation->leaders[i]);
		}
	}
	page_sheet(writer->page, &sheet);
	for (size_t i = 0; i < simulation->machine_count; ++i) {
		page_text(writer->page, "%s was validated so: %s.", simulation->machines[i].name,
			  simulation->machines[i].validated);
	}
	if (isfinite(simulation->error)) {
		page_text(writer->page,
			  "Where it was simulated, the model was checked first: with one and two "
			  "threads it was off by a factor of %.2f, the geometric mean over %lld "
			  "measured figures.",
			  simulation->error, simulation->figures);
	}
	if (isfinite(simulation->near_within)) {
		page_text(writer->page,
			  "A leader that is less than %g times as fast as another queue is tied "
			  "with it: the model errs by as much.",
			  simulation->near_within);
	}
	page_text(writer->page, "From file %zu.", report_number(writer->view->report, file));
}

static void write(const struct writer *writer)
{
	const struct report *report = writer->view->report;
	bool any = false;
	for (size_t i = 0; i < report->count; ++i) {
		any = any || report->files[i].simulation;
	}
	if (!any) {
		page_text(writer->page,
			  "Not simulated. To simulate it: qbench simulate -o simulate.json");
		return;
	}
	page_text(
		writer->page,
		"Simulated by qbench simulate: no measurement, and not ranked with any. The files "
		"of the queues run unchanged in virtual time, on a model of each machine's "
		"caches, every thread on a processor of its own. A queue is tied with the leader "
		"if the model errs by more than they differ, or if seeds make the difference. One "
		"that promises less than FIFO does not lead.");
	section_plots(writer, "larger");
	for (size_t i = 0; i < report->count; ++i) {
		if (report->files[i].simulation) {
			write_file(writer, &report->files[i]);
		}
	}
}

SECTION_EXPORT(larger, .place = 15, .title = "On larger machines", .brief = "On larger machines",
	       .write = write);
