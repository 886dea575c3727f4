// SPDX-License-Identifier: MIT

/** The files of a report: what they are, and which machine they are of. */

#include "report/data/files.h"
#include "catalog/contract.h"
#include "document/formats.h"
#include "registry.h"
#include "report/data/walks.h"
#include "report/sections/trees.h"
#include "results/old/figures.h"
#include "results/old/results.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Say what is wrong with a file. Returns -1. */
__attribute__((format(printf, 3, 4))) static int complain(char **error, const char *path,
							  const char *format, ...)
{
	char *text;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
	}
	va_end(arguments);
	if (!text || asprintf(error, "%s: %s", path, text) < 0) {
		*error = NULL;
	}
	free(text);
	return -1;
}

// Walks

/** Is it a name that dirwalk takes for a queue? Labels of other programs have other characters. */
static bool is_queue_name(const char *text, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "0123456789";
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

/**
 * A row of hyperfine's as one of scripts/bench.sh. What ran is read from the command: its options,
 * or a label such as "scq -j4" or "mutex_ring + wfcqueue_mpsc results -j4".
 */
static json_t *row_json(const json_t *result)
{
	const char *command = figures_text(result, "command");
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
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:O}", "program", walk ? "dirwalk" : "other",
			 "label", command, "queue",
			 walk ? json_stringn(queue, length) : json_null(), "threads",
			 walk ? json_integer(atoll(threads)) : json_null(), "command", command,
			 "seconds", json_object_get(result, "times"));
}

/** Add rows to a document; those of the same label become one. */
static void merge_rows(json_t *rows, const json_t *results)
{
	size_t i;
	json_t *result;
	json_array_foreach(results, i, result)
	{
		size_t j;
		json_t *row;
		bool known = false;
		json_array_foreach(rows, j, row)
		{
			if (strcmp(figures_text(row, "label"), figures_text(result, "command")) ==
			    0) {
				json_array_extend(json_object_get(row, "seconds"),
						  json_object_get(result, "times"));
				known = true;
			}
		}
		if (!known) {
			json_array_append_new(rows, row_json(result));
		}
	}
}

static bool is_times(const json_t *times)
{
	size_t i;
	json_t *time;
	json_array_foreach(times, i, time)
	{
		if (!json_is_number(time)) {
			return false;
		}
	}
	return json_array_size(times) > 0;
}

/** Does every object of an array have a string and an array of times? */
static bool has_times(const json_t *array, const char *text, const char *times)
{
	size_t i;
	json_t *object;
	json_array_foreach(array, i, object)
	{
		if (!json_is_string(json_object_get(object, text)) ||
		    !is_times(json_object_get(object, times))) {
			return false;
		}
	}
	return json_array_size(array) > 0;
}

// Kinds

static bool is_verify(const json_t *document)
{
	size_t i;
	size_t j;
	json_t *queue;
	json_t *check;
	json_array_foreach(json_object_get(document, "queues"), i, queue)
	{
		if (!json_is_string(json_object_get(queue, "queue")) ||
		    !json_is_object(json_object_get(queue, "claims"))) {
			return false;
		}
		json_array_foreach(json_object_get(queue, "checks"), j, check)
		{
			if (!json_is_string(json_object_get(check, "check")) ||
			    !json_is_string(json_object_get(check, "verdict"))) {
				return false;
			}
		}
	}
	return json_is_array(json_object_get(document, "queues"));
}

/** The rows of a walk may be void: they have no times then, and go. */
static bool is_walk(json_t *document)
{
	json_t *rows = json_object_get(document, "rows");
	for (size_t i = json_array_size(rows); i-- > 0;) {
		json_t *row = json_array_get(rows, i);
		if (json_is_string(json_object_get(row, "failure")) ||
		    json_array_size(json_object_get(row, "seconds")) == 0) {
			json_array_remove(rows, i);
		}
	}
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		if (!walk_row_valid(row)) {
			return false;
		}
	}
	return has_times(rows, "label", "seconds");
}

