// SPDX-License-Identifier: MIT

#include "results/run.h"

#include "document/complain.h"
#include "document/file.h"
#include "document/formats.h"
#include "document/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) CODEC_AT(struct run_shape, member)
static const struct codec_field shape_fields[] = {
	{"file", CODEC_TEXT, AT(file), CODEC_OPTIONAL},
	{"directories", CODEC_WHOLE, AT(directories), CODEC_OPTIONAL},
	{"files", CODEC_WHOLE, AT(files), CODEC_OPTIONAL},
};
static const struct codec shape_codec = CODEC(shape_fields);
#undef AT

#define AT(member) CODEC_AT(struct run_settings, member)
static const struct codec_field settings_fields[] = {
	{"seed", CODEC_WHOLE, AT(seed), CODEC_OPTIONAL},
	{"rounds", CODEC_WHOLE, AT(rounds), CODEC_NULL},
	{"duration_ns", CODEC_WHOLE, AT(duration_ns), CODEC_OPTIONAL},
	{"warmup_ns", CODEC_WHOLE, AT(warmup_ns), CODEC_OPTIONAL},
	{"budget_s", CODEC_WHOLE, AT(budget_s), CODEC_NULL},
	{"shape", CODEC_OBJECT, AT(shape), CODEC_OPTIONAL, .object = &shape_codec},
};
static const struct codec settings_codec = CODEC(settings_fields);
#undef AT

#define AT(member) CODEC_AT(struct run_gap, member)
static const struct codec_field gap_fields[] = {
	{"queue", CODEC_TEXT, AT(queue), 0},	      {"workload", CODEC_TEXT, AT(workload), 0},
	{"threads", CODEC_COUNT, AT(threads), 0},     {"producers", CODEC_COUNT, AT(producers), 0},
	{"consumers", CODEC_COUNT, AT(consumers), 0}, {"reason", CODEC_TEXT, AT(reason), 0},
};
static const struct codec gap_codec = CODEC(gap_fields);
#undef AT

#define AT(member) CODEC_AT(struct run, member)
static const struct codec_field fields[] = {
	{"command", CODEC_TEXT, AT(command), CODEC_OPTIONAL},
	{"started", CODEC_TEXT, AT(started), CODEC_OPTIONAL},
	{"seconds", CODEC_NUMBER, AT(seconds), CODEC_OPTIONAL},
	{"interrupted", CODEC_FLAG, AT(interrupted), CODEC_OPTIONAL},
	{"settings", CODEC_OBJECT, AT(settings), 0, .object = &settings_codec},
};
static const struct codec run_codec = CODEC(fields);
#undef AT

// Making a run

int run_create(struct run *run, const char *command, const struct machine *machine,
	       const struct run_settings *settings)
{
	char started[sizeof("-2147483648-01-01T00:00:00Z")];
	struct timespec now;
	struct tm utc;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(started, sizeof(started), "%FT%TZ", &utc);
	*run = (struct run){
		.command = command,
		.started = started,
		.machine = *machine,
		.settings = *settings,
	};
	// The duration is by a clock that nobody sets
	clock_gettime(CLOCK_MONOTONIC, &run->began);
	int result = codec_keep(&run_codec, run, &run->texts);
	if (result != 0) {
		run_destroy(run);
	}
	return result;
}

int run_add_cell(struct run *run, const struct run_cell *cell)
{
	struct run_cell *more = reallocarray(run->cells, run->cell_count + 1, sizeof(*more));
	if (!more) {
		return -1;
	}
	run->cells = more;
	more[run->cell_count] = *cell;
	return codec_keep(&cell_codec, &more[run->cell_count++], &run->texts);
}

int run_add_contract(struct run *run, const char *queue, const struct contract *contract)
{
	if (run_contract(run, queue)) {
		return 0;
	}
	struct run_contract *more =
		reallocarray(run->contracts, run->contract_count + 1, sizeof(*more));
	if (!more) {
		return -1;
	}
	run->contracts = more;
	struct run_contract *added = &more[run->contract_count];
	*added = (struct run_contract){texts_keep(&run->texts, queue), *contract};
	if (!added->queue) {
		return -1;
	}
	++run->contract_count;
	return codec_keep(&contract_codec, &added->contract, &run->texts);
}

int run_add_gap(struct run *run, const struct run_gap *gap)
{
	struct run_gap *more = reallocarray(run->gaps, run->gap_count + 1, sizeof(*more));
	if (!more) {
		return -1;
	}
	run->gaps = more;
	more[run->gap_count] = *gap;
	return codec_keep(&gap_codec, &more[run->gap_count++], &run->texts);
}

