// SPDX-License-Identifier: MIT

/** Runs: tables of their fields, making them, their groups and summaries, files. */

#include "results/run.h"

#include "base/clock.h"
#include "document/complain.h"
#include "document/file.h"
#include "document/formats.h"
#include "document/json.h"
#include "machine/quiet.h"
#include "results/figures.h"
#include "results/states.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
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

#define AT(member) CODEC_AT(struct run_quiet, member)
static const struct codec_field quiet_fields[] = {
	{"others_before", CODEC_NUMBER, AT(others_before), CODEC_OPTIONAL},
	{"steal_before", CODEC_NUMBER, AT(steal_before), CODEC_OPTIONAL},
	{"load_before", CODEC_NUMBER, AT(load_before), CODEC_OPTIONAL},
	{"processors", CODEC_WHOLE, AT(processors), CODEC_OPTIONAL},
	{"others", CODEC_NUMBER, AT(others), CODEC_OPTIONAL},
	{"steal", CODEC_NUMBER, AT(steal), CODEC_OPTIONAL},
	{"repeats", CODEC_WHOLE, AT(repeats), CODEC_OPTIONAL},
};
static const struct codec quiet_codec = CODEC(quiet_fields);
#undef AT

#define AT(member) CODEC_AT(struct run_gap, member)
static const struct codec_field gap_fields[] = {
	{"queue", CODEC_TEXT, AT(queue), 0},	      {"workload", CODEC_TEXT, AT(workload), 0},
	{"threads", CODEC_COUNT, AT(threads), 0},     {"producers", CODEC_COUNT, AT(producers), 0},
	{"consumers", CODEC_COUNT, AT(consumers), 0}, {"reason", CODEC_TEXT, AT(reason), 0},
};
static const struct codec gap_codec = CODEC_NAMED(struct run_gap, gap_fields, "gap");
#undef AT

// In the document these are members of an object, by their queues
#define AT(member) CODEC_AT(struct run_contract, member)
static const struct codec_field claim_fields[] = {
	{"queue", CODEC_TEXT, AT(queue), 0},
	{"contract", CODEC_OBJECT, AT(contract), 0, .object = &contract_codec},
};
static const struct codec claim_codec = CODEC_OF(struct run_contract, claim_fields);
#undef AT

#define AT(member) CODEC_AT(struct run, member)
static const struct codec_field fields[] = {
	{"command", CODEC_TEXT, AT(command), CODEC_OPTIONAL},
	{"started", CODEC_TEXT, AT(started), CODEC_OPTIONAL},
	{"seconds", CODEC_NUMBER, AT(seconds), CODEC_OPTIONAL},
	{"interrupted", CODEC_FLAG, AT(interrupted), CODEC_OPTIONAL},
	{"machine", CODEC_OBJECT, AT(machine), 0, .object = &machine_codec},
	{"settings", CODEC_OBJECT, AT(settings), 0, .object = &settings_codec},
	{"quiet", CODEC_OBJECT, AT(quiet), CODEC_OPTIONAL, .object = &quiet_codec},
	{"left_out", CODEC_ARRAY, AT(gaps), CODEC_EMPTY, .object = &gap_codec},
	{"cells", CODEC_ARRAY, AT(cells), 0, .object = &cell_codec},
};
static const struct codec run_codec = CODEC(fields);
#undef AT

// Making a run

int run_create(struct run *run, const char *command, const struct machine *machine,
	       const struct run_settings *settings)
{
	char started[sizeof("-2147483648-01-01T00:00:00Z")];
	time_t now = time(NULL);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%FT%TZ", &utc);
	*run = (struct run){
		.command = command,
		.started = started,
		.machine = *machine,
		.settings = *settings,
	};
	codec_clear(&quiet_codec, &run->quiet);
	run->began = clock_now();
	int result = codec_keep(&run_codec, run, &run->texts);
	if (result != 0) {
		run_destroy(run);
	}
	return result;
}

int run_add_cell(struct run *run, const struct run_cell *cell)
{
	return codec_append(&cell_codec, &run->cells, cell, &run->texts) ? 0 : -1;
}

int run_add_contract(struct run *run, const char *queue, const struct contract *contract)
{
	return run_contract(run, queue) ||
			       codec_append(&claim_codec, &run->contracts,
					    &(struct run_contract){queue, *contract}, &run->texts)
		       ? 0
		       : -1;
}

int run_add_gap(struct run *run, const struct run_gap *gap)
{
	return codec_append(&gap_codec, &run->gaps, gap, &run->texts) ? 0 : -1;
}

int run_finish(struct run *run, bool interrupted)
{
	run->seconds = clock_seconds(clock_now() - run->began);
	run->interrupted = interrupted;
	return run_summarize(run, true);
}

