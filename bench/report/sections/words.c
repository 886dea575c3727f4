// SPDX-License-Identifier: MIT

#include "report/sections/words.h"

#include "results/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void words_id(const struct view *view, const char *what, char *text, size_t size)
{
	snprintf(text, size, "m%zu-%s", view->machine + 1, what);
}

void words_cost(double cost, char *text, size_t size)
{
	if (cost < 1.995) {
		snprintf(text, size, "%+.0f %%", (cost - 1) * 100);
	} else {
		snprintf(text, size, "%.1f ×", cost);
	}
}

void words_median(const struct run_cell *cell, double median, char *text, size_t size)
{
	if (isnan(median)) {
		snprintf(text, size, "–");
	} else if (cell && cell->unit == RUN_ITEMS_PER_SECOND) {
		snprintf(text, size, "%.*f M/s", median < 1e7 ? 2 : 1, median / 1e6);
	} else {
		char time[16];
		words_time(median, time, sizeof(time));
		size_t digits = strspn(time, "0123456789.");
		snprintf(text, size, "%.*s %s", (int)digits, time,
			 strcmp(time + digits, "us") == 0 ? "µs" : time + digits);
	}
}

void words_add_time(struct sheet *sheet, double time)
{
	char text[32];
	words_median(NULL, time, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
}

void words_add_medians(struct sheet *sheet, enum sheet_mark mark, const struct run_cell *cell,
		       double median, double low, double high)
{
	const double numbers[] = {median, low, high};
	for (size_t i = 0; i < 3; ++i) {
		char text[32];
		words_median(cell, numbers[i], text, sizeof(text));
		sheet_add(sheet, mark, "%s", text);
	}
}

int words_add_answer(struct sheet *sheet, const struct report *report, size_t machine,
		     const struct situation *situation)
{
	struct ranking ranking;
	char text[256];
	if (ranking_of(report, machine, situation, &ranking) != 0) {
		return -1;
	}
	ranking_answer(&ranking, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
	ranking_destroy(&ranking);
	return 0;
}

const char *words_star(const struct run_cell *cell)
{
	return cell && cell->called ? "*" : "";
}

void words_samples_id(const struct report *report, const struct run_cell *cell, const char *command,
		      char *text, size_t size)
{
	for (size_t i = 0; i < report->count; ++i) {
		const struct run *run = report->files[i].run;
		const struct walks *walks = report->files[i].walks;
		for (size_t j = 0; walks && command && j < walks->count; ++j) {
			if (walks->rows[j].command == command) {
				snprintf(text, size, "s%zu-%zu", i + 1, j);
			}
		}
		if (run && cell >= run->cells && cell < run->cells + run->cell_count) {
			snprintf(text, size, "s%zu-%zu", i + 1, (size_t)(cell - run->cells));
		}
	}
}
