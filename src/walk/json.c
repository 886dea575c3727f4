// SPDX-License-Identifier: MIT

/**
 * The one JSON object that dirwalk --json prints.
 *
 * JSON is Unicode, and file names are bytes. A name that is not UTF-8 has U+FFFD for each byte
 * that does not fit. A second key, with `_hex` at its end, has the bytes of the name.
 */

#include "walk/json.h"

#include "base/quote.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/** Sets `key`, and `key`_hex if needed, to a string of any bytes. 0, or -1. */
static int set_bytes(json_t *object, const char *key, const char *bytes)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t length = strlen(bytes);
	// A byte becomes at most three bytes of text, and two of hexadecimal
	char *text = malloc(3 * length + 1);
	char *hex = malloc(2 * length + 1);
	char *name = NULL;
	int result = -1;
	if (!text || !hex || asprintf(&name, "%s_hex", key) < 0) {
		name = NULL;
		goto out;
	}

	char *to = text;
	bool valid = true;
	for (const char *from = bytes; *from;) {
		size_t sequence = quote_utf8(from, length - (size_t)(from - bytes));
		valid = valid && sequence;
		to = sequence ? mempcpy(to, from, sequence) : stpcpy(to, replacement);
		from += sequence ? sequence : 1;
	}
	*to = '\0';
	result = json_object_set_new(object, key, json_string(text));
	if (result == 0 && !valid) {
		for (size_t i = 0; i < length; ++i) {
			sprintf(hex + 2 * i, "%02x", (unsigned char)bytes[i]);
		}
		result = json_object_set_new(object, name, json_string(hex));
	}
out:
	free(name);
	free(hex);
	free(text);
	return result;
}

/** A count. */
static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/** Sets the three totals. 0, or -1. */
static int set_totals(json_t *object, const struct walk_totals *totals)
{
	return json_object_set_new(object, "files", number(totals->files)) |
	       json_object_set_new(object, "directories", number(totals->directories)) |
	       json_object_set_new(object, "errors", number(totals->errors));
}

/** Sets an array of the roots. 0, or -1. */
static int set_roots(json_t *object, const struct report *report)
{
	json_t *array = json_array();
	int failed = 0;
	for (size_t i = 0; i < report->walk->root_count; ++i) {
		const struct walk_root *root = &report->walk->roots[i];
		json_t *its = json_object();
		failed |= set_bytes(its, "dir", root->path) | set_totals(its, &root->totals);
		if (report->options->whole_roots && root->begun) {
			failed |= json_object_set_new(its, "worker",
						      json_sprintf("worker-%u", root->worker + 1));
		}
		failed |= json_array_append_new(array, its);
	}
	return json_object_set_new(object, "dirs", array) | failed;
}

static int set_workers(json_t *object, const struct report *report)
{
	json_t *array = json_array();
	int failed = 0;
	for (unsigned int i = 0; i < report->walk->threads; ++i) {
		json_t *its = json_pack("{s:o}", "name", json_sprintf("worker-%u", i + 1));
		failed |= set_totals(its, &report->walk->found[i]);
		failed |= json_array_append_new(array, its);
	}
	return json_object_set_new(object, "workers", array) | failed;
}

static int set_failures(json_t *object, const struct report *report)
{
	json_t *array = json_array();
	int failed = 0;
	for (size_t i = 0; i < report->failure_count; ++i) {
		const struct failure *failure = &report->failures[i];
		json_t *its = json_pack("{s:s}", "error", walk_error(failure->error));
		failed |= set_bytes(its, "path", failure->path);
		failed |= json_array_append_new(array, its);
	}
	return json_object_set_new(object, "failures", array) | failed;
}

/** The counts of a channel. `wakes` is null for a native wait, which does not count them. */
static json_t *counts_json(const struct channel_counts *counts, bool native)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "enqueued",
			 number(counts->enqueued), "dequeued", number(counts->dequeued), "full",
			 number(counts->full), "empty", number(counts->empty), "busy",
			 number(counts->busy), "parks", number(counts->parks), "wakes",
			 native ? json_null() : number(counts->wakes));
}

static json_t *stats_json(const struct report *report, const struct pool_stats *stats)
{
	const struct histogram *times = &stats->time_in_queue;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:f}", "work",
			 counts_json(&stats->work, report->choice->wait == CHANNEL_NATIVE),
			 "results", counts_json(&stats->results, false), "overflow",
			 number(stats->overflow), "unqueued", number(stats->unqueued), "peak_depth",
			 number(stats->peak_depth), "time_in_queue_ns", "p50",
			 number(histogram_quantile(times, 0.5)), "p99",
			 number(histogram_quantile(times, 0.99)), "max", number(times->max),
			 "waited_seconds", clock_seconds(stats->waited));
}

/** Writes text of a JSON document. DEL, which jansson leaves alone, becomes an escape. */
static int put(const char *text, size_t length, void *stream)
{
	for (; length > 0; ++text, --length) {
		if ((*text == 0x7f ? fputs("\\u007f", stream) : putc(*text, stream)) == EOF) {
			return -1;
		}
	}
	return 0;
}

int json_print(const struct report *report, const struct pool_stats *stats, bool interrupted,
	       FILE *stream)
{
	const struct choice *choice = report->choice;
	const struct pool_type *result = choice->result_pool ? choice->result_pool : choice->pool;
	json_t *object =
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:s}", "format", "dirwalk/1", "queue",
			  choice->pool->queue->name, "result_queue", result->queue->name, "wait",
			  channel_wait_name(choice->wait), "threads", (int)stats->started,
			  "capacity", (json_int_t)report->options->capacity, "items",
			  report->options->whole_roots ? "root" : "dir");
	const struct processors *processors = &choice->processors;
	json_t *limit = processors->limit > 0 ? json_real(processors->limit) : json_null();
	int failed = set_totals(object, &report->walk->totals);
	failed |= json_object_set_new(
		object, "processors",
		json_pack("{s:i, s:o}", "affinity", (int)processors->affinity, "limit", limit));
	failed |= json_object_set_new(object, "seconds",
				      json_real(clock_seconds(stats->nanoseconds)));
	failed |= json_object_set_new(object, "wind_down_seconds",
				      json_real(clock_seconds(stats->wind_down_nanoseconds)));
	failed |= json_object_set_new(object, "interrupted", json_boolean(interrupted));
	failed |= set_roots(object, report);
	failed |= set_workers(object, report);
	failed |= set_failures(object, report);
	if (report->options->stats) {
		failed |= json_object_set_new(object, "stats", stats_json(report, stats));
	}

	if (failed) {
		errno = ENOMEM;
	} else {
		// On a terminal, control characters beyond ASCII are escaped
		size_t flags =
			report->terminal ? JSON_INDENT(2) | JSON_ENSURE_ASCII : JSON_INDENT(2);
		failed = json_dump_callback(object, put, stream, flags) != 0 ||
			 putc('\n', stream) == EOF;
	}
	json_decref(object);
	return failed ? -1 : 0;
}
