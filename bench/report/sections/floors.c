// SPDX-License-Identifier: MIT

#include "channel.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"
#include "results/words.h"

/** Adds the floors of a run. Returns whether it has any. */
static bool add_floors(struct sheet *sheet, const struct run *run)
{
	bool any = false;
	for (size_t i = 0; i < run->cell_count; ++i) {
		const struct run_cell *cell = &run->cells[i];
		struct figures row;
		char text[256];
		figures_of(&row, cell);
		if (!row.floor || row.rank != FIGURES_NUMBERS) {
			continue;
		}
		words_describe(cell, text, sizeof(text));
		sheet_add(sheet, SHEET_PLAIN, "%s", text);
		sheet_add(sheet, SHEET_PLAIN, "%s, %s", cell->cell.queue,
			  channel_wait_name(cell->cell.wait));
		words_add_medians(sheet, SHEET_PLAIN, cell, row.median, row.low, row.high);
		any = true;
	}
	return any;
}

static int write(const struct writer *writer)
{
	const struct view *view = writer->view;
	struct sheet sheet;
	bool any = false;
	page_text(
		writer->page,
		"What the harness costs without a queue: the loop alone, or with a fetch-and-add "
		"or a compare-and-swap in place of the queue; of a round trip, a number that goes "
		"there and back, in one cache line for each direction. No queue can be faster. "
		"Where a queue is near a floor, the harness was measured and not the queue.");
	sheet_begin(&sheet, (const char *const[]){"measured", "floor", "#median", "#95 % from",
						  "#to", NULL});
	for (size_t i = 0; i < view->report->count; ++i) {
		const struct report_file *file = &view->report->files[i];
		bool its = file->run && file->machine == view->machine;
		any = (its && add_floors(&sheet, file->run)) || any;
	}
	if (any) {
		page_fold(writer->page, "Floors: the numbers");
		page_sheet(writer->page, &sheet);
		page_unfold(writer->page);
	} else {
		page_text(writer->page, "Not measured. To measure it: qbench run");
	}
	sheet_end(&sheet);
	return 0;
}

SECTION_EXPORT(floors, .place = 100, .title = "Floors", .brief = "Floors", .write = write);
