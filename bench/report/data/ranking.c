// SPDX-License-Identifier: MIT

/** Situations, the cells that stand for them, and the order of the queues in each. */

#include "report/data/ranking.h"

#include "base/statistics.h"
#include "results/old/results.h"
#include "results/old/table.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Of a processor, while nothing comes: who uses more does not sleep. */
#define IDLE_SHARE 0.02

// Situations

/** All processors busy, and no more threads than these: the more the better. */
static double fit_pool(const json_t *cell, unsigned int processors)
{
	double threads = (double)report_integer(cell, "threads");
	return threads <= processors ? threads : 1 / threads;
}

static double fit_work(const json_t *cell, unsigned int processors, double work)
{
	double off = fabs(log2((1 + (double)report_integer(cell, "work_ns")) / (1 + work)));
	return off < 1 ? fit_pool(cell, processors) : -1;
}

static double fit_long_work(const json_t *cell, unsigned int processors)
{
	return fit_work(cell, processors, 10000);
}

static double fit_short_work(const json_t *cell, unsigned int processors)
{
	return fit_work(cell, processors, 1000);
}

static double fit_any(const json_t *cell, unsigned int processors)
{
	(void)cell;
	(void)processors;
	return 0;
}

/** One of each. */
static double fit_pair(const json_t *cell, unsigned int processors)
{
	(void)processors;
	return report_integer(cell, "producers") == 1 && report_integer(cell, "consumers") == 1
		       ? 0
		       : -1;
}

/** As many producers as there are processors, and one consumer. */
static double fit_many_to_one(const json_t *cell, unsigned int processors)
{
	long long producers = report_integer(cell, "producers");
	return report_integer(cell, "consumers") == 1 && producers > 1
		       ? -fabs((double)producers - processors) + 1e4
		       : -1;
}

/** Twice as many threads as processors. */
static double fit_oversubscribed(const json_t *cell, unsigned int processors)
{
	bool many = report_integer(cell, "producers") > 1 && report_integer(cell, "consumers") > 1;
	return many && json_is_true(json_object_get(cell, "oversubscribed"))
		       ? -fabs((double)report_integer(cell, "threads") - 2 * processors) + 1e4
		       : -1;
}

static const char *refuse_unbounded(struct report *report, const json_t *cell)
{
	return report_is_bounded(report, figures_text(cell, "queue")) ? NULL : "not bounded";
}

static const char *refuse_busy(struct report *report, const json_t *cell)
{
	(void)report;
	struct figures figures;
	figures_of(&figures, cell);
	return figures.quiet <= IDLE_SHARE ? NULL : "does not sleep";
}

