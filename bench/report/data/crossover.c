// SPDX-License-Identifier: MIT

/** Rankings over the work of an item. */

#include "report/data/crossover.h"

#include "results/old/results.h"

#include <stdlib.h>
#include <string.h>

/** Is it a group of replays as asked for? */
static bool fits(const json_t *cell, long long workers)
{
	return report_is_workload(cell, "replay") && report_is_plain(cell) &&
	       (!workers || report_integer(cell, "threads") == workers);
}

static int compare_points(const void *left, const void *right)
{
	double a = ((const struct crossover_point *)left)->work;
	double b = ((const struct crossover_point *)right)->work;
	return (a > b) - (a < b);
}

/** The number of workers nearest to that of the processors. */
static long long choose_workers(const json_t *cells, long long processors)
{
	long long chosen = 0;
	size_t i;
	json_t *cell;
	json_array_foreach(cells, i, cell)
	{
		long long threads = report_integer(cell, "threads");
		if (fits(cell, 0) &&
		    (!chosen || llabs(threads - processors) < llabs(chosen - processors))) {
			chosen = threads;
		}
	}
	return chosen;
}

int crossover_find(struct report *report, size_t machine, struct crossover *crossover)
{
	*crossover = (struct crossover){0};
	const struct report_file *file = report_run(report, machine, "replay");
	if (!file) {
		return 0;
	}
	const json_t *cells = json_object_get(file->document, "cells");
	crossover->workers = choose_workers(cells, report->machines[machine].processors);
	size_t count;
	struct results_group *groups = results_groups(file->document, &count);
	crossover->points = calloc(count + 1, sizeof(*crossover->points));
	int result = groups && crossover->points ? 0 : -1;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		const json_t *cell = json_array_get(cells, groups[i].cells[0]);
		if (!fits(cell, crossover->workers)) {
			continue;
		}
		struct crossover_point *point = &crossover->points[crossover->count];
		point->work = (double)report_integer(cell, "work_ns");
		result = ranking_of_group(report, file, &groups[i], &point->ranking);
		crossover->count += result == 0;
	}
	results_groups_free(groups, count);
	if (result != 0) {
		crossover_destroy(crossover);
		return -1;
	}
	qsort(crossover->points, crossover->count, sizeof(*crossover->points), compare_points);
	return 0;
}

void crossover_destroy(struct crossover *crossover)
{
	for (size_t i = 0; i < crossover->count; ++i) {
		ranking_destroy(&crossover->points[i].ranking);
	}
	free(crossover->points);
	*crossover = (struct crossover){0};
}

const struct crossover_point *crossover_end(const struct crossover *crossover)
{
	const struct crossover_point *end = NULL;
	for (size_t i = crossover->count; i-- > 0;) {
		if (ranking_choice(&crossover->points[i].ranking) != RANKING_FREE) {
			break;
		}
		end = &crossover->points[i];
	}
	return end;
}
