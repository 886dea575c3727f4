// SPDX-License-Identifier: MIT

/** The files of a report: what they are, and which machine they are of. */

#include "report/data/files.h"

#include "document/complain.h"
#include "document/file.h"
#include "document/formats.h"
#include "document/json.h"
#include "report/data/tasks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t report_number(const struct report *report, const struct report_file *file)
{
	return (size_t)(file - report->files) + 1;
}

// Kinds

/** Walks of hyperfine. It writes a file for each call; the report joins them. */
static int read_imported(struct report *report, struct report_file *file, json_t *document,
			 char **error)
{
	for (size_t i = 0; i < report->count; ++i) {
		struct report_file *first = &report->files[i];
		if (first->walks && first->walks->imported) {
			first->walks = walks_join(first->walks, document, error);
			return first->walks ? 0 : -1;
		}
	}
	file->walks = walks_read(document, error);
	return file->walks ? 0 : -1;
}

/** Reads a document as what its format says. 0, or -1 with a message. */
static int read_document(struct report_file *file, json_t *document, char **error)
{
	const char *format = json_text(document, "format");
	if (strcmp(format, FORMAT_WALK) == 0) {
		file->walks = walks_read(document, error);
	} else if (strcmp(format, FORMAT_TREES) == 0) {
		file->trees = trees_read(document, error);
	} else if (strcmp(format, FORMAT_SIMULATION) == 0) {
		file->simulation = simulation_read(document, error);
	} else if (strcmp(format, FORMAT_VERIFY) == 0) {
		file->findings = findings_read(document, error);
	} else if (strcmp(format, FORMAT_RESULTS) == 0) {
		file->run = calloc(1, sizeof(*file->run));
		if (file->run && run_of_json(file->run, document, error) == 0) {
			return 0;
		}
		free(file->run);
		file->run = NULL;
	} else if (*format) {
		complain(error, "its format is \"%s\", which this version does not know", format);
	} else {
		complain(error, "this is no file of qbench run, qbench verify, qbench simulate, "
				"scripts/bench.sh or hyperfine");
	}
	return file->walks || file->trees || file->simulation || file->findings ? 0 : -1;
}

/** A string of any bytes in UTF-8, for the caller to free. NULL without memory. */
static char *utf8_of(const char *bytes)
{
	json_t *string = json_bytes(bytes);
	char *text = string ? strdup(json_string_value(string)) : NULL;
	json_decref(string);
	return text;
}

// Machines

/** The facts that a file has of its machine; none where it has none. 0, or -1 with a message. */
static int read_facts(struct report_file *file, char **error)
{
	const json_t *json = file->findings ? file->findings->machine
			     : file->walks  ? file->walks->machine
			     : file->trees  ? file->trees->machine
					    : NULL;
	machine_clear(&file->read);
	if (json_object_size(json) > 0 && machine_read(json, &file->read, error) != 0) {
		return -1;
	}
	const struct machine *facts = file->run ? &file->run->machine : &file->read;
	bool known = facts->processor.model || facts->processor.available > 0;
	file->facts = known ? facts : NULL;
	return 0;
}

/** A machine in a few words, for the caller to free. */
static char *machine_name(const struct machine *facts)
{
	char *name;
	if (!facts) {
		return strdup("unknown machine");
	}
	double processors = facts->processor.available;
	const char *hypervisor = facts->virtualisation.hypervisor;
	return asprintf(&name, "%s, %.0f processor%s%s%s%s",
			facts->processor.model ? facts->processor.model : "unknown processor",
			processors > 0 ? processors : 0, processors == 1 ? "" : "s",
			hypervisor ? ", virtual (" : "", hypervisor ? hypervisor : "",
			hypervisor ? ")" : "") < 0
		       ? NULL
		       : name;
}

/** The machine with these facts: known already, or a new one. 0, or -1. */
static int find_machine(struct report *report, const struct machine *facts, size_t *index)
{
	for (*index = 0; *index < report->machine_count; ++*index) {
		const struct machine *known = report->machines[*index].facts;
		if (known == facts || (known && facts && machine_same(known, facts, NULL))) {
			return 0;
		}
	}
	struct report_machine *machine = &report->machines[report->machine_count];
	*machine = (struct report_machine){
		.facts = facts,
		.name = machine_name(facts),
		.processors = facts && facts->processor.available > 0
				      ? (unsigned int)facts->processor.available
				      : 0,
	};
	*index = report->machine_count++;
	return machine->name ? 0 : -1;
}

