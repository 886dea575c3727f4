// SPDX-License-Identifier: MIT

/** Times and cells in words. */

#include "results/words.h"

#include "machine/topology.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void words_append(char *line, size_t size, const char *format, ...)
{
	size_t length = strlen(line);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line + length, size - length, format, arguments);
	va_end(arguments);
}

void words_time(double nanoseconds, char *text, size_t size)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	size_t unit = 0;
	while (unit < 3 && nanoseconds >= 999.5) {
		nanoseconds /= 1000;
		++unit;
	}
	int decimals = nanoseconds < 9.995 ? 2 : nanoseconds < 99.95 ? 1 : 0;
	snprintf(text, size, "%.*f%s", decimals, nanoseconds, units[unit]);
}

void words_busy(const struct run *run, char *text, size_t size)
{
	const struct run_quiet *quiet = &run->quiet;
	*text = '\0';
	if (!run_was_busy(run)) {
		return;
	}
	words_append(text, size, "The machine was busy:");
	if (!isnan(quiet->others_before)) {
		words_append(text, size,
			     " before the run, other programs took %.1f %% of its processors' "
			     "time and the hypervisor %.1f %%;",
			     100 * quiet->others_before, 100 * quiet->steal_before);
	}
	if (!isnan(quiet->others)) {
		words_append(text, size,
			     " meanwhile, other programs took %.1f %% and the hypervisor %.1f %%;",
			     100 * quiet->others, 100 * quiet->steal);
	}
	if (!isnan(quiet->repeats)) {
		words_append(text, size, " samples were taken again %.0f time%s;", quiet->repeats,
			     quiet->repeats == 1 ? "" : "s");
	}
	words_append(text, size, " a quiet machine may give another answer.");
}

void words_describe(const struct run_cell *of, char *text, size_t size)
{
	const struct cell *cell = &of->cell;
	bool pinned = cell->place != PLACE_NONE;
	*text = '\0';
	words_append(text, size, "%s: %u thread%s", cell->workload, cell->threads,
		     cell->threads == 1 ? "" : "s");
	if (cell->producers > 0 && cell->consumers > 0 &&
	    cell->producers + cell->consumers == cell->threads) {
		words_append(text, size, " (%u:%u)", cell->producers, cell->consumers);
	}
	if (of->oversubscribed) {
		words_append(text, size, " (oversubscribed)");
	}
	if (cell->batch > 1) {
		words_append(text, size, ", %u at a time", cell->batch);
	}
	if (cell->load > 0) {
		words_append(text, size, ", p99.9 at %.0f %% of capacity", cell->load * 100);
	}
	if (cell->work > 0) {
		words_append(text, size, ", work %ju ns", (uintmax_t)cell->work);
	}
	words_append(text, size, ", %s%s, %zu slots", pinned ? "place " : "not pinned",
		     pinned ? topology_place_name(cell->place) : "", cell->capacity);
	if (cell->indirect) {
		words_append(text, size, ", called through a pointer");
	}
}
