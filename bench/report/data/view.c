// SPDX-License-Identifier: MIT

#include "report/data/view.h"

#include "report/data/tasks.h"

static int find_ranking(void *context, size_t number)
{
	struct view *view = context;
	return ranking_of(view->report, view->machine, &situations[number],
			  &view->rankings[number]);
}

/** Finds a part of the view that needs no rankings, or all of them. 0, or -1 with errno. */
static int find_other(void *context, size_t number)
{
	struct view *view = context;
	return number == 0   ? correlations_find(view->report, view->machine, view->rankings,
						 &view->correlations)
	       : number == 1 ? crossover_find(view->report, view->machine, &view->crossover)
			     : walk_rows_find(view->report, view->machine, &view->walks);
}

int view_find(const struct report *report, size_t machine, struct view *view)
{
	*view = (struct view){
		.report = report,
		.machine = machine,
		.states = report->machines[machine].states,
	};
	size_t count = 0;
	while (situations[count].id && count < VIEW_SITUATIONS) {
		++count;
	}
	if (tasks_do(count, find_ranking, view) != 0 || tasks_do(3, find_other, view) != 0) {
		view_destroy(view);
		return -1;
	}
	return 0;
}

void view_destroy(struct view *view)
{
	for (size_t i = 0; i < VIEW_SITUATIONS; ++i) {
		ranking_destroy(&view->rankings[i]);
	}
	correlations_destroy(&view->correlations);
	crossover_destroy(&view->crossover);
	walk_rows_destroy(&view->walks);
	*view = (struct view){0};
}