const struct situation situations[] = {
	{"walk", "walk", "Worker pool on directories: the walk itself",
	 "Whole processes of dirwalk on a real tree, with as many workers as there are processors: "
	 "system calls are most of it.",
	 "scripts/bench.sh", NULL, NULL, NULL},
	{"pool-long", "pool, 10 µs", "Worker pool, items of 10 µs",
	 "A recorded walk replayed from memory, with 10 µs of work an item: what a directory "
	 "takes.",
	 "qbench run --workloads=replay", "replay", fit_long_work, NULL},
	{"pool-short", "pool, 1 µs", "Worker pool, items of 1 µs",
	 "The same with 1 µs of work: a pool of small tasks.", "qbench run --workloads=replay",
	 "replay", fit_short_work, NULL},
	{"latency", "there and back", "Hand-off between two threads: time",
	 "An item goes from one thread to another and back.", "qbench run --workloads=pingpong",
	 "pingpong", fit_any, NULL},
	{"rate", "1:1", "Hand-off between two threads: throughput",
	 "One producer, one consumer, as fast as they can.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_pair, NULL},
	{"many-to-one", "N:1", "Many producers, one consumer",
	 "As many producers as there are processors; results travel so.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_many_to_one,
	 NULL},
	{"oversubscribed", "oversubscribed", "More threads than processors",
	 "Producers and consumers, twice as many threads as there are processors.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_oversubscribed,
	 NULL},
	{"idle", "mostly idle", "Mostly idle",
	 "The time from sending an item to its consumer running, of those that take at most 2 % "
	 "of a processor while nothing comes.",
	 "qbench run --workloads=idle", "idle", fit_pair, refuse_busy},
	{"bounded", "bounded, 1:1", "Bounded memory",
	 "One producer, one consumer, and only queues that have a bound.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_pair,
	 refuse_unbounded},
	{0},
};

// Rankings

bool ranking_ties(const struct contender *contender)
{
	return !contender->unranked && (contender->summary.verdict == SUMMARY_BEST ||
					contender->summary.verdict == SUMMARY_TIES);
}

const struct contender *ranking_find(const struct ranking *ranking, const char *queue)
{
	for (size_t i = 0; i < ranking->ranked; ++i) {
		if (strcmp(ranking->contenders[i].queue, queue) == 0) {
			return &ranking->contenders[i];
		}
	}
	return NULL;
}

void ranking_answer(const struct ranking *ranking, char *text, size_t size)
{
	const struct contender *best = ranking->contenders;
	char others[32] = "";
	size_t ties = 0;
	for (size_t i = 1; i < ranking->ranked; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		ties += ranking_ties(contender) && strcmp(contender->queue, best->queue) != 0 &&
			ranking_find(ranking, contender->queue) == contender;
	}
	if (ranking->ranked == 0) {
		snprintf(text, size, "–");
		return;
	}
	if (ties > 0) {
		snprintf(others, sizeof(others), " (%zu %s)", ties, ties == 1 ? "tie" : "ties");
	}
	snprintf(text, size, "%s%s%s%s%s", best->summary.verdict == SUMMARY_TOO_FEW ? "? " : "",
		 best->queue, *best->wait ? ", " : "", best->wait, others);
}

const struct contender *ranking_worst(const struct ranking *ranking)
{
	for (size_t i = ranking->ranked; i-- > 0;) {
		const struct contender *contender = &ranking->contenders[i];
		if (ranking_find(ranking, contender->queue) == contender) {
			return contender;
		}
	}
	return NULL;
}

enum ranking_choice ranking_choice(const struct ranking *ranking)
{
	if (ranking->ranked == 0 || ranking->contenders[0].summary.verdict == SUMMARY_TOO_FEW) {
		return RANKING_UNDECIDED;
	}
	if (ranking_worst(ranking)->cost < RANKING_WORTH) {
		return RANKING_FREE;
	}
	for (size_t i = 0; i < ranking->ranked; ++i) {
		const struct contender *best = ranking_find(ranking, ranking->contenders[i].queue);
		if (!ranking_ties(best)) {
			return RANKING_MATTERS;
		}
	}
	return RANKING_UNTOLD;
}

void ranking_destroy(struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; ++i) {
		free(ranking->contenders[i].values);
	}
	free(ranking->contenders);
	*ranking = (struct ranking){0};
}

/** Ranked ones first, those by their cost. */
static int compare_contenders(const void *left, const void *right)
{
	const struct contender *a = left;
	const struct contender *b = right;
	if (!a->unranked != !b->unranked) {
		return a->unranked ? 1 : -1;
	}
	if (!a->unranked && a->cost != b->cost) {
		return a->cost > b->cost ? 1 : -1;
	}
	return strcmp(a->queue, b->queue);
}

