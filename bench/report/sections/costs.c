// SPDX-License-Identifier: MIT

/** Processor time and memory that queues take, and what waiting costs. */

#include "channel.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"

#include <stdlib.h>

/** The numbers of the idle workload. */
static void write_idle(struct page *page, const struct report *report,
		       const struct figures *figures, size_t count)
{
	char id[64] = "";
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"queue", "wait", "#consumers",
						  "#processors used while nothing comes",
						  "#wake, mean of 9 in 10", "#wake, p99", NULL});
	for (size_t i = 0; i < count; ++i) {
		const struct figures *row = &figures[i];
		sheet_add(&sheet, SHEET_PLAIN, "%s", row->cell->cell.queue);
		sheet_add(&sheet, SHEET_PLAIN, "%s", channel_wait_name(row->cell->cell.wait));
		words_samples_id(report, row->cell, NULL, id, sizeof(id));
		sheet_link(&sheet, id);
		sheet_add(&sheet, SHEET_PLAIN, "%u", row->cell->cell.consumers);
		sheet_add(&sheet, SHEET_PLAIN, "%.4f", row->quiet);
		words_add_time(&sheet, row->median);
		words_add_time(&sheet, row->p99);
	}
	page_folded_sheet(page, "Mostly idle: the numbers", &sheet);
}

static void write(const struct writer *writer)
{
	size_t count;
	struct figures *figures = section_figures(writer, "idle", &count);
	section_plots(writer, "costs");
	if (count == 0) {
		page_text(writer->page, "The cost of waiting was not measured. To measure it: "
					"qbench run --workloads=idle");
	}
	write_idle(writer->page, writer->view->report, figures, count);
	free(figures);
}

SECTION_EXPORT(costs, .place = 40, .title = "Processor time, memory, and waiting", .brief = "Costs",
	       .write = write);
