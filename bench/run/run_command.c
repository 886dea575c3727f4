// SPDX-License-Identifier: MIT

/** `qbench run`: its command line, and the order of its steps. */

#include "arguments.h"
#include "base/program.h"
#include "base/quote.h"
#include "base/replace.h"
#include "catalog/contract.h"
#include "commands.h"
#include "machine/machine.h"
#include "machine/quiet.h"
#include "process/interrupt.h"
#include "processors.h"
#include "results/table.h"
#include "run/matrix.h"
#include "run/run.h"
#include "shape.h"

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command_line {
	struct matrix_request matrix;
	struct run_request run;
	const char *output;
	/** Nanoseconds to wait for a quiet machine; 0: do not wait. */
	uint64_t wait_quiet;
};

static void read_patience(struct argp_state *state, const struct setting *setting, char *text,
			  void *member)
{
	*(uint64_t *)member = QUIET_PATIENCE;
	if (text) {
		arguments_time(state, setting, text, member);
	}
}

#define AT(member, read) SETTING(struct command_line, member, read)
static const struct setting option_table[] = {
	{"queues", 'q', "LIST", 0,
	 "Queues, separated by commas: names, patterns ('mutex*', '*' for all) and modules "
	 "(./mine.so). ALIAS=NAME measures a queue once more under another name (default: a "
	 "queue of each kind)",
	 AT(matrix.queues, setting_text)},
	{"workloads", 0, "LIST", 0,
	 "Names and patterns (default: pairwise, producers_consumers, pingpong)",
	 AT(matrix.workloads, setting_text)},
	{"threads", 'j', "LIST", 0,
	 "Numbers of threads, or P:C for P producers and C consumers (default: 1, 2, 4, up to "
	 "twice the processors)",
	 AT(matrix.threads, setting_text)},
	{"wait", 'w', "LIST", 0,
	 "How threads wait: spin, yield, park, native (default: the best that each queue offers)",
	 AT(matrix.waits, setting_text)},
	{"capacity", 'c', "N", 0,
	 "Bound of queues and of backlogs, in items (default: 4096; for burst "
	 "32768, more than queues keep nodes for)",
	 AT(matrix.capacity, setting_number), 1, 1UL << 32},
	{"place", 0, "LIST", 0,
	 "What the threads' processors share: none (not pinned, default), core, package, across",
	 AT(matrix.places, setting_text)},
	{"work", 0, "LIST", 0,
	 "Work between operations, in nanoseconds (default: 0; replay: 0, 100, 1000, 10000)",
	 AT(matrix.works, setting_text)},
	{"load", 0, "LIST", 0,
	 "Percentages of what the queue can deliver, for open_loop (default: 10, 50, 80, 95)",
	 AT(matrix.loads, setting_text)},
	{"dispatch", 0, "LIST", 0,
	 "How operations are called: direct (inlined, default), indirect (through a pointer)",
	 AT(matrix.dispatch, setting_text)},
	{"shape", 0, "FILE", 0, "Walk to replay, from dirwalk --record=FILE (default: a small one)",
	 AT(run.shape, setting_text)},
	{"all", 0, NULL, 0, "Measure all queues under all workloads and waits",
	 AT(matrix.all, setting_flag)},
	{"time", 0, "TIME", 1, "Most time for all samples, as 90s, 2m or 1h (default: 2m)",
	 AT(run.budget, arguments_time)},
	{"rounds", 0, "N", 1, "Samples of each cell, instead of a time",
	 AT(run.rounds, setting_number), 1, 1000000},
	{"repeats", 0, "N", 1,
	 "Times to take a sample again that loses a tenth of its time to other programs "
	 "(default: 2)",
	 AT(run.repeats, setting_number), 0, 1000},
	{"duration", 0, "MS", 1, "Measured time of a sample, in milliseconds (default: 70)",
	 AT(run.duration, setting_number), 1, 3600000, 1000000},
	{"warm-up", 0, "MS", 1, "Time before it, in milliseconds (default: 20)",
	 AT(run.warm_up, setting_number), 0, 3600000, 1000000},
	{"wait-quiet", 0, "TIME", 1,
	 "Wait until other programs leave the processors alone, at most TIME (default: 5m); then "
	 "measure all the same, with a warning",
	 AT(wait_quiet, read_patience), .flags = OPTION_ARG_OPTIONAL},
	{"seed", 0, "N", 1, "Seed of everything random (default: a new one)",
	 AT(run.seed, setting_number), 0, 1UL << 53},
	{"output", 'o', "FILE", 1, "Write all samples to FILE, as JSON", AT(output, setting_text)},
	{0},
};