/** Compare those that are ranked, and sort. 0, or -1 with errno. */
static int rank(struct ranking *ranking)
{
	int result = -1;
	struct summary_row *rows = calloc(ranking->count + 1, sizeof(*rows));
	struct summary *summaries = calloc(ranking->count + 1, sizeof(*summaries));
	if (!rows || !summaries) {
		goto out;
	}
	size_t count = 0;
	for (size_t i = 0; i < ranking->count; ++i) {
		struct contender *contender = &ranking->contenders[i];
		contender->cost = NAN;
		if (!contender->unranked) {
			rows[count++] = (struct summary_row){
				.values = contender->values,
				.count = contender->count,
				.higher_is_better = ranking->higher_is_better,
			};
		}
	}
	ranking->ranked = count;
	if (count > 0 && summary_of_group(rows, count, 1, summaries) != 0) {
		goto out;
	}
	count = 0;
	for (size_t i = 0; i < ranking->count; ++i) {
		struct contender *contender = &ranking->contenders[i];
		if (!contender->unranked) {
			contender->summary = summaries[count++];
			double ratio = contender->summary.ratio_to_best;
			contender->cost = ranking->higher_is_better ? 1 / ratio : ratio;
		}
	}
	if (ranking->count > 0) {
		qsort(ranking->contenders, ranking->count, sizeof(*ranking->contenders),
		      compare_contenders);
	}
	result = 0;

out:
	free(summaries);
	free(rows);
	return result;
}

static struct contender *add_contender(struct ranking *ranking, struct report *report,
				       const char *queue)
{
	struct contender *contender = &ranking->contenders[ranking->count++];
	*contender = (struct contender){
		.queue = queue,
		.wait = "",
		.unranked = report_is_fifo(report, queue) ? NULL : "another order than FIFO",
	};
	return contender;
}

/** Rank the cells of a group. 0, or -1 with errno. */
static int rank_group(struct report *report, const struct results_group *group,
		      const char *(*refuse)(struct report *report, const json_t *cell),
		      struct ranking *ranking)
{
	const json_t *cells = json_object_get(ranking->file->document, "cells");
	ranking->contenders = calloc(group->count + 1, sizeof(*ranking->contenders));
	if (!ranking->contenders) {
		return -1;
	}
	table_describe(json_array_get(cells, group->cells[0]), ranking->what,
		       sizeof(ranking->what));
	for (size_t i = 0; i < group->count; ++i) {
		const json_t *cell = json_array_get(cells, group->cells[i]);
		struct summary_row row;
		if (json_is_true(json_object_get(cell, "floor"))) {
			continue;
		}
		if (results_row(cell, &row) != 0) {
			return -1;
		}
		struct contender *contender =
			add_contender(ranking, report, figures_text(cell, "queue"));
		contender->cell = cell;
		contender->wait = figures_text(cell, "wait");
		contender->values = (double *)row.values;
		contender->count = row.count;
		ranking->higher_is_better = row.higher_is_better;
		const char *refusal = refuse ? refuse(report, cell) : NULL;
		if (row.void_row || row.count == 0) {
			contender->unranked = row.void_row ? "void" : "no numbers";
		} else if (refusal && !contender->unranked) {
			contender->unranked = refusal;
		}
	}
	return rank(ranking);
}

int ranking_of_group(struct report *report, const struct report_file *file,
		     const struct results_group *group, struct ranking *ranking)
{
	*ranking = (struct ranking){.file = file};
	int result = rank_group(report, group, NULL, ranking);
	if (result != 0) {
		ranking_destroy(ranking);
	}
	return result;
}

static int rank_cells(struct report *report, size_t machine, const struct situation *situation,
		      struct ranking *ranking)
{
	ranking->file = report_run(report, machine, situation->workload);
	if (!ranking->file) {
		return 0;
	}
	size_t count;
	struct results_group *groups = results_groups(ranking->file->document, &count);
	if (!groups) {
		return -1;
	}
	const json_t *cells = json_object_get(ranking->file->document, "cells");
	const struct results_group *best = NULL;
	double best_fit = -1;
	for (size_t i = 0; i < count; ++i) {
		const json_t *cell = json_array_get(cells, groups[i].cells[0]);
		if (!report_is_workload(cell, situation->workload) || !report_is_plain(cell)) {
			continue;
		}
		double fit = situation->fit(cell, report->machines[machine].processors);
		if (fit > best_fit) {
			best = &groups[i];
			best_fit = fit;
		}
	}
	int result = best ? rank_group(report, best, situation->refusal, ranking) : 0;
	results_groups_free(groups, count);
	return result;
}

