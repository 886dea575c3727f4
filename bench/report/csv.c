// SPDX-License-Identifier: MIT

/** Numbers of a report for other programs, as CSV: cells, samples and walks. */

#include "report/report.h"

#include "report/data/walk_figures.h"
#include "results/figures.h"

#include <math.h>

static void put_text(FILE *stream, const char *text)
{
	fputs(",\"", stream);
	for (; *text; ++text) {
		putc_unlocked(*text, stream);
		if (*text == '"') {
			fputc('"', stream);
		}
	}
	fputc('"', stream);
}

static void put_number(FILE *stream, double number)
{
	if (number >= 0 && number < 1e9 && number == (double)(long)number) {
		// Most numbers are whole, and several times as fast to write as such
		fprintf(stream, ",%ld", (long)number);
	} else if (isfinite(number)) {
		fprintf(stream, ",%.10g", number);
	} else {
		fputc(',', stream);
	}
}

/** The fields of a struct that have a flag, each with a comma in front. */
static void put_fields(FILE *stream, const struct codec *codec, unsigned int flag,
		       const void *object)
{
	for (size_t i = 0; i < codec->count; ++i) {
		const struct codec_field *field = &codec->fields[i];
		if (!(field->flags & flag)) {
			continue;
		}
		const char *text = codec_text(field, object);
		if (text) {
			put_text(stream, text);
		} else {
			put_number(stream, codec_number(field, object));
		}
	}
}

static void put_names(FILE *stream, const struct codec *codec, unsigned int flag)
{
	for (size_t i = 0; i < codec->count; ++i) {
		if (codec->fields[i].flags & flag) {
			fprintf(stream, ",%s", codec->fields[i].name);
		}
	}
}

static void put_figures(FILE *stream, const struct figures *row)
{
	const double columns[] = {
		row->rounds,	row->median,	  row->low,	   row->high,	  row->ratio,
		row->spread,	row->cpu_seconds, row->switches,   row->peak_mib, row->p50,
		row->p99,	row->p999,	  row->p9999,	   row->max,	  row->quiet,
		row->rank_mean, row->rank_p99,	  row->rank_worst,
	};
	bool numbers_there = row->rank == FIGURES_NUMBERS;
	fprintf(stream, ",%s", numbers_there ? verdict_name(row->verdict) : "void");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); ++i) {
		put_number(stream, numbers_there ? columns[i] : NAN);
	}
	fputc('\n', stream);
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
			const struct walk *walk = row->walk;
			fprintf(stream, "%zu", i + 1);
			put_text(stream, walk->queue);
			put_text(stream, walk->result_queue ? walk->result_queue : "");
			put_text(stream, row->wait);
			fprintf(stream, ",%lld,%s,%zu", walk->threads,
				walk->oversubscribed ? "true" : "false", walk->stats_count);
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

static void put_run(FILE *cells, FILE *samples, size_t number, const struct run *run)
{
	for (size_t i = 0; i < run->cell_count; ++i) {
		const struct run_cell *cell = &run->cells[i];
		struct figures row;
		figures_of(&row, cell);
		fprintf(cells, "%zu", number);
		put_fields(cells, &cell_codec, CELL_COLUMN, cell);
		put_figures(cells, &row);
		for (size_t j = 0; j < cell->sample_count; ++j) {
			fprintf(samples, "%zu", number);
			put_fields(samples, &cell_codec, CELL_COLUMN, cell);
			put_fields(samples, &sample_codec, SAMPLE_COLUMN, &cell->samples[j]);
			fputc('\n', samples);
		}
	}
}

int report_csv(const struct report *report, FILE *cells, FILE *samples, FILE *walks)
{
	fputs("file", cells);
	put_names(cells, &cell_codec, CELL_COLUMN);
	fputs(",verdict,rounds,median,low_95,high_95,ratio_to_best,spread_percent,cpu_seconds_per_"
	      "million,switches_per_million,peak_mib,p50_ns,p99_ns,p99.9_ns,p99.99_ns,max_ns,quiet_"
	      "cpu_per_second,rank_error_mean,rank_error_p99,rank_error_worst\n",
	      cells);
	fputs("file", samples);
	put_names(samples, &cell_codec, CELL_COLUMN);
	put_names(samples, &sample_codec, SAMPLE_COLUMN);
	fputc('\n', samples);
	for (size_t i = 0; i < report->count; ++i) {
		if (report->files[i].run) {
			put_run(cells, samples, i + 1, report->files[i].run);
		}
	}
	return put_walks(walks, report);
}
