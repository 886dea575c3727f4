// SPDX-License-Identifier: MIT

#include "simulate/rows.h"

#include "base/statistics.h"
#include "registry.h"
#include "workload/loop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Throughput of a blocking queue is not told below this share of the slowest by the fastest. */
#define FAIR 0.05
/** Accesses of a run: a run that takes more is given up. */
#define MOST_ACCESSES 2000000000
/** Items that a queue must hold, as `qbench run` has it. */
#define CAPACITY 4096

int rows_create(struct rows *rows, size_t most, const struct row_settings *settings)
{
	*rows = (struct rows){.settings = settings,
			      .rows = calloc(most + 1, sizeof(*rows->rows)),
			      .jobs = calloc(most * settings->seeds + 1, sizeof(*rows->jobs))};
	if (!rows->rows || !rows->jobs) {
		rows_free(rows);
		return -1;
	}
	return 0;
}

void rows_free(struct rows *rows)
{
	free(rows->rows);
	free(rows->jobs);
	*rows = (struct rows){0};
}

/** Why a cell has no number; NULL if it has one. */
static const char *refusal(const struct row *row, const struct simulate_machine *machine,
			   const char *workload)
{
	if (!simulate_has_module(row->queue)) {
		return "no simulating module: it calls compiled code of a library or of the "
		       "system, which has no hooks, or this build has a sanitizer";
	}
	unsigned int threads = row->threads.all;
	bool split = strcmp(workload, "producers_consumers") == 0;
	unsigned int producers = row->threads.producers ? row->threads.producers : threads / 2;
	if (row->threads.producers && !split) {
		return "all its threads do both";
	}
	if (threads < 2 && !row->settings->one_thread) {
		return "one thread is measured, not simulated";
	}
	// One more runs the pool
	unsigned int all = threads + (strcmp(workload, "replay") == 0);
	if (all > machine->processors) {
		return "more threads than processors";
	}
	const struct queue_type *type = row->type;
	if ((type->max_producers && (split ? producers : threads) > type->max_producers) ||
	    (type->max_consumers && threads - (split ? producers : 0) > type->max_consumers)) {
		return "the queue allows fewer threads";
	}
	return NULL;
}

int rows_add(struct rows *rows, const struct simulate_machine *machine, const char *workload,
	     const char *queue, struct simulate_threads threads, char **error)
{
	const struct row_settings *settings = rows->settings;
	const struct registry_queue *found = registry_find(queue, error);
	if (!found) {
		return -1;
	}
	struct row *row = &rows->rows[rows->count++];
	*row = (struct row){.settings = settings,
			    .queue = queue,
			    .threads = threads,
			    .type = found->pool->queue,
			    .floor = found->bench && found->bench->floor};
	row->reason = refusal(row, machine, workload);
	if (row->reason) {
		return 0;
	}
	row->runs = &rows->jobs[rows->job_count];
	for (unsigned long seed = 0; seed < settings->seeds; ++seed) {
		rows->jobs[rows->job_count++] = (struct simulate_job){
			.queue = queue,
			.request = {.machine = machine,
				    .workload = workload,
				    .threads = threads.all,
				    .producers = threads.producers,
				    .capacity = CAPACITY,
				    .work = settings->work,
				    .seed = settings->first_seed + seed,
				    .warm_up = (int64_t)settings->microseconds * 200000,
				    .window = (int64_t)settings->microseconds * 1000000,
				    .most = MOST_ACCESSES,
				    // Tables name the places of the first run
				    .unnamed = seed > 0}};
	}
	return 0;
}

/** Sums the runs of a row up. */
static void summarize(struct row *row)
{
	double rates[ROWS_SEEDS];
	double fairness[ROWS_SEEDS];
	size_t seeds = row->settings->seeds;
	for (size_t i = 0; i < seeds; ++i) {
		const struct simulate_result *result = row->runs[i].result;
		if (result->failure[0]) {
			row->reason = result->failure;
			row->failed = true;
			return;
		}
		rates[i] = (double)result->items / (double)row->settings->microseconds;
		fairness[i] = result->most_items
				      ? (double)result->fewest_items / (double)result->most_items
				      : 0;
	}
	qsort(rates, seeds, sizeof(*rates), statistics_compare);
	qsort(fairness, seeds, sizeof(*fairness), statistics_compare);
	row->median = (rates[seeds / 2] + rates[(seeds - 1) / 2]) / 2;
	row->least = rates[0];
	row->most = rates[seeds - 1];
	row->fairness = fairness[seeds / 2];
	if (row->most == 0) {
		row->reason = "no item came out in the window: --time is too short";
	} else if ((row->type->enqueue_progress == QUEUE_BLOCKING ||
		    row->type->dequeue_progress == QUEUE_BLOCKING) &&
		   row->fairness < FAIR) {
		row->reason = "unfair: luck decides the throughput";
	}
}

int rows_run(struct rows *rows)
{
	if (simulate_jobs(rows->jobs, rows->job_count) != 0) {
		return -1;
	}
	for (size_t i = 0; i < rows->count; ++i) {
		if (rows->rows[i].runs) {
			summarize(&rows->rows[i]);
		}
	}
	return 0;
}

bool row_is_run(const struct row *row)
{
	return row->runs && row->runs->result && !row->failed;
}

double row_per_item(const struct row *row, size_t member)
{
	uint64_t sum = 0;
	uint64_t items = 0;
	for (size_t i = 0; i < row->settings->seeds; ++i) {
		const struct simulate_result *result = row->runs[i].result;
		sum += *(const uint64_t *)((const char *)result + member);
		items += result->items;
	}
	return items ? (double)sum / (double)items : 0;
}

double row_waiting(const struct row *row)
{
	double sum = 0;
	for (size_t i = 0; i < row->settings->seeds; ++i) {
		sum += (double)row->runs[i].result->waited;
	}
	return sum / (double)row->settings->seeds /
	       ((double)row->settings->microseconds * 1e6 * row->threads.all);
}

struct rank_error row_rank_error(const struct row *row)
{
	struct rank_error all = {0};
	unsigned long seeds = row->settings->seeds;
	for (unsigned long i = 0; row_is_run(row) && i < seeds; ++i) {
		const struct rank_error *one = &row->runs[i].result->rank_error;
		if (one->items > 0) {
			all.mean += one->mean / (double)seeds;
			all.p99 += one->p99 / (double)seeds;
			all.worst = fmax(all.worst, one->worst);
			all.items += one->items;
		}
	}
	return all;
}
