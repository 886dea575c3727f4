// SPDX-License-Identifier: MIT

#include "report/report.h"

#include "report/data/contracts.h"
#include "report/data/tasks.h"
#include "report/plots/looks.h"
#include "report/sections/section.h"
#include "report/sections/words.h"
#include "results/words.h"

#include <stdlib.h>

static int compare_places(const void *left, const void *right)
{
	const struct section *a = *(const struct section *const *)left;
	const struct section *b = *(const struct section *const *)right;
	return (a->place > b->place) - (a->place < b->place);
}

/** Puts the sections in their order. Returns how many there are. */
static size_t sort_sections(void)
{
	size_t count = 0;
	while (sections[count]) {
		++count;
	}
	qsort(sections, count, sizeof(*sections), compare_places);
	return count;
}

/** The sections of one machine. */
static void write_machine(const struct writer *writer)
{
	const struct view *view = writer->view;
	const struct report_machine *machine = &view->report->machines[view->machine];
	char id[128];
	words_id(view, "machine", id, sizeof(id));
	page_heading(writer->page, 2, id, "%s", machine->name);
	if (machine->processors > 0 && machine->processors < 4) {
		page_text(writer->page,
			  "This machine has %u processor%s. It shows what a hand-off and a small "
			  "pool cost, but not how queues scale: most published results begin where "
			  "this machine ends.",
			  machine->processors, machine->processors == 1 ? "" : "s");
	}
	for (size_t i = 0; i < view->report->count; ++i) {
		const struct report_file *file = &view->report->files[i];
		char busy[WORDS_BUSY] = "";
		if (file->run && file->machine == view->machine) {
			words_busy(file->run, busy, sizeof(busy));
		}
		if (*busy) {
			page_text(writer->page, "%s: %s", file->name, busy);
		}
		if (file->run && file->machine == view->machine && run_is_dirty(file->run)) {
			page_text(writer->page,
				  "%s: was measured by a build of sources that no commit has (%s).",
				  file->name, file->run->machine.software.commit);
		}
	}
	for (size_t i = 0; sections[i]; ++i) {
		words_id(view, sections[i]->id, id, sizeof(id));
		page_heading(writer->page, 3, id, "%s", sections[i]->title);
		sections[i]->write(writer);
	}
}

/** Part 0 writes the sections, part 1 draws their plots. 0, or -1 with errno. */
static int do_part(void *writer, size_t part)
{
	if (part == 0) {
		write_machine(writer);
		return 0;
	}
	return section_draw(writer);
}

/** All of a machine. 0, or -1 with errno. */
static int do_machine(struct writer *writer)
{
	if (writer->page->library) {
		return tasks_do(2, do_part, writer);
	}
	// The pictures are in the page
	if (section_draw(writer) != 0) {
		return -1;
	}
	write_machine(writer);
	return 0;
}

/** Links to the sections of the only machine, or to all machines. */
static void write_contents(const struct report *report, struct page *page, size_t count)
{
	bool one = report->machine_count <= 1;
	size_t links = one ? count : report->machine_count;
	page_contents(page);
	for (size_t i = 0; i < links; ++i) {
		char id[128];
		words_id(&(struct view){.machine = one ? 0 : i}, one ? sections[i]->id : "machine",
			 id, sizeof(id));
		page_link(page, id, one ? sections[i]->brief : report->machines[i].name);
	}
	page_contents_end(page);
}

/** The answers of all machines side by side. 0, or -1 with errno. */
static int write_machines(const struct report *report, struct page *page)
{
	struct sheet sheet;
	int result = 0;
	page_heading(page, 2, "machines", "Which queue to use, on each machine");
	sheet_begin(&sheet, (const char *const[]){"situation", NULL});
	sheet.cards = true;
	for (size_t i = 0; i < report->machine_count; ++i) {
		sheet_heading(&sheet, report->machines[i].name);
	}
	for (size_t i = 0; situations[i].id && result == 0; ++i) {
		sheet_add(&sheet, SHEET_PLAIN, "%s", situations[i].name);
		for (size_t j = 0; j < report->machine_count && result == 0; ++j) {
			result = words_add_answer(&sheet, report, j, &situations[i]);
		}
	}
	page_sheet(page, &sheet);
	page_text(page, "The best queue, and how many are as good, undecided or hidden; – was not "
			"measured.");
	return result;
}

/** Gives the page the queues in their order. 0, or -1 with ENOMEM. */
static int write_queues(const struct report *report, struct page *page)
{
	json_t *queues = json_array();
	for (size_t i = 0; i < report->queue_count; ++i) {
		const char *name = report->queues[i];
		struct chart_look look = look_of_queue(report, name, true);
		json_array_append_new(
			queues, json_pack("{s:s, s:s, s:i, s:i, s:[s, s, s]}", "name", name,
					  "colour", look.colour, "point", look.point, "line",
					  look.line, "kinds", report_progress(report, name),
					  report_is_bounded(report, name) ? "bounded" : "unbounded",
					  report_is_fifo(report, name) ? "FIFO" : "another order"));
	}
	bool whole = json_array_size(queues) == report->queue_count;
	page_data(page, "queues", queues);
	json_decref(queues);
	return whole ? 0 : -1;
}

int report_write(const struct report *report, struct page *page, struct outputs *outputs, bool draw)
{
	write_contents(report, page, sort_sections());
	int result = write_queues(report, page);
	if (result == 0 && report->machine_count > 1) {
		result = write_machines(report, page);
	}
	if (!draw) {
		page_text(page, "There are no plots, since gnuplot is missing on the machine that "
				"made this report: apt-get install gnuplot-nox");
	}
	for (size_t i = 0; i < report->machine_count && result == 0; ++i) {
		struct view view;
		struct writer writer = {
			.view = &view, .page = page, .outputs = outputs, .draw = draw};
		result = view_find(report, i, &view);
		if (result == 0) {
			result = section_fill(&writer);
			result = result == 0 ? do_machine(&writer) : result;
			section_undraw(&writer);
			view_destroy(&view);
		}
	}
	return result;
}
