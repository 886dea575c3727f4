// SPDX-License-Identifier: MIT

/** States of the machine during the measurements, and what each does to the costs. */

#include "base/statistics.h"
#include "channel.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Level at which the costs of a state are called others than those of the common state. */
#define LEVEL 0.001

/** Most workloads; more than there are. */
enum { WORKLOADS = 32 };

/** A cell in each state. */
struct row {
	/** In the common state: first, for statistics_compare(). */
	double cost;
	const struct run_cell *cell;
};

/** Begins a sheet with columns for the states behind others. */
static void begin(struct sheet *sheet, const struct states *states, const char *const *headings)
{
	sheet_begin(sheet, headings);
	for (size_t i = 0; i < states->count; ++i) {
		char heading[64];
		snprintf(heading, sizeof(heading), "#at %.0f ns", states->bounce[i]);
		sheet_heading(sheet, heading);
	}
}

static void write_states(const struct writer *writer)
{
	const struct states *states = &writer->view->states;
	double all = (double)states->changed;
	struct sheet sheet;
	for (size_t i = 0; i < states->count; ++i) {
		all += (double)states->samples[i];
	}
	sheet_begin(&sheet, (const char *const[]){"state", "#bounce, median", "#at most",
						  "#samples", "#% of them", NULL});
	for (size_t i = 0; i < states->count; ++i) {
		sheet_add(&sheet, SHEET_PLAIN, "%zu%s", i + 1,
			  i == states->common ? ", the common one" : "");
		words_add_time(&sheet, states->bounce[i]);
		words_add_time(&sheet, states->to[i]);
		sheet_add(&sheet, SHEET_PLAIN, "%zu", states->samples[i]);
		sheet_add(&sheet, SHEET_PLAIN, "%.0f", (double)states->samples[i] / all * 100);
	}
	page_sheet(writer->page, &sheet);
	if (states->changed > 0) {
		page_text(writer->page,
			  "During %.0f %% of the samples the state changed. They belong to none.",
			  (double)states->changed / all * 100);
	}
}

/** The median cost of a cell in a state. NAN if it rests on fewer than 2 samples. */
static double cost_in(const struct run_cell *cell, size_t state)
{
	size_t count;
	double cost = states_median(cell, state, &count);
	return count > 1 ? cost : NAN;
}

/** The least cost of cells in a state; NAN if none was measured in it. */
static double least_cost(const struct row *rows, size_t count, size_t state)
{
	double least = NAN;
	for (size_t i = 0; i < count; ++i) {
		least = fmin(least, cost_in(rows[i].cell, state));
	}
	return least;
}

/** Writes the cost of each hand-over between two threads in each state. */
static void write_cells(const struct writer *writer, const char *workload, bool sleeping)
{
	const struct view *view = writer->view;
	const struct states *states = &view->states;
	size_t all;
	size_t count = 0;
	struct figures *figures = section_figures(writer, workload, &all);
	struct row *rows = calloc(all + 1, sizeof(*rows));
	writer->page->failed |= !rows;
	for (size_t i = 0; rows && i < all; ++i) {
		const struct cell *cell = &figures[i].cell->cell;
		double cost = states_median(figures[i].cell, states->common, NULL);
		if (cell->producers == 1 && cell->consumers == 1 && !figures[i].floor &&
		    (cell->wait >= CHANNEL_PARK) == sleeping && !isnan(cost)) {
			rows[count++] = (struct row){cost, figures[i].cell};
		}
	}
	if (count > 0) {
		struct sheet sheet;
		double least[STATES_MOST];
		qsort(rows, count, sizeof(*rows), statistics_compare);
		page_fold(writer->page, "%s, 1:1, waits that %s: costs in each state", workload,
			  sleeping ? "sleep" : "poll");
		begin(&sheet, states, (const char *const[]){"queue", "wait", NULL});
		for (size_t j = 0; j < states->count; ++j) {
			least[j] = least_cost(rows, count, j);
		}
		for (size_t i = 0; i < count; ++i) {
			const struct cell *cell = &rows[i].cell->cell;
			sheet_add(&sheet, SHEET_PLAIN, "%s", cell->queue);
			sheet_add(&sheet, SHEET_PLAIN, "%s", channel_wait_name(cell->wait));
			for (size_t j = 0; j < states->count; ++j) {
				double cost = cost_in(rows[i].cell, j);
				char text[32];
				words_median(NULL, cost, text, sizeof(text));
				sheet_add(&sheet, cost == least[j] ? SHEET_BEST : SHEET_PLAIN,
					  isnan(cost) ? "%s" : "%s (%.2f)", text,
					  cost / states->bounce[j]);
			}
		}
		page_sheet(writer->page, &sheet);
		page_unfold(writer->page);
	}
	free(rows);
	free(figures);
}

