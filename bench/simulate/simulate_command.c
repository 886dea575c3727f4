// SPDX-License-Identifier: MIT

/** `qbench simulate`: queues in virtual time on machines that are not here. */

#include "arguments.h"
#include "base/number.h"
#include "base/quote.h"
#include "catalog/selection.h"
#include "commands.h"
#include "document/file.h"
#include "document/formats.h"
#include "registry.h"
#include "simulate/cells.h"
#include "simulate/fit.h"
#include "simulate/machine_file.h"
#include "simulate/standings.h"
#include "simulate/validation.h"
#include "workload/loop.h"

#include <argp.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/** Throughput of a blocking queue is not told below this share of the slowest by the fastest. */
#define FAIR 0.05
#define MOST_SEEDS 99
#define MOST_WORDS 64
/** Accesses of a run: a run that takes more is given up. */
#define MOST_ACCESSES 2000000000
/** Items that a queue must hold, as `qbench run` has it. */
#define CAPACITY 4096
/** Name of the machine that qbench runs on. */
#define HERE "this"

/** The workloads, in words. */
#define SIMULATED "batch, burst, mixed, pairwise, producers_consumers and replay"

struct command_line {
	const char *queues;
	char *machines;
	char *workloads;
	char *threads;
	const char *output;
	const char *explained;
	const char *figures;
	/** Table of latencies of which a machine file is made. */
	const char *fitted;
	unsigned long seeds;
	unsigned long first_seed;
	unsigned long microseconds;
	unsigned long work;
};

/** A machine under a workload, with its table. */
struct table {
	const char *machine_name;
	const struct machine_file *machine;
	const char *workload;
	/** For the self-check: one thread has a number too. */
	bool checks;
};

/** One row: the runs of a cell under all seeds. */
struct row {
	const char *queue;
	unsigned int threads;
	const struct queue_type *type;
	bool floor;
	/** Its runs; NULL if there is no number to be told, and why. */
	struct simulate_job *runs;
	const char *reason;
	/** A run of it has failed. */
	bool failed;
	double median;
	double least;
	double most;
	double fairness;
};

struct simulation_set {
	struct simulate_job *jobs;
	size_t job_count;
	struct row *rows;
	size_t row_count;
};

/** Splits a list at its commas, in place. Ends the program if it is empty or too long. */
static size_t split(char *list, const char *option, char *words[MOST_WORDS])
{
	size_t count = 0;
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (count == MOST_WORDS) {
			errx(COMMAND_USAGE, "%s has more than %d values", option, MOST_WORDS);
		}
		words[count++] = word;
	}
	if (count == 0) {
		errx(COMMAND_USAGE, "%s names nothing", option);
	}
	return count;
}

static int compare_numbers(const void *one, const void *other)
{
	double a = *(const double *)one;
	double b = *(const double *)other;
	return (a > b) - (a < b);
}

/** Numbers ascending; what is no number is refused later. */
static int compare_words(const void *one, const void *other)
{
	unsigned long a = strtoul(*(char *const *)one, NULL, 10);
	unsigned long b = strtoul(*(char *const *)other, NULL, 10);
	return (a > b) - (a < b);
}

/** Why a cell has no number; NULL if it has one. */
static const char *refusal(const char *queue, const struct queue_type *type,
			   const struct table *table, unsigned int threads)
{
	if (!simulate_has_module(queue)) {
		return "no simulating module: code of a library, of the system, or under a "
		       "sanitizer has no hooks";
	}
	unsigned int roles = strcmp(table->workload, "producers_consumers") == 0 ? 2 : 1;
	if (threads < 2 && !table->checks) {
		return "one thread is measured, not simulated";
	}
	// One more runs the pool
	unsigned int all = threads + (strcmp(table->workload, "replay") == 0);
	if (all > table->machine->machine.processors) {
		return "more threads than processors";
	}
	if ((type->max_producers && threads / roles > type->max_producers) ||
	    (type->max_consumers && threads - threads / 2 * (roles - 1) > type->max_consumers)) {
		return "the queue allows fewer threads";
	}
	return NULL;
}

