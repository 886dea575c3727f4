// SPDX-License-Identifier: MIT

/** The order of queues in a situation. */

#include "report/data/ranking.h"

#include "report/data/cells.h"
#include "report/data/contracts.h"
#include "results/figures.h"
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
		count += contender->stands && ranking_is(contender, verdict);
	}
	return count;
}

bool ranking_is_open(const struct contender *contender)
{
	return ranking_is(contender, VERDICT_UNDECIDED) || ranking_is(contender, VERDICT_HIDDEN);
}

size_t ranking_open(const struct ranking *ranking)
{
	return ranking_count(ranking, VERDICT_UNDECIDED) + ranking_count(ranking, VERDICT_HIDDEN);
}

bool ranking_is_decided(const struct ranking *ranking)
{
	return verdict_names_best(ranking_open(ranking),
				  ranking_count(ranking, VERDICT_AS_GOOD) +
					  ranking_count(ranking, VERDICT_SLOWER));
}

const struct contender *ranking_find(const struct ranking *ranking, const char *queue)
{
	const struct contender *found = NULL;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		const struct contender *contender = &ranking->contenders[i];
		if (strcmp(contender->queue, queue) == 0 &&
		    (!found ||
		     (ranking_is(contender, VERDICT_AS_GOOD) && ranking_is_open(found)))) {
			found = contender;
		}
	}
	return found;
}

void ranking_answer(const struct ranking *ranking, char *text, size_t size)
{
	const struct contender *best = ranking->contenders;
	if (ranking->ranked == 0) {
		snprintf(text, size, "–");
		return;
	}
	if (!ranking_is_decided(ranking)) {
		snprintf(text, size, "undecided among %zu", ranking_open(ranking) + 1);
		return;
	}
	static const enum verdict shown[] = {VERDICT_AS_GOOD, VERDICT_UNDECIDED, VERDICT_HIDDEN};
	char others[96] = "";
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); ++i) {
		size_t count = ranking_count(ranking, shown[i]);
		if (count > 0) {
			words_append(others, sizeof(others), "%s%zu %s", *others ? ", " : " (",
				     count, verdict_name(shown[i]));
		}
	}
	snprintf(text, size, "%s%s%s%s%s", best->queue, *best->wait ? ", " : "", best->wait, others,
		 *others ? ")" : "");
}

const struct contender *ranking_worst(const struct ranking *ranking)
{
	for (size_t i = ranking->ranked; i-- > 0;) {
		if (ranking->contenders[i].stands) {
			return &ranking->contenders[i];
		}
	}
	return NULL;
}

void ranking_destroy(struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; ++i) {
		summary_row_destroy(&ranking->contenders[i].row);
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
	if (!a->unranked && isnan(a->cost) != isnan(b->cost)) {
		return isnan(a->cost) ? 1 : -1;
	}
	if (!a->unranked && a->cost != b->cost && !isnan(a->cost)) {
		return a->cost > b->cost ? 1 : -1;
	}
	return strcmp(a->queue, b->queue);
}

/** Sorts, and finds the contenders that stand for their queues. */
static void sort(struct ranking *ranking)
{
	if (ranking->count > 0) {
		qsort(ranking->contenders, ranking->count, sizeof(*ranking->contenders),
		      compare_contenders);
	}
	for (size_t i = 0; i < ranking->count; ++i) {
		struct contender *contender = &ranking->contenders[i];
		contender->stands = ranking_find(ranking, contender->queue) == contender;
	}
}

/** Ranks by what the cells say in their run, where nothing else is asked for. */
static void rank_as_measured(struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; ++i) {
		struct contender *contender = &ranking->contenders[i];
		contender->cost = NAN;
		if (!contender->unranked) {
			contender->summary = contender->cell->summary;
			contender->cost = contender->summary.ratio;
			++ranking->ranked;
		}
	}
	sort(ranking);
}

