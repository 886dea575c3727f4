// SPDX-License-Identifier: MIT

/** How much work per item makes the choice irrelevant: replay with more and more work. */

#include "report/sections/section.h"
#include "report/sections/words.h"

/** The answer in a sentence. */
static void write_answer(const struct writer *writer)
{
	const struct crossover *crossover = &writer->view->crossover;
	const struct crossover_point *end = crossover_end(crossover);
	const struct crossover_point *last = &crossover->points[crossover->count - 1];
	const struct contender *worst = ranking_worst(&last->ranking);
	char work[32];
	words_median(NULL, end ? end->work : last->work, work, sizeof(work));
	if (end) {
		page_text(
			writer->page,
			"With %s work per item or more, all queues are within 5 %%: the choice is "
			"irrelevant.",
			end->work > 0 ? work : "no");
	} else if (worst) {
		page_text(
			writer->page,
			"With %s of work per item, the most that was measured, an item still takes "
			"%.0f %% longer with %s than with %s%s. The choice is irrelevant where it "
			"costs under 5 %%: that point was not reached.",
			work, (worst->cost - 1) * 100, worst->queue,
			last->ranking.contenders[0].queue,
			ranking_count(&last->ranking, VERDICT_SLOWER) > 0
				? ""
				: ", but this run cannot tell that from noise");
	}
}

static void write_numbers(const struct writer *writer)
{
	const struct crossover *crossover = &writer->view->crossover;
	struct sheet sheet;
	page_text(writer->page,
		  "replay with %lld worker%s; ~ is not shown to be slower than the best queue:",
		  crossover->workers, crossover->workers == 1 ? "" : "s");
	sheet_begin(&sheet, (const char *const[]){"#work per item", "queue that costs least",
						  "its time per item", "queue that costs most",
						  "#its cost", NULL});
	for (size_t i = 0; i < crossover->count; ++i) {
		const struct crossover_point *point = &crossover->points[i];
		const struct contender *worst = ranking_worst(&point->ranking);
		if (!worst) {
			continue;
		}
		const struct contender *best = point->ranking.contenders;
		char cost[32];
		words_add_time(&sheet, point->work);
		sheet_add(&sheet, SHEET_PLAIN, "%s", best->queue);
		words_add_time(&sheet, 1e9 / best->summary.median);
		sheet_add(&sheet, SHEET_PLAIN, "%s", worst->queue);
		words_cost(worst->cost, cost, sizeof(cost));
		sheet_add(&sheet, SHEET_PLAIN, "%s%s", cost,
			  ranking_is(worst, VERDICT_SLOWER) ? "" : " ~");
	}
	page_sheet(writer->page, &sheet);
}

static void write(const struct writer *writer)
{
	if (writer->view->crossover.count == 0) {
		page_text(writer->page,
			  "Not measured. To measure it: qbench run --workloads=replay");
		return;
	}
	write_answer(writer);
	section_plots(writer, "crossover");
	write_numbers(writer);
}

SECTION_EXPORT(crossover, .place = 50,
	       .title = "How much work per item makes the choice irrelevant",
	       .brief = "Does it matter?", .write = write);
