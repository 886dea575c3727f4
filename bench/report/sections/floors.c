// SPDX-License-Identifier: MIT

/** The costs of the harness without a queue. */

#include "channel.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"
#include "results/words.h"

/** Adds a cell, if it is a floor with numbers. */
static void add_floor(struct sheet *sheet, const struct run_cell *cell)
{
	struct figures row;
	char text[256];
	figures_of(&row, cell);
	if (row.floor && row.rank == FIGURES_NUMBERS) {
		words_describe(cell, text, sizeof(text));
		sheet_add(sheet, SHEET_PLAIN, "%s", text);
		sheet_add(sheet, SHEET_PLAIN, "%s, %s", cell->cell.queue,
			  channel_wait_name(cell->cell.wait));
		words_add_medians(sheet, SHEET_PLAIN, cell, row.median, row.low, row.high);
	}
}

static void write(const struct writer *writer)
{
	const struct view *view = writer->view;
	struct sheet sheet;
	const struct run_cell *cell;
	page_text(
		writer->page,
		"What the harness costs without a queue: the loop alone, or with a fetch-and-add "
		"or a compare-and-swap in place of the queue; of a round trip, a number that goes "
		"there and back, in one cache line for each direction. No queue can be faster than "
		"the loop alone or the round trip. It may be faster than an atomic operation for "
		"each item on a line that all threads share: in batches, or where threads have "
		"lines of their own. Where a queue is near the loop alone or the round trip, the "
		"harness was measured and not the queue.");
	sheet_begin(&sheet, (const char *const[]){"measured", "floor", "#median", "#95 % from",
						  "#to", NULL});
	for (struct report_spot spot = {0};
	     (cell = report_next_cell(view->report, view->machine, &spot));) {
		add_floor(&sheet, cell);
	}
	if (!sheet_any(&sheet)) {
		page_text(writer->page, "Not measured. To measure it: qbench run");
	}
	page_folded_sheet(writer->page, "Floors: the numbers", &sheet);
}

SECTION_EXPORT(floors, .place = 100, .title = "Floors", .brief = "Floors", .write = write);
