// SPDX-License-Identifier: MIT

/** The numbers of a report for other programs: lines of cells, of samples, and of walks. */

#include "report/csv.h"

#include "report/data/walks.h"
#include "results/old/figures.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/** What a cell is. */
static const char *const texts[] = {"queue",	"workload", "wait", "place",
				    "dispatch", "calls",    "unit"};
static const char *const numbers[] = {"threads", "producers", "consumers", "capacity",
				      "work_ns", "batch",     "load"};

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static void put_text(FILE *stream, const char *text)
{
	fputc('"', stream);
	for (; *text; ++text) {
		fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, stream);
	}
	fputc('"', stream);
}

static void put_number(FILE *stream, double number)
{
	if (isfinite(number)) {
		fprintf(stream, ",%.10g", number);
	} else {
		fputc(',', stream);
	}
}

/** The columns that tell cells apart. */
static void put_cell(FILE *stream, size_t file, const json_t *cell)
{
	fprintf(stream, "%zu", file);
	for (size_t i = 0; i < LENGTH(texts); ++i) {
		fputc(',', stream);
		put_text(stream, figures_text(cell, texts[i]));
	}
	for (size_t i = 0; i < LENGTH(numbers); ++i) {
		const json_t *number = json_object_get(cell, numbers[i]);
		put_number(stream, json_is_number(number) ? json_number_value(number) : NAN);
	}
}

static void put_headings(FILE *stream, const char *more)
{
	fputs("file", stream);
	for (size_t i = 0; i < LENGTH(texts); ++i) {
		fprintf(stream, ",%s", texts[i]);
	}
	for (size_t i = 0; i < LENGTH(numbers); ++i) {
		fprintf(stream, ",%s", numbers[i]);
	}
	fprintf(stream, "%s\n", more);
}

static void put_figures(FILE *stream, const struct figures *row)
{
	const double columns[] = {
		row->rounds, row->median,      row->low,      row->high,     row->ratio,
		row->spread, row->cpu_seconds, row->switches, row->peak_mib, row->p50,
		row->p99,    row->p999,	       row->p9999,    row->max,	     row->quiet,
	};
	bool numbers_there = row->rank == FIGURES_NUMBERS;
	fprintf(stream, ",%s", numbers_there ? summary_verdict_name(row->verdict) : "void");
	for (size_t i = 0; i < LENGTH(columns); ++i) {
		put_number(stream, numbers_there ? columns[i] : NAN);
	}
	fputc('\n', stream);
}

static void put_samples(FILE *stream, size_t file, const json_t *cell)
{
	static const char *const columns[] = {"round",	 "value",     "delivered", "wall_ns",
					      "user_ns", "system_ns", "peak_kib",  "seed"};
	size_t i;
	json_t *sample;
	json_array_foreach(json_object_get(cell, "samples"), i, sample)
	{
		put_cell(stream, file, cell);
		fputc(',', stream);
		put_text(stream, figures_text(sample, "verdict"));
		for (size_t j = 0; j < LENGTH(columns); ++j) {
			const json_t *number = json_object_get(sample, columns[j]);
			put_number(stream,
				   json_is_number(number) ? json_number_value(number) : NAN);
		}
		fputc('\n', stream);
	}
}

static void put_range(FILE *stream, const struct walk_range *range)
{
	put_number(stream, range->median);
	put_number(stream, range->low);
	put_number(stream, range->high);
}

/** 0, or -1 with errno. */
static int put_walks(FILE *stream, const struct report *report)
{
	fputs("file,queue,result_queue,wait,threads,oversubscribed,walks", stream);
	for (int i = 0; i < WALK_FIGURES; ++i) {
		const char *name = walk_figure_name((enum walk_figure)i);
		fprintf(stream, ",%s,%s_least,%s_most", name, name, name);
	}
	fputs(",by_floor,by_floor_least,by_floor_most,kernel_by_floor,user_by_floor\n", stream);
	for (size_t i = 0; i < report->count; ++i) {
		struct walk_rows rows;
		if (walk_rows_of(&report->files[i], &rows) != 0) {
			return -1;
		}
		for (size_t j = 0; j < rows.count; ++j) {
			const struct walk_row *row = &rows.rows[j];
			fprintf(stream, "%zu,", i + 1);
			put_text(stream, row->queue);
			fputc(',', stream);
			put_text(stream, figures_text(row->row, "result_queue"));
			fputc(',', stream);
			put_text(stream, row->wait);
			fprintf(stream, ",%lld,%s,%zu", row->threads,
				row->oversubscribed ? "true" : "false", row->walks);
			for (int k = 0; k < WALK_FIGURES; ++k) {
				put_range(stream, &row->figures[k]);
			}
			put_range(stream, &row->over_floor);
			put_number(stream, row->by_floor[WALK_KERNEL]);
			put_number(stream, row->by_floor[WALK_USER]);
			fputc('\n', stream);
		}
		walk_rows_destroy(&rows);
	}
	return 0;
}

int report_csv(const struct report *report, FILE *cells, FILE *samples, FILE *walks)
{
	put_headings(cells, ",verdict,rounds,median,low_95,high_95,ratio_to_best,spread_percent,"
			    "cpu_seconds_per_million,switches_per_million,peak_mib,p50_ns,p99_ns,"
			    "p99.9_ns,p99.99_ns,max_ns,quiet_cpu_per_second");
	put_headings(samples, ",verdict,round,value,delivered,wall_ns,user_ns,system_ns,peak_kib,"
			      "seed");
	for (size_t i = 0; i < report->count; ++i) {
		size_t j;
		json_t *cell;
		if (report->files[i].kind != REPORT_RESULTS) {
			continue;
		}
		json_array_foreach(json_object_get(report->files[i].document, "cells"), j, cell)
		{
			struct figures row;
			figures_of(&row, cell);
			put_cell(cells, i + 1, cell);
			put_figures(cells, &row);
			put_samples(samples, i + 1, cell);
		}
	}
	if (put_walks(walks, report) != 0) {
		return -1;
	}
	errno = 0;
	if (fflush(cells) != 0 || fflush(samples) != 0 || fflush(walks) != 0 || ferror(cells) ||
	    ferror(samples) || ferror(walks)) {
		errno = errno ? errno : EIO;
		return -1;
	}
	return 0;
}
