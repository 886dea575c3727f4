// SPDX-License-Identifier: MIT

/** A table of published results for `qbench report --index`: the answers of each folder. */

#include "report/report.h"

#include "document/complain.h"
#include "document/json.h"
#include "report/data/ranking.h"
#include "report/sections/words.h"

#include <glob.h>
#include <stdio.h>

/** The situations that the table has columns for. */
static const char *const shown[] = {"walk", "pool-short", "latency", "rate", "many-to-one", "idle"};

enum { SHOWN = sizeof(shown) / sizeof(*shown) };

/** Adds the row of a folder. 0, or -1 with what is wrong. */
static int add_row(struct sheet *sheet, const char *folder, char **error)
{
	char pattern[4096];
	glob_t found;
	struct report report;
	*error = NULL;
	snprintf(pattern, sizeof(pattern), "%s/*.json", folder);
	if (glob(pattern, 0, NULL, &found) != 0) {
		return complain(error, "%s: there are no results (*.json)", folder);
	}
	int result = report_load(&report, found.gl_pathv, found.gl_pathc, error);
	if (result == 0) {
		const char *started = "";
		for (size_t i = 0; i < report.count; ++i) {
			const struct run *run = report.files[i].run;
			started = run && *run->started ? run->started : started;
		}
		json_t *name = json_bytes(folder);
		sheet_add(sheet, SHEET_PLAIN, "%s", name ? json_string_value(name) : "");
		json_decref(name);
		sheet_add(sheet, SHEET_PLAIN, "%s", report.machines[0].name);
		sheet_add(sheet, SHEET_PLAIN, "%.10s", started);
		for (size_t i = 0; i < SHOWN && result == 0; ++i) {
			result = words_add_answer(sheet, &report, 0, situation_find(shown[i]));
		}
		report_destroy(&report);
	}
	globfree(&found);
	return result;
}

int report_index(char *const *folders, size_t count, FILE *stream, char **error)
{
	struct sheet sheet;
	*error = NULL;
	sheet_begin(&sheet, (const char *const[]){"results", "machine", "measured", NULL});
	for (size_t i = 0; i < SHOWN; ++i) {
		sheet_heading(&sheet, situation_find(shown[i])->brief);
	}
	int result = 0;
	for (size_t i = 0; i < count && result == 0; ++i) {
		result = add_row(&sheet, folders[i], error);
	}
	if (result == 0) {
		result = page_index(&sheet, stream);
	}
	sheet_end(&sheet);
	return result;
}
