// SPDX-License-Identifier: MIT

/** How every number came about: the machine, the files and their commands, and all samples. */

#include "report/report.h"

#include "machine/machine.h"
#include "results/old/results.h"
#include "results/old/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Facts and findings of the machine, as `qbench machine` prints them. 0, or -1 with errno. */
static int write_facts(struct page *page, const struct report_machine *machine)
{
	char *text = NULL;
	size_t size;
	if (!machine->known) {
		page_text(page, "No file tells of the machine: hyperfine does not.");
		return 0;
	}
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return -1;
	}
	int result = machine_print(&machine->facts, stream);
	if (fclose(stream) != 0 || result != 0) {
		free(text);
		return -1;
	}
	page_fold(page, "The machine, and what is wrong with it for measuring");
	page_code(page, text);
	page_unfold(page);
	free(text);
	return 0;
}

/** The samples of a cell as numbers in their order, for the caller to free. NULL with ENOMEM. */
static char *samples_text(const json_t *cell)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return NULL;
	}
	bool rate = strcmp(figures_text(cell, "unit"), "items/s") == 0;
	size_t i;
	json_t *sample;
	json_array_foreach(json_object_get(cell, "samples"), i, sample)
	{
		double value = json_number_value(json_object_get(sample, "value"));
		if (strcmp(figures_text(sample, "verdict"), "ok") == 0) {
			fprintf(stream, "%s%.4g", i ? " " : "", rate ? value / 1e6 : value);
		} else {
			fprintf(stream, "%s%s", i ? " " : "", figures_text(sample, "verdict"));
		}
	}
	return fclose(stream) == 0 ? text : NULL;
}

/** All rows of a group, with their samples. 0, or -1 with errno. */
static int write_group(struct page *page, const json_t *cells, const struct results_group *group)
{
	char text[512];
	struct sheet sheet;
	int result = 0;
	const json_t *first = json_array_get(cells, group->cells[0]);
	bool rate = strcmp(figures_text(first, "unit"), "items/s") == 0;
	struct figures *rows = calloc(group->count, sizeof(*rows));
	if (!rows) {
		return -1;
	}
	for (size_t i = 0; i < group->count; ++i) {
		figures_of(&rows[i], json_array_get(cells, group->cells[i]));
	}
	qsort(rows, group->count, sizeof(*rows), figures_compare);
	table_describe(first, text, sizeof(text));
	page_fold(page, "%s", text);
	sheet_begin(&sheet, (const char *const[]){"queue", "wait", "#median", "#95 % from", "#to",
						  "#spread %", "modes", "verdict",
						  rate ? "samples, M/s" : "samples, ns", NULL});
	for (size_t i = 0; i < group->count && result == 0; ++i) {
		const struct figures *row = &rows[i];
		const double numbers[] = {row->median, row->low, row->high};
		char *samples = samples_text(row->cell);
		bool pointer = strcmp(figures_text(row->cell, "calls"), "inlined") != 0;
		sheet_add(&sheet, SHEET_PLAIN, "%s%s", figures_text(row->cell, "queue"),
			  pointer ? "*" : "");
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row->cell, "wait"));
		for (size_t j = 0; j < 3; ++j) {
			report_median(row->cell, numbers[j], text, sizeof(text));
			sheet_add(&sheet, SHEET_PLAIN, "%s", text);
		}
		sheet_add(&sheet, SHEET_PLAIN, isnan(row->spread) ? "-" : "%.1f", row->spread);
		sheet_add(&sheet, SHEET_PLAIN, "%s", row->two_modes ? "2" : "1");
		sheet_add(&sheet, SHEET_PLAIN, "%s",
			  row->rank == FIGURES_NUMBERS ? summary_verdict_name(row->verdict)
			  : row->reason		       ? row->reason
						       : "not measured");
		sheet_add(&sheet, SHEET_PLAIN, "%s", samples ? samples : "");
		result = samples ? 0 : -1;
		free(samples);
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_unfold(page);
	free(rows);
	return result;
}