/** Sums the runs of a row up. */
static void summarize(struct row *row, const struct command_line *line)
{
	double rates[MOST_SEEDS];
	double fairness[MOST_SEEDS];
	for (size_t i = 0; i < line->seeds; ++i) {
		const struct simulate_result *result = row->runs[i].result;
		if (result->failure[0]) {
			row->reason = result->failure;
			row->failed = true;
			return;
		}
		rates[i] = (double)result->items / (double)line->microseconds;
		fairness[i] = result->most_items
				      ? (double)result->fewest_items / (double)result->most_items
				      : 0;
	}
	qsort(rates, line->seeds, sizeof(*rates), compare_numbers);
	qsort(fairness, line->seeds, sizeof(*fairness), compare_numbers);
	row->median = (rates[line->seeds / 2] + rates[(line->seeds - 1) / 2]) / 2;
	row->least = rates[0];
	row->most = rates[line->seeds - 1];
	row->fairness = fairness[line->seeds / 2];
	if (row->most == 0) {
		row->reason = "no item came out in the window: --time is too short";
	} else if (row->type->enqueue_progress == QUEUE_BLOCKING && row->fairness < FAIR) {
		row->reason = "unfair: luck decides the throughput";
	}
}

/** Every run of the row has a result. */
static bool is_run(const struct row *row)
{
	return row->runs && row->runs->result && !row->failed;
}

/** Adds a cell: a row, with its runs if it has any. */
static void add_cell(struct simulation_set *set, const struct command_line *line,
		     const struct table *table, const char *queue, unsigned int threads)
{
	char *error;
	const struct registry_queue *found = registry_find(queue, &error);
	if (!found) {
		errx(COMMAND_USAGE, "%s: %s", quoted(queue), error ? error : strerror(ENOMEM));
	}
	struct row *row = &set->rows[set->row_count++];
	*row = (struct row){.queue = queue,
			    .threads = threads,
			    .type = found->pool->queue,
			    .floor = found->bench && found->bench->floor};
	row->reason = refusal(queue, row->type, table, threads);
	if (row->reason) {
		return;
	}
	row->runs = &set->jobs[set->job_count];
	for (unsigned long seed = 0; seed < line->seeds; ++seed) {
		set->jobs[set->job_count++] = (struct simulate_job){
			.queue = queue,
			.request = {.machine = &table->machine->machine,
				    .workload = table->workload,
				    .threads = threads,
				    .capacity = CAPACITY,
				    .work = line->work,
				    .seed = line->first_seed + seed,
				    .warm_up = (int64_t)line->microseconds * 200000,
				    .window = (int64_t)line->microseconds * 1000000,
				    .most = MOST_ACCESSES}};
	}
}

/** Adds the cells of a table. */
static void add_table(struct simulation_set *set, const struct command_line *line,
		      const struct table *table, char **queues, char *const *threads,
		      size_t thread_count)
{
	for (char **queue = queues; *queue; ++queue) {
		for (size_t i = 0; i < thread_count; ++i) {
			unsigned long count;
			if (!number_parse(threads[i], 1, SIMULATE_THREADS, &count)) {
				errx(COMMAND_USAGE,
				     "--threads is '%s', and must be numbers from 1 to %d",
				     quoted(threads[i]), SIMULATE_THREADS);
			}
			add_cell(set, line, table, *queue, (unsigned int)count);
		}
	}
}

/** Room for rows, and for their runs. */
static struct simulation_set make_set(size_t rows, const struct command_line *line)
{
	struct simulation_set set = {.jobs = calloc(rows * line->seeds, sizeof(*set.jobs)),
				     .rows = calloc(rows, sizeof(*set.rows))};
	if (!set.jobs || !set.rows) {
		err(COMMAND_USAGE, "cannot simulate");
	}
	return set;
}

static void free_set(struct simulation_set *set)
{
	free(set->jobs);
	free(set->rows);
}

