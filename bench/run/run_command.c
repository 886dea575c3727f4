// SPDX-License-Identifier: MIT

/** qbench run: its command line, and what it does in what order. */

#include "arguments.h"
#include "base/number.h"
#include "base/program.h"
#include "catalog/contract.h"
#include "commands.h"
#include "machine/machine.h"
#include "results/old/results.h"
#include "results/old/table.h"
#include "run/matrix.h"
#include "run/run.h"
#include "shape.h"

#include <argp.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Long options. */
enum {
	OPTION_WORKLOADS = 256,
	OPTION_PLACE,
	OPTION_TIME,
	OPTION_ROUNDS,
	OPTION_WORK,
	OPTION_DISPATCH,
	OPTION_SEED,
	OPTION_ALL,
	OPTION_DURATION,
	OPTION_WARM_UP,
	OPTION_SHAPE,
};

struct command_line {
	struct matrix_request matrix;
	struct run_request run;
	const char *output;
};

static const struct argp_option option_table[] = {
	{"queues", 'q', "LIST", 0,
	 "Names, patterns ('mutex*', '*' for all) and modules (./mine.so), with commas (default: "
	 "a headline, one of each kind); ALIAS=NAME measures a "
	 "queue "
	 "by another name",
	 0},
	{"workloads", OPTION_WORKLOADS, "LIST", 0,
	 "Names and patterns (default: pairwise, producers_consumers, pingpong)", 0},
	{"threads", 'j', "LIST", 0,
	 "Numbers, or P:C producers and consumers (default: 1, 2, 4 ... twice the processors)", 0},
	{"wait", 'w', "LIST", 0,
	 "spin, yield, park, native (default: the best that each queue offers)", 0},
	{"capacity", 'c', "N", 0, "Items that fit, and that a backlog may have (default: 4096)", 0},
	{"place", OPTION_PLACE, "LIST", 0,
	 "none (default), core, package, across: what the threads' processors share", 0},
	{"work", OPTION_WORK, "LIST", 0, "Nanoseconds of work between operations (default: 0)", 0},
	{"dispatch", OPTION_DISPATCH, "LIST", 0,
	 "direct (default): inlined; indirect: called through a table", 0},
	{"shape", OPTION_SHAPE, "FILE", 0,
	 "The walk to replay, from dirwalk --record=FILE (default: a small one)", 0},
	{"all", OPTION_ALL, NULL, 0, "The whole matrix: all queues, workloads and waits", 0},
	{"time", OPTION_TIME, "TIME", 0, "Spend so much, as 90s, 2m or 1h (default: 2m)", 1},
	{"rounds", OPTION_ROUNDS, "N", 0, "Sample every cell so often, instead", 1},
	{"duration", OPTION_DURATION, "MS", 0, "Milliseconds of a sample (default: 70)", 1},
	{"warm-up", OPTION_WARM_UP, "MS", 0, "Milliseconds before it (default: 20)", 1},
	{"seed", OPTION_SEED, "N", 0, "Of the order and of all that is random", 1},
	{"output", 'o', "FILE", 0, "Write all samples there, as JSON", 1},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command_line *line = state->input;
	switch (key) {
	case 'q':
		line->matrix.queues = arg;
		break;
	case OPTION_WORKLOADS:
		line->matrix.workloads = arg;
		break;
	case 'j':
		line->matrix.threads = arg;
		break;
	case 'w':
		line->matrix.waits = arg;
		break;
	case 'c':
		line->matrix.capacity = number_of_option(state, "--capacity", arg, 1, 1UL << 32);
		break;
	case OPTION_PLACE:
		line->matrix.places = arg;
		break;
	case OPTION_WORK:
		line->matrix.works = arg;
		break;
	case OPTION_DISPATCH:
		line->matrix.dispatch = arg;
		break;
	case OPTION_ALL:
		line->matrix.all = true;
		break;
	case OPTION_TIME:
		line->run.budget = arguments_time(state, "--time", arg);
		break;
	case OPTION_ROUNDS:
		line->run.rounds =
			(unsigned int)number_of_option(state, "--rounds", arg, 1, 1000000);
		break;
	case OPTION_DURATION:
		line->run.duration =
			number_of_option(state, "--duration", arg, 1, 3600000) * 1000000;
		break;
	case OPTION_WARM_UP:
		line->run.warm_up = number_of_option(state, "--warm-up", arg, 0, 3600000) * 1000000;
		break;
	case OPTION_SEED:
		line->run.seed = number_of_option(state, "--seed", arg, 0, 1UL << 53);
		break;
	case OPTION_SHAPE:
		line->run.shape = arg;
		break;
	case 'o':
		line->output = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Measure queues under workloads. Every sample is a process of its own, and proves "
	       "that it "
	       "lost, repeated and reordered nothing; cells run in rounds of random order; queues "
	       "that "
	       "cannot be told from the best are called ties.\v"
	       "Exit status: 0 all measured; 1 a row is void, or the results could not be written; "
	       "2 wrong "
	       "usage; 130 interrupted, with what was measured until then.\n\n"
	       "Examples:\n\n"
	       "  qbench run                                  the headline, in two minutes\n"
	       "  qbench run -q 'mutex*' -j 1,2,4 -o run.json queues by a pattern\n"
	       "  qbench run --workloads=replay --work=0,1000 a pool, with small items\n"
	       "  qbench run -q '*,./mine.so' --rounds=20     a queue of yours\n\n"
	       "'qbench list' names the queues, 'qbench list --workloads' the workloads.",
};

/**
 * Choose the walk to replay if a workload does, and read it before anything is measured: its
 * description, NULL if there is none; or the end of the program.
 */
static json_t *choose_shape(struct command_line *line, const struct matrix *matrix)
{
	static const char *const places[] = {SHAPES_BUILT, SHAPES_INSTALLED, NULL};
	static char small[PATH_MAX];
	bool needed = line->run.shape != NULL;
	for (size_t i = 0; i < matrix->count; ++i) {
		needed = needed || matrix->cells[i].loop->whole;
	}
	if (!needed) {
		return NULL;
	}
	if (!line->run.shape) {
		if (program_find(places, small) != 0) {
			err(COMMAND_USAGE, "the walk to replay is not where the program expects "
					   "it; --shape=FILE names one");
		}
		line->run.shape = small;
	}
	struct shape shape;
	char *error;
	if (shape_read(&shape, line->run.shape, &error) != 0) {
		errx(COMMAND_USAGE, "--shape: %s", error ? error : strerror(ENOMEM));
	}
	uint64_t files = 0;
	for (size_t i = 0; i < shape.count; ++i) {
		files += shape.directories[i].files;
	}
	json_t *json =
		json_pack("{s:s, s:I, s:I}", "file", basename(line->run.shape), "directories",
			  (json_int_t)shape.count, "files", (json_int_t)files);
	if (!json) {
		errx(COMMAND_USAGE, "--shape: the name of the file is not UTF-8");
	}
	shape_destroy(&shape);
	return json;
}

static json_t *settings_json(const struct command_line *line)
{
	const struct run_request *run = &line->run;
	return json_pack(
		"{s:I, s:o, s:I, s:I, s:o}", "seed", (json_int_t)run->seed, "rounds",
		run->rounds ? json_integer(run->rounds) : json_null(), "duration_ns",
		(json_int_t)run->duration, "warmup_ns", (json_int_t)run->warm_up, "budget_s",
		run->rounds ? json_null() : json_integer((json_int_t)(run->budget / 1000000000)));
}

/** What the queues of the matrix claim, by their names: so a report needs no such queue itself. */
static json_t *contracts_json(const struct matrix *matrix)
{
	json_t *contracts = json_object();
	for (size_t i = 0; contracts && i < matrix->count; ++i) {
		const struct matrix_cell *cell = &matrix->cells[i];
		// A path that is no UTF-8 is no key, and goes without
		if (!cell->type->floor && !json_object_get(contracts, cell->cell.queue)) {
			json_object_set_new(contracts, cell->cell.queue,
					    contract_json(cell->type->queue));
		}
	}
	return contracts;
}

/** Which queues some workloads do without, and why. */
static json_t *gaps_json(const struct matrix *matrix)
{
	json_t *gaps = json_array();
	for (size_t i = 0; gaps && i < matrix->gap_count; ++i) {
		const struct matrix_gap *gap = &matrix->gaps[i];
		// A path that is no UTF-8 goes without
		json_array_append_new(gaps, json_pack("{s:s, s:s, s:i, s:i, s:i, s:s}", "queue",
						      gap->queue, "workload", gap->workload,
						      "threads", (int)gap->threads, "producers",
						      (int)gap->producers, "consumers",
						      (int)gap->consumers, "reason", gap->reason));
	}
	return gaps;
}

/** Put all cells of the matrix into the document, under the same numbers. */
static void add_cells(const struct matrix *matrix, struct results *results)
{
	for (size_t i = 0; i < matrix->count; ++i) {
		const struct matrix_cell *cell = &matrix->cells[i];
		size_t index;
		struct results_cell more = {
			.unit = cell->loop->unit == LOOP_NANOSECONDS ? "ns" : "items/s",
			.place = topology_place_name(cell->cell.place),
			.oversubscribed = cell->oversubscribed,
			.floor = cell->type->floor,
			.inlined = !cell->cell.indirect && !cell->called,
			.native_batch = cell->type->queue->enqueue_batch ||
					cell->type->queue->dequeue_batch,
			.order = contract_order_name(cell->type->queue->order),
			// A pool is done when all is done
			.order_counts = !cell->loop->whole,
		};
		if (results_add_cell(results, &cell->cell, &more, &index) != 0) {
			err(COMMAND_USAGE, "cannot keep results");
		}
	}
}

/** Does a row of the document have a failed sample? Say which. */
static bool tell_failures(const json_t *document)
{
	bool failed = false;
	size_t index;
	json_t *cell;
	json_array_foreach(json_object_get(document, "cells"), index, cell)
	{
		const char *reason = results_failure(cell, false);
		if (reason) {
			warnx("%s under %s is void: %s",
			      json_string_value(json_object_get(cell, "queue")),
			      json_string_value(json_object_get(cell, "workload")), reason);
			failed = true;
		}
	}
	return failed;
}

int run_command(int argc, char **argv)
{
	struct command_line line = {
		.matrix = {.capacity = 4096},
		.run = {.warm_up = 20000000,
			.duration = 70000000,
			.budget = (uint64_t)120 * 1000000000,
			.progress = isatty(STDERR_FILENO)},
	};
	line.run.seed = arguments_seed();
	char *words = arguments_join(argc, argv);
	argp_err_exit_status = COMMAND_USAGE;
	argv[0] = "qbench run";
	argp_parse(&argp, argc, argv, 0, NULL, &line);
	if (line.output && results_check(line.output) != 0) {
		err(COMMAND_USAGE, "cannot write results to %s", line.output);
	}

	struct topology *topology = topology_load();
	struct matrix matrix;
	char *error;
	if (!topology) {
		err(COMMAND_USAGE, "cannot find the topology of this machine");
	}
	if (matrix_create(&matrix, &line.matrix, topology, &error) != 0) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	json_t *shape = choose_shape(&line, &matrix);
	json_t *settings = settings_json(&line);
	if (shape) {
		json_object_set_new(settings, "shape", shape);
	}
	struct results results;
	if (results_create(&results, words, machine_json(), settings) != 0) {
		err(COMMAND_USAGE, "cannot keep results");
	}
	json_object_set_new(results.document, "queues", contracts_json(&matrix));
	json_object_set_new(results.document, "left_out", gaps_json(&matrix));
	add_cells(&matrix, &results);

	bool interrupted = false;
	if (run_matrix(&line.run, &matrix, topology, &results, &interrupted) != 0) {
		err(COMMAND_USAGE, "cannot take a sample");
	}
	if (results_finish(&results, interrupted) != 0) {
		err(COMMAND_FAILED, "cannot summarize");
	}
	int status = interrupted ? COMMAND_INTERRUPTED : 0;
	// First to the file: it is what must not be lost
	if (line.output && results_write(line.output, results.document) != 0) {
		warn("cannot write results to %s", line.output);
		status = COMMAND_FAILED;
	}
	if (table_print(results.document, stdout) != 0 || fflush(stdout) != 0) {
		warn("standard output");
		status = COMMAND_FAILED;
	}
	if (tell_failures(results.document) && status == 0) {
		status = COMMAND_FAILED;
	}
	results_destroy(&results);
	matrix_destroy(&matrix);
	topology_free(topology);
	free(words);
	return status;
}
