// SPDX-License-Identifier: MIT

/** How every number came about: the machine, the files and their commands, and all samples. */

#include "channel.h"
#include "machine/machine.h"
#include "report/data/cells.h"
#include "report/sections/section.h"
#include "report/sections/words.h"
#include "results/words.h"

#include <math.h>
#include <stdlib.h>

/** Facts and findings of the machine, as `qbench machine` prints them. */
static void write_facts(struct page *page, const struct machine *facts)
{
	char *text = NULL;
	size_t size;
	if (!facts) {
		page_text(page, "No file tells of the machine: hyperfine does not.");
		return;
	}
	FILE *stream = open_memstream(&text, &size);
	int result = stream ? machine_print(facts, stream) : -1;
	page->failed |= !stream || fclose(stream) != 0 || result != 0;
	page_fold(page, "The machine, and what is wrong with it for measuring");
	page_code(page, text ? text : "");
	page_unfold(page);
	free(text);
}

/** The samples of a cell as numbers in their order, for the caller to free. NULL with ENOMEM. */
static char *samples_text(const struct run_cell *cell)
{
	char *text = NULL;
	size_t size;
	double unit = cell->unit == RUN_ITEMS_PER_SECOND ? 1e6 : 1;
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return NULL;
	}
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		fputs(i > 0 ? " " : "", stream);
		if (sample->verdict == SAMPLE_OK) {
			fprintf(stream, "%.4g", sample->value / unit);
		} else {
			fputs(sample_verdict_name(sample->verdict), stream);
		}
	}
	return fclose(stream) == 0 ? text : NULL;
}

static void add_row(struct sheet *sheet, const struct report *report, const struct figures *row)
{
	char id[64] = "";
	char *samples = samples_text(row->cell);
	words_samples_id(report, row->cell, NULL, id, sizeof(id));
	sheet_add(sheet, SHEET_PLAIN, "%s%s", row->cell->cell.queue, words_star(row->cell));
	sheet_name(sheet, id);
	sheet_add(sheet, SHEET_PLAIN, "%s", channel_wait_name(row->cell->cell.wait));
	words_add_medians(sheet, SHEET_PLAIN, row->cell, row->median, row->low, row->high);
	sheet_add(sheet, SHEET_PLAIN, isnan(row->spread) ? "–" : "%.1f", row->spread);
	sheet_add(sheet, SHEET_PLAIN, "%s", row->two_modes ? "2" : "1");
	sheet_add(sheet, SHEET_PLAIN, "%s",
		  row->rank == FIGURES_NUMBERS ? verdict_name(row->verdict)
		  : row->reason		       ? row->reason
					       : "not measured");
	sheet_add(sheet, SHEET_PLAIN, "%s", samples ? samples : "");
	sheet->failed |= !samples;
	free(samples);
}

/** All rows of a group, with their samples. */
static void write_group(struct page *page, const struct report *report, const struct run *run,
			const struct run_group *group)
{
	char text[512];
	struct sheet sheet;
	const struct run_cell *first = &run->cells[group->cells[0]];
	struct figures *rows = calloc(group->count, sizeof(*rows));
	if (!rows) {
		page->failed = true;
		return;
	}
	for (size_t i = 0; i < group->count; ++i) {
		figures_of(&rows[i], &run->cells[group->cells[i]]);
	}
	qsort(rows, group->count, sizeof(*rows), figures_compare);
	words_describe(first, text, sizeof(text));
	page_fold(page, "%s", text);
	sheet_begin(&sheet,
		    (const char *const[]){"queue", "wait", "#median", "#95 % from", "#to",
					  "#spread %", "modes", "verdict",
					  first->unit == RUN_ITEMS_PER_SECOND ? "samples, M/s"
									      : "samples, ns",
					  NULL});
	for (size_t i = 0; i < group->count; ++i) {
		add_row(&sheet, report, &rows[i]);
	}
	page_sheet(page, &sheet);
	page_unfold(page);
	free(rows);
}