void run_destroy(struct run *run)
{
	codec_free(&run_codec, run);
	free(run->contracts);
	texts_destroy(&run->machine.texts);
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
		// Most cells stand behind others of their group
		size_t at = *count;
		while (at > 0 &&
		       !run_cell_same_group(&run->cells[i], &run->cells[groups[at - 1].cells[0]])) {
			--at;
		}
		bool known = at > 0;
		struct run_group *group = &groups[known ? at - 1 : *count];
		size_t *more = reallocarray(group->cells, group->count + 1, sizeof(*more));
		if (!more) {
			run_groups_free(groups, *count);
			return NULL;
		}
		*count += !known;
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

bool run_is_dirty(const struct run *run)
{
	const char *commit = run->machine.software.commit;
	return commit && strstr(commit, "-dirty");
}

bool run_was_busy(const struct run *run)
{
	return quiet_is_busy(run->quiet.others_before, run->quiet.steal_before) ||
	       quiet_is_busy(run->quiet.others, run->quiet.steal);
}

bool run_same_shape(const struct run *a, const struct run *b)
{
	return codec_equal(&shape_codec, ~0U, &a->settings.shape, &b->settings.shape);
}

// Summaries

uint64_t run_seed(const struct run *run)
{
	return run->settings.seed > 0 ? (uint64_t)run->settings.seed : 0;
}

/** Summarizes cells that are ranked among each other. 0, or -1 with errno. */
static int summarize(struct run *run, const size_t *cells, size_t count, bool needed)
{
	int result = -1;
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
	if (summary_of_group(rows, count, run_seed(run), needed, summaries) != 0) {
		goto out;
	}
	for (size_t i = 0; i < count; ++i) {
		run->cells[cells[i]].summary = summaries[i];
		run->cells[cells[i]].summary.rank_error = figures_rank_error(&run->cells[cells[i]]);
	}
	result = 0;

out:
	for (size_t i = 0; rows && i < count; ++i) {
		summary_row_destroy(&rows[i]);
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

int run_summarize(struct run *run, bool needed)
{
	struct states states;
	if (states_find(&(struct states_cells){run->cells, run->cell_count}, 1, &states) != 0) {
		return -1;
	}
	size_t count;
	struct run_group *groups = run_groups(run, &count);
	int result = groups ? 0 : -1;
	for (size_t i = 0; i < count && result == 0; ++i) {
		for (size_t done = 0; done < groups[i].count && result == 0;) {
			size_t *class = groups[i].cells + done;
			size_t members = gather_class(run, class, groups[i].count - done);
			result = summarize(run, class, members, needed);
			done += members;
		}
	}
	run_groups_free(groups, count);
	return result;
}

// Writing

/** The contracts, by the queues. NULL without memory. */
static json_t *contracts_json(const struct run *run)
{
	json_t *contracts = json_object();
	for (size_t i = 0; contracts && i < run->contract_count; ++i) {
		const struct run_contract *its = &run->contracts[i];
		json_t *name = json_bytes(its->queue);
		if (json_object_set_new(contracts, json_string_value(name),
					codec_write(&contract_codec, &its->contract)) != 0) {
			json_decref(contracts);
			contracts = NULL;
		}
		json_decref(name);
	}
	return contracts;
}

json_t *run_json(const struct run *run)
{
	json_t *document =
		json_pack("{s:s, s:o}", "format", FORMAT_RESULTS, "queues", contracts_json(run));
	json_t *fields_json = codec_write(&run_codec, run);
	if (!document || !fields_json || json_object_update(document, fields_json) != 0) {
		json_decref(document);
		document = NULL;
		json_lacks_memory();
	}
	json_decref(fields_json);
	return document;
}

int run_write(const char *path, const struct run *run)
{
	json_t *document = run_json(run);
	int result = document ? document_write(path, document) : -1;
	json_decref(document);
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

/** Checks samples that were read, and gives those of older files the value of today. */
static int check_samples(struct run *run, char **error)
{
	for (size_t i = 0; i < run->cell_count; ++i) {
		struct run_cell *cell = &run->cells[i];
		for (size_t j = 0; j < cell->sample_count; ++j) {
			struct sample *sample = &cell->samples[j];
			char where[64];
			snprintf(where, sizeof(where), "cell %zu, sample %zu", i + 1, j + 1);
			if (sample_check(sample, where, error) != 0) {
				return -1;
			}
			// Older files have the median as the value under load
			if (cell->cell.load > 0 && !isnan(sample->latency.p999)) {
				sample->value = sample->latency.p999;
			}
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
	if (codec_read(&run_codec, document, run, &run->texts, "the document", error) != 0 ||
	    read_contracts(run, json_object_get(document, "queues"), error) != 0 ||
	    check_samples(run, error) != 0) {
		run_destroy(run);
		return -1;
	}
	run->command = run->command ? run->command : "";
	run->started = run->started ? run->started : "";
	if (run_summarize(run, false) != 0) {
		run_destroy(run);
		return complain(error, "cannot summarize: %s", strerror(errno));
	}
	return 0;
}

int run_read(struct run *run, const char *path, char **error)
{
	json_t *document = document_read(path, error);
	int result = document ? run_of_json(run, document, error) : -1;
	json_decref(document);
	return result;
}
