// SPDX-License-Identifier: MIT

/** Does a micro-workload rank the queues as the real walk does? */

#include "report/sections/section.h"

#include <math.h>

static void write_numbers(struct page *page, const struct correlations *correlations)
{
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"workload", "#queues", "#correlation",
						  "#95 % from", "#to", "#p", "verdict", NULL});
	for (size_t i = 0; i < correlations->count; ++i) {
		const struct correlation *its = &correlations->items[i];
		const double numbers[] = {its->rho, its->low, its->high};
		sheet_add(&sheet, SHEET_PLAIN, "%s", its->what);
		sheet_add(&sheet, SHEET_PLAIN, "%zu", its->queues);
		for (size_t j = 0; j < 3; ++j) {
			sheet_add(&sheet, SHEET_PLAIN, isnan(numbers[j]) ? "–" : "%.2f",
				  numbers[j]);
		}
		sheet_add(&sheet, SHEET_PLAIN, isnan(its->p) ? "–" : "%.3f", its->p);
		sheet_add(&sheet, SHEET_PLAIN, "%s",
			  its->queues < CORRELATION_QUEUES ? "too few queues"
			  : correlation_holds(its)	   ? "correlated"
							   : "chance or noise");
	}
	page_folded_sheet(page, "Correlations: the numbers", &sheet);
}

static void write(const struct writer *writer)
{
	const struct correlations *correlations = &writer->view->correlations;
	size_t holding = 0;
	if (!*correlations->real || correlations->count == 0) {
		page_text(writer->page, "Not measured. scripts/bench.sh measures walks and "
					"micro-workloads of the same queues.");
		return;
	}
	for (size_t i = 0; i < correlations->count; ++i) {
		holding += correlation_holds(&correlations->items[i]);
	}
	page_text(
		writer->page,
		"Does a micro-workload rank queues as the real program does? Each workload, with "
		"each number of threads, is compared with %s%s. Of %zu, %zu are correlated by "
		"more than chance and noise; chance alone makes one in twenty so. The interval is "
		"that of resampled measurements. p is the chance that queues in random order "
		"correlate as strongly. Below %d queues there is no verdict.",
		correlations->real,
		correlations->replayed
			? ", since no file has times of walks (scripts/bench.sh makes them)"
			: "",
		correlations->count, holding, CORRELATION_QUEUES);
	section_plots(writer, "correlations");
	write_numbers(writer->page, correlations);
}

SECTION_EXPORT(correlations, .place = 80, .title = "Micro-workloads against the real walk",
	       .brief = "Micro against real", .write = write);