/** A run: its command, its settings, and its groups. */
static void write_run(struct page *page, const struct report *report,
		      const struct report_file *file)
{
	const struct run *run = file->run;
	const struct machine_software *software = &run->machine.software;
	const char *shape = run->settings.shape.file;
	page_code(page, run->command);
	page_text(page,
		  "Begun %s, took %.0f s%s. Seed %.0f. Each sample is a process of its own: %.0f "
		  "ms after %.0f ms of warming up, in rounds of random order.%s%s",
		  run->started, run->seconds, run->interrupted ? ", and was interrupted" : "",
		  run->settings.seed, run->settings.duration_ns / 1e6,
		  run->settings.warmup_ns / 1e6, shape ? " Replayed walk: " : "",
		  shape ? shape : "");
	if (!isnan(run->quiet.others)) {
		page_text(page,
			  "Other programs took %.1f %% of the time of %.0f processor%s, and the "
			  "hypervisor %.1f %%; in half a second before, %.1f %% and %.1f %%. "
			  "Samples were taken again %.0f time%s.",
			  100 * run->quiet.others, run->quiet.processors,
			  run->quiet.processors == 1 ? "" : "s", 100 * run->quiet.steal,
			  100 * run->quiet.others_before, 100 * run->quiet.steal_before,
			  run->quiet.repeats, run->quiet.repeats == 1 ? "" : "s");
	}
	page_text(page, "Commit %s, %s, flags %s.", software->commit ? software->commit : "unknown",
		  software->compiler ? software->compiler : "unknown compiler",
		  software->flags ? software->flags : "unknown");
	size_t count;
	struct run_group *groups = run_groups(run, &count);
	page->failed |= !groups;
	page_bulk(page, "%s: all %zu tables of this run, with every sample", file->name, count);
	for (size_t i = 0; groups && i < count; ++i) {
		write_group(page, report, run, &groups[i]);
	}
	page_bulk_end(page);
	run_groups_free(groups, count);
}

/** Seconds of each run, or why they do not count. For the caller to free; NULL with ENOMEM. */
static char *seconds_text(const struct walk *walk)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return NULL;
	}
	for (size_t i = 0; i < walk->count; ++i) {
		fprintf(stream, "%s%.4f", i > 0 ? " " : "", walk->seconds[i]);
	}
	if (walk->failure) {
		fprintf(stream, "%s(void: %s)", walk->count > 0 ? " " : "", walk->failure);
	}
	return fclose(stream) == 0 ? text : NULL;
}

static void write_walks(struct page *page, const struct report *report,
			const struct report_file *file)
{
	const struct walks *walks = file->walks;
	struct sheet sheet;
	if (*walks->command) {
		page_code(page, walks->command);
	}
	if (*walks->date) {
		page_text(page,
			  "%s, commit %s: %lld directories. Meanwhile other processes kept %.2f "
			  "processors busy.",
			  walks->date, walks->commit, walks->directories, walks->others);
	}
	page_bulk(page, "%s: all walks, with every run", file->name);
	sheet_begin(&sheet, (const char *const[]){"what ran", "#threads", "command",
						  "seconds of each run", NULL});
	for (size_t i = 0; i < walks->count; ++i) {
		const struct walk *walk = &walks->rows[i];
		char *seconds = seconds_text(walk);
		char id[64] = "";
		words_samples_id(report, NULL, walk->command, id, sizeof(id));
		sheet_add(&sheet, SHEET_PLAIN, "%s", walk->label);
		sheet_name(&sheet, id);
		sheet_add(&sheet, SHEET_PLAIN, walk->threads ? "%lld" : "–", walk->threads);
		sheet_add(&sheet, SHEET_PLAIN, "%s", walk->command);
		sheet_add(&sheet, SHEET_PLAIN, "%s", seconds ? seconds : "");
		sheet.failed |= !seconds;
		free(seconds);
	}
	page_sheet(page, &sheet);
	page_bulk_end(page);
}

static void write_file(struct page *page, const struct report *report,
		       const struct report_file *file)
{
	page_heading(page, 4, NULL, "File %zu, %s: %s", report_number(report, file), file->name,
		     file->run		? "measured by qbench run"
		     : file->findings	? "found by qbench verify"
		     : file->walks	? "walks, timed as whole processes"
		     : file->simulation ? "simulated by qbench simulate"
					: "walks of trees of extreme shapes");
	if (file->run) {
		write_run(page, report, file);
	} else if (file->walks) {
		write_walks(page, report, file);
	} else if (file->findings && file->findings->command) {
		page_code(page, file->findings->command);
	}
}

static void write(const struct writer *writer)
{
	const struct report *report = writer->view->report;
	struct page *page = writer->page;
	page_text(page,
		  "cells.csv has a line for each median, samples.csv one for each sample, "
		  "walks.csv one for what each queue did in the walk. The HTML page has tables "
		  "with every sample. A queue with * is called through a pointer, which costs it a "
		  "few nanoseconds per item; the others are inlined into the loop. Where several "
		  "runs measured a workload, the one with most cells of it answers.");
	write_facts(page, report->machines[writer->view->machine].facts);
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		// The rows of hyperfine's files are all in the first
		bool any = file->run || file->findings || file->walks || file->trees ||
			   file->simulation;
		if (any && file->machine == writer->view->machine) {
			write_file(page, report, file);
		}
	}
}

SECTION_EXPORT(sources, .place = 110, .title = "Where the numbers are from",
	       .brief = "Where the numbers are from", .write = write);
