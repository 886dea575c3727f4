// SPDX-License-Identifier: MIT

#include "report/data/states.h"

#include "base/statistics.h"
#include "report/data/cells.h"

#include <math.h>
#include <stdlib.h>

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

double states_cost(const struct run_cell *cell, const struct sample *sample)
{
	double value = sample->verdict == SAMPLE_OK && sample->value > 0 ? sample->value : NAN;
	return run_cell_higher_is_better(cell) ? 1e9 / value : value;
}

double states_median(const struct run_cell *cell, size_t state, size_t *count)
{
	struct numbers costs = {0};
	for (size_t i = 0; i < cell->sample_count; ++i) {
		double cost = states_cost(cell, &cell->samples[i]);
		if (cell->samples[i].state == state && !isnan(cost)) {
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
	double common = states_median(cell, states->common, NULL);
	for (size_t i = 0; i < cell->sample_count && !isnan(common); ++i) {
		size_t state = cell->samples[i].state;
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
	for (struct report_spot spot = {0}; (cell = report_next_cell(report, machine, &spot));) {
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
