// SPDX-License-Identifier: MIT

/** Rankings over the work of an item. */

#include "report/data/crossover.h"

#include "base/statistics.h"
#include "report/data/cells.h"

#include <stdlib.h>

/** True if the cell is a plain replay with that many workers; 0 is any number. */
static bool fits(const struct run_cell *cell, long long workers)
{
	return report_is_workload(cell, "replay") && report_is_plain(cell) &&
	       (!workers || (long long)cell->cell.threads == workers);
}

/** The number of workers nearest to the number of processors. */
static long long choose_workers(const struct run *run, long long processors)
{
	long long chosen = 0;
	for (size_t i = 0; i < run->cell_count; ++i) {
		const struct run_cell *cell = &run->cells[i];
		long long threads = (long long)cell->cell.threads;
		if (fits(cell, 0) &&
		    (!chosen || llabs(threads - processors) < llabs(chosen - processors))) {
			chosen = threads;
		}
	}
	return chosen;
}

int crossover_find(const struct report *report, size_t machine, struct crossover *crossover)
{
	*crossover = (struct crossover){0};
	const struct report_file *file = report_run(report, machine, "replay");
	if (!file) {
		return 0;
	}
	crossover->workers = choose_workers(file->run, report->machines[machine].processors);
	size_t count;
	struct run_group *groups = run_groups(file->run, &count);
	crossover->points = calloc(count + 1, sizeof(*crossover->points));
	int result = groups && crossover->points ? 0 : -1;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		const struct run_cell *cell = &file->run->cells[groups[i].cells[0]];
		if (!fits(cell, crossover->workers)) {
			continue;
		}
		struct crossover_point *point = &crossover->points[crossover->count];
		point->work = (double)cell->cell.work;
		result = ranking_of_group(report, file, &groups[i], &point->ranking);
		crossover->count += result == 0;
	}
	run_groups_free(groups, count);
	if (result != 0) {
		crossover_destroy(crossover);
		return -1;
	}
	qsort(crossover->points, crossover->count, sizeof(*crossover->points), statistics_compare);
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
		const struct ranking *ranking = &crossover->points[i].ranking;
		if (ranking->ranked == 0 || ranking_count(ranking, VERDICT_SLOWER) > 0 ||
		    ranking_open(ranking) > 0) {
			break;
		}
		end = &crossover->points[i];
	}
	return end;
}
