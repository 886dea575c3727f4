// SPDX-License-Identifier: MIT

#include "report/data/view.h"

int view_find(const struct report *report, size_t machine, struct view *view)
{
	*view = (struct view){
		.report = report,
		.machine = machine,
		.states = report->machines[machine].states,
	};
	int result = 0;
	for (size_t i = 0; situations[i].id && i < VIEW_SITUATIONS && result == 0; ++i) {
		result = ranking_of(report, machine, &situations[i], &view->rankings[i]);
	}
	if (result != 0 ||
	    correlations_find(report, machine, view->rankings, &view->correlations) != 0 ||
	    crossover_find(report, machine, &view->crossover) != 0 ||
	    walk_rows_find(report, machine, &view->walks) != 0) {
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
