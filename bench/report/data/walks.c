// SPDX-License-Identifier: MIT

/** The figures of walks with --stats, and of walks against their floor. */

#include "report/data/walks.h"

#include "base/statistics.h"
#include "results/old/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Where a figure is in what dirwalk --json --stats prints, below "stats". */
static const struct {
	const char *name;
	/** NULL: in "stats" itself. */
	const char *object;
	const char *key;
} places[] = {
	[WALK_P50] = {"p50_ns", "time_in_queue_ns", "p50"},
	[WALK_P99] = {"p99_ns", "time_in_queue_ns", "p99"},
	[WALK_MAX] = {"max_ns", "time_in_queue_ns", "max"},
	[WALK_WAITED] = {"waited_percent", NULL, "waited_seconds"},
	[WALK_DEPTH] = {"peak_depth", NULL, "peak_depth"},
	[WALK_OVERFLOW] = {"overflow", NULL, "overflow"},
	[WALK_UNQUEUED] = {"unqueued", NULL, "unqueued"},
	[WALK_FULL] = {"full", "work", "full"},
	[WALK_EMPTY] = {"empty", "work", "empty"},
	[WALK_BUSY] = {"busy", "work", "busy"},
	[WALK_PARKS] = {"parks", "work", "parks"},
	[WALK_WAKES] = {"wakes", "work", "wakes"},
	[WALK_RESULTS_FULL] = {"results_full", "results", "full"},
	[WALK_RESULTS_EMPTY] = {"results_empty", "results", "empty"},
	[WALK_RESULTS_BUSY] = {"results_busy", "results", "busy"},
	[WALK_RESULTS_PARKS] = {"results_parks", "results", "parks"},
	[WALK_RESULTS_WAKES] = {"results_wakes", "results", "wakes"},
};

/** Where the times of processors are, a number for each round. */
static const char *const place_keys[] = {
	[WALK_KERNEL] = "system_seconds",
	[WALK_USER] = "user_seconds",
};

const char *walk_figure_name(enum walk_figure figure)
{
	return places[figure].name;
}

double walk_share(const struct walk_row *row)
{
	double most = row->over_floor.high;
	return most > 1 ? (1 - 1 / most) * 100 : NAN;
}

/** The value at a figure's place. NULL if there is none. */
static const json_t *find_value(const json_t *walk, enum walk_figure figure)
{
	const json_t *stats = json_object_get(walk, "stats");
	if (places[figure].object) {
		stats = json_object_get(stats, places[figure].object);
	}
	return json_object_get(stats, places[figure].key);
}

/** The time that all workers had, in seconds. */
static double workers_seconds(const json_t *walk)
{
	return json_number_value(json_object_get(walk, "threads")) *
	       (json_number_value(json_object_get(walk, "seconds")) +
		json_number_value(json_object_get(walk, "wind_down_seconds")));
}

static bool is_walk_with_stats(const json_t *walk)
{
	if (!json_is_string(json_object_get(walk, "wait")) || !(workers_seconds(walk) > 0)) {
		return false;
	}
	for (int i = 0; i < WALK_FIGURES; ++i) {
		const json_t *value = find_value(walk, (enum walk_figure)i);
		// How many a native wait woke is not known
		bool unknown = i == WALK_WAKES && json_is_null(value);
		if (!unknown && !json_is_number(value)) {
			return false;
		}
	}
	return true;
}

static const json_t *walks_of(const json_t *row)
{
	return json_object_get(row, "with_stats");
}

bool walk_row_valid(const json_t *row)
{
	const json_t *walks = walks_of(row);
	size_t i;
	json_t *walk;
	if (!walks) {
		return true;
	}
	json_array_foreach(walks, i, walk)
	{
		if (!is_walk_with_stats(walk)) {
			return false;
		}
	}
	return json_is_array(walks) &&
	       (json_array_size(walks) == 0 || json_is_string(json_object_get(row, "queue")));
}

// A row

/** A figure over the walks of a row. */
static struct walk_range range_of(const json_t *walks, enum walk_figure figure, double *scratch)
{
	size_t i;
	json_t *walk;
	struct walk_range range = {.low = INFINITY, .high = -INFINITY};
	json_array_foreach(walks, i, walk)
	{
		const json_t *value = find_value(walk, figure);
		if (!json_is_number(value)) {
			return (struct walk_range){NAN, NAN, NAN};
		}
		scratch[i] = json_number_value(value);
		if (figure == WALK_WAITED) {
			scratch[i] *= 100 / workers_seconds(walk);
		}
		range.low = fmin(range.low, scratch[i]);
		range.high = fmax(range.high, scratch[i]);
	}
	range.median = statistics_median(scratch, json_array_size(walks));
	return range;
}

/** The median time of a row's runs in one of its rounds, which have as many each. */
static double time_in_round(const json_t *row, size_t round, size_t rounds, double *scratch)
{
	const json_t *seconds = json_object_get(row, "seconds");
	size_t runs = json_array_size(seconds) / rounds;
	for (size_t i = 0; i < runs; ++i) {
		scratch[i] = json_number_value(json_array_get(seconds, round * runs + i));
	}
	return statistics_median(scratch, runs);
}

/**
 * The raw walks to hold a row against: as many at once as it has workers, or as there are
 * processors if these are fewer. NULL if they were not made.
 */