/** Runs all. Returns the exit status. */
static int run_set(struct simulation_set *set, const struct command_line *line)
{
	if (simulate_jobs(set->jobs, set->job_count) != 0) {
		if (errno == EINTR) {
			return COMMAND_INTERRUPTED;
		}
		err(COMMAND_USAGE, "cannot simulate");
	}
	int status = 0;
	for (size_t i = 0; i < set->row_count; ++i) {
		if (set->rows[i].runs) {
			summarize(&set->rows[i], line);
			status = is_run(&set->rows[i]) ? status : COMMAND_FAILED;
		}
	}
	return status;
}

/** The sum over the runs of a row by the items. */
static double per_item(const struct row *row, const struct command_line *line, size_t member)
{
	uint64_t sum = 0;
	uint64_t items = 0;
	for (size_t i = 0; i < line->seeds; ++i) {
		const struct simulate_result *result = row->runs[i].result;
		sum += *(const uint64_t *)((const char *)result + member);
		items += result->items;
	}
	return items ? (double)sum / (double)items : 0;
}

#define PER_ITEM(row, line, member) per_item(row, line, offsetof(struct simulate_result, member))

/** Time that a thread waited for lines, as a share of the window. */
static double waiting(const struct row *row, const struct command_line *line)
{
	double sum = 0;
	for (size_t i = 0; i < line->seeds; ++i) {
		sum += (double)row->runs[i].result->waited;
	}
	return sum / (double)line->seeds / ((double)line->microseconds * 1e6 * row->threads);
}

static void print_row(const struct row *row, const struct command_line *line)
{
	printf("%-15s %4u", row->queue, row->threads);
	if (!is_run(row)) {
		printf("  -  %s\n", row->reason);
		return;
	}
	const struct simulate_result *result = row->runs[0].result;
	if (row->reason) {
		printf(" %9s %15s", "-", row->most > 0 ? "unfair" : "no item");
	} else {
		printf(" %9.2f %7.2f-%-7.2f", row->median, row->least, row->most);
	}
	printf(" %7.2f %7.2f %7.2f %5.2f %4.0f%%  %s\n", PER_ITEM(row, line, transfers),
	       result->items ? (double)result->lines[0].transfers / (double)result->items : 0,
	       PER_ITEM(row, line, failed_swaps), row->fairness, 100 * waiting(row, line),
	       result->lines[0].places[0].name);
}

/** The numbers of a table; rows of floors, and rows without a number, have none. */
static struct standings make_standings(const struct row *rows, size_t count)
{
	struct standings standings = {.rows = calloc(count + 1, sizeof(*standings.rows))};
	if (!standings.rows) {
		err(COMMAND_USAGE, "cannot simulate");
	}
	for (const struct row *row = rows; row < rows + count; ++row) {
		if (!row->reason && !row->floor) {
			standings.rows[standings.count++] =
				(struct standing){.queue = row->queue,
						  .threads = row->threads,
						  .relaxed = row->type->order != QUEUE_FIFO,
						  .median = row->median,
						  .least = row->least,
						  .most = row->most};
		}
	}
	return standings;
}

/** Says who leads with each number of threads and by how much, and from how many on. */
static void print_leaders(const struct standings *standings, const unsigned int *threads,
			  size_t count)
{
	const char *leads = NULL;
	char changes[1024] = "";
	for (size_t i = 0; i < count; ++i) {
		const struct standing *leader = standings_leader(standings, threads[i]);
		const struct standing *second = leader ? standings_second(standings, leader) : NULL;
		if (!second) {
			continue;
		}
		printf("%u threads: %s leads, %.2f times as fast as %s%s\n", threads[i],
		       leader->queue, leader->median / second->median, second->queue,
		       standing_is_near(leader, second) ? ": too close to be told apart" : "");
		const char *now = standings_goes_on(standings, leader, leads);
		if (now != leads) {
			leads = now;
			size_t length = strlen(changes);
			snprintf(changes + length, sizeof(changes) - length, "%s %s from %u on",
				 length ? "," : "", leads, threads[i]);
		}
	}
	if (*changes) {
		printf("Leads until another can be told from it:%s\n", changes);
	}
}

