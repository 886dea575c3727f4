// SPDX-License-Identifier: MIT

/** `qbench simulate`: queues in virtual time on machines that are not here. */

#include "arguments.h"
#include "base/number.h"
#include "base/quote.h"
#include "base/replace.h"
#include "catalog/selection.h"
#include "commands.h"
#include "document/file.h"
#include "document/formats.h"
#include "document/json.h"
#include "queue.h"
#include "registry.h"
#include "simulate/fit.h"
#include "simulate/machine_file.h"
#include "simulate/rows.h"
#include "simulate/self_check.h"
#include "simulate/standings.h"
#include "simulate/validation.h"

#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Words of a list. */
#define MOST_WORDS 64

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
	bool unchecked;
	struct row_settings settings;
};

/** A machine under a workload, with its table. */
struct table {
	const char *machine_name;
	const struct machine_file *machine;
	const char *workload;
};

/**
 * Splits a list at its commas, in place; a word that is there twice is left out. Ends the program
 * if the list is too long, or has an empty part.
 */
static size_t split(char *list, const char *option, char *words[MOST_WORDS])
{
	size_t count = 0;
	for (char *word; (word = strsep(&list, ","));) {
		size_t same = 0;
		while (same < count && strcmp(words[same], word) != 0) {
			++same;
		}
		if (!*word || same == MOST_WORDS) {
			errx(COMMAND_USAGE, "%s has %s", option,
			     *word ? "too many values" : "an empty part");
		}
		if (same == count) {
			words[count++] = word;
		}
	}
	return count;
}

/** Reads N, or P:C. False if it is neither, or too many. */
static bool parse_threads(char *word, struct simulate_threads *threads)
{
	unsigned long producers = 0;
	unsigned long others;
	char *rest = word;
	strsep(&rest, ":");
	if ((rest && !number_parse(word, 1, SIMULATE_THREADS - 1, &producers)) ||
	    !number_parse(rest ? rest : word, 1, SIMULATE_THREADS - producers, &others)) {
		return false;
	}
	threads->all = (unsigned int)(producers + others);
	threads->producers = (unsigned int)producers;
	return true;
}

/** Threads as a word of --threads. Good until the next call. */
static const char *threads_word(struct simulate_threads threads)
{
	static char word[32];
	int length = threads.producers ? snprintf(word, sizeof(word), "%u:", threads.producers) : 0;
	snprintf(word + length, sizeof(word) - (size_t)length, "%u",
		 threads.all - threads.producers);
	return word;
}

/** Columns that the threads of all rows fit in. */
static int threads_width(const struct row *rows, size_t count)
{
	int width = 4;
	for (size_t i = 0; i < count; ++i) {
		int length = (int)strlen(threads_word(rows[i].threads));
		width = length > width ? length : width;
	}
	return width;
}

/** Reads the numbers of threads, ascending, each once. Ends the program if one is wrong. */
static size_t read_threads(char *list, struct simulate_threads numbers[MOST_WORDS])
{
	char *words[MOST_WORDS];
	size_t word_count = split(list, "--threads", words);
	size_t count = 0;
	for (size_t i = 0; i < word_count; ++i) {
		const char *word = quoted(words[i]);
		struct simulate_threads number;
		if (!parse_threads(words[i], &number)) {
			errx(COMMAND_USAGE,
			     "--threads is '%s', and must be numbers from 1 to %d, or P:C for so "
			     "many producers and consumers",
			     word, SIMULATE_THREADS);
		}
		unsigned int key = simulate_threads_key(number);
		size_t at = 0;
		while (at < count && simulate_threads_key(numbers[at]) < key) {
			++at;
		}
		if (at == count || simulate_threads_key(numbers[at]) != key) {
			memmove(&numbers[at + 1], &numbers[at], (count++ - at) * sizeof(*numbers));
			numbers[at] = number;
		}
	}
	return count;
}

#define PER_ITEM(row, member) row_per_item(row, offsetof(struct simulate_result, member))

