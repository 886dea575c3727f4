// SPDX-License-Identifier: MIT

/** Reading walks: the only place that knows the keys of walk.json and of hyperfine's JSON. */

#include "report/data/walks.h"

#include "base/statistics.h"
#include "document/complain.h"
#include "document/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Where a figure is in what dirwalk --json --stats prints, below "stats". */
static const struct {
	const char *name;
	/** NULL: in "stats" itself. */
	const char *object;
	const char *key;
} figures[] = {
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

const char *walk_figure_name(enum walk_figure figure)
{
	return figures[figure].name;
}

// hyperfine's documents as walk.json

/** True if dirwalk takes the name for a queue. Labels of other programs have other characters. */
static bool is_queue_name(const char *text, size_t length)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	bool path = length > 3 && memchr(text, '/', length) &&
		    strncmp(text + length - 3, ".so", 3) == 0;
	return length > 0 && (path || strspn(text, letters) >= length);
}

/** The value of an option in a command, "-q NAME" or "--queue=NAME"; its length, or 0. */
static size_t option_value(const char *command, const char *brief, const char *full,
			   const char **value)
{
	const char *found = strstr(command, full);
	if (found) {
		*value = found + strlen(full);
	} else if ((found = strstr(command, brief))) {
		*value = found + strlen(brief);
		*value += strspn(*value, " =");
	}
	return found ? strcspn(*value, " ") : 0;
}

/** Runs of a command that failed: they ended with a status other than 0, or by a signal. */
static size_t count_failures(const json_t *result)
{
	size_t failures = 0;
	size_t i;
	json_t *code;
	json_array_foreach(json_object_get(result, "exit_codes"), i, code)
	{
		failures += !json_is_integer(code) || json_integer_value(code) != 0;
	}
	return failures;
}

/**
 * A result as a row of walk.json. What ran is read from the command: its options, or a label such
 * as "scq -j4" or "mutex_ring + wfcqueue_mpsc results -j4".
 */
static json_t *row_of_result(const json_t *result)
{
	const char *command = json_text(result, "command");
	const char *queue = NULL;
	const char *threads = NULL;
	size_t threads_length = option_value(command, " -j", "--threads=", &threads);
	size_t length = option_value(command, " -q", "--queue=", &queue);
	if (length == 0 && threads_length > 0) {
		const char *end = strstr(command, " -j");
		const char *plus = strstr(command, " + ");
		queue = command;
		length = end ? (size_t)((plus && plus < end ? plus : end) - command) : 0;
	}
	bool walk = is_queue_name(queue, length) && threads_length > 0;
	return json_pack("{s:s, s:s, s:o, s:o, s:O}", "label", command, "command", command, "queue",
			 walk ? json_stringn(queue, length) : json_null(), "threads",
			 walk ? json_integer(atoll(threads)) : json_null(), "seconds",
			 json_object_get(result, "times"));
}

static json_t *find_row(const json_t *rows, const char *label)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		if (strcmp(json_text(row, "label"), label) == 0) {
			return row;
		}
	}
	return NULL;
}

/** Adds rows; results of one label become one. 0, or -1 with ENOMEM. */
static int add_results(json_t *rows, const json_t *results)
{
	size_t i;
	json_t *result;
	json_array_foreach(results, i, result)
	{
		size_t failures = count_failures(result);
		json_t *row = find_row(rows, json_text(result, "command"));
		if (row) {
			json_array_extend(json_object_get(row, "seconds"),
					  json_object_get(result, "times"));
		} else if ((row = row_of_result(result))) {
			json_array_append_new(rows, row);
		}
		if (!row ||
		    (failures > 0 &&
		     json_object_set_new(row, "failure",
					 json_sprintf("the command failed in %zu run%s", failures,
						      failures == 1 ? "" : "s")) != 0)) {
			return json_lacks_memory();
		}
	}
	return 0;
}