/** Prints what an item costs with each number of threads, and how that grows. */
static void print_growth(const struct standings *standings, const unsigned int *threads,
			 size_t count)
{
	printf("\n%-15s", "NS AN ITEM");
	for (size_t i = 0; i < count; ++i) {
		printf(" %7u", threads[i]);
	}
	puts("  A DOUBLING");
	for (size_t i = 0; i < standings->count;) {
		const char *queue = standings->rows[i].queue;
		printf("%-15s", queue);
		for (size_t k = 0; k < count; ++k) {
			const struct standing *row = &standings->rows[i];
			if (i == standings->count || strcmp(row->queue, queue) != 0 ||
			    row->threads != threads[k]) {
				printf(" %7s", "-");
				continue;
			}
			printf(" %7.0f", 1000 / row->median);
			++i;
		}
		double growth = standings_growth(standings, queue);
		if (isnan(growth)) {
			puts("  -");
		} else {
			printf("  x %.2f\n", growth);
		}
	}
}

static void print_table(const struct table *table, const struct row *rows, size_t count,
			const struct command_line *line)
{
	printf("Simulated: %s on %s, %lu us of virtual time, %lu seed%s. No result of this "
	       "machine.\nValidated: %s\n\n%-15s %4s %9s %15s %7s %7s %7s %5s %5s  %s\n",
	       table->workload, table->machine_name, line->microseconds, line->seeds,
	       number_plural(line->seeds), table->machine->validated, "QUEUE", "THR", "M ITEMS/S",
	       "OVER SEEDS", "LINES", "HOTTEST", "FAILED", "FAIR", "WAIT", "HOTTEST LINE IS AT");
	for (size_t i = 0; i < count; ++i) {
		// What no machine of this size can run is said once
		if (i == 0 || rows[i].runs || rows[i].queue != rows[i - 1].queue ||
		    rows[i].reason != rows[i - 1].reason) {
			print_row(&rows[i], line);
		}
	}
	putchar('\n');
}

static void explain(const struct row *row)
{
	const struct simulate_result *result = row->runs[0].result;
	printf("%s with %u threads: the hottest lines, and the code that takes them\n", row->queue,
	       row->threads);
	for (size_t i = 0; i < SIMULATE_LINES && result->lines[i].transfers; ++i) {
		const struct simulate_line *hot = &result->lines[i];
		printf("%8.3f transfers an item\n",
		       result->items ? (double)hot->transfers / (double)result->items : 0);
		for (size_t k = 0; k < SIMULATE_PLACES && hot->places[k].transfers; ++k) {
			printf("         %4.0f %%  %s\n",
			       100 * (double)hot->places[k].transfers / (double)hot->transfers,
			       hot->places[k].name);
		}
	}
	putchar('\n');
}

static json_t *rate_json(const struct row *row, double rate)
{
	return row->reason ? json_null() : json_real(rate * 1e6);
}

static json_t *row_json(const struct table *table, const struct row *row,
			const struct command_line *line)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:b, s:i, s:s?}", "machine", table->machine_name,
				 "workload", table->workload, "queue", row->queue, "floor",
				 row->floor, "threads", (int)row->threads, "reason", row->reason);
	if (is_run(row)) {
		json_t *runs = json_array();
		for (size_t i = 0; i < line->seeds; ++i) {
			json_array_append_new(
				runs, json_pack("{s:I, s:I}", "seed",
						(json_int_t)row->runs[i].request.seed, "items",
						(json_int_t)row->runs[i].result->items));
		}
		json_t *found = json_pack(
			"{s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:s, s:o}", "items_per_second",
			rate_json(row, row->median), "items_per_second_least",
			rate_json(row, row->least), "items_per_second_most",
			rate_json(row, row->most), "transfers_per_item",
			PER_ITEM(row, line, transfers), "failed_swaps_per_item",
			PER_ITEM(row, line, failed_swaps), "fairness", row->fairness, "waiting",
			waiting(row, line), "hottest_line",
			row->runs[0].result->lines[0].places[0].name, "runs", runs);
		json_object_update(json, found);
		json_decref(found);
	}
	return json;
}