int run_finish(struct run *run, bool interrupted)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	run->seconds = (double)(now.tv_sec - run->began.tv_sec) +
		       (double)(now.tv_nsec - run->began.tv_nsec) / 1e9;
	run->interrupted = interrupted;
	return run_summarize(run);
}

void run_destroy(struct run *run)
{
	for (size_t i = 0; i < run->cell_count; ++i) {
		run_cell_destroy(&run->cells[i]);
	}
	free(run->cells);
	free(run->gaps);
	free(run->contracts);
	machine_free(&run->machine);
	texts_destroy(&run->texts);
	*run = (struct run){0};
}

// Looking into a run

void run_groups_free(struct run_group *groups, size_t count)
{
	for (size_t i = 0; groups && i < count; ++i) {
		free(groups[i].cells);
	}
	free(groups);
}

struct run_group *run_groups(const struct run *run, size_t *count)
{
	*count = 0;
	struct run_group *groups = calloc(run->cell_count + 1, sizeof(*groups));
	for (size_t i = 0; groups && i < run->cell_count; ++i) {
		size_t at = 0;
		while (at < *count &&
		       !run_cell_same_group(&run->cells[i], &run->cells[groups[at].cells[0]])) {
			++at;
		}
		struct run_group *group = &groups[at];
		size_t *more = reallocarray(group->cells, group->count + 1, sizeof(*more));
		if (!more) {
			run_groups_free(groups, *count);
			return NULL;
		}
		*count += at == *count;
		group->cells = more;
		more[group->count++] = i;
	}
	return groups;
}

const struct contract *run_contract(const struct run *run, const char *queue)
{
	for (size_t i = 0; i < run->contract_count; ++i) {
		if (strcmp(run->contracts[i].queue, queue) == 0) {
			return &run->contracts[i].contract;
		}
	}
	return NULL;
}

bool run_same_shape(const struct run *a, const struct run *b)
{
	return codec_equal(&shape_codec, ~0U, &a->settings.shape, &b->settings.shape);
}

// Summaries

/** Summarizes cells that are ranked among each other. 0, or -1 with errno. */
static int summarize(struct run *run, const size_t *cells, size_t count)
{
	int result = -1;
	uint64_t seed = run->settings.seed > 0 ? (uint64_t)run->settings.seed : 0;
	struct summary_row *rows = calloc(count, sizeof(*rows));
	struct summary *summaries = calloc(count, sizeof(*summaries));
	if (!rows || !summaries) {
		goto out;
	}
	for (size_t i = 0; i < count; ++i) {
		if (run_cell_row(&run->cells[cells[i]], &rows[i]) != 0) {
			goto out;
		}
	}
	if (summary_of_group(rows, count, seed, summaries) != 0) {
		goto out;
	}
	for (size_t i = 0; i < count; ++i) {
		run->cells[cells[i]].summary = summaries[i];
	}
	result = 0;

out:
	for (size_t i = 0; rows && i < count; ++i) {
		free((double *)rows[i].values);
	}
	free(summaries);
	free(rows);
	return result;
}

/** Brings the cells that are ranked with the first one to the front. Returns how many they are. */
static size_t gather_class(const struct run *run, size_t *group, size_t count)
{
	enum queue_order class = run_cell_class(&run->cells[group[0]]);
	size_t gathered = 0;
	for (size_t i = 0; i < count; ++i) {
		size_t cell = group[i];
		if (run_cell_class(&run->cells[cell]) == class) {
			group[i] = group[gathered];
			group[gathered++] = cell;
		}
	}
	return gathered;
}

int run_summarize(struct run *run)
{
	size_t count;
	struct run_group *groups = run_groups(run, &count);
	int result = groups ? 0 : -1;
	for (size_t i = 0; i < count && result == 0; ++i) {
		for (size_t done = 0; done < groups[i].count && result == 0;) {
			size_t *class = groups[i].cells + done;
			size_t members = gather_class(run, class, groups[i].count - done);
			result = summarize(run, class, members);
			done += members;
		}
	}
	run_groups_free(groups, count);
	return result;
}

// Writing

/** Appends what a codec writes to the array at `key`. 0, or -1 with ENOMEM. */
static int append(json_t *document, const char *key, json_t *value)
{
	return json_array_append_new(json_object_get(document, key), value) == 0
		       ? 0
		       : json_lacks_memory();
}

static json_t *cell_json(const struct run_cell *cell)
{
	json_t *json = run_cell_write(cell);
	json_t *samples = json_array();
	int result = json && samples ? 0 : -1;
	for (size_t i = 0; result == 0 && i < cell->sample_count; ++i) {
		result = json_array_append_new(samples,
					       codec_write(&sample_codec, &cell->samples[i]));
	}
	if (result != 0 || json_object_set(json, "samples", samples) != 0) {
		json_decref(json);
		json = NULL;
	}
	json_decref(samples);
	return json;
}

