// SPDX-License-Identifier: MIT

/** Build a document of results, and summarize it. */

#include "results/old/results.h"

#include "channel.h"
#include "results/summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Building

/** A string of any bytes: those that JSON does not take become question marks. */
static json_t *text_json(const char *text)
{
	json_t *json = json_string(text);
	if (json) {
		return json;
	}
	char *plain = strdup(text);
	if (!plain) {
		return NULL;
	}
	for (char *byte = plain; *byte; ++byte) {
		if ((unsigned char)*byte >= 0x80) {
			*byte = '?';
		}
	}
	json = json_string(plain);
	free(plain);
	return json;
}

/** Point errno at what a failing jansson most likely lacked. */
static int no_memory(void)
{
	errno = ENOMEM;
	return -1;
}

int results_create(struct results *results, const char *command, json_t *machine, json_t *settings)
{
	clock_gettime(CLOCK_REALTIME, &results->started);
	struct tm utc;
	char started[sizeof("-2147483648-01-01T00:00:00Z")];
	gmtime_r(&results->started.tv_sec, &utc);
	strftime(started, sizeof(started), "%FT%TZ", &utc);
	// The duration is of a clock that nobody sets
	clock_gettime(CLOCK_MONOTONIC, &results->started);

	results->document =
		json_pack("{s:s, s:o, s:s, s:f, s:b, s:o, s:o, s:[]}", "format", RESULTS_FORMAT,
			  "command", text_json(command), "started", started, "seconds", 0.0,
			  "interrupted", false, "machine", machine, "settings", settings, "cells");
	return results->document ? 0 : no_memory();
}

void results_destroy(struct results *results)
{
	json_decref(results->document);
	results->document = NULL;
}

int results_add_cell(struct results *results, const struct cell *cell,
		     const struct results_cell *more, size_t *index)
{
	json_t *cells = json_object_get(results->document, "cells");
	json_t *json = json_pack(
		"{s:o, s:s, s:I, s:I, s:I, s:s, s:I, s:s, s:I, s:I, s:o, s:s, s:s, s:b, s:b, s:s, "
		"s:s, s:b, s:[]}",
		"queue", text_json(cell->queue), "workload", cell->workload, "threads",
		(json_int_t)cell->threads, "producers", (json_int_t)cell->producers, "consumers",
		(json_int_t)cell->consumers, "wait", channel_wait_name(cell->wait), "capacity",
		(json_int_t)cell->capacity, "place", more->place, "work_ns", (json_int_t)cell->work,
		"batch", (json_int_t)cell->batch, "load",
		cell->load > 0 ? json_real(cell->load) : json_null(), "dispatch",
		cell->indirect ? "indirect" : "direct", "unit", more->unit, "oversubscribed",
		more->oversubscribed, "floor", more->floor, "calls",
		more->inlined ? "inlined" : "through a pointer", "order",
		more->order ? more->order : "FIFO", "order_counts", more->order_counts, "samples");
	if (!json || (cell->batch > 1 && json_object_set_new(json, "native_batch",
							     json_boolean(more->native_batch)))) {
		json_decref(json);
		return no_memory();
	}
	*index = json_array_size(cells);
	return json_array_append_new(cells, json) == 0 ? 0 : no_memory();
}

int results_add_sample(struct results *results, size_t index, json_t *sample)
{
	json_t *cell = json_array_get(json_object_get(results->document, "cells"), index);
	if (!cell) {
		json_decref(sample);
		errno = EINVAL;
		return -1;
	}
	return json_array_append_new(json_object_get(cell, "samples"), sample) ? no_memory() : 0;
}

int results_finish(struct results *results, bool interrupted)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	double seconds = (double)(now.tv_sec - results->started.tv_sec) +
			 (double)(now.tv_nsec - results->started.tv_nsec) / 1e9;
	json_t *document = results->document;
	if (json_object_set_new(document, "seconds", json_real(seconds)) != 0 ||
	    json_object_set_new(document, "interrupted", json_boolean(interrupted)) != 0) {
		return no_memory();
	}
	return results_summarize(document);
}

// Groups

/** Do two cells differ in the queue and the wait alone? */
static bool same_group(const json_t *a, const json_t *b)
{
	static const char *const shared[] = {
		"workload", "threads", "producers", "consumers", "capacity", "place",
		"work_ns",  "batch",   "load",	    "dispatch",	 "unit",
	};
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); ++i) {
		const json_t *left = json_object_get(a, shared[i]);
		const json_t *right = json_object_get(b, shared[i]);
		bool numbers = json_is_number(left) && json_is_number(right);
		if (numbers ? json_number_value(left) != json_number_value(right)
			    : left != right && !json_equal(left, right)) {
			return false;
		}
	}
	return true;
}

bool results_same_cell(const json_t *a, const json_t *b)
{
	return same_group(a, b) &&
	       json_equal(json_object_get(a, "queue"), json_object_get(b, "queue")) &&
	       json_equal(json_object_get(a, "wait"), json_object_get(b, "wait"));
}

void results_groups_free(struct results_group *groups, size_t count)
{
	for (size_t i = 0; groups && i < count; ++i) {
		free(groups[i].cells);
	}
	free(groups);
}

struct results_group *results_groups(const json_t *document, size_t *count)
{
	const json_t *cells = json_object_get(document, "cells");
	size_t cell_count = json_array_size(cells);
	*count = 0;
	struct results_group *groups = calloc(cell_count ? cell_count : 1, sizeof(*groups));
	if (!groups || cell_count == 0) {
		free(groups);
		return NULL;
	}