/** True if every object of the array has a string and an array. */
static bool has_runs(const json_t *array, const char *text, const char *runs)
{
	size_t i;
	json_t *object;
	json_array_foreach(array, i, object)
	{
		if (!json_is_string(json_object_get(object, text)) ||
		    !json_is_array(json_object_get(object, runs))) {
			return false;
		}
	}
	return json_array_size(array) > 0;
}

bool walks_imported(const json_t *document)
{
	return has_runs(json_object_get(document, "results"), "command", "times");
}

// Rows

/** Bounds of a walk's time in seconds: what lies beyond was not measured. */
#define LEAST 1e-9
#define MOST 1e9

/** Seconds of an array, on the heap. 0; or -1 with EINVAL or ENOMEM. */
static int read_seconds(const json_t *array, double least, double **numbers, size_t *count)
{
	size_t i;
	json_t *number;
	*count = 0;
	*numbers = calloc(json_array_size(array) + 1, sizeof(**numbers));
	if (!*numbers) {
		return -1;
	}
	json_array_foreach(array, i, number)
	{
		double seconds = json_is_number(number) ? json_number_value(number) : NAN;
		if (!(seconds >= least && seconds <= MOST)) {
			errno = EINVAL;
			return -1;
		}
		(*numbers)[(*count)++] = seconds;
	}
	return 0;
}

/** One number a round, since runs of one round stand side by side in time. */
static int find_rounds(struct walk *walk, size_t rounds)
{
	bool equal = rounds > 0 && walk->count % rounds == 0;
	walk->round_count = equal && walk->count > 0 ? rounds : walk->count;
	walk->rounds = calloc(walk->round_count + 1, sizeof(*walk->rounds));
	double *scratch = calloc(walk->count + 1, sizeof(*scratch));
	size_t runs = walk->round_count ? walk->count / walk->round_count : 0;
	for (size_t i = 0; walk->rounds && scratch && i < walk->round_count; ++i) {
		memcpy(scratch, &walk->seconds[i * runs], runs * sizeof(*scratch));
		walk->rounds[i] = statistics_median(scratch, runs);
	}
	free(scratch);
	return walk->rounds && scratch ? 0 : -1;
}

/** 0; or -1 with EINVAL if the walk is not whole. */
static int read_stats(const json_t *json, struct walk_stats *stats)
{
	const json_t *all = json_object_get(json, "stats");
	// The time that all workers had, in seconds
	double workers = json_number(json, "threads") *
			 (json_number(json, "seconds") + json_number(json, "wind_down_seconds"));
	stats->wait = json_string_value(json_object_get(json, "wait"));
	bool whole = stats->wait && workers >= LEAST;
	for (int i = 0; i < WALK_FIGURES; ++i) {
		const json_t *object =
			figures[i].object ? json_object_get(all, figures[i].object) : all;
		double value = json_number(object, figures[i].key);
		// Native waits do not count their wake-ups
		bool unknown = (i == WALK_WAKES || i == WALK_RESULTS_WAKES) &&
			       json_is_null(json_object_get(object, figures[i].key));
		whole = whole && (unknown || !isnan(value));
		stats->figures[i] = i == WALK_WAITED ? value * 100 / workers : value;
	}
	if (!whole) {
		errno = EINVAL;
	}
	return whole ? 0 : -1;
}

