// SPDX-License-Identifier: MIT

/** The order of queues in a situation. */

#include "report/data/ranking.h"

#include "report/data/cells.h"
#include "report/data/contracts.h"
#include "results/words.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ranking_is(const struct contender *contender, enum verdict verdict)
{
	return !contender->unranked && contender->summary.verdict == verdict;
}

size_t ranking_count(const struct ranking *ranking, enum verdict verdict)
{
	size_t count = 0;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		count += ranking_is(contender, verdict) &&
			 ranking_find(ranking, contender->queue) == contender;
	}
	return count;
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
	if (ranking->ranked == 0) {
		snprintf(text, size, "–");
		return;
	}
	char others[64] = "";
	size_t good = ranking_count(ranking, VERDICT_AS_GOOD);
	size_t undecided = ranking_count(ranking, VERDICT_UNDECIDED);
	if (good > 0 && undecided > 0) {
		snprintf(others, sizeof(others), " (%zu as good, %zu undecided)", good, undecided);
	} else if (good + undecided > 0) {
		snprintf(others, sizeof(others), " (%zu %s)", good + undecided,
			 good > 0 ? "as good" : "undecided");
	}
	snprintf(text, size, "%s%s%s%s", best->queue, *best->wait ? ", " : "", best->wait, others);
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
	if (ranking->ranked == 0) {
		return RANKING_NOTHING;
	}
	if (ranking_count(ranking, VERDICT_SLOWER) > 0) {
		return RANKING_MATTERS;
	}
	return ranking_count(ranking, VERDICT_UNDECIDED) > 0 ? RANKING_UNTOLD : RANKING_FREE;
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
	// Another may cost less by chance than what costs least by all cells of its rounds
	if (ranking_is(a, VERDICT_BEST) != ranking_is(b, VERDICT_BEST)) {
		return ranking_is(a, VERDICT_BEST) ? -1 : 1;
	}
	if (!a->unranked && a->cost != b->cost) {
		return a->cost > b->cost ? 1 : -1;
	}
	return strcmp(a->queue, b->queue);
}

/** Compares those that are ranked, and sorts. 0, or -1 with errno. */
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
				.rounds = contender->rounds,
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
			contender->cost = contender->summary.ratio;
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

/** Adds a contender of a situation in which order counts, or does not. */
static struct contender *add_contender(struct ranking *ranking, const struct report *report,
				       const char *queue, bool order_counts)
{
	struct contender *contender = &ranking->contenders[ranking->count++];
	bool fifo = report_is_fifo(report, queue);
	*contender = (struct contender){
		.queue = queue,
		.wait = "",
		.relaxed = !fifo && !order_counts,
		.unranked = !fifo && order_counts ? "another order than FIFO" : NULL,
	};
	return contender;
}

/** Can values be divided by each other? */
static bool are_positive(const double *values, size_t count)
{
	for (size_t i = 0; i < count; ++i) {
		if (!(values[i] > 0 && isfinite(values[i]) && isfinite(1 / values[i]))) {
			return false;
		}
	}
	return true;
}

/** Ranks the cells of a group. 0, or -1 with errno. */
static int rank_group(const struct report *report, const struct run_group *group,
		      const char *(*refuse)(const struct report *report,
					    const struct run_cell *cell),
		      struct ranking *ranking)
{
	const struct run_cell *cells = ranking->file->run->cells;
	ranking->contenders = calloc(group->count + 1, sizeof(*ranking->contenders));
	if (!ranking->contenders) {
		return -1;
	}
	words_describe(&cells[group->cells[0]], ranking->what, sizeof(ranking->what));
	for (size_t i = 0; i < group->count; ++i) {
		const struct run_cell *cell = &cells[group->cells[i]];
		struct summary_row row;
		if (cell->floor) {
			continue;
		}
		if (run_cell_row(cell, &row) != 0) {
			return -1;
		}
		struct contender *contender =
			add_contender(ranking, report, cell->cell.queue, cell->order_counts);
		contender->cell = cell;
		contender->wait = channel_wait_name(cell->cell.wait);
		contender->values = (double *)row.values;
		contender->rounds = row.rounds;
		contender->count = row.count;
		ranking->higher_is_better = row.higher_is_better;
		const char *refusal = refuse ? refuse(report, cell) : NULL;
		if (row.void_row || row.count == 0) {
			contender->unranked = row.void_row ? "void" : "no numbers";
		} else if (!are_positive(row.values, row.count)) {
			contender->unranked = "a sample without items";
		} else if (refusal && !contender->unranked) {
			contender->unranked = refusal;
		}
	}
	return rank(ranking);
}

