// SPDX-License-Identifier: MIT

/**
 * A table has the line `machine,workload,threads,queue,items_per_second`, and then a line for each
 * figure. The machine is what `--machine` takes. Lines that begin with # are comments.
 */

#include "simulate/validation.h"

#include "catalog/selection.h"
#include "document/complain.h"
#include "results/run.h"
#include "simulate/fit.h"
#include "simulate/machine_file.h"
#include "simulate/standings.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "machine,workload,threads,queue,items_per_second"

/** Published figures that are this far apart have an order. */
#define APART 1.25

/** Reads a line. False if it is no figure. */
static bool read_row(const char *line, struct validation_row *row)
{
	int end = 0;
	return sscanf(line, "%255[^,],%63[^,],%u,%255[^,],%lf %n", row->machine, row->workload,
		      &row->threads, row->queue, &row->published, &end) == 5 &&
	       !line[end] && row->threads >= 1 && row->threads <= SIMULATE_THREADS &&
	       row->published > 0 && isfinite(row->published);
}

/** Reads all lines. 0, or -1. */
static int read_rows(FILE *stream, struct validation *validation, char **error)
{
	char line[1024];
	bool begun = false;
	for (int number = 1; fgets(line, sizeof(line), stream); ++number) {
		struct validation_row row = {.simulated = NAN};
		line[strcspn(line, "\r\n")] = '\0';
		if (!*line || *line == '#') {
			continue;
		}
		if (begun ? !read_row(line, &row) : strcmp(line, HEAD) != 0) {
			return complain(error, "line %d is not %s", number, HEAD);
		}
		if (begun) {
			struct validation_row *rows = reallocarray(
				validation->rows, validation->count + 1, sizeof(*rows));
			if (!rows) {
				return -1;
			}
			validation->rows = rows;
			rows[validation->count++] = row;
		}
		begun = true;
	}
	return validation->count > 0 ? 0 : complain(error, "there are no figures");
}

int validation_read(const char *path, struct validation *validation, char **error)
{
	*validation = (struct validation){0};
	*error = NULL;
	FILE *stream = fopen(path, "re");
	if (!stream) {
		return complain(error, "%s", strerror(errno));
	}
	int result = read_rows(stream, validation, error);
	fclose(stream);
	if (result != 0) {
		validation_free(validation);
	}
	return result;
}

int validation_of_run(const struct run *run, const char *machine, struct validation *validation)
{
	validation->rows = calloc(run->cell_count + 1, sizeof(*validation->rows));
	for (size_t i = 0; validation->rows && i < run->cell_count; ++i) {
		const struct run_cell *cell = &run->cells[i];
		if (cell->floor || !(cell->summary.median > 0)) {
			continue;
		}
		struct validation_row *row = &validation->rows[validation->count++];
		row->threads = cell->cell.threads;
		row->published = cell->summary.median;
		row->simulated = NAN;
		snprintf(row->machine, sizeof(row->machine), "%s", machine);
		snprintf(row->workload, sizeof(row->workload), "%s", cell->cell.workload);
		snprintf(row->queue, sizeof(row->queue), "%s", cell->cell.queue);
	}
	return validation->count > 0 ? 0 : -1;
}

/** Both figures are there, of cells that differ in the queue alone. */
static bool is_pair(const struct validation_row *one, const struct validation_row *other)
{
	return !isnan(one->simulated) && !isnan(other->simulated) &&
	       one->threads == other->threads && strcmp(one->machine, other->machine) == 0 &&
	       strcmp(one->workload, other->workload) == 0;
}

static void add_pair(struct validation_sum *sum, const struct validation_row *one,
		     const struct validation_row *other)
{
	bool in_order = (one->simulated > other->simulated) == (one->published > other->published);
	if (fabs(log(one->published / other->published)) >= log(APART)) {
		++sum->pairs;
		sum->pairs_in_order += in_order;
	}
	if (fabs(log(one->simulated / other->simulated)) >= log(STANDING_APART)) {
		++sum->far;
		sum->far_in_order += in_order;
	}
}

/** True if the row is the first of its machine. */
static bool is_first(const struct validation *validation, size_t row)
{
	size_t first = 0;
	while (strcmp(validation->rows[first].machine, validation->rows[row].machine) != 0) {
		++first;
	}
	return first == row;
}