static const struct argp argp = {
	.doc = "Measures queues under workloads. Each sample is a process of its own, and proves "
	       "that no item was lost, repeated or reordered. Each round samples all cells in "
	       "random order, and costs are compared inside rounds. Each queue is the best, as "
	       "good, slower, undecided or hidden; the time goes where more rounds would decide.\v"
	       "Exit status: 0 all cells were measured; 1 a cell is void, or results could not be "
	       "written; 2 wrong usage, or FILE cannot be opened; 130 on SIGINT, 143 on SIGTERM, "
	       "with the results until then.\n\n"
	       "Examples:\n\n"
	       "  qbench run                                  common queues, in two minutes\n"
	       "  qbench run -q 'mutex*' -j 1,2,4 -o run.json queues by a pattern\n"
	       "  qbench run --workloads=replay --work=0,1000 a pool with small work items\n"
	       "  qbench run -q '*,./mine.so' --rounds=20     with a queue of yours\n\n"
	       "'qbench list' prints the queues, 'qbench list --workloads' the workloads, and "
	       "qbench-module (scripts/module.sh in the sources) makes a module of a queue file.",
};

/**
 * Chooses the walk to replay if a workload does, and reads it before anything is measured, or ends
 * the program.
 */
static struct run_shape choose_shape(struct command_line *line, const struct matrix *matrix)
{
	static const char *const places[] = {SHAPES_BUILT, SHAPES_INSTALLED, NULL};
	static char small[PATH_MAX];
	bool needed = line->run.shape != NULL;
	for (size_t i = 0; i < matrix->count; ++i) {
		needed = needed || matrix->cells[i].loop->whole;
	}
	struct run_shape found = {NULL, NAN, NAN};
	if (!needed) {
		return found;
	}
	if (!line->run.shape) {
		if (program_find(places, small) != 0) {
			err(COMMAND_USAGE, "the walk to replay is not installed beside the "
					   "program: name one with --shape=FILE");
		}
		line->run.shape = small;
	}
	struct shape shape;
	char *error;
	if (shape_read(&shape, line->run.shape, &error) != 0) {
		errx(COMMAND_USAGE, "--shape: %s", error ? quoted(error) : strerror(ENOMEM));
	}
	found = (struct run_shape){basename(line->run.shape), (double)shape.count, 0};
	for (size_t i = 0; i < shape.count; ++i) {
		found.files += (double)shape.directories[i].files;
	}
	shape_destroy(&shape);
	return found;
}

static struct run_settings settings_of(const struct command_line *line, struct run_shape shape)
{
	const struct run_request *run = &line->run;
	return (struct run_settings){
		.seed = (double)run->seed,
		.rounds = run->rounds ? run->rounds : NAN,
		.duration_ns = (double)run->duration,
		.warmup_ns = (double)run->warm_up,
		.budget_s = run->rounds ? NAN : (double)(run->budget / 1000000000),
		.shape = shape,
	};
}

/** Adds what a queue promises, so that a report needs no such queue itself. 0, or -1 with errno. */
static int add_contract(struct run *run, const struct matrix_cell *cell)
{
	struct contract contract;
	if (cell->type->floor || run_contract(run, cell->cell.queue)) {
		return 0;
	}
	contract_of(cell->type->queue, &contract);
	return run_add_contract(run, cell->cell.queue, &contract);
}

static int add_cell(struct run *run, const struct matrix_cell *cell)
{
	const struct queue_type *type = cell->type->queue;
	struct run_cell added = {
		.cell = cell->cell,
		.unit = cell->loop->unit == LOOP_NANOSECONDS ? RUN_NANOSECONDS
							     : RUN_ITEMS_PER_SECOND,
		.oversubscribed = cell->oversubscribed,
		.floor = cell->type->floor,
		.called = cell->cell.indirect || cell->called,
		.native_batch =
			cell->cell.batch > 1 ? type->enqueue_batch || type->dequeue_batch : -1,
		.order = type->order,
		// A pool ends when all items are done, in whatever order
		.order_counts = !cell->loop->whole,
	};
	return run_add_cell(run, &added);
}