/** Transfers of the hottest line of the first run, for each item. */
static double hottest(const struct row *row)
{
	const struct simulate_result *result = row->runs[0].result;
	return result->items ? (double)result->lines[0].transfers / (double)result->items : 0;
}

static void print_row(const struct row *row, int width)
{
	printf("%-15s %*s", row->queue, width, threads_word(row->threads));
	if (!row_is_run(row)) {
		printf("  -  %s\n", row->reason);
		return;
	}
	printf(" %7.2f %7.2f %7.2f %5.2f %4.0f%%", PER_ITEM(row, transfers), hottest(row),
	       PER_ITEM(row, failed_swaps), row->fairness, 100 * row_waiting(row));
	if (row->reason) {
		printf(" %9s %15s", "-", row->most > 0 ? "unfair" : "no item");
	} else {
		printf(" %9.2f %7.2f-%-7.2f", row->median, row->least, row->most);
	}
	printf("  %s\n", row->runs[0].result->lines[0].places[0].name);
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
static void print_leaders(const struct standings *standings, const struct simulate_threads *threads,
			  size_t count)
{
	const char *leads = NULL;
	char changes[1024] = "";
	for (size_t i = 0; i < count; ++i) {
		const struct standing *leader = standings_fastest(standings, threads[i], NULL);
		const struct standing *second =
			leader ? standings_fastest(standings, threads[i], leader) : NULL;
		if (!second) {
			continue;
		}
		printf("%s threads: %s leads, %.2f times as fast as %s%s\n",
		       threads_word(threads[i]), leader->queue, leader->median / second->median,
		       second->queue,
		       standing_is_near(leader, second) ? ": too close to be told apart" : "");
		const char *now = standings_goes_on(standings, leader, leads);
		if (now != leads) {
			leads = now;
			size_t length = strlen(changes);
			snprintf(changes + length, sizeof(changes) - length, "%s %s from %u on",
				 length ? "," : "", leads, threads[i].all);
		}
	}
	if (*changes) {
		printf("Leads until another can be told from it:%s\n", changes);
	}
}

/** Prints what an item costs with each number of threads, and how that grows. */
static void print_growth(const struct standings *standings, const struct simulate_threads *threads,
			 size_t count)
{
	printf("\n%-15s", "NS AN ITEM");
	for (size_t i = 0; i < count; ++i) {
		printf(" %7s", threads_word(threads[i]));
	}
	puts("  A DOUBLING");
	for (size_t i = 0; i < standings->count;) {
		const char *queue = standings->rows[i].queue;
		printf("%-15s", queue);
		for (size_t k = 0; k < count; ++k) {
			const struct standing *row = &standings->rows[i];
			if (i == standings->count || strcmp(row->queue, queue) != 0 ||
			    simulate_threads_key(row->threads) !=
				    simulate_threads_key(threads[k])) {
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

/** Prints the rank errors of the rows that have any. */
static void print_ranks(const struct row *rows, size_t count)
{
	bool titled = false;
	for (size_t i = 0; i < count; ++i) {
		struct rank_error error = row_rank_error(&rows[i]);
		if (error.items == 0) {
			continue;
		}
		if (!titled) {
			printf("%-15s %4s %9s %7s %7s  OLDER ITEMS STILL INSIDE\n", "RANK ERROR",
			       "THR", "MEAN", "P99", "WORST");
			titled = true;
		}
		printf("%-15s %4u %9.2f %7.0f %7.0f\n", rows[i].queue, rows[i].threads.all,
		       error.mean, error.p99, error.worst);
	}
	if (titled) {
		putchar('\n');
	}
}

static void print_table(const struct table *table, const struct row *rows, size_t count)
{
	const struct row_settings *settings = rows->settings;
	int width = threads_width(rows, count);
	printf("Simulated: %s on %s, %lu us of virtual time, %lu seed%s. No result of this "
	       "machine.\nValidated: %s\n\n%-15s %*s %7s %7s %7s %5s %5s %9s %15s  %s\n",
	       table->workload, table->machine_name, settings->microseconds, settings->seeds,
	       number_plural(settings->seeds), table->machine->validated, "QUEUE", width, "THR",
	       "LINES", "HOTTEST", "FAILED", "FAIR", "WAIT", "M ITEMS/S", "OVER SEEDS",
	       "HOTTEST LINE IS AT");
	for (size_t i = 0; i < count; ++i) {
		// What no machine of this size can run is said once
		if (i == 0 || rows[i].runs || rows[i].queue != rows[i - 1].queue ||
		    rows[i].reason != rows[i - 1].reason) {
			print_row(&rows[i], width);
		}
	}
	putchar('\n');
	print_ranks(rows, count);
}

static void explain(const struct table *table, const struct row *row)
{
	const struct simulate_result *result = row->runs[0].result;
	printf("Simulated: %s on %s, %s with %s threads: the hottest lines, and the code that "
	       "takes them\n",
	       table->workload, table->machine_name, row->queue, threads_word(row->threads));
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

/** NULL without memory. */
static json_t *row_json(const struct table *table, const struct row *row)
{
	json_t *json = json_pack("{s:o, s:s, s:o, s:b, s:i, s:o}", "machine",
				 json_bytes(table->machine_name), "workload", table->workload,
				 "queue", json_bytes(row->queue), "floor", row->floor, "threads",
				 (int)row->threads.all, "reason", json_bytes(row->reason));
	int failed = standings_add_shape(json, row->threads);
	if (row_is_run(row)) {
		json_t *runs = json_array();
		for (size_t i = 0; i < row->settings->seeds; ++i) {
			failed |= json_array_append_new(
				runs, json_pack("{s:I, s:I}", "seed",
						(json_int_t)row->runs[i].request.seed, "items",
						(json_int_t)row->runs[i].result->items));
		}
		json_t *found = json_pack(
			"{s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:o, s:o}", "items_per_second",
			rate_json(row, row->median), "items_per_second_least",
			rate_json(row, row->least), "items_per_second_most",
			rate_json(row, row->most), "transfers_per_item", PER_ITEM(row, transfers),
			"failed_swaps_per_item", PER_ITEM(row, failed_swaps), "fairness",
			row->fairness, "waiting", row_waiting(row), "hottest_transfers_per_item",
			hottest(row), "hottest_line",
			json_bytes(row->runs[0].result->lines[0].places[0].name), "runs", runs);
		failed |= json_object_update(json, found);
		json_decref(found);
		struct rank_error error = row_rank_error(row);
		if (error.items > 0) {
			failed |= json_object_set_new(json, "rank_error",
						      json_pack("{s:f, s:f, s:f}", "mean",
								error.mean, "p99", error.p99,
								"worst", error.worst));
		}
	}
	if (failed) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/** Shows the hottest lines of a queue, and simulates no other. */
static void read_explained(struct argp_state *state, const struct setting *setting, char *text,
			   void *member)
{
	(void)setting;
	(void)member;
	struct command_line *line = state->input;
	line->explained = line->queues = text;
}

#define AT(member, read) SETTING(struct command_line, member, read)
static const struct setting option_table[] = {
	{"queues", 'q', "LIST", 0, "Queues (default: the headline)", AT(queues, setting_text)},
	{"threads", 't', "LIST", 0,
	 "Numbers of threads, or P:C for P producers and C consumers (default: "
	 "2,4,8,16,24,32,64,128)",
	 AT(threads, setting_text)},
	{"machine", 0, "LIST", 0,
	 "Machines: names of files that come with qbench, paths, or \"this\" one, measured "
	 "(default: xeon-6132x2,epyc-milan-x2)",
	 AT(machines, setting_text)},
	{"workloads", 0, "LIST", 0, SIMULATE_WORKLOADS " (default: producers_consumers)",
	 AT(workloads, setting_text)},
	{"explain", 0, "QUEUE", 0,
	 "Show the ten hottest lines of a queue, and the source lines that take them",
	 AT(explained, read_explained)},
	{"validate", 0, "FILE", 0,
	 "Simulate the cells of published figures instead, and compare: FILE is CSV with the "
	 "columns machine, workload, threads, queue, items_per_second",
	 AT(figures, setting_text)},
	{"fit", 0, "FILE", 0,
	 "Instead of simulating, print a machine file made from the latencies in FILE (CSV, a "
	 "line and a column for each processor, half a round trip in nanoseconds) or of \"this\" "
	 "machine. The other numbers are those of the first --machine (default: zen3-5950x; of "
	 "this machine one of its vendor's)",
	 AT(fitted, setting_text)},
	{"no-self-check", 0, NULL, 1,
	 "Skip the self-check, which measures and simulates a few queues here, with one and two "
	 "threads, and prints the errors",
	 AT(unchecked, setting_flag)},
	{"time", 0, "US", 1, "Virtual time of a run in microseconds (default: 1000)",
	 AT(settings.microseconds, setting_number), 1, 1000000},
	{"work", 0, "NS", 1,
	 "Work between two operations in nanoseconds, a quarter more or less (default: 0)",
	 AT(settings.work, setting_number), 0, 1000000},
	{"seeds", 0, "N", 1, "Runs of each cell (default: 3)", AT(settings.seeds, setting_number),
	 1, ROWS_SEEDS},
	{"seed", 0, "N", 1, "The first seed (default: 1)", AT(settings.first_seed, setting_number),
	 1, UINT32_MAX},
	{"output", 'o', "FILE", 1, "Write all to FILE, as JSON", AT(output, setting_text)},
	{0},
};

static const struct argp argp = {
	.doc = "Simulates queues on machines that are not here: their code, unchanged, in virtual "
	       "time on a model of caches.\vThe results are no measurements. LINES are line "
	       "transfers an item, FAILED failed compare-and-swaps an item, FAIR the slowest by "
	       "the fastest thread, and WAIT the share of time that threads wait for lines.\n\n"
	       "Exit status: 0 no run failed; 1 a run failed, or the results could not be written; "
	       "2 wrong usage, or FILE cannot be opened; 130 on SIGINT, 143 on SIGTERM, with no "
	       "file written.",
};

/** The parts of the document that --output writes. */
struct parts {
	/** NULL if the user interrupted the self-check. */
	json_t *self_check;
	json_t *machines;
	json_t *rows;
	struct standings_arrays standings;
};

/** Ends the program unless something was added: nothing vanishes in silence. */
static void must_be_added(int result)
{
	if (result != 0) {
		json_lacks_memory();
		err(COMMAND_USAGE, "cannot simulate");
	}
}

/** The document of all parts, which it takes over. Ends the program without memory. */
static json_t *document_of(const struct parts *parts)
{
	json_t *document =
		json_pack("{s:s, s:b, s:f, s:o, s:o, s:o, s:o, s:o, s:o*}", "format",
			  FORMAT_SIMULATION, "simulated", 1, "near_within", STANDING_APART,
			  "machines", parts->machines, "rows", parts->rows, "leaders",
			  parts->standings.leaders, "crossovers", parts->standings.crossovers,
			  "growth", parts->standings.growth, "self_check", parts->self_check);
	must_be_added(document ? 0 : -1);
	return document;
}

/** Tells what was found in a table, and adds it to the parts. */
static void tell(const struct table *table, struct row *rows, size_t count,
		 const struct simulate_threads *threads, size_t thread_count, bool explained,
		 const struct parts *parts)
{
	struct standings standings = make_standings(rows, count);
	for (size_t i = 0; i < count; ++i) {
		must_be_added(json_array_append_new(parts->rows, row_json(table, &rows[i])));
	}
	must_be_added(json_array_append_new(
		parts->machines,
		json_pack("{s:o, s:s, s:i, s:o}", "name", json_bytes(table->machine_name),
			  "workload", table->workload, "processors",
			  (int)table->machine->machine.processors, "validated",
			  json_bytes(table->machine->validated))));
	must_be_added(standings_json(&standings, threads, thread_count, table->machine_name,
				     table->workload, &parts->standings));
	print_table(table, rows, count);
	print_leaders(&standings, threads, thread_count);
	print_growth(&standings, threads, thread_count);
	putchar('\n');
	for (size_t i = 0; explained && i < count; ++i) {
		if (row_is_run(&rows[i])) {
			explain(table, &rows[i]);
		}
	}
	free(standings.rows);
}

/** The status after a failure; ends the program unless the user interrupted it. */
static int give_up(const char *error)
{
	if (error) {
		errx(COMMAND_USAGE, "%s", error);
	}
	if (errno != EINTR) {
		err(COMMAND_USAGE, "cannot simulate");
	}
	return COMMAND_INTERRUPTED;
}

/** Compares with published figures. Returns the exit status. */
static int validate(const struct command_line *line)
{
	struct validation validation;
	char *error;
	if (validation_read(line->figures, &validation, &error) != 0) {
		errx(COMMAND_USAGE, "--validate: %s: %s", quoted(line->figures),
		     error ? error : strerror(ENOMEM));
	}
	int status = 0;
	if (validation_simulate(&validation, &line->settings, &error) != 0) {
		status = give_up(error);
	} else {
		validation_print(&validation, "published", stdout);
		validation_print_sum(&validation, NULL, "published", stdout);
		status = validation.failed ? COMMAND_FAILED : 0;
	}
	validation_free(&validation);
	return status;
}

/**
 * Holds the model against this machine.
 *
 * @param json  receives what it says; stays if the user interrupted
 * @return the exit status
 */
static int check_first(const struct command_line *line, char *const *queues, json_t **json)
{
	struct self_check check = {0};
	if (!line->unchecked && self_check(&check, queues) != 0) {
		self_check_free(&check);
		return give_up(NULL);
	}
	if (line->unchecked) {
		check.skipped = strdup("--no-self-check was given");
	}
	if (check.skipped) {
		printf("Self-check: skipped, because %s.\n\n", check.skipped);
	} else {
		puts("Self-check: this machine with one and two threads, simulated beside "
		     "measured.\n");
		validation_print(&check.validation, "measured", stdout);
		putchar('\n');
	}
	*json = self_check_json(&check);
	must_be_added(*json ? 0 : -1);
	int status = check.validation.failed ? COMMAND_FAILED : 0;
	self_check_free(&check);
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
		char *error = NULL;
		if (fit_read(machines[i], &files[i], &error) != 0) {
			errx(COMMAND_USAGE, "--machine: %s: %s", quoted(machines[i]),
			     error ? error : strerror(ENOMEM));
		}
		for (size_t k = 0; k < workload_count; ++k) {
			if (!selection_has(SIMULATE_WORKLOADS, workloads[k])) {
				errx(COMMAND_USAGE,
				     "the workload %s is not simulated: there "
				     "are " SIMULATE_WORKLOADS,
				     quoted(workloads[k]));
			}
			tables[(*count)++] = (struct table){machines[i], &files[i], workloads[k]};
		}
	}
	return tables;
}

/** Prints a machine file. Returns the exit status. */
static int fit(const struct command_line *line)
{
	char *error = NULL;
	char *bases[MOST_WORDS] = {NULL};
	struct machine_file file;
	if (line->machines && split(line->machines, "--machine", bases) > 1) {
		errx(COMMAND_USAGE, "--machine: --fit takes one machine, and '%s' is one more",
		     quoted(bases[1]));
	}
	if (bases[0] && machine_file_read(bases[0], &file, &error) != 0) {
		errx(COMMAND_USAGE, "--machine: %s: %s", quoted(bases[0]),
		     error ? error : strerror(ENOMEM));
	}
	if ((strcmp(line->fitted, FIT_HERE) == 0
		     ? fit_here(bases[0], &file, stdout, &error)
		     : fit_table(line->fitted, bases[0] ? bases[0] : "zen3-5950x", &file, stdout,
				 &error)) != 0) {
		errx(COMMAND_USAGE, "--fit: %s: %s", quoted(line->fitted),
		     error ? error : strerror(ENOMEM));
	}
	return 0;
}

/** Adds the cells of a table. Ends the program if there is no such queue. */
static void add_table(struct rows *rows, const struct table *table, char *const *queues,
		      const struct simulate_threads *threads, size_t thread_count)
{
	for (; *queues; ++queues) {
		for (size_t i = 0; i < thread_count; ++i) {
			char *error;
			if (rows_add(rows, &table->machine->machine, table->workload, *queues,
				     threads[i], &error) != 0) {
				errx(COMMAND_USAGE, "%s: %s", quoted(*queues),
				     error ? error : strerror(ENOMEM));
			}
		}
	}
}

/** Simulates all tables after the self-check, and tells what was found. Returns the exit status. */
static int simulate(struct command_line *line)
{
	size_t table_count;
	struct simulate_threads threads[MOST_WORDS];
	size_t thread_count = read_threads(line->threads, threads);
	struct table *tables = make_tables(line, &table_count);
	char *error;
	char **queues = selection_queues(line->queues, true, false, &error);
	if (!queues) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	size_t each = 0;
	while (queues[each]) {
		++each;
	}
	each *= thread_count;
	struct rows rows;
	if (rows_create(&rows, table_count * each, &line->settings) != 0) {
		err(COMMAND_USAGE, "cannot simulate");
	}
	for (size_t i = 0; i < table_count; ++i) {
		add_table(&rows, &tables[i], queues, threads, thread_count);
	}
	struct parts parts = {
		.machines = json_array(),
		.rows = json_array(),
		.standings = {json_array(), json_array(), json_array()},
	};
	int status = check_first(line, queues, &parts.self_check);
	if (status != COMMAND_INTERRUPTED && rows_run(&rows) != 0) {
		status = give_up(NULL);
	}
	for (size_t i = 0; status != COMMAND_INTERRUPTED && i < table_count; ++i) {
		tell(&tables[i], &rows.rows[i * each], each, threads, thread_count,
		     line->explained != NULL, &parts);
	}
	for (size_t i = 0; i < rows.count && status == 0; ++i) {
		status = rows.rows[i].failed ? COMMAND_FAILED : 0;
	}
	json_t *document = document_of(&parts);
	if (status != COMMAND_INTERRUPTED && line->output &&
	    document_write(line->output, document) != 0) {
		warn("cannot write %s", quoted(line->output));
		status = COMMAND_FAILED;
	}
	json_decref(document);
	rows_free(&rows);
	registry_names_free(queues);
	// The first table has the first machine
	free((void *)tables[0].machine);
	free(tables);
	return status;
}

int simulate_command(int argc, char **argv)
{
	char defaults[] = "xeon-6132x2,epyc-milan-x2";
	char workloads[] = "producers_consumers";
	char threads[] = "2,4,8,16,24,32,64,128";
	struct command_line line = {
		.workloads = workloads,
		.threads = threads,
		.settings = {.seeds = 3, .first_seed = 1, .microseconds = 1000}};
	settings_parse(option_table, &argp, argc, argv, &line);
	if (line.output && (line.figures || line.fitted)) {
		errx(COMMAND_USAGE, "--validate and --fit print what they find: redirect that "
				    "instead of --output");
	}
	if (line.output && replace_check(line.output) != 0) {
		err(COMMAND_USAGE, "cannot write %s", quoted(line.output));
	}
	if (line.figures) {
		return validate(&line);
	}
	if (line.fitted) {
		return fit(&line);
	}
	line.machines = line.machines ? line.machines : defaults;
	return simulate(&line);
}