/** Compares those that are ranked, and sorts. 0, or -1 with errno. */
static int rank(struct ranking *ranking, bool needed)
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
			rows[count++] = contender->row;
		}
	}
	ranking->ranked = count;
	double floor = ranking->higher_is_better ? 1e9 / ranking->floor : ranking->floor;
	bool hides = needed && ranking->floor > 0;
	if (hides) {
		rows[count] = (struct summary_row){
			.values = &floor,
			.count = 1,
			.higher_is_better = ranking->higher_is_better,
			.floor = true,
		};
	}
	// Of one run, the summaries that it made
	uint64_t seed = ranking->file && ranking->file->run ? run_seed(ranking->file->run) : 0;
	if (count > 0 && summary_of_group(rows, count + hides, seed, needed, summaries) != 0) {
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
	sort(ranking);
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

/** Takes the cells of a group, in any situation with NULL. 0, or -1 with errno. */
static int take_group(const struct report *report, const struct run_group *group,
		      const struct situation *situation, struct ranking *ranking)
{
	const struct run_cell *cells = ranking->file->run->cells;
	ranking->contenders = calloc(group->count + 1, sizeof(*ranking->contenders));
	if (!ranking->contenders) {
		return -1;
	}
	words_describe(&cells[group->cells[0]], ranking->what, sizeof(ranking->what));
	for (size_t i = 0; i < group->count; ++i) {
		const struct run_cell *cell = &cells[group->cells[i]];
		if (cell->floor) {
			struct figures figures;
			figures_of(&figures, cell);
			ranking->floor = ranking->floor > 0 ? fmin(ranking->floor, figures.cost)
							    : figures.cost;
			continue;
		}
		struct contender *contender =
			add_contender(ranking, report, cell->cell.queue, cell->order_counts);
		struct summary_row *row = &contender->row;
		if (run_cell_row(cell, row) != 0) {
			return -1;
		}
		contender->cell = cell;
		contender->wait = channel_wait_name(cell->cell.wait);
		ranking->higher_is_better = row->higher_is_better;
		const char *refusal =
			situation && situation->refusal ? situation->refusal(report, cell) : NULL;
		if (row->void_row || row->count == 0) {
			contender->unranked = row->void_row ? "void" : "no numbers";
		} else if (!are_positive(row->values, row->count)) {
			contender->unranked = "a sample without items";
		} else if (refusal && !contender->unranked) {
			contender->unranked = refusal;
		}
	}
	return 0;
}

int ranking_of_group(const struct report *report, const struct report_file *file,
		     const struct run_group *group, struct ranking *ranking)
{
	*ranking = (struct ranking){.file = file};
	if (take_group(report, group, NULL, ranking) != 0) {
		ranking_destroy(ranking);
		return -1;
	}
	rank_as_measured(ranking);
	return 0;
}

/**
 * How well a cell of a queue stands for a situation; -1 if it does not. A cell without numbers is
 * between -1 and 0: it stands where no cell has any, to say why.
 */
static double fit_of(const struct report *report, size_t machine, const struct situation *situation,
		     const struct run_cell *cell)
{
	if (!report_is_workload(cell, situation->workload) || !report_is_plain(cell) ||
	    cell->floor || cell->sample_count == 0) {
		return -1;
	}
	double fit = situation->fit(cell, report->machines[machine].processors);
	return fit < 0 ? -1 : isnan(cell->summary.median) ? -1 / (2 + fit) : fit;
}

/** The same of a group, by its cell that does best. */
static double fit_of_group(const struct report *report, size_t machine,
			   const struct situation *situation, const struct run *run,
			   const struct run_group *group)
{
	double best = -1;
	for (size_t i = 0; i < group->count; ++i) {
		best = fmax(best, fit_of(report, machine, situation, &run->cells[group->cells[i]]));
	}
	return best;
}

/** True if that is what the group measures, in plain cells. */
static bool is_described(const struct run *run, const struct run_group *group, const char *what)
{
	const struct run_cell *cell = &run->cells[group->cells[0]];
	char text[sizeof(((struct ranking *)NULL)->what)];
	words_describe(cell, text, sizeof(text));
	return strcmp(text, what) == 0 && report_is_plain(cell);
}

/**
 * Takes the cells of a file in the group that fits the situation best, or that measures `what` if
 * that is not NULL, even if all of it failed. 0, or -1 with errno.
 */
static int take_cells(const struct report *report, size_t machine,
		      const struct situation *situation, const char *what, struct ranking *ranking)
{
	const struct run *run = ranking->file->run;
	size_t count;
	struct run_group *groups = run_groups(run, &count);
	if (!groups) {
		return -1;
	}
	const struct run_group *best = NULL;
	double best_fit = -1;
	for (size_t i = 0; i < count; ++i) {
		double fit = !what ? fit_of_group(report, machine, situation, run, &groups[i])
			     : is_described(run, &groups[i], what) ? 0
								   : -1;
		if (fit > best_fit) {
			best = &groups[i];
			best_fit = fit;
		}
	}
	int result = best ? take_group(report, best, situation, ranking) : 0;
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

/** Adds the time of a walk in each round, times `unit` in nanoseconds. NULL with ENOMEM. */
static struct contender *add_times(struct ranking *ranking, const struct report *report,
				   const char *queue, const double *times, size_t count,
				   double unit)
{
	struct contender *contender = add_contender(ranking, report, queue, false);
	if (summary_row_create(&contender->row, count) != 0) {
		return NULL;
	}
	for (size_t i = 0; i < count; ++i) {
		summary_row_add(&contender->row, times[i] * unit, (double)i, SAMPLE_STATELESS, NAN);
	}
	return contender;
}

/** 0, or -1 with ENOMEM. */
static int add_walk(struct ranking *ranking, const struct report *report, const struct walk *walk)
{
	struct contender *contender =
		add_times(ranking, report, walk->queue, walk->rounds, walk->round_count, 1e9);
	if (!contender) {
		return -1;
	}
	contender->unranked = walk->failure;
	contender->command = walk->command;
	if (walk->result_queue && strcmp(walk->result_queue, walk->queue) != 0) {
		contender->results = walk->result_queue;
	}
	if (walk->stats_count > 0) {
		contender->wait = walk->stats[0].wait;
	}
	return 0;
}

/** Takes the walks of a file. 0, or -1 with errno. */
static int take_walks(const struct report *report, size_t machine, struct ranking *ranking)
{
	const struct walks *walks = ranking->file->walks;
	long long threads = choose_threads(walks, report->machines[machine].processors);
	ranking->contenders = calloc(walks->count + 1, sizeof(*ranking->contenders));
	if (!ranking->contenders) {
		return -1;
	}
	snprintf(ranking->what, sizeof(ranking->what), "dirwalk with %lld worker%s", threads,
		 threads == 1 ? "" : "s");
	for (size_t i = 0; i < walks->count; ++i) {
		const struct walk *walk = &walks->rows[i];
		if (walk->threads == threads && walk->queue &&
		    add_walk(ranking, report, walk) != 0) {
			return -1;
		}
	}
	return 0;
}

int ranking_of_tree(const struct report *report, const struct tree *tree, struct ranking *ranking)
{
	*ranking = (struct ranking){.contenders =
					    calloc(tree->count + 1, sizeof(*ranking->contenders))};
	int result = ranking->contenders ? 0 : -1;
	for (size_t i = 0; i < tree->count && result == 0; ++i) {
		const struct tree_row *row = &tree->rows[i];
		if (!row->rival &&
		    !add_times(ranking, report, row->name, row->rounds, tree->rounds, 1e6)) {
			result = -1;
		}
	}
	result = result == 0 ? rank(ranking, false) : result;
	if (result != 0) {
		ranking_destroy(ranking);
	}
	return result;
}

// Several runs

/** Takes what a file has of a situation, as take_cells(): maybe nothing. 0, or -1 with errno. */
static int take_file(const struct report *report, size_t machine, const struct situation *situation,
		     const char *what, const struct report_file *file, struct ranking *ranking)
{
	*ranking = (struct ranking){.file = file};
	int result = 0;
	if (file->machine == machine && situation->workload && file->run) {
		result = take_cells(report, machine, situation, what, ranking);
	} else if (file->machine == machine && !situation->workload && file->walks) {
		result = take_walks(report, machine, ranking);
	}
	if (result != 0) {
		ranking_destroy(ranking);
	}
	return result;
}

/** How well a run stands for a situation, by its cell that does best. */
static double fit_of_run(const struct report *report, size_t machine,
			 const struct situation *situation, const struct run *run)
{
	double best = -1;
	for (size_t i = 0; i < run->cell_count; ++i) {
		best = fmax(best, fit_of(report, machine, situation, &run->cells[i]));
	}
	return best;
}

/** The run whose cells fit a situation best; of equals the one that tells most. */
static const struct report_file *first_run(const struct report *report, size_t machine,
					   const struct situation *situation)
{
	const struct report_file *most = report_run(report, machine, situation->workload);
	const struct report_file *best = NULL;
	double best_fit = -1;
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		if (!file->run || file->machine != machine) {
			continue;
		}
		double fit = fit_of_run(report, machine, situation, file->run);
		if (fit > best_fit || (best && fit == best_fit && file == most)) {
			best = file;
			best_fit = fit;
		}
	}
	return best;
}

/** The file that shows a situation: of walks the first one. */
static const struct report_file *first_file(const struct report *report, size_t machine,
					    const struct situation *situation)
{
	if (situation->workload) {
		return first_run(report, machine, situation);
	}
	for (size_t i = 0; i < report->count; ++i) {
		const struct report_file *file = &report->files[i];
		if (file->machine == machine &&
		    choose_threads(file->walks, report->machines[machine].processors) > 0) {
			return file;
		}
	}
	return NULL;
}

static bool is_same(const struct contender *a, const struct contender *b)
{
	return a->cell && b->cell ? run_cell_same(a->cell, b->cell)
				  : a->command && b->command && strcmp(a->command, b->command) == 0;
}

/** Adds the rounds of another run to a contender, with numbers from `first` on. 0, or -1. */
static int add_rounds(struct contender *contender, const struct contender *other, double first)
{
	struct summary_row both;
	if (summary_row_create(&both, contender->row.count + other->row.count) != 0) {
		return -1;
	}
	summary_row_join(&both, &contender->row, 0);
	summary_row_join(&both, &other->row, first);
	summary_row_destroy(&contender->row);
	contender->row = both;
	return 0;
}

/** The contender that stands for the same cell or command. NULL if there is none. */
static struct contender *find_same(struct ranking *ranking, const struct contender *other)
{
	for (size_t i = 0; i < ranking->count; ++i) {
		if (is_same(&ranking->contenders[i], other)) {
			return &ranking->contenders[i];
		}
	}
	return NULL;
}

/** Adds another run, with numbers of rounds from `first` on. 0, or -1 with ENOMEM. */
static int join(struct ranking *ranking, const struct ranking *other, double first)
{
	struct contender *more =
		reallocarray(ranking->contenders, ranking->count + other->count + 1, sizeof(*more));
	if (!more) {
		return -1;
	}
	ranking->contenders = more;
	// fmin() prefers a number to NAN
	ranking->floor = fmin(ranking->floor > 0 ? ranking->floor : NAN,
			      other->floor > 0 ? other->floor : NAN);
	for (size_t i = 0; i < other->count; ++i) {
		const struct contender *its = &other->contenders[i];
		struct contender *same = find_same(ranking, its);
		bool failed = its->unranked && its->row.count > 0;
		if (!same) {
			same = &ranking->contenders[ranking->count++];
			*same = *its;
			same->row = (struct summary_row){0};
		} else if (same->row.count == 0 && its->row.count > 0) {
			same->unranked = its->unranked;
		} else if (failed && !same->unranked) {
			same->unranked = its->unranked;
		}
		if (add_rounds(same, its, first) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Most rounds of a contender that is ranked. */
static size_t most_rounds(const struct ranking *ranking)
{
	size_t most = 0;
	for (size_t i = 0; i < ranking->ranked; ++i) {
		size_t its = ranking->contenders[i].summary.rounds;
		most = its > most ? its : most;
	}
	return most;
}

/** Doubts what is as good by the rounds of all runs, and was left off by one of them. */
static void doubt_left_off(struct ranking *ranking, struct ranking *runs)
{
	for (size_t i = 0; i < ranking->runs && ranking->ranked > 0; ++i) {
		size_t most = most_rounds(&runs[i]);
		const struct contender *best = find_same(&runs[i], &ranking->contenders[0]);
		for (size_t j = 1; j < ranking->ranked && best && !best->unranked; ++j) {
			struct contender *contender = &ranking->contenders[j];
			const struct contender *its = find_same(&runs[i], contender);
			if (its && !its->unranked) {
				summary_doubt_left_off(&contender->summary, &its->summary,
						       &best->summary, most);
			}
		}
	}
	sort(ranking);
}

/** True if its values are medians, where those of newer files are means. */
static bool has_medians(const struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; ++i) {
		const struct run_cell *cell = ranking->contenders[i].cell;
		if (cell && run_cell_has_medians(cell)) {
			return true;
		}
	}
	return false;
}

/** Adds all other runs of the machine, and counts those that agree. 0, or -1 with errno. */
static int join_runs(const struct report *report, size_t machine, const struct situation *situation,
		     struct ranking *ranking)
{
	// A number that no round of a run reaches
	static const double apart = 0x1p40;
	struct ranking *runs = calloc(report->count + 1, sizeof(*runs));
	int result = runs ? 0 : -1;
	for (size_t i = 0; i < report->count && result == 0; ++i) {
		struct ranking *run = &runs[ranking->runs];
		if (&report->files[i] == ranking->file) {
			continue;
		}
		result = take_file(report, machine, situation, ranking->what, &report->files[i],
				   run);
		result = result == 0 ? rank(run, false) : result;
		if (result != 0 || run->ranked == 0 || strcmp(run->what, ranking->what) != 0 ||
		    has_medians(run) != has_medians(ranking)) {
			ranking_destroy(run);
			continue;
		}
		result = join(ranking, run, apart * (double)++ranking->runs);
	}
	if (result == 0 && ranking->runs > 0) {
		// The first run votes as well
		struct ranking *first = &runs[ranking->runs++];
		result = take_file(report, machine, situation, ranking->what, ranking->file, first);
		result = result == 0 ? rank(first, false) : result;
	}
	if (result == 0) {
		result = rank(ranking, true);
	}
	if (result == 0) {
		doubt_left_off(ranking, runs);
	}
	for (size_t i = 0; i < ranking->runs; ++i) {
		const struct contender *best =
			ranking->ranked > 0 ? ranking_find(&runs[i], ranking->contenders[0].queue)
					    : NULL;
		ranking->having += best != NULL;
		ranking->agreeing += best && !ranking_is(best, VERDICT_SLOWER);
		ranking_destroy(&runs[i]);
	}
	free(runs);
	return result;
}

int ranking_of(const struct report *report, size_t machine, const struct situation *situation,
	       struct ranking *ranking)
{
	const struct report_file *file = first_file(report, machine, situation);
	*ranking = (struct ranking){0};
	if (!file) {
		return 0;
	}
	if (take_file(report, machine, situation, NULL, file, ranking) != 0) {
		return -1;
	}
	if (join_runs(report, machine, situation, ranking) != 0) {
		ranking_destroy(ranking);
		return -1;
	}
	return 0;
}