/** Puts the matrix into the run. Cells keep their numbers. 0, or -1 with errno. */
static int add_matrix(struct run *run, const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; ++i) {
		if (add_contract(run, &matrix->cells[i]) != 0 ||
		    add_cell(run, &matrix->cells[i]) != 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < matrix->gap_count; ++i) {
		if (run_add_gap(run, &matrix->gaps[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Warns of cells with failed or lost samples. Returns whether one has no value for it. */
static bool tell_failures(const struct run *run)
{
	bool failed = false;
	for (size_t i = 0; i < run->cell_count; ++i) {
		const struct cell *cell = &run->cells[i].cell;
		const struct sample *missing = run_cell_missing(&run->cells[i]);
		const char *reason = run_cell_failure(&run->cells[i]);
		if (reason) {
			warnx("%s under %s is void: %s", quoted(cell->queue), cell->workload,
			      quoted(reason));
		} else if (missing) {
			bool ended = run_cell_lost_at_end(&run->cells[i]) >= RUN_MOST_LOST;
			warnx("%s under %s %s: %s", quoted(cell->queue), cell->workload,
			      ended ? "lost its last samples, and got no more" : "lacks a sample",
			      missing->reason ? quoted(missing->reason) : "no reason is known");
		}
		failed = failed || reason || (missing && run->cells[i].summary.rounds == 0);
	}
	return failed;
}

/** Says whether the machine was quiet when it was looked at, or waits for that, and warns if not.
 */
static void look_around(const struct command_line *line, struct run *run)
{
	char text[QUIET_WORDS];
	struct quiet seen = {
		.others = run->machine.load.busy,
		.steal = run->machine.load.steal,
		.load = run->machine.load.average_1,
		.processors = (unsigned int)run->machine.processor.available,
	};
	if (line->wait_quiet) {
		seen = quiet_wait(line->wait_quiet);
	}
	run->quiet.others_before = seen.others;
	run->quiet.steal_before = seen.steal;
	run->quiet.load_before = seen.load;
	run->quiet.processors = seen.processors;
	if (quiet_is_busy(seen.others, seen.steal)) {
		quiet_describe(&seen, text, sizeof(text));
		warnx("the machine is busy: %s. The results will say so; stop what runs, or wait "
		      "with --wait-quiet",
		      text);
	}
}

/** Measures, and writes the results, also those until a signal or an error. The exit status. */
static int measure(const struct command_line *line, const struct matrix *matrix,
		   const struct topology *topology, struct run *run)
{
	int status = 0;
	// Until the file is written: signals may come in pairs
	interrupt_begin();
	if (run_matrix(&line->run, matrix, topology, run) != 0) {
		status = errno == EINTR ? COMMAND_INTERRUPTED : COMMAND_USAGE;
		if (errno != EINTR) {
			warn("cannot take a sample");
		}
	}
	if (run_finish(run, status != 0) != 0) {
		err(COMMAND_FAILED, "cannot summarize");
	}
	if (line->output && run_write(line->output, run) != 0) {
		warn("cannot write results to %s", quoted(line->output));
		status = COMMAND_FAILED;
	}
	interrupt_end();
	return status;
}

int run_command(int argc, char **argv)
{
	struct command_line line = {
		.run = {.warm_up = 20000000, .duration = 70000000, .repeats = 2},
	};
	line.run.seed = arguments_seed();
	char *words = arguments_join(argc, argv);
	settings_parse(option_table, &argp, argc, argv, &line);
	if (line.run.rounds && line.run.budget) {
		errx(COMMAND_USAGE, "--time and --rounds exclude each other: --time=TIME takes as "
				    "many samples of each cell as fit into it, --rounds=N takes N");
	}
	if (!line.run.budget) {
		line.run.budget = (uint64_t)120 * 1000000000;
	}
	if (line.output && replace_check(line.output) != 0) {
		err(COMMAND_USAGE, "cannot write results to %s", quoted(line.output));
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
	if (topology_parallel(topology) < topology_available(topology)) {
		warnx("the control group leaves the time of %.2f of %u processors: what runs more "
		      "than %u thread%s is oversubscribed",
		      processors_look().limit, topology_available(topology),
		      topology_parallel(topology), topology_parallel(topology) == 1 ? "" : "s");
	}
	if (matrix.notes) {
		warnx("%s", matrix.notes);
	}
	struct run_settings settings = settings_of(&line, choose_shape(&line, &matrix));
	struct machine machine;
	if (machine_observe(&machine) != 0) {
		err(COMMAND_USAGE, "cannot learn what this machine is");
	}
	struct run run;
	if (run_create(&run, words, &machine, &settings) != 0 || add_matrix(&run, &matrix) != 0) {
		err(COMMAND_USAGE, "cannot keep results");
	}
	look_around(&line, &run);
	int status = measure(&line, &matrix, topology, &run);
	if (table_print(&run, stdout) != 0) {
		program_close_output(errno);
		status = COMMAND_FAILED;
	}
	if (tell_failures(&run) && status == 0) {
		status = COMMAND_FAILED;
	}
	run_destroy(&run);
	matrix_destroy(&matrix);
	topology_free(topology);
	free(words);
	return status;
}