/** A run: its command, its settings, and its groups. 0, or -1 with errno. */
static int write_run(struct page *page, const char *id, const struct report_file *file)
{
	const json_t *document = file->document;
	const json_t *settings = json_object_get(document, "settings");
	const json_t *cells = json_object_get(document, "cells");
	const json_t *shape = json_object_get(settings, "shape");
	const json_t *software = json_object_get(json_object_get(document, "machine"), "software");
	page_code(page, figures_text(document, "command"));
	page_text(
		page,
		"Begun %s, took %.0f s%s. Seed %lld; samples of %.0f ms after %.0f ms of warming "
		"up, each a process of its own, in rounds of random order. Commit %s, %s%s%s.%s%s",
		figures_text(document, "started"),
		json_number_value(json_object_get(document, "seconds")),
		json_is_true(json_object_get(document, "interrupted")) ? ", and was interrupted"
								       : "",
		report_integer(settings, "seed"),
		(double)report_integer(settings, "duration_ns") / 1e6,
		(double)report_integer(settings, "warmup_ns") / 1e6,
		*figures_text(software, "commit") ? figures_text(software, "commit") : "unknown",
		figures_text(software, "compiler"), *figures_text(software, "flags") ? ", " : "",
		figures_text(software, "flags"), shape ? " Replayed walk: " : "",
		figures_text(shape, "file"));
	size_t count;
	struct results_group *groups = results_groups(document, &count);
	int result = groups || json_array_size(cells) == 0 ? 0 : -1;
	page_set_aside(page, id, "%s: all %zu tables of this run, with every sample", file->path,
		       count);
	for (size_t i = 0; i < count && result == 0; ++i) {
		result = write_group(page, cells, &groups[i]);
	}
	page_resume(page);
	results_groups_free(groups, count);
	return result;
}

static void write_walk(struct page *page, const char *id, const struct report_file *file)
{
	const json_t *document = file->document;
	struct sheet sheet;
	const json_t *walk = json_object_get(document, "walk");
	if (*figures_text(walk, "command")) {
		page_code(page, figures_text(walk, "command"));
	}
	if (walk) {
		page_text(page,
			  "%s, commit %s: %lld directories; other processes kept %.2f processors "
			  "busy meanwhile.",
			  figures_text(walk, "date"), figures_text(walk, "commit"),
			  report_integer(walk, "directories"),
			  json_number_value(json_object_get(walk, "processors_used_by_others")));
	}
	page_set_aside(page, id, "%s: all walks, with every run", file->path);
	sheet_begin(&sheet, (const char *const[]){"what ran", "#threads", "command",
						  "seconds of each run", NULL});
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(document, "rows"), i, row)
	{
		char *text = NULL;
		size_t size;
		size_t j;
		json_t *second;
		FILE *stream = open_memstream(&text, &size);
		if (!stream) {
			break;
		}
		json_array_foreach(json_object_get(row, "seconds"), j, second)
		{
			fprintf(stream, "%s%.4f", j ? " " : "", json_number_value(second));
		}
		fclose(stream);
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row, "label"));
		long long threads = report_integer(row, "threads");
		sheet_add(&sheet, SHEET_PLAIN, threads ? "%lld" : "-", threads);
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row, "command"));
		sheet_add(&sheet, SHEET_PLAIN, "%s", text);
		free(text);
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_resume(page);
}

int report_sources(struct report *report, size_t machine, struct page *page)
{
	static const char *const kinds[] = {
		[REPORT_RESULTS] = "measured by qbench run",
		[REPORT_VERIFY] = "found by qbench verify",
		[REPORT_WALK] = "walks, timed as whole processes",
		[REPORT_TREES] = "walks of trees of extreme shapes, by scripts/trees.sh",
	};
	char id[64];
	int result = 0;
	snprintf(id, sizeof(id), "m%zu-sources", machine + 1);
	page_heading(page, 3, id, "Where the numbers are from");
	page_text(page,
		  "cells.csv has a line for each median, samples.csv one for each sample, "
		  "walks.csv one for what each queue did in the walk. * "
		  "after a queue: its operations are called through a pointer, and not inlined "
		  "into the loop as those of the others are, which costs it a few nanoseconds "
		  "an item. Where several runs measured a workload, the one with most of it "
		  "answers.");
	if (write_facts(page, &report->machines[machine]) != 0) {
		return -1;
	}
	for (size_t i = 0; i < report->count && result == 0; ++i) {
		const struct report_file *file = &report->files[i];
		// Of hyperfine's files all but the first were taken into it
		if (file->machine != machine ||
		    (file->kind == REPORT_WALK &&
		     json_array_size(json_object_get(file->document, "rows")) == 0)) {
			continue;
		}
		page_heading(page, 4, NULL, "File %zu, %s: %s", i + 1, file->path,
			     kinds[file->kind]);
		snprintf(id, sizeof(id), "file-%zu", i + 1);
		if (file->kind == REPORT_RESULTS) {
			result = write_run(page, id, file);
		} else if (file->kind == REPORT_WALK) {
			write_walk(page, id, file);
		} else if (file->kind == REPORT_VERIFY) {
			page_code(page, figures_text(file->document, "command"));
		}
	}
	return result;
}