/** The workloads that a machine's runs have. Returns how many. */
static size_t find_workloads(const struct view *view, const char **workloads)
{
	size_t count = 0;
	const struct run_cell *cell;
	for (struct report_spot spot = {0};
	     count < WORKLOADS && (cell = report_next_cell(view->report, view->machine, &spot));) {
		size_t known = 0;
		while (known < count && strcmp(workloads[known], cell->cell.workload) != 0) {
			++known;
		}
		workloads[known] = cell->cell.workload;
		count += known == count;
	}
	return count;
}

/** Adds what the states make of a workload. True if some state differs from the common one. */
static bool add_effect(struct sheet *sheet, const struct states *states, const char *workload,
		       bool sleeping, const struct state_effect *effect)
{
	bool differs = false;
	sheet_add(sheet, SHEET_PLAIN, "%s", workload);
	sheet_add(sheet, SHEET_PLAIN, sleeping ? "sleep" : "poll");
	for (size_t i = 0; i < states->count; ++i) {
		char text[32];
		bool sure = effect->p[i] <= LEVEL;
		words_cost(effect->ratio[i], text, sizeof(text));
		sheet_add(sheet, SHEET_PLAIN,
			  isnan(effect->ratio[i]) ? "–"
			  : i == states->common	  ? "1"
			  : sure		  ? "%s"
						  : "(%s)",
			  text);
		differs |= sure;
	}
	return differs;
}

/** Compares the states, and shows the costs where they differ. */
static void write_effects(const struct writer *writer)
{
	const struct view *view = writer->view;
	const char *workloads[WORKLOADS];
	bool differ[2 * WORKLOADS] = {false};
	size_t count = find_workloads(view, workloads);
	struct sheet sheet;
	page_text(writer->page,
		  "What a state makes of the time of an item: the median over samples, each "
		  "divided by the median of its own cell in the common state. In brackets where "
		  "it is not told from the common state (rank sum, p above %g).",
		  LEVEL);
	begin(&sheet, &view->states, (const char *const[]){"workload", "waits that", NULL});
	for (size_t i = 0; i < 2 * count; ++i) {
		struct state_effect effect;
		writer->page->failed |= states_compare(view->report, view->machine, &view->states,
						       workloads[i / 2], i % 2, &effect) != 0;
		if (!isnan(effect.ratio[view->states.common])) {
			differ[i] =
				add_effect(&sheet, &view->states, workloads[i / 2], i % 2, &effect);
		}
	}
	page_sheet(writer->page, &sheet);
	bool any = false;
	for (size_t i = 0; i < 2 * count; ++i) {
		any |= differ[i];
	}
	page_text(writer->page, "%s",
		  any ? "So the state decides a part of these costs. It is taken out before queues "
			"are ranked. Below are the costs in each state, in brackets as multiples "
			"of its bounce, and the least ones in green."
		      : "No state changes the costs: the ranks hold in all of them.");
	for (size_t i = 0; i < 2 * count; ++i) {
		if (differ[i]) {
			write_cells(writer, workloads[i / 2], i % 2);
		}
	}
}

static void write(const struct writer *writer)
{
	const struct states *states = &writer->view->states;
	if (states->count == 0) {
		page_text(writer->page, "Not measured: no sample has a bounce beside it. Samples "
					"of two threads or more have, on two processors or more.");
		return;
	}
	page_text(writer->page,
		  "The bounce is the round trip of a cache line between two threads, measured "
		  "right before and after each sample, without a queue. If it changes, the machine "
		  "does: a hypervisor may move the processors that it lends.");
	section_plots(writer, "states");
	if (states->count == 1) {
		page_text(writer->page,
			  "The machine was in one state: the bounces have one mode (dip test), "
			  "around %.0f ns.",
			  states->bounce[0]);
		return;
	}
	page_text(writer->page,
		  "The machine was in %zu states: the bounces have more than one mode (dip test).",
		  states->count);
	write_states(writer);
	write_effects(writer);
}

SECTION_EXPORT(states, .place = 105, .title = "The machine over time", .brief = "States",
	       .write = write);