	for (size_t i = 0; i < cell_count; ++i) {
		const json_t *cell = json_array_get(cells, i);
		size_t at = 0;
		while (at < *count &&
		       !same_group(cell, json_array_get(cells, groups[at].cells[0]))) {
			++at;
		}
		struct results_group *group = &groups[at];
		*count += at == *count;
		size_t *more = realloc(group->cells, (group->count + 1) * sizeof(*more));
		if (!more) {
			results_groups_free(groups, *count);
			return NULL;
		}
		group->cells = more;
		group->cells[group->count++] = i;
	}
	return groups;
}

// Summaries

static bool sample_is(const json_t *sample, const char *verdict)
{
	const char *its = json_string_value(json_object_get(sample, "verdict"));
	return its && strcmp(its, verdict) == 0;
}

const char *results_failure(const json_t *cell, bool unsupported)
{
	size_t i;
	json_t *sample;
	json_array_foreach(json_object_get(cell, "samples"), i, sample)
	{
		bool is_unsupported = sample_is(sample, "unsupported");
		if (sample_is(sample, "ok") || is_unsupported != unsupported) {
			continue;
		}
		const char *reason = json_string_value(json_object_get(sample, "reason"));
		const char *verdict = json_string_value(json_object_get(sample, "verdict"));
		return reason ? reason : verdict ? verdict : "a sample without a verdict";
	}
	return NULL;
}

int results_row(const json_t *cell, struct summary_row *row)
{
	const json_t *samples = json_object_get(cell, "samples");
	double *values = calloc(json_array_size(samples) + 1, sizeof(*values));
	if (!values) {
		return -1;
	}
	const char *unit = json_string_value(json_object_get(cell, "unit"));
	*row = (struct summary_row){
		.values = values,
		.higher_is_better = unit && strcmp(unit, "items/s") == 0,
		.floor = json_is_true(json_object_get(cell, "floor")),
		.void_row = results_failure(cell, false) != NULL,
	};
	size_t i;
	json_t *sample;
	json_array_foreach(samples, i, sample)
	{
		if (sample_is(sample, "ok")) {
			values[row->count++] = json_number_value(json_object_get(sample, "value"));
		}
	}
	return 0;
}

/** A number, or null where there is none. */
static json_t *number_json(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

static json_t *summary_json(const struct summary *summary)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:i, s:o, s:s, s:o, s:o, s:I}", "rounds",
			 (json_int_t)summary->rounds, "median", number_json(summary->median), "low",
			 number_json(summary->low), "high", number_json(summary->high), "mad",
			 number_json(summary->mad), "modes", (int)summary->modes, "dip_p",
			 number_json(summary->dip_p), "verdict",
			 summary_verdict_name(summary->verdict), "p", number_json(summary->p),
			 "ratio_to_best", number_json(summary->ratio_to_best), "rounds_needed",
			 (json_int_t)summary->rounds_needed);
}

/** 0, or -1 with errno. */
static int summarize_group(json_t *cells, const struct results_group *group, uint64_t seed)
{
	int result = -1;
	struct summary_row *rows = calloc(group->count, sizeof(*rows));
	struct summary *summaries = calloc(group->count, sizeof(*summaries));
	if (!rows || !summaries) {
		goto out;
	}

	for (size_t i = 0; i < group->count; ++i) {
		if (results_row(json_array_get(cells, group->cells[i]), &rows[i]) != 0) {
			goto out;
		}
	}
	if (summary_of_group(rows, group->count, seed, summaries) != 0) {
		goto out;
	}
	for (size_t i = 0; i < group->count; ++i) {
		json_t *cell = json_array_get(cells, group->cells[i]);
		if (json_object_set_new(cell, "summary", summary_json(&summaries[i])) != 0) {
			no_memory();
			goto out;
		}
	}
	result = 0;

out:
	for (size_t i = 0; rows && i < group->count; ++i) {
		free((double *)rows[i].values);
	}
	free(summaries);
	free(rows);
	return result;
}

const char *results_class(const json_t *cell)
{
	const char *order = json_string_value(json_object_get(cell, "order"));
	bool counts = json_is_true(json_object_get(cell, "order_counts"));
	bool floor = json_is_true(json_object_get(cell, "floor"));
	return order && counts && !floor && strcmp(order, "FIFO") != 0 ? order : "";
}

/** Bring the cells that are ranked with the first one to the front. How many they are. */
static size_t gather_class(const json_t *cells, size_t *group, size_t count)
{
	const char *class = results_class(json_array_get(cells, group[0]));
	size_t gathered = 0;
	for (size_t i = 0; i < count; ++i) {
		size_t cell = group[i];
		if (strcmp(results_class(json_array_get(cells, cell)), class) == 0) {
			group[i] = group[gathered];
			group[gathered++] = cell;
		}
	}
	return gathered;
}

/** Summarize a group, each class of it by itself. 0, or -1 with errno. */
static int summarize_classes(json_t *cells, const struct results_group *group, uint64_t seed)
{
	int result = 0;
	for (size_t done = 0; done < group->count && result == 0;) {
		struct results_group class = {.cells = group->cells + done};
		class.count = gather_class(cells, class.cells, group->count - done);
		result = summarize_group(cells, &class, seed);
		done += class.count;
	}
	return result;
}

int results_summarize(json_t *document)
{
	json_t *cells = json_object_get(document, "cells");
	json_t *seed = json_object_get(json_object_get(document, "settings"), "seed");
	size_t count;
	struct results_group *groups = results_groups(document, &count);
	if (!groups) {
		return json_array_size(cells) == 0 ? 0 : no_memory();
	}
	int result = 0;
	for (size_t i = 0; i < count && result == 0; ++i) {
		result = summarize_classes(cells, &groups[i], (uint64_t)json_integer_value(seed));
	}
	results_groups_free(groups, count);
	return result;
}