/** Sets the arrays of a document. 0, or -1 with ENOMEM. */
static int write_arrays(const struct run *run, json_t *document)
{
	json_t *queues = json_object_get(document, "queues");
	for (size_t i = 0; i < run->contract_count; ++i) {
		const struct run_contract *contract = &run->contracts[i];
		json_t *name = json_bytes(contract->queue);
		int result = json_object_set_new(queues, json_string_value(name),
						 codec_write(&contract_codec, &contract->contract));
		json_decref(name);
		if (result != 0) {
			return json_lacks_memory();
		}
	}
	for (size_t i = 0; i < run->gap_count; ++i) {
		if (append(document, "left_out", codec_write(&gap_codec, &run->gaps[i])) != 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < run->cell_count; ++i) {
		if (append(document, "cells", cell_json(&run->cells[i])) != 0) {
			return -1;
		}
	}
	return 0;
}

json_t *run_json(const struct run *run)
{
	json_t *document = json_pack("{s:s}", "format", FORMAT_RESULTS);
	json_t *head = codec_write(&run_codec, run);
	json_t *arrays = json_pack("{s:o, s:{}, s:[], s:[]}", "machine",
				   machine_json(&run->machine), "queues", "left_out", "cells");
	if (!document || !head || !arrays || json_object_update(document, head) != 0 ||
	    json_object_update(document, arrays) != 0 || write_arrays(run, document) != 0) {
		json_decref(document);
		document = NULL;
		json_lacks_memory();
	}
	json_decref(arrays);
	json_decref(head);
	return document;
}

int run_write(const char *path, const struct run *run)
{
	json_t *document = run_json(run);
	int result = document ? document_write(path, document) : -1;
	int error = errno;
	json_decref(document);
	errno = error;
	return result;
}

// Reading

static int read_contracts(struct run *run, const json_t *queues, char **error)
{
	const char *queue;
	json_t *json;
	json_object_foreach((json_t *)queues, queue, json)
	{
		struct contract contract;
		if (codec_read(&contract_codec, json, &contract, &run->texts, queue, error) != 0 ||
		    run_add_contract(run, queue, &contract) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_gaps(struct run *run, const json_t *gaps, char **error)
{
	size_t i;
	json_t *json;
	json_array_foreach(gaps, i, json)
	{
		struct run_gap gap;
		if (codec_read(&gap_codec, json, &gap, &run->texts, "a gap in \"left_out\"",
			       error) != 0 ||
		    run_add_gap(run, &gap) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_cells(struct run *run, const json_t *cells, char **error)
{
	if (!json_is_array(cells)) {
		return complain(error, cells ? "the document: \"cells\" is not an array"
					     : "the document has no \"cells\"");
	}
	run->cells = calloc(json_array_size(cells) + 1, sizeof(*run->cells));
	if (!run->cells) {
		return -1;
	}
	for (size_t i = 0; i < json_array_size(cells); ++i) {
		struct run_cell *cell = &run->cells[run->cell_count++];
		if (run_cell_read(json_array_get(cells, i), cell, &run->texts, i + 1, error) != 0) {
			return -1;
		}
	}
	return 0;
}

int run_of_json(struct run *run, const json_t *document, char **error)
{
	*run = (struct run){0};
	*error = NULL;
	const char *format = json_string_value(json_object_get(document, "format"));
	if (!format) {
		return complain(error, "not results of qbench: no \"format\" at its top");
	}
	if (strcmp(format, FORMAT_RESULTS) != 0) {
		return complain(error, "its format is \"%s\", and what is read here is \"%s\"",
				format, FORMAT_RESULTS);
	}
	const json_t *machine = json_object_get(document, "machine");
	if (!machine) {
		complain(error, "the document has no \"machine\"");
		goto fail;
	}
	if (codec_read(&run_codec, document, run, &run->texts, "the document", error) != 0 ||
	    machine_read(machine, &run->machine, error) != 0 ||
	    read_contracts(run, json_object_get(document, "queues"), error) != 0 ||
	    read_gaps(run, json_object_get(document, "left_out"), error) != 0 ||
	    read_cells(run, json_object_get(document, "cells"), error) != 0) {
		goto fail;
	}
	run->command = run->command ? run->command : "";
	run->started = run->started ? run->started : "";
	return 0;

fail:
	run_destroy(run);
	return -1;
}

int run_read(struct run *run, const char *path, char **error)
{
	json_t *document = document_read(path, error);
	int result = document ? run_of_json(run, document, error) : -1;
	json_decref(document);
	return result;
}