static const json_t *find_floor(const json_t *rows, const struct walk_row *walk)
{
	const json_t *floor = NULL;
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		long long threads = report_integer(row, "threads");
		if (strcmp(figures_text(row, "program"), "rawwalk") == 0 &&
		    threads <= walk->threads && threads > report_integer(floor, "threads")) {
			floor = row;
		}
	}
	return report_integer(floor, "threads") == walk->threads || walk->oversubscribed ? floor
											 : NULL;
}

/** Time of processors in a row's rounds, by that of the floor's walks. NAN where it is not known.
 */
static double place_by_floor(const json_t *row, enum walk_place place, const json_t *floor,
			     const double *floor_times, size_t rounds, double *scratch)
{
	const json_t *seconds = json_object_get(row, place_keys[place]);
	long long copies = report_integer(floor, "threads");
	for (size_t i = 0; i < rounds; ++i) {
		const json_t *second = json_array_get(seconds, i);
		if (!json_is_number(second)) {
			return NAN;
		}
		scratch[i] = json_number_value(second) / (double)copies / floor_times[i];
	}
	return statistics_median(scratch, rounds);
}

/** Ratios inside rounds: a machine drifts by more than queues differ. 0, or -1 with ENOMEM. */
static int compare_with_floor(const json_t *floor, size_t rounds, struct walk_row *walk)
{
	struct walk_range range = {.low = INFINITY, .high = -INFINITY};
	size_t runs = json_array_size(json_object_get(walk->row, "seconds"));
	size_t floor_runs = json_array_size(json_object_get(floor, "seconds"));
	walk->over_floor = (struct walk_range){NAN, NAN, NAN};
	for (int i = 0; i < WALK_PLACES; ++i) {
		walk->by_floor[i] = NAN;
		walk->of_floor[i] = NAN;
	}
	if (rounds == 0 || floor_runs == 0 || runs % rounds != 0 || floor_runs % rounds != 0) {
		return 0;
	}
	double *ratios = calloc(rounds, sizeof(*ratios));
	double *floor_times = calloc(rounds, sizeof(*floor_times));
	double *scratch = calloc(runs + floor_runs, sizeof(*scratch));
	int result = ratios && floor_times && scratch ? 0 : -1;
	for (size_t i = 0; result == 0 && i < rounds; ++i) {
		floor_times[i] = time_in_round(floor, i, rounds, scratch);
		ratios[i] = time_in_round(walk->row, i, rounds, scratch) / floor_times[i];
		range.low = fmin(range.low, ratios[i]);
		range.high = fmax(range.high, ratios[i]);
	}
	if (result == 0) {
		// Times of nothing have no ratio
		range.median = statistics_median(ratios, rounds);
		walk->over_floor = isnan(range.median) ? walk->over_floor : range;
		for (int i = 0; i < WALK_PLACES; ++i) {
			walk->by_floor[i] = place_by_floor(walk->row, (enum walk_place)i, floor,
							   floor_times, rounds, scratch);
			walk->of_floor[i] = place_by_floor(floor, (enum walk_place)i, floor,
							   floor_times, rounds, scratch);
		}
	}
	free(scratch);
	free(floor_times);
	free(ratios);
	return result;
}

/** 0, or -1 with ENOMEM. */
static int read_row(const json_t *document, const json_t *row, struct walk_row *walk)
{
	const json_t *rows = json_object_get(document, "rows");
	long long rounds = report_integer(json_object_get(document, "walk"), "rounds");
	const json_t *walks = walks_of(row);
	const char *results = figures_text(row, "result_queue");
	double *scratch = calloc(json_array_size(walks), sizeof(*scratch));
	if (!scratch) {
		return -1;
	}
	*walk = (struct walk_row){
		.row = row,
		.queue = figures_text(row, "queue"),
		.wait = figures_text(json_array_get(walks, 0), "wait"),
		.threads = report_integer(row, "threads"),
		.oversubscribed = json_is_true(json_object_get(row, "oversubscribed")),
		.walks = json_array_size(walks),
	};
	walk->two_queues = *results && strcmp(results, walk->queue) != 0;
	for (int i = 0; i < WALK_FIGURES; ++i) {
		walk->figures[i] = range_of(walks, (enum walk_figure)i, scratch);
	}
	free(scratch);
	return compare_with_floor(find_floor(rows, walk), rounds > 0 ? (size_t)rounds : 0, walk);
}

// All rows

static int compare_rows(const void *left, const void *right)
{
	const struct walk_row *a = left;
	const struct walk_row *b = right;
	if (a->threads != b->threads) {
		return a->threads > b->threads ? 1 : -1;
	}
	return strcmp(figures_text(a->row, "label"), figures_text(b->row, "label"));
}

static size_t count_rows(const struct report_file *file)
{
	size_t count = 0;
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(file->document, "rows"), i, row)
	{
		count += json_array_size(walks_of(row)) > 0;
	}
	return file->kind == REPORT_WALK ? count : 0;
}

int walk_rows_of(const struct report_file *file, struct walk_rows *rows)
{
	const json_t *all = json_object_get(file->document, "rows");
	size_t count = count_rows(file);
	size_t i;
	json_t *row;
	*rows = (struct walk_rows){.file = file};
	rows->rows = calloc(count + 1, sizeof(*rows->rows));
	if (!rows->rows) {
		return -1;
	}
	json_array_foreach(all, i, row)
	{
		if (rows->count == count || json_array_size(walks_of(row)) == 0) {
			continue;
		}
		if (read_row(file->document, row, &rows->rows[rows->count++]) != 0) {
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