enum {
	OPTION_MACHINE = 256,
	OPTION_WORKLOADS,
	OPTION_SEEDS,
	OPTION_SEED,
	OPTION_TIME,
	OPTION_WORK,
	OPTION_EXPLAIN,
	OPTION_VALIDATE,
	OPTION_FIT,
};

static const struct argp_option option_table[] = {
	{"queues", 'q', "LIST", 0, "Queues (default: the headline)", 0},
	{"threads", 't', "LIST", 0, "Numbers of threads (default: 2,4,8,16,24,32,64,128)", 0},
	{"machine", OPTION_MACHINE, "LIST", 0,
	 "Machines: names of files that come with qbench, paths, or \"this\" one, measured "
	 "(default: "
	 "xeon-6132x2,epyc-milan-x2)",
	 0},
	{"workloads", OPTION_WORKLOADS, "LIST", 0, SIMULATED " (default: producers_consumers)", 0},
	{"explain", OPTION_EXPLAIN, "QUEUE", 0,
	 "Show the ten hottest lines of a queue, and the source lines that take them", 0},
	{"validate", OPTION_VALIDATE, "FILE", 0,
	 "Compare with the published figures in FILE, instead: CSV with the columns machine, "
	 "workload, threads, queue, items_per_second",
	 0},
	{"fit", OPTION_FIT, "FILE", 0,
	 "Print a machine file, instead, made of FILE, a table of latencies between all "
	 "processors: CSV, a line and a column "
	 "for each, half a round trip in nanoseconds; or of \"this\" machine. The other numbers "
	 "are those of the first "
	 "--machine (default: zen3-5950x; of this machine one of its vendor's)",
	 0},
	{"time", OPTION_TIME, "US", 0, "Virtual time of a run in microseconds (default: 1000)", 1},
	{"work", OPTION_WORK, "NS", 0,
	 "Work between two operations in nanoseconds, a quarter more or less (default: 0)", 1},
	{"seeds", OPTION_SEEDS, "N", 0, "Runs of each cell (default: 3)", 1},
	{"seed", OPTION_SEED, "N", 0, "The first seed (default: 1)", 1},
	{"output", 'o', "FILE", 0, "Write all to FILE, as JSON", 1},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command_line *line = state->input;
	switch (key) {
	case 'q':
		line->queues = arg;
		return 0;
	case 't':
		line->threads = arg;
		return 0;
	case 'o':
		line->output = arg;
		return 0;
	case OPTION_MACHINE:
		line->machines = arg;
		return 0;
	case OPTION_WORKLOADS:
		line->workloads = arg;
		return 0;
	case OPTION_EXPLAIN:
		line->explained = arg;
		line->queues = arg;
		return 0;
	case OPTION_VALIDATE:
		line->figures = arg;
		return 0;
	case OPTION_FIT:
		line->fitted = arg;
		return 0;
	case OPTION_TIME:
		line->microseconds = number_of_option(state, "--time", arg, 1, 1000000);
		return 0;
	case OPTION_WORK:
		line->work = number_of_option(state, "--work", arg, 0, 1000000);
		return 0;
	case OPTION_SEEDS:
		line->seeds = number_of_option(state, "--seeds", arg, 1, MOST_SEEDS);
		return 0;
	case OPTION_SEED:
		line->first_seed = number_of_option(state, "--seed", arg, 1, UINT32_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Simulates queues on machines that are not here: their code, unchanged, in virtual "
	       "time on a model of caches.\v"
	       "The results are no measurements. LINES are line transfers an item, FAILED failed "
	       "compare-and-swaps an item, FAIR the slowest by the fastest thread, and WAIT the "
	       "share of time that threads wait for lines.",
};

/** Tells what was found in a table, and adds it to the document. */
static void tell(const struct table *table, struct row *rows, size_t count,
		 const struct command_line *line, json_t *document)
{
	unsigned int threads[MOST_WORDS];
	size_t thread_count = 0;
	json_t *all = json_object_get(document, "rows");
	struct standings standings = make_standings(rows, count);
	for (size_t i = 0; i < count; ++i) {
		// Rows of the first queue have every number of threads
		if (rows[i].queue == rows[0].queue) {
			threads[thread_count++] = rows[i].threads;
		}
		json_array_append_new(all, row_json(table, &rows[i], line));
	}
	json_array_append_new(json_object_get(document, "machines"),
			      json_pack("{s:s, s:s, s:i, s:s}", "name", table->machine_name,
					"workload", table->workload, "processors",
					(int)table->machine->machine.processors, "validated",
					table->machine->validated));
	standings_json(&standings, threads, thread_count, table->machine_name, table->workload,
		       document);
	print_table(table, rows, count, line);
	print_leaders(&standings, threads, thread_count);
	print_growth(&standings, threads, thread_count);
	putchar('\n');
	for (size_t i = 0; line->explained && i < count; ++i) {
		if (is_run(&rows[i])) {
			explain(&rows[i]);
		}
	}
	free(standings.rows);
}

/** Measures this machine, once. 0, or -1 with a message. */
static int read_here(struct machine_file *file, char **error)
{
	static char *text;
	static size_t size;
	FILE *stream = text ? NULL : open_memstream(&text, &size);
	*error = NULL;
	if (stream) {
		int result = fit_here(NULL, stream, error);
		if (fclose(stream) != 0 || result != 0) {
			return -1;
		}
	}
	stream = text ? fmemopen(text, size, "r") : NULL;
	int result = stream ? machine_file_read_stream(stream, file, error) : -1;
	if (stream) {
		fclose(stream);
	}
	return result;
}

/** Reads a machine, or ends the program. */
static void read_machine(const char *name, struct machine_file *file)
{
	char *error;
	if ((strcmp(name, HERE) == 0 ? read_here(file, &error)
				     : machine_file_read(name, file, &error)) != 0) {
		errx(COMMAND_USAGE, "machine %s: %s", quoted(name),
		     error ? error : strerror(ENOMEM));
	}
}

/** Ends the program if a workload is not simulated. */
static void check_workload(const char *name)
{
	static const char *const simulated[] = {
		"batch", "burst", "mixed", "pairwise", "producers_consumers", "replay"};
	for (size_t i = 0; i < sizeof(simulated) / sizeof(*simulated); ++i) {
		if (strcmp(name, simulated[i]) == 0) {
			return;
		}
	}
	errx(COMMAND_USAGE, "the workload %s is not simulated: " SIMULATED " are", quoted(name));
}

static void print_sum(const struct validation *validation, const char *machine, const char *other)
{
	struct validation_sum sum = validation_sum(validation, machine);
	printf("%s: %zu of %zu figures: geometric error x %.2f; within x 1.5 %zu, within x 2 %zu; "
	       "order right in %zu of %zu pairs that are %s 1.25 apart, and in %zu "
	       "of "
	       "%zu that are simulated 1.5 apart\n",
	       machine ? machine : "all", sum.cells, sum.rows, sum.error, sum.within_half,
	       sum.within_double, sum.pairs_in_order, sum.pairs, other, sum.far_in_order, sum.far);
}

/** Prints each figure, and what those of each machine and all say. */
static void print_validation(struct validation *validation, const struct simulation_set *set,
			     const struct machine_file *files, const char *other)
{
	printf("%-20s %-20s %-15s %4s %10s %10s %7s\n", "MACHINE", "WORKLOAD", "QUEUE", "THR",
	       "simulated", other, "RATIO");
	for (size_t i = 0; i < validation->count; ++i) {
		struct validation_row *row = &validation->rows[i];
		printf("%-20s %-20s %-15s %4u", row->machine, row->workload, row->queue,
		       row->threads);
		if (set->rows[i].reason) {
			printf("  -  %s\n", set->rows[i].reason);
			continue;
		}
		row->simulated = set->rows[i].median * 1e6;
		printf(" %10.2f %10.2f %7.2f\n", row->simulated / 1e6, row->published / 1e6,
		       row->simulated / row->published);
	}
	putchar('\n');
	for (size_t i = 0; i < validation->count; ++i) {
		if (validation_first(validation, i)) {
			print_sum(validation, validation->rows[i].machine, other);
			printf("  its file says: %s\n", files[i].validated);
		}
	}
	print_sum(validation, NULL, other);
}

/**
 * Simulates the cells of figures, and prints both. Returns the exit status.
 *
 * @param here   this machine, whose cells with one thread count too; NULL for those of the figures
 * @param other  heading of the figures
 */
static int compare_with(struct validation *validation, const struct command_line *line,
			const struct machine_file *here, const char *other)
{
	struct machine_file *files = calloc(validation->count + 1, sizeof(*files));
	struct simulation_set set = make_set(validation->count + 1, line);
	if (!files) {
		err(COMMAND_USAGE, "cannot simulate");
	}
	for (size_t i = 0; i < validation->count; ++i) {
		const struct validation_row *row = &validation->rows[i];
		struct table table = {row->machine, &files[i], row->workload, here != NULL};
		check_workload(row->workload);
		if (here) {
			files[i] = *here;
		} else {
			read_machine(row->machine, &files[i]);
		}
		add_cell(&set, line, &table, row->queue, row->threads);
	}
	int status = run_set(&set, line);
	if (status != COMMAND_INTERRUPTED) {
		print_validation(validation, &set, files, other);
	}
	free_set(&set);
	free(files);
	return status;
}

/** Compares with published figures. Returns the exit status. */
static int validate(const struct command_line *line)
{
	struct validation validation;
	char *error;
	if (validation_read(line->figures, &validation, &error) != 0) {
		errx(COMMAND_USAGE, "%s: %s", quoted(line->figures),
		     error ? error : strerror(ENOMEM));
	}
	int status = compare_with(&validation, line, NULL, "published");
	free(validation.rows);
	return status;
}

/** Measures queues on this machine with one and two threads: a short qbench run. */
static int measure_here(char *const *queues, const char *output)
{
	char list[4096] = "--queues=";
	for (; *queues; ++queues) {
		size_t length = strlen(list);
		snprintf(list + length, sizeof(list) - length, "%s,", *queues);
	}
	list[strlen(list) - 1] = '\0';
	pid_t child = fork();
	if (child == 0) {
		int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(nothing, STDOUT_FILENO);
		dup2(nothing, STDERR_FILENO);
		execl("/proc/self/exe", "qbench", "run", list, "--workloads=pairwise",
		      "--threads=1,2", "--wait=spin", "--rounds=3", "--duration=20", "-o", output,
		      (char *)NULL);
		_exit(1);
	}
	int status = 0;
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) < COMMAND_USAGE ? 0 : -1;
}

/** Holds the model against this machine, with one and two threads, before it says more. */
static int check_here(const struct command_line *line, const struct machine_file *here,
		      char *const *queues)
{
	char path[] = "/tmp/qbench-check-XXXXXX";
	struct validation validation = {0};
	char *error = NULL;
	int descriptor = mkstemp(path);
	json_t *document = descriptor >= 0 && measure_here(queues, path) == 0
				   ? document_read(path, &error)
				   : NULL;
	if (descriptor >= 0) {
		close(descriptor);
		unlink(path);
	}
	free(error);
	if (!document || validation_of_run(document, HERE, &validation) != 0) {
		warnx("the self-check was left out: qbench run measured nothing here");
		json_decref(document);
		return 0;
	}
	puts("Self-check: this machine with one and two threads, simulated beside measured.\n");
	int status = compare_with(&validation, line, here, "measured");
	putchar('\n');
	free(validation.rows);
	json_decref(document);
	return status;
}

/** Reads the machines, and makes a table for each under each workload. */
static struct table *make_tables(const struct command_line *line, size_t *count)
{
	char *machines[MOST_WORDS];
	char *workloads[MOST_WORDS];
	size_t machine_count = split(line->machines, "--machine", machines);
	size_t workload_count = split(line->workloads, "--workloads", workloads);
	struct machine_file *files = calloc(machine_count, sizeof(*files));
	struct table *tables = calloc(machine_count * workload_count, sizeof(*tables));
	if (!files || !tables) {
		err(COMMAND_USAGE, "cannot simulate");
	}
	*count = 0;
	for (size_t i = 0; i < machine_count; ++i) {
		read_machine(machines[i], &files[i]);
		for (size_t k = 0; k < workload_count; ++k) {
			check_workload(workloads[k]);
			tables[(*count)++] =
				(struct table){machines[i], &files[i], workloads[k], false};
		}
	}
	return tables;
}

/** Prints a machine file. Returns the exit status. */
static int fit(const struct command_line *line)
{
	char *error = NULL;
	char *bases[MOST_WORDS] = {NULL};
	if (line->machines) {
		split(line->machines, "--machine", bases);
	}
	if ((strcmp(line->fitted, HERE) == 0
		     ? fit_here(bases[0], stdout, &error)
		     : fit_table(line->fitted, bases[0] ? bases[0] : "zen3-5950x", stdout,
				 &error)) != 0) {
		errx(COMMAND_USAGE, "%s: %s", quoted(line->fitted),
		     error ? error : strerror(ENOMEM));
	}
	return 0;
}

int simulate_command(int argc, char **argv)
{
	char defaults[] = "xeon-6132x2,epyc-milan-x2";
	char workloads[] = "producers_consumers";
	char threads[] = "2,4,8,16,24,32,64,128";
	struct command_line line = {.workloads = workloads,
				    .threads = threads,
				    .seeds = 3,
				    .first_seed = 1,
				    .microseconds = 1000};
	argp_err_exit_status = COMMAND_USAGE;
	argv[0] = "qbench simulate";
	argp_parse(&argp, argc, argv, 0, NULL, &line);
	if (line.output && document_check(line.output) != 0) {
		err(COMMAND_USAGE, "cannot write %s", quoted(line.output));
	}
	if (line.figures) {
		return validate(&line);
	}
	if (line.fitted) {
		return fit(&line);
	}
	line.machines = line.machines ? line.machines : defaults;
	size_t table_count;
	struct table *tables = make_tables(&line, &table_count);
	char *counts[MOST_WORDS];
	size_t thread_count = split(line.threads, "--threads", counts);
	qsort(counts, thread_count, sizeof(*counts), compare_words);
	size_t distinct = 0;
	for (size_t i = 0; i < thread_count; ++i) {
		if (distinct == 0 || compare_words(&counts[distinct - 1], &counts[i]) != 0) {
			counts[distinct++] = counts[i];
		}
	}
	thread_count = distinct;
	char *error;
	char **queues = selection_queues(line.queues, true, false, &error);
	if (!queues) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	size_t queue_count = 0;
	while (queues[queue_count]) {
		++queue_count;
	}
	int checked = 0;
	for (size_t i = 0; i < table_count && checked != COMMAND_INTERRUPTED; ++i) {
		if (strcmp(tables[i].machine_name, HERE) == 0) {
			checked = check_here(&line, tables[i].machine, queues);
			break;
		}
	}
	size_t each = queue_count * thread_count;
	struct simulation_set set = make_set(table_count * each, &line);
	for (size_t i = 0; i < table_count; ++i) {
		add_table(&set, &line, &tables[i], queues, counts, thread_count);
	}
	int status = checked == COMMAND_INTERRUPTED ? checked : run_set(&set, &line);
	status = status ? status : checked;
	json_t *document = json_pack("{s:s, s:b, s:[], s:[]}", "format", FORMAT_SIMULATION,
				     "simulated", 1, "machines", "rows");
	for (size_t i = 0; status != COMMAND_INTERRUPTED && i < table_count; ++i) {
		tell(&tables[i], &set.rows[i * each], each, &line, document);
	}
	if (status != COMMAND_INTERRUPTED && line.output &&
	    document_write(line.output, document) != 0) {
		warn("cannot write %s", quoted(line.output));
		status = COMMAND_FAILED;
	}
	json_decref(document);
	free_set(&set);
	registry_names_free(queues);
	// The first table has the first machine
	free((void *)tables[0].machine);
	free(tables);
	return status;
}