/** Find out what a file is. 0, or -1 with a message. */
static int recognise(struct report_file *file, char **error)
{
	json_t *document = file->document;
	const char *format = json_string_value(json_object_get(document, "format"));
	char *wrong = NULL;
	if (!format && has_times(json_object_get(document, "results"), "command", "times")) {
		json_t *rows = json_array();
		merge_rows(rows, json_object_get(document, "results"));
		file->document = json_pack("{s:o}", "rows", rows);
		json_decref(document);
		file->kind = REPORT_WALK;
		return file->document ? 0 : complain(error, file->path, "%s", strerror(ENOMEM));
	}
	if (!format) {
		return complain(error, file->path,
				"nothing that qbench run, qbench verify, scripts/bench.sh or "
				"hyperfine writes");
	}
	if (strncmp(format, "qbench-results/", strlen("qbench-results/")) == 0) {
		file->kind = REPORT_RESULTS;
		if (!results_valid(document, &wrong)) {
			complain(error, file->path, "%s", wrong ? wrong : strerror(ENOMEM));
			free(wrong);
			return -1;
		}
		return 0;
	}
	if (strcmp(format, FORMAT_VERIFY) == 0 && is_verify(document)) {
		file->kind = REPORT_VERIFY;
		return 0;
	}
	if (strcmp(format, REPORT_WALK_FORMAT) == 0 && is_walk(document)) {
		file->kind = REPORT_WALK;
		return 0;
	}
	if (strcmp(format, REPORT_TREES_FORMAT) == 0 && report_trees_valid(document)) {
		file->kind = REPORT_TREES;
		return 0;
	}
	return complain(error, file->path,
			"its format is \"%s\", which is not known here, or it is not whole",
			format);
}

static int read_file(struct report_file *file, char **error)
{
	struct stat found;
	if (stat(file->path, &found) != 0 || S_ISDIR(found.st_mode)) {
		return complain(error, file->path, "%s",
				strerror(S_ISDIR(found.st_mode) ? EISDIR : errno));
	}
	json_error_t wrong;
	file->document = json_load_file(file->path, 0, &wrong);
	if (!file->document) {
		return wrong.line < 0 ? complain(error, file->path, "%s", strerror(errno))
				      : complain(error, file->path, "not JSON: line %d: %s",
						 wrong.line, wrong.text);
	}
	return recognise(file, error);
}

// Machines

/** A machine in a few words, to be freed. NULL without memory. */
static char *machine_name(const struct machine *machine)
{
	const char *model = machine->processor.model;
	const char *hypervisor = machine->virtualisation.hypervisor;
	long long processors = machine->processor.available;
	char *name;
	return asprintf(&name, "%s, %lld processor%s%s%s%s", model ? model : "unknown processor",
			processors > 0 ? processors : 0, processors == 1 ? "" : "s",
			hypervisor ? ", virtual (" : "", hypervisor ? hypervisor : "",
			hypervisor ? ")" : "") < 0
		       ? NULL
		       : name;
}

/** The machine with these facts, NULL if there are none: known already, or a new one. 0, or -1. */
static int find_machine(struct report *report, const json_t *facts, size_t *index)
{
	struct machine machine;
	char *error = NULL;
	machine_clear(&machine);
	if (facts && machine_read(facts, &machine, &error) != 0) {
		// What is no machine tells of none
		free(error);
		machine_free(&machine);
		facts = NULL;
	}
	for (*index = 0; *index < report->machine_count; ++*index) {
		const struct report_machine *known = &report->machines[*index];
		if (facts ? known->known && machine_same(&known->facts, &machine, NULL)
			  : !known->known) {
			machine_free(&machine);
			return 0;
		}
	}
	double available = machine.processor.available;
	struct report_machine *its = &report->machines[report->machine_count];
	*its = (struct report_machine){
		.facts = machine,
		.known = facts != NULL,
		.name = facts ? machine_name(&machine) : strdup("a machine that no file tells of"),
		.processors = available > 0 ? (unsigned int)available : 0,
	};
	*index = report->machine_count++;
	return its->name ? 0 : -1;
}

/** Give every file its machine. What tells of none is of the only one that there is. 0, or -1. */
static int find_machines(struct report *report)
{
	report->machines = calloc(report->count + 1, sizeof(*report->machines));
	if (!report->machines) {
		return -1;
	}
	for (int told = 1; told >= 0; --told) {
		for (size_t i = 0; i < report->count; ++i) {
			struct report_file *file = &report->files[i];
			const json_t *facts = json_object_get(file->document, "machine");
			facts = json_object_size(facts) > 0 ? facts : NULL;
			if (told != (facts != NULL)) {
				continue;
			}
			if (!facts && report->machine_count == 1) {
				file->machine = 0;
			} else if (find_machine(report, facts, &file->machine) != 0) {
				return -1;
			}
		}
	}
	return 0;
}

// Queues

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int add_queue(struct report *report, const char *queue)
{
	for (size_t i = 0; i < report->queue_count; ++i) {
		if (strcmp(report->queues[i], queue) == 0) {
			return 0;
		}
	}
	const char **more =
		realloc(report->queues, (report->queue_count + 1) * sizeof(*report->queues));
	if (!more) {
		return -1;
	}
	report->queues = more;
	report->queues[report->queue_count++] = queue;
	return 0;
}