/** Finds the states of each machine, over all its runs. 0, or -1. */
static int find_states(struct report *report)
{
	struct states_cells *runs = calloc(report->count + 1, sizeof(*runs));
	int result = runs ? 0 : -1;
	for (size_t i = 0; i < report->machine_count && result == 0; ++i) {
		size_t count = 0;
		for (size_t j = 0; j < report->count; ++j) {
			const struct run *run = report->files[j].run;
			if (run && report->files[j].machine == i) {
				runs[count++] = (struct states_cells){run->cells, run->cell_count};
			}
		}
		result = states_find(runs, count, &report->machines[i].states);
	}
	free(runs);
	return result;
}

/** Gives every file its machine. A file without facts is of the only machine there is. 0, or -1. */
static int find_machines(struct report *report)
{
	report->machines = calloc(report->count + 1, sizeof(*report->machines));
	if (!report->machines) {
		return -1;
	}
	for (int with_facts = 1; with_facts >= 0; --with_facts) {
		for (size_t i = 0; i < report->count; ++i) {
			struct report_file *file = &report->files[i];
			const struct machine *facts = file->facts;
			if (with_facts != (facts != NULL)) {
				continue;
			}
			if (!facts && (report->machine_count == 1 ||
				       (file->simulation && report->machine_count > 0))) {
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

/** 0, or -1 with ENOMEM. NULL adds nothing. */
static int add_queue(struct report *report, const char *queue)
{
	for (size_t i = 0; i < report->queue_count; ++i) {
		if (!queue || strcmp(report->queues[i], queue) == 0) {
			return 0;
		}
	}
	const char **more =
		realloc(report->queues, (report->queue_count + 1) * sizeof(*report->queues));
	if (!more) {
		return -1;
	}
	report->queues = more;
	report->queues[report->queue_count] = queue;
	report->queue_count += queue != NULL;
	return 0;
}

static int find_queues(struct report *report)
{
	int result = 0;
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		for (size_t j = 0; file->run && j < file->run->cell_count; ++j) {
			const struct run_cell *cell = &file->run->cells[j];
			result |= cell->floor ? 0 : add_queue(report, cell->cell.queue);
		}
		for (size_t j = 0; file->findings && j < file->findings->queue_count; ++j) {
			result |= add_queue(report, file->findings->queues[j].name);
		}
		for (size_t j = 0; file->walks && j < file->walks->count; ++j) {
			result |= add_queue(report, file->walks->rows[j].queue);
		}
		for (size_t j = 0; file->simulation && j < file->simulation->cell_count; ++j) {
			const struct simulated_cell *cell = &file->simulation->cells[j];
			result |= cell->floor ? 0 : add_queue(report, cell->queue);
		}
	}
	if (report->queue_count > 0) {
		qsort(report->queues, report->queue_count, sizeof(*report->queues), compare_names);
	}
	return result;
}

// Loading

/** A file while all are read. */
struct reading {
	const char *path;
	struct report_file *file;
	/** Walks of hyperfine, which are joined once all files are read; else NULL. */
	json_t *imported;
	/** What is wrong; NULL without memory. */
	char *error;
	bool failed;
};

/** Reads a file, of several at the same time. 0, or -1. */
static int read_file(void *readings, size_t number)
{
	struct reading *reading = (struct reading *)readings + number;
	struct report_file *file = reading->file;
	file->name = utf8_of(reading->path);
	json_t *document = file->name ? document_read(reading->path, &reading->error) : NULL;
	if (document && walks_imported(document)) {
		reading->imported = document;
		return 0;
	}
	reading->failed = !document || read_document(file, document, &reading->error) != 0 ||
			  read_facts(file, &reading->error) != 0;
	json_decref(document);
	return reading->failed ? -1 : 0;
}

/** Says that what is in two files would count twice. -1. */
static int complain_double(const char *name, const char *other, char **error)
{
	return complain(error, "%s: it has the same samples as %s, whose rounds would count twice",
			name, other);
}

/** Joins walks to those of earlier files, if the file has such. 0, or -1 if anything of it failed.
 */
static int join_file(struct report *report, struct reading *reading)
{
	return reading->failed	    ? -1
	       : !reading->imported ? 0
	       : read_imported(report, reading->file, reading->imported, &reading->error) == 0
		       ? read_facts(reading->file, &reading->error)
		       : -1;
}

/** Joins in the order of the files. 0, or -1 with a message on the first that failed. */
static int join_files(struct report *report, struct reading *readings, char **error)
{
	int result = 0;
	// All before any is joined: joining adds rows to a document
	for (size_t i = 0; i < report->count; ++i) {
		for (size_t j = 0; j < i; ++j) {
			if (json_equal(readings[j].imported, readings[i].imported)) {
				result = complain_double(readings[i].path, readings[j].path, error);
			}
		}
	}
	for (size_t i = 0; i < report->count && result == 0; ++i) {
		struct reading *reading = &readings[i];
		if (join_file(report, reading) != 0) {
			result = -1;
			if (reading->error) {
				complain(error, "%s: %s", reading->path, reading->error);
			}
		}
	}
	for (size_t i = 0; i < report->count; ++i) {
		json_decref(readings[i].imported);
		free(readings[i].error);
	}
	return result;
}

/** True if the second run has the samples of the first, and not none. */
static bool is_same_run(const struct run *a, const struct run *b)
{
	bool same = strcmp(a->started, b->started) == 0 && a->settings.seed == b->settings.seed &&
		    a->cell_count == b->cell_count && a->cell_count > 0;
	for (size_t i = 0; same && i < a->cell_count; ++i) {
		const struct run_cell *cell = &a->cells[i];
		same = cell->sample_count == b->cells[i].sample_count;
		for (size_t j = 0; same && j < cell->sample_count; ++j) {
			double value = cell->samples[j].value;
			same = isnan(value) || value == b->cells[i].samples[j].value;
		}
	}
	return same;
}

/** True if the second file has the samples of the first. */
static bool is_same(const struct report_file *a, const struct report_file *b)
{
	return a->run && b->run	      ? a->machine == b->machine && is_same_run(a->run, b->run)
	       : a->walks && b->walks ? json_equal(a->walks->document, b->walks->document)
				      : false;
}

/** Refuses what is given twice: its rounds would count as those of two. 0, or -1. */
static int refuse_doubles(const struct report *report, char **error)
{
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		for (size_t j = 0; j < i; ++j) {
			const struct report_file *other = &report->files[j];
			if (is_same(other, file)) {
				return complain_double(file->name, other->name, error);
			}
		}
	}
	return 0;
}

int report_load(struct report *report, char *const *paths, size_t count, char **error)
{
	*error = NULL;
	struct reading *readings = calloc(count + 1, sizeof(*readings));
	*report = (struct report){.files = calloc(count + 1, sizeof(*report->files))};
	int result = readings && report->files ? 0 : -1;
	if (result == 0) {
		report->count = count;
		for (size_t i = 0; i < count; ++i) {
			readings[i].path = paths[i];
			readings[i].file = &report->files[i];
		}
		// Seed jansson now: its lazy seeding is not thread-safe
		json_object_seed(0);
		// A file that cannot be read leaves its error in its own reading
		(void)tasks_do(count, read_file, readings);
		result = join_files(report, readings, error);
	}
	free(readings);
	if (result == 0 && (find_machines(report) != 0 || refuse_doubles(report, error) != 0 ||
			    find_states(report) != 0 || find_queues(report) != 0)) {
		result = -1;
	}
	if (result != 0) {
		report_destroy(report);
	}
	return result;
}

void report_destroy(struct report *report)
{
	for (size_t i = 0; i < report->count; ++i) {
		struct report_file *file = &report->files[i];
		if (file->run) {
			run_destroy(file->run);
		}
		free(file->run);
		findings_free(file->findings);
		walks_free(file->walks);
		trees_free(file->trees);
		simulation_free(file->simulation);
		machine_free(&file->read);
		free(file->name);
	}
	for (size_t i = 0; i < report->machine_count; ++i) {
		free(report->machines[i].name);
	}
	free(report->queues);
	free(report->machines);
	free(report->files);
	*report = (struct report){0};
}