// Walks

/** The workers of the rows to rank: as many as processors, or nearly. */
static long long choose_threads(const json_t *rows, unsigned int processors)
{
	// Where the machine is not known, all there are
	long long wanted = processors ? processors : LLONG_MAX / 2;
	long long chosen = 0;
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		long long threads = report_integer(row, "threads");
		// Other programs have threads too, and no queue
		if (threads > 0 && json_is_string(json_object_get(row, "queue")) &&
		    (!chosen || llabs(threads - wanted) < llabs(chosen - wanted))) {
			chosen = threads;
		}
	}
	return chosen;
}

static int add_walk(struct ranking *ranking, struct report *report, const json_t *row)
{
	const json_t *seconds = json_object_get(row, "seconds");
	struct contender *contender = add_contender(ranking, report, figures_text(row, "queue"));
	const char *result_queue = json_string_value(json_object_get(row, "result_queue"));
	contender->values = calloc(json_array_size(seconds) + 1, sizeof(*contender->values));
	if (!contender->values) {
		return -1;
	}
	size_t i;
	json_t *second;
	json_array_foreach(seconds, i, second)
	{
		contender->values[contender->count++] = json_number_value(second) * 1e9;
	}
	if (strchr(figures_text(row, "label"), '+') ||
	    (result_queue && strcmp(result_queue, contender->queue) != 0)) {
		contender->unranked = "with another queue for results";
	}
	return 0;
}

/**
 * A walk is slower than the best one only if it also is by more than the deviations of both
 * together: runs of one command stand side by side in time, and their ranks say too much.
 */
static void doubt_walks(struct ranking *ranking)
{
	struct contender *best = ranking->contenders;
	for (size_t i = 1; i < ranking->ranked; ++i) {
		struct contender *contender = &ranking->contenders[i];
		double deviations = 0;
		if (best->count > 1 && contender->count > 1) {
			deviations =
				statistics_standard_deviation(best->values, best->count) +
				statistics_standard_deviation(contender->values, contender->count);
		}
		if (contender->summary.verdict == SUMMARY_SLOWER &&
		    contender->summary.median - best->summary.median <= deviations) {
			contender->summary.verdict = SUMMARY_TIES;
		}
	}
}

static int rank_walks(struct report *report, size_t machine, struct ranking *ranking)
{
	for (size_t i = 0; i < report->count && !ranking->file; ++i) {
		const struct report_file *file = &report->files[i];
		const json_t *rows = json_object_get(file->document, "rows");
		long long threads = choose_threads(rows, report->machines[machine].processors);
		if (file->kind != REPORT_WALK || file->machine != machine || threads == 0) {
			continue;
		}
		ranking->file = file;
		ranking->contenders =
			calloc(json_array_size(rows) + 1, sizeof(*ranking->contenders));
		if (!ranking->contenders) {
			return -1;
		}
		snprintf(ranking->what, sizeof(ranking->what), "dirwalk with %lld worker%s",
			 threads, threads == 1 ? "" : "s");
		size_t j;
		json_t *row;
		json_array_foreach(rows, j, row)
		{
			if (report_integer(row, "threads") == threads &&
			    json_is_string(json_object_get(row, "queue")) &&
			    add_walk(ranking, report, row) != 0) {
				return -1;
			}
		}
	}
	if (rank(ranking) != 0) {
		return -1;
	}
	doubt_walks(ranking);
	return 0;
}

int ranking_of(struct report *report, size_t machine, const struct situation *situation,
	       struct ranking *ranking)
{
	*ranking = (struct ranking){0};
	int result = situation->workload ? rank_cells(report, machine, situation, ranking)
					 : rank_walks(report, machine, ranking);
	if (result != 0) {
		ranking_destroy(ranking);
	}
	return result;
}
