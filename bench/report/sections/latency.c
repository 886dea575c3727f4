// SPDX-License-Identifier: MIT

/** Sojourn times of items under load: plots, and the percentiles of each cell. */

#include "channel.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"

#include <stdlib.h>

static void write_numbers(struct page *page, const struct report *report,
			  const struct figures *figures, size_t count)
{
	char id[64] = "";
	struct sheet sheet;
	sheet_begin(&sheet,
		    (const char *const[]){"queue", "wait", "threads", "#load %", "#M/s at most",
					  "#p50", "#p99", "#p99.9", "#p99.99", "#largest", NULL});
	for (size_t i = 0; i < count; ++i) {
		const struct figures *row = &figures[i];
		const struct cell *cell = &row->cell->cell;
		sheet_add(&sheet, SHEET_PLAIN, "%s", cell->queue);
		sheet_add(&sheet, SHEET_PLAIN, "%s", channel_wait_name(cell->wait));
		words_samples_id(report, row->cell, NULL, id, sizeof(id));
		sheet_link(&sheet, id);
		sheet_add(&sheet, SHEET_PLAIN, "%u:%u", cell->producers, cell->consumers);
		sheet_add(&sheet, SHEET_PLAIN, "%.0f", cell->load * 100);
		sheet_add(&sheet, SHEET_PLAIN, "%.2f", row->capacity);
		const double times[] = {row->p50, row->p99, row->p999, row->p9999, row->max};
		for (size_t j = 0; j < 5; ++j) {
			words_add_time(&sheet, times[j]);
		}
	}
	page_folded_sheet(page, "Latency: the numbers", &sheet);
}

static void write(const struct writer *writer)
{
	size_t count;
	struct figures *figures = section_figures(writer, "open_loop", &count);
	page_text(
		writer->page,
		count == 0
			? "Not measured. To measure it: qbench run --workloads=open_loop"
			: "Items are due at moments of a Poisson process, at 10, 50, 80 and 95 %% "
			  "of the most that the same queue delivers. The time runs from that "
			  "moment until the consumer has the item, so a stall delays all items "
			  "behind it. Percentiles are of one sample; shown is the median over the "
			  "samples. The p99.99 of a sample rests on few items.");
	section_plots(writer, "latency");
	write_numbers(writer->page, writer->view->report, figures, count);
	free(figures);
}

SECTION_EXPORT(latency, .place = 30, .title = "Latency under load", .brief = "Latency",
	       .write = write);