static int find_queues(struct report *report)
{
	for (size_t i = 0; i < report->count; ++i) {
		static const char *const lists[] = {[REPORT_RESULTS] = "cells",
						    [REPORT_VERIFY] = "queues",
						    [REPORT_WALK] = "rows",
						    [REPORT_TREES] = ""};
		size_t j;
		json_t *object;
		json_array_foreach(
			json_object_get(report->files[i].document, lists[report->files[i].kind]), j,
			object)
		{
			const char *queue = json_string_value(json_object_get(object, "queue"));
			if (queue && !json_is_true(json_object_get(object, "floor")) &&
			    add_queue(report, queue) != 0) {
				return -1;
			}
		}
	}
	if (report->queue_count > 0) {
		qsort(report->queues, report->queue_count, sizeof(*report->queues), compare_names);
	}
	return 0;
}

/** Keep what a file says of contracts. */
static void learn_contracts(struct report *report, const struct report_file *file)
{
	size_t i;
	json_t *queue;
	if (file->kind == REPORT_RESULTS) {
		json_object_update_missing(report->contracts,
					   json_object_get(file->document, "queues"));
	} else if (file->kind == REPORT_VERIFY) {
		json_array_foreach(json_object_get(file->document, "queues"), i, queue)
		{
			const char *name = figures_text(queue, "queue");
			if (!json_object_get(report->contracts, name)) {
				json_object_set(report->contracts, name,
						json_object_get(queue, "claims"));
			}
		}
	}
}

const json_t *report_contract(struct report *report, const char *queue)
{
	json_t *contract = json_object_get(report->contracts, queue);
	// A path is not followed: the file that is there now need not be the one that was measured
	if (!contract && !strchr(queue, '/')) {
		char *error = NULL;
		const struct registry_queue *found = registry_find(queue, &error);
		free(error);
		if (found) {
			json_object_set_new(report->contracts, queue,
					    contract_json(found->pool->queue));
			contract = json_object_get(report->contracts, queue);
		}
	}
	return contract;
}

bool report_is_fifo(struct report *report, const char *queue)
{
	const json_t *contract = report_contract(report, queue);
	return !contract || strcmp(figures_text(contract, "order"), "FIFO") == 0;
}

bool report_is_bounded(struct report *report, const char *queue)
{
	return json_is_true(json_object_get(report_contract(report, queue), "bounded"));
}

// All of it

/** Put the rows of walks into one document a machine: hyperfine has a file for each command. */
static void merge_walks(struct report *report)
{
	for (size_t i = 0; i < report->count; ++i) {
		struct report_file *file = &report->files[i];
		for (size_t j = 0; j < i; ++j) {
			struct report_file *first = &report->files[j];
			if (file->kind != REPORT_WALK || first->kind != REPORT_WALK ||
			    file->machine != first->machine ||
			    json_object_get(file->document, "format") ||
			    json_object_get(first->document, "format")) {
				continue;
			}
			json_t *rows = json_object_get(file->document, "rows");
			json_t *results = json_array();
			size_t k;
			json_t *row;
			json_array_foreach(rows, k, row)
			{
				json_array_append_new(
					results, json_pack("{s:O, s:O}", "command",
							   json_object_get(row, "label"), "times",
							   json_object_get(row, "seconds")));
			}
			merge_rows(json_object_get(first->document, "rows"), results);
			json_decref(results);
			json_array_clear(rows);
			break;
		}
	}
}

int report_load(struct report *report, char *const *paths, size_t count, char **error)
{
	*error = NULL;
	*report = (struct report){
		.files = calloc(count + 1, sizeof(*report->files)),
		.contracts = json_object(),
	};
	if (!report->files || !report->contracts) {
		goto fail;
	}
	for (size_t i = 0; i < count; ++i) {
		struct report_file *file = &report->files[report->count++];
		file->path = paths[i];
		if (read_file(file, error) != 0) {
			goto fail;
		}
		learn_contracts(report, file);
	}
	if (find_machines(report) != 0) {
		goto fail;
	}
	// First: names of queues are those of what stays
	merge_walks(report);
	if (find_queues(report) != 0) {
		goto fail;
	}
	return 0;

fail:
	report_destroy(report);
	return -1;
}

void report_destroy(struct report *report)
{
	for (size_t i = 0; i < report->count; ++i) {
		json_decref(report->files[i].document);
	}
	for (size_t i = 0; i < report->machine_count; ++i) {
		machine_free(&report->machines[i].facts);
		free(report->machines[i].name);
	}
	json_decref(report->contracts);
	free(report->queues);
	free(report->machines);
	free(report->files);
	*report = (struct report){0};
}