/** 0; or -1 with EINVAL if the row is not whole, or with ENOMEM. */
static int read_row(const json_t *json, size_t rounds, struct walk *walk)
{
	static const char *const places[] = {"system_seconds", "user_seconds"};
	const json_t *stats = json_object_get(json, "with_stats");
	*walk = (struct walk){
		.label = json_text(json, "label"),
		.command = json_text(json, "command"),
		.queue = json_string_value(json_object_get(json, "queue")),
		.result_queue = json_string_value(json_object_get(json, "result_queue")),
		.threads = json_integer_of(json, "threads"),
		.oversubscribed = json_is_true(json_object_get(json, "oversubscribed")),
		.floor = strcmp(json_text(json, "program"), "rawwalk") == 0,
		.failure = json_string_value(json_object_get(json, "failure")),
		.stats = calloc(json_array_size(stats) + 1, sizeof(*walk->stats)),
	};
	if (!walk->stats ||
	    read_seconds(json_object_get(json, "seconds"), LEAST, &walk->seconds, &walk->count) !=
		    0 ||
	    find_rounds(walk, rounds) != 0) {
		return -1;
	}
	for (int i = 0; i < WALK_PLACES; ++i) {
		size_t count;
		if (read_seconds(json_object_get(json, places[i]), 0, &walk->places[i], &count) !=
		    0) {
			return -1;
		}
		if (rounds == 0 || count == 0 || count != walk->round_count) {
			free(walk->places[i]);
			walk->places[i] = NULL;
		}
	}
	for (; walk->stats_count < json_array_size(stats); ++walk->stats_count) {
		if (read_stats(json_array_get(stats, walk->stats_count),
			       &walk->stats[walk->stats_count]) != 0) {
			return -1;
		}
	}
	if ((stats && !json_is_array(stats)) || (walk->stats_count > 0 && !walk->queue)) {
		errno = EINVAL;
		return -1;
	}
	if (walk->count == 0 && !walk->failure) {
		walk->failure = "it has no times";
	}
	return 0;
}

static void free_row(struct walk *walk)
{
	for (int i = 0; i < WALK_PLACES; ++i) {
		free(walk->places[i]);
	}
	free(walk->stats);
	free(walk->rounds);
	free(walk->seconds);
}

// Files

static int read_rows(struct walks *walks, const json_t *rows, char **error)
{
	walks->rows = calloc(json_array_size(rows) + 1, sizeof(*walks->rows));
	if (!walks->rows) {
		return -1;
	}
	for (size_t i = 0; i < json_array_size(rows); ++i) {
		struct walk *walk = &walks->rows[walks->count++];
		if (read_row(json_array_get(rows, i), walks->rounds, walk) != 0) {
			return errno == EINVAL
				       ? complain(error,
						  "row \"%s\" is not whole: it lacks times, or one "
						  "of its figures, or a time is not above 0",
						  walk->label)
				       : -1;
		}
	}
	return 0;
}

struct walks *walks_read(json_t *document, char **error)
{
	struct walks *walks = calloc(1, sizeof(*walks));
	const json_t *results = json_object_get(document, "results");
	json_t *rows = json_object_get(document, "rows");
	*error = NULL;
	if (!walks) {
		return NULL;
	}
	walks->document = json_incref(document);
	walks->machine = json_object_get(document, "machine");
	walks->imported = walks_imported(document);
	if (walks->imported) {
		rows = json_array();
		if (!rows || json_object_set_new(document, "rows", rows) != 0 ||
		    add_results(rows, results) != 0) {
			goto fail;
		}
	}
	const json_t *walk = json_object_get(document, "walk");
	long long rounds = json_integer_of(walk, "rounds");
	walks->rounds = rounds > 0 ? (size_t)rounds : 0;
	walks->command = json_text(walk, "command");
	walks->date = json_text(walk, "date");
	walks->commit = json_text(walk, "commit");
	walks->directories = json_integer_of(walk, "directories");
	walks->others = json_number(walk, "processors_used_by_others");
	if (!has_runs(rows, "label", "seconds")) {
		complain(error, "it is not whole: it has no rows, or one without times");
		goto fail;
	}
	if (read_rows(walks, rows, error) != 0) {
		goto fail;
	}
	return walks;

fail:
	walks_free(walks);
	return NULL;
}

struct walks *walks_join(struct walks *walks, const json_t *document, char **error)
{
	json_t *whole = json_incref(walks->document);
	walks_free(walks);
	walks = json_array_extend(json_object_get(whole, "results"),
				  json_object_get(document, "results")) == 0
			? walks_read(whole, error)
			: NULL;
	json_decref(whole);
	return walks;
}

void walks_free(struct walks *walks)
{
	if (!walks) {
		return;
	}
	for (size_t i = 0; i < walks->count; ++i) {
		free_row(&walks->rows[i]);
	}
	free(walks->rows);
	json_decref(walks->document);
	free(walks);
}