int ranking_of_group(const struct report *report, const struct report_file *file,
		     const struct run_group *group, struct ranking *ranking)
{
	*ranking = (struct ranking){.file = file};
	int result = rank_group(report, group, NULL, ranking);
	if (result != 0) {
		ranking_destroy(ranking);
	}
	return result;
}

static int rank_cells(const struct report *report, size_t machine,
		      const struct situation *situation, struct ranking *ranking)
{
	ranking->file = report_run(report, machine, situation->workload);
	if (!ranking->file) {
		return 0;
	}
	size_t count;
	struct run_group *groups = run_groups(ranking->file->run, &count);
	if (!groups) {
		return -1;
	}
	const struct run_group *best = NULL;
	double best_fit = -1;
	for (size_t i = 0; i < count; ++i) {
		const struct run_cell *cell = &ranking->file->run->cells[groups[i].cells[0]];
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
	run_groups_free(groups, count);
	return result;
}

// Walks

/** Workers of the rows to rank: as many as processors, or nearly. 0 without a queue. */
static long long choose_threads(const struct walks *walks, unsigned int processors)
{
	// Machine unknown: the largest number there is
	long long wanted = processors ? processors : LLONG_MAX / 2;
	long long chosen = 0;
	for (size_t i = 0; walks && i < walks->count; ++i) {
		long long threads = walks->rows[i].threads;
		// Other programs have threads too, and no queue
		if (threads > 0 && walks->rows[i].queue &&
		    (!chosen || llabs(threads - wanted) < llabs(chosen - wanted))) {
			chosen = threads;
		}
	}
	return chosen;
}

/** 0, or -1 with ENOMEM. */
static int add_walk(struct ranking *ranking, const struct report *report, const struct walk *walk)
{
	struct contender *contender = add_contender(ranking, report, walk->queue, false);
	contender->values = calloc(walk->round_count + 1, sizeof(*contender->values));
	if (!contender->values) {
		return -1;
	}
	for (size_t i = 0; i < walk->round_count; ++i) {
		contender->values[contender->count++] = walk->rounds[i] * 1e9;
	}
	contender->unranked = walk->failure;
	if (walk->result_queue && strcmp(walk->result_queue, walk->queue) != 0) {
		contender->results = walk->result_queue;
	}
	if (walk->stats_count > 0) {
		contender->wait = walk->stats[0].wait;
	}
	return 0;
}

static int rank_walks(const struct report *report, size_t machine, struct ranking *ranking)
{
	for (size_t i = 0; i < report->count && !ranking->file; ++i) {
		const struct report_file *file = &report->files[i];
		const struct walks *walks = file->walks;
		long long threads = choose_threads(walks, report->machines[machine].processors);
		if (file->machine != machine || threads == 0) {
			continue;
		}
		ranking->file = file;
		ranking->contenders = calloc(walks->count + 1, sizeof(*ranking->contenders));
		if (!ranking->contenders) {
			return -1;
		}
		snprintf(ranking->what, sizeof(ranking->what), "dirwalk with %lld worker%s",
			 threads, threads == 1 ? "" : "s");
		for (size_t j = 0; j < walks->count; ++j) {
			const struct walk *walk = &walks->rows[j];
			if (walk->threads == threads && walk->queue &&
			    add_walk(ranking, report, walk) != 0) {
				return -1;
			}
		}
	}
	return rank(ranking);
}

int ranking_of(const struct report *report, size_t machine, const struct situation *situation,
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