struct validation_sum validation_sum(const struct validation *validation, const char *machine)
{
	struct validation_sum sum = {0};
	double errors = 0;
	for (size_t i = 0; i < validation->count; ++i) {
		const struct validation_row *row = &validation->rows[i];
		if (machine && strcmp(row->machine, machine) != 0) {
			continue;
		}
		++sum.rows;
		if (isnan(row->simulated)) {
			continue;
		}
		double error = fabs(log(row->simulated / row->published));
		++sum.cells;
		errors += error;
		sum.within_half += error <= log(1.5);
		sum.within_double += error <= log(2);
		for (size_t k = 0; k < i; ++k) {
			if (is_pair(row, &validation->rows[k])) {
				add_pair(&sum, row, &validation->rows[k]);
			}
		}
	}
	sum.error = sum.cells ? exp(errors / (double)sum.cells) : NAN;
	return sum;
}

/** Adds the cell of each figure, with its machine. 0, or -1 with the error. */
static int add_cells(struct validation *validation, struct rows *rows, char **error)
{
	for (size_t i = 0; i < validation->count; ++i) {
		const struct validation_row *row = &validation->rows[i];
		struct machine_file *file = &validation->files[i];
		char *why = NULL;
		if (!selection_has(SIMULATE_WORKLOADS, row->workload)) {
			return complain(
				error,
				"the workload %s is not simulated: there are " SIMULATE_WORKLOADS,
				row->workload);
		}
		if (fit_read(row->machine, file, &why) != 0) {
			complain(error, "machine %s: %s", row->machine,
				 why ? why : strerror(ENOMEM));
			free(why);
			return -1;
		}
		if (rows_add(rows, &file->machine, row->workload, row->queue,
			     (struct simulate_threads){.all = row->threads}, error) != 0) {
			return -1;
		}
	}
	return 0;
}

int validation_simulate(struct validation *validation, const struct row_settings *settings,
			char **error)
{
	struct rows rows;
	*error = NULL;
	if (rows_create(&rows, validation->count, settings) != 0) {
		return -1;
	}
	validation->files = calloc(validation->count + 1, sizeof(*validation->files));
	int result = validation->files ? add_cells(validation, &rows, error) : -1;
	if (result == 0) {
		result = rows_run(&rows);
	}
	for (size_t i = 0; result == 0 && i < rows.count; ++i) {
		validation->failed = validation->failed || rows.rows[i].failed;
		validation->rows[i].reason = rows.rows[i].reason;
		if (!rows.rows[i].reason) {
			validation->rows[i].simulated = rows.rows[i].median * 1e6;
		}
	}
	int kept = errno;
	rows_free(&rows);
	errno = kept;
	return result;
}

void validation_print_sum(const struct validation *validation, const char *machine,
			  const char *other, FILE *stream)
{
	struct validation_sum sum = validation_sum(validation, machine);
	fprintf(stream,
		"%s: %zu of %zu figures: geometric error x %.2f; %zu within x 1.5, %zu within x 2; "
		"order right in %zu of %zu pairs that are %s %g apart, and in %zu of %zu that are "
		"simulated %g apart\n",
		machine ? machine : "all", sum.cells, sum.rows, sum.error, sum.within_half,
		sum.within_double, sum.pairs_in_order, sum.pairs, other, APART, sum.far_in_order,
		sum.far, STANDING_APART);
}

void validation_print(const struct validation *validation, const char *other, FILE *stream)
{
	fprintf(stream, "%-20s %-20s %-15s %4s %10s %10s %7s\n", "MACHINE", "WORKLOAD", "QUEUE",
		"THR", "simulated", other, "RATIO");
	for (size_t i = 0; i < validation->count; ++i) {
		const struct validation_row *row = &validation->rows[i];
		fprintf(stream, "%-20s %-20s %-15s %4u", row->machine, row->workload, row->queue,
			row->threads);
		if (row->reason) {
			fprintf(stream, "  -  %s\n", row->reason);
		} else {
			fprintf(stream, " %10.2f %10.2f %7.2f\n", row->simulated / 1e6,
				row->published / 1e6, row->simulated / row->published);
		}
	}
	putc('\n', stream);
	for (size_t i = 0; i < validation->count; ++i) {
		if (is_first(validation, i)) {
			validation_print_sum(validation, validation->rows[i].machine, other,
					     stream);
			fprintf(stream, "  its file says: %s\n", validation->files[i].validated);
		}
	}
}

void validation_free(struct validation *validation)
{
	free(validation->rows);
	free(validation->files);
	*validation = (struct validation){0};
}
