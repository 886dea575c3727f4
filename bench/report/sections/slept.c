// SPDX-License-Identifier: MIT

/** Times of hand-offs for which a thread slept, apart from those of the others. */

#include "channel.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"

#include <stdlib.h>

/** Adds the row of some of the hand-offs of a cell. */
static void add_part(struct sheet *sheet, const struct figures *row, const char *what,
		     const struct figures_times *times)
{
	const struct cell *cell = &row->cell->cell;
	sheet_add(sheet, SHEET_PLAIN, "%s", cell->queue);
	sheet_add(sheet, SHEET_PLAIN, "%s", channel_wait_name(cell->wait));
	sheet_add(sheet, SHEET_PLAIN, "%u:%u", cell->producers, cell->consumers);
	sheet_add(sheet, SHEET_PLAIN, "%s", what);
	sheet_add(sheet, SHEET_PLAIN, "%.1f", times->percent);
	const double shown[] = {times->p50, times->p99, times->p999, times->max};
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); ++i) {
		words_add_time(sheet, shown[i]);
	}
}

/** Writes both parts of each cell of a workload that has them. Returns if there are any. */
static bool write_parts(const struct writer *writer, const char *workload, const char *title)
{
	size_t count;
	struct figures *figures = section_figures(writer, workload, &count);
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"queue", "wait", "threads", "hand-offs", "#%",
						  "#p50", "#p99", "#p99.9", "#largest", NULL});
	for (size_t i = 0; i < count; ++i) {
		if (figures[i].slept.percent >= 0) {
			add_part(&sheet, &figures[i], "slept", &figures[i].slept);
			add_part(&sheet, &figures[i], "awake", &figures[i].awake);
		}
	}
	bool any = sheet_any(&sheet);
	page_folded_sheet(writer->page, title, &sheet);
	free(figures);
	return any;
}

static void write(const struct writer *writer)
{
	page_text(writer->page,
		  "With a wait that sleeps, a hand-off takes another path if a thread slept in the "
		  "kernel for it: it then waits for a wake-up, which takes longer than any queue. "
		  "How many slept depends on the machine and on chance, so where there are many of "
		  "both kinds, compare queues by the rows of one kind. Times are medians over the "
		  "samples of each sample's percentiles.");
	bool pairs =
		write_parts(writer, "pingpong", "There and back, slept and awake: the numbers");
	bool idle = write_parts(writer, "idle", "Mostly idle, slept and awake: the numbers");
	if (!pairs && !idle) {
		page_text(writer->page, "Not measured. To measure it: qbench run "
					"--workloads=pingpong,idle --wait=park,native");
	}
}

SECTION_EXPORT(slept, .place = 35, .title = "Hand-offs that slept, and those that did not",
	       .brief = "Slept or not", .write = write);
