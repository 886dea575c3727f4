// SPDX-License-Identifier: MIT

/** The figures of walks with --stats, and of walks against their floor. */

#include "report/data/walk_figures.h"

#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN ((struct walk_range){NAN, NAN, NAN})

double walk_share(const struct walk_row *row)
{
	double most = row->over_floor.high;
	return most > 1 ? (1 - 1 / most) * 100 : NAN;
}

/** The range of values, which are sorted by this. */
static struct walk_range range_of(double *values, size_t count)
{
	struct walk_range range = {.low = INFINITY, .high = -INFINITY};
	for (size_t i = 0; i < count; ++i) {
		if (isnan(values[i])) {
			return UNKNOWN;
		}
		range.low = fmin(range.low, values[i]);
		range.high = fmax(range.high, values[i]);
	}
	range.median = statistics_median(values, count);
	return range;
}

/**
 * The raw walks to hold a row against: as many at once as it has workers, or as there are
 * processors if these are fewer. NULL if they were not made.
 */
static const struct walk *find_floor(const struct walks *walks, const struct walk *walk)
{
	const struct walk *floor = NULL;
	for (size_t i = 0; i < walks->count; ++i) {
		const struct walk *row = &walks->rows[i];
		if (row->floor && !row->failure && row->threads <= walk->threads &&
		    row->threads > (floor ? floor->threads : 0)) {
			floor = row;
		}
	}
	return floor && (floor->threads == walk->threads || walk->oversubscribed) ? floor : NULL;
}

/** Processor time of a row's rounds divided by the floor's time. NAN where it is not known. */
static double place_by_floor(const struct walk *walk, enum walk_place place,
			     const struct walk *floor, size_t rounds, double *scratch)
{
	if (!walk->places[place]) {
		return NAN;
	}
	for (size_t i = 0; i < rounds; ++i) {
		scratch[i] = walk->places[place][i] / (double)floor->threads / floor->rounds[i];
	}
	return statistics_median(scratch, rounds);
}

/**
 * Ratios inside the rounds that both have, which are the first: a machine drifts by more than
 * queues differ. 0, or -1 with ENOMEM.
 */
static int compare_with_floor(const struct walks *walks, struct walk_row *row)
{
	const struct walk *walk = row->walk;
	const struct walk *floor = find_floor(walks, walk);
	row->over_floor = UNKNOWN;
	for (int i = 0; i < WALK_PLACES; ++i) {
		row->by_floor[i] = NAN;
		row->of_floor[i] = NAN;
	}
	if (!floor || walks->rounds == 0 || walk->round_count == 0 || floor->round_count == 0) {
		return 0;
	}
	size_t rounds =
		walk->round_count < floor->round_count ? walk->round_count : floor->round_count;
	double *scratch = calloc(rounds, sizeof(*scratch));
	if (!scratch) {
		return -1;
	}
	for (size_t i = 0; i < rounds; ++i) {
		scratch[i] = walk->rounds[i] / floor->rounds[i];
	}
	row->over_floor = range_of(scratch, rounds);
	for (int i = 0; i < WALK_PLACES; ++i) {
		row->by_floor[i] = place_by_floor(walk, (enum walk_place)i, floor, rounds, scratch);
		row->of_floor[i] =
			place_by_floor(floor, (enum walk_place)i, floor, rounds, scratch);
	}
	free(scratch);
	return 0;
}

/** 0, or -1 with ENOMEM. */
static int find_figures(const struct walks *walks, const struct walk *walk, struct walk_row *row)
{
	double *scratch = calloc(walk->stats_count, sizeof(*scratch));
	if (!scratch) {
		return -1;
	}
	*row = (struct walk_row){
		.walk = walk,
		.wait = walk->stats[0].wait,
		.two_queues = walk->result_queue && strcmp(walk->result_queue, walk->queue) != 0,
	};
	for (int i = 0; i < WALK_FIGURES; ++i) {
		for (size_t j = 0; j < walk->stats_count; ++j) {
			scratch[j] = walk->stats[j].figures[i];
		}
		row->figures[i] = range_of(scratch, walk->stats_count);
	}
	free(scratch);
	return compare_with_floor(walks, row);
}

static int compare_rows(const void *left, const void *right)
{
	const struct walk *a = ((const struct walk_row *)left)->walk;
	const struct walk *b = ((const struct walk_row *)right)->walk;
	if (a->threads != b->threads) {
		return a->threads > b->threads ? 1 : -1;
	}
	return strcmp(a->label, b->label);
}

/** True if the row has figures. */
static bool is_shown(const struct walk *walk)
{
	return walk->stats_count > 0 && !walk->failure;
}

static size_t count_rows(const struct report_file *file)
{
	size_t count = 0;
	for (size_t i = 0; file->walks && i < file->walks->count; ++i) {
		count += is_shown(&file->walks->rows[i]);
	}
	return count;
}

int walk_rows_of(const struct report_file *file, struct walk_rows *rows)
{
	*rows = (struct walk_rows){.file = file};
	rows->rows = calloc(count_rows(file) + 1, sizeof(*rows->rows));
	if (!rows->rows) {
		return -1;
	}
	for (size_t i = 0; file->walks && i < file->walks->count; ++i) {
		const struct walk *walk = &file->walks->rows[i];
		if (is_shown(walk) &&
		    find_figures(file->walks, walk, &rows->rows[rows->count++]) != 0) {
			walk_rows_destroy(rows);
			return -1;
		}
	}
	qsort(rows->rows, rows->count, sizeof(*rows->rows), compare_rows);
	return 0;
}

int walk_rows_find(const struct report *report, size_t machine, struct walk_rows *rows)
{
	const struct report_file *best = NULL;
	size_t most = 0;
	for (size_t i = 0; i < report->count; ++i) {
		size_t count = count_rows(&report->files[i]);
		if (report->files[i].machine == machine && count > most) {
			best = &report->files[i];
			most = count;
		}
	}
	*rows = (struct walk_rows){0};
	return best ? walk_rows_of(best, rows) : 0;
}

void walk_rows_destroy(struct walk_rows *rows)
{
	free(rows->rows);
	*rows = (struct walk_rows){0};
}
