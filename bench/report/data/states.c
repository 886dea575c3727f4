// SPDX-License-Identifier: MIT

#include "report/data/states.h"

#include "base/statistics.h"
#include "report/data/cells.h"

#include <math.h>
#include <stdlib.h>

/** Bounces that are not told apart: too few for the dip test. */
#define LEAST 20
/** Level of the dip test, and its simulations. */
#define LEVEL 0.01
#define SIMULATIONS 200

/** Numbers that are collected. */
struct numbers {
	double *all;
	size_t count;
	bool failed;
};

static void add_number(struct numbers *numbers, double number)
{
	bool full = (numbers->count & (numbers->count - 1)) == 0;
	size_t room = numbers->count ? 2 * numbers->count : 1;
	double *more = full ? realloc(numbers->all, room * sizeof(*more)) : numbers->all;
	numbers->failed |= !more;
	if (more) {
		numbers->all = more;
		numbers->all[numbers->count++] = number;
	}
}

/** The cells of all runs of a machine, one after the other: NULL after the last. */
static const struct run_cell *next_cell(const struct report *report, size_t machine, size_t *file,
					size_t *cell)
{
	for (; *file < report->count; ++*file, *cell = 0) {
		const struct run *run = report->files[*file].run;
		if (run && report->files[*file].machine == machine && *cell < run->cell_count) {
			return &run->cells[(*cell)++];
		}
	}
	return NULL;
}

// Finding

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;
	return (a > b) - (a < b);
}

/** How many of the sorted values to cut off for the least variance inside both parts. */
static size_t best_cut(const double *values, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; ++i) {
		sum += values[i];
	}
	size_t cut = 0;
	double most = 0;
	double left = 0;
	for (size_t i = 1; i < count; ++i) {
		left += values[i - 1];
		double apart = left / (double)i - (sum - left) / (double)(count - i);
		double between = apart * apart * (double)i * (double)(count - i);
		if (between > most) {
			most = between;
			cut = i;
		}
	}
	return cut;
}

/** Splits sorted logarithms into states. `splits`: how often at most, one after the other. */
static void split(struct states *states, const double *values, size_t count, int splits)
{
	if (splits > 0 && count >= LEAST &&
	    statistics_dip_test(values, count, SIMULATIONS, NULL) <= LEVEL) {
		size_t cut = best_cut(values, count);
		split(states, values, cut, splits - 1);
		split(states, values + cut, count - cut, splits - 1);
		return;
	}
	states->to[states->count] = exp(values[count - 1]);
	states->bounce[states->count++] = exp(values[count / 2]);
}

int states_find(const struct report *report, size_t machine, struct states *states)
{
	struct numbers bounces = {0};
	const struct run_cell *cell;
	*states = (struct states){0};
	for (size_t i = 0, j = 0; (cell = next_cell(report, machine, &i, &j));) {
		for (size_t k = 0; k < cell->sample_count; ++k) {
			const double both[] = {cell->samples[k].bounce_before,
					       cell->samples[k].bounce_after};
			for (size_t l = 0; l < 2; ++l) {
				if (both[l] > 0) {
					add_number(&bounces, log(both[l]));
				}
			}
		}
	}
	if (bounces.count > 0 && !bounces.failed) {
		qsort(bounces.all, bounces.count, sizeof(*bounces.all), compare);
		split(states, bounces.all, bounces.count, 2);
	}
	free(bounces.all);
	for (size_t i = 0, j = 0; (cell = next_cell(report, machine, &i, &j));) {
		for (size_t k = 0; k < cell->sample_count; ++k) {
			size_t state = states_of(states, &cell->samples[k]);
			if (state < STATES_MOST) {
				++states->samples[state];
			} else {
				states->changed += cell->samples[k].bounce_before > 0 &&
						   cell->samples[k].bounce_after > 0;
			}
		}
	}
	for (size_t i = 1; i < states->count; ++i) {
		states->common =
			states->samples[i] > states->samples[states->common] ? i : states->common;
	}
	return bounces.failed ? -1 : 0;
}

/** The state of a bounce, or STATES_MOST. */
static size_t state_of(const struct states *states, double bounce)
{
	// A logarithm and back may have moved the longest bounce of a state a little
	for (size_t i = 0; i < states->count && bounce > 0; ++i) {
		if (bounce <= states->to[i] * (1 + 1e-9)) {
			return i;
		}
	}
	return STATES_MOST;
}

size_t states_of(const struct states *states, const struct sample *sample)
{
	size_t before = state_of(states, sample->bounce_before);
	size_t after = state_of(states, sample->bounce_after);
	bool differ = before < STATES_MOST && after < STATES_MOST && before != after;
	return differ ? STATES_MOST : before < after ? before : after;
}

// Costs

double states_cost(const struct run_cell *cell, const struct sample *sample)
{
	double value = sample->verdict == SAMPLE_OK && sample->value > 0 ? sample->value : NAN;
	return run_cell_higher_is_better(cell) ? 1e9 / value : value;
}

double states_median(const struct states *states, const struct run_cell *cell, size_t state,
		     size_t *count)
{
	struct numbers costs = {0};
	for (size_t i = 0; i < cell->sample_count; ++i) {
		double cost = states_cost(cell, &cell->samples[i]);
		if (states_of(states, &cell->samples[i]) == state && !isnan(cost)) {
			add_number(&costs, cost);
		}
	}
	double median =
		costs.count > 0 && !costs.failed ? statistics_median(costs.all, costs.count) : NAN;
	if (count) {
		*count = costs.count;
	}
	free(costs.all);
	return median;
}

/** Collects the costs of a cell by its median in the common state. */
static void add_ratios(const struct states *states, const struct run_cell *cell,
		       struct numbers *ratios)
{
	double common = states_median(states, cell, states->common, NULL);
	for (size_t i = 0; i < cell->sample_count && !isnan(common); ++i) {
		size_t state = states_of(states, &cell->samples[i]);
		double cost = states_cost(cell, &cell->samples[i]);
		if (state < STATES_MOST && !isnan(cost)) {
			add_number(&ratios[state], cost / common);
		}
	}
}

int states_compare(const struct report *report, size_t machine, const struct states *states,
		   const char *workload, bool sleeping, struct state_effect *effect)
{
	struct numbers ratios[STATES_MOST] = {0};
	const struct run_cell *cell;
	bool failed = false;
	for (size_t i = 0, j = 0; (cell = next_cell(report, machine, &i, &j));) {
		if (report_is_workload(cell, workload) && !cell->floor &&
		    (cell->cell.wait >= CHANNEL_PARK) == sleeping) {
			add_ratios(states, cell, ratios);
		}
	}
	const struct numbers *common = &ratios[states->common];
	for (size_t i = 0; i < STATES_MOST; ++i) {
		bool known = ratios[i].count > 0 && common->count > 0;
		effect->ratio[i] = known ? statistics_median(ratios[i].all, ratios[i].count) : NAN;
		effect->p[i] = known && i != states->common
				       ? statistics_rank_sum(ratios[i].all, ratios[i].count,
							     common->all, common->count, NULL)
				       : NAN;
		failed |= ratios[i].failed;
	}
	for (size_t i = 0; i < STATES_MOST; ++i) {
		free(ratios[i].all);
	}
	return failed ? -1 : 0;
}
