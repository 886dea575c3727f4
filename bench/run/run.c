// SPDX-License-Identifier: MIT

/**
 * Rounds of samples.
 *
 * A round samples each of its cells once, in a new random order. So a slow spell of the machine
 * meets all cells alike, and not the same cell in each round.
 */

#include "run/run.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/statistics.h"
#include "machine/quiet.h"
#include "process/interrupt.h"
#include "processors.h"
#include "sample/sample.h"
#include "workload/work.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Time to start and end a sample's process, in nanoseconds; to estimate the time left. */
#define OVERHEAD 10000000

/** How often a sample is taken again if others disturb it. */
#define MOST_REPEATS 2

struct runner {
	const struct run_request *request;
	const struct matrix *matrix;
	const struct topology *topology;
	struct run *run;
	struct rng rng;
	/** Number of each cell's group. */
	size_t *group_of;
	size_t group_count;
	/** Rounds that a verdict takes in the largest group. */
	size_t rounds_needed;
	int *processors;
	uint64_t began;
	uint64_t taken;
};

/** Numbers the groups, and finds how many rounds the largest one needs. 0, or -1 with ENOMEM. */
static int find_groups(struct runner *runner)
{
	struct run_group *groups = run_groups(runner->run, &runner->group_count);
	if (!groups) {
		return -1;
	}
	for (size_t i = 0; i < runner->group_count; ++i) {
		size_t members = 0;
		for (size_t j = 0; j < groups[i].count; ++j) {
			size_t cell = groups[i].cells[j];
			runner->group_of[cell] = i;
			members += !runner->run->cells[cell].floor;
		}
		size_t needed = summary_rounds_needed(members > 1 ? members - 1 : 0);
		if (needed > runner->rounds_needed) {
			runner->rounds_needed = needed;
		}
	}
	run_groups_free(groups, runner->group_count);
	return 0;
}

/** Estimated seconds left. */
static uint64_t seconds_left(const struct runner *runner)
{
	const struct run_request *request = runner->request;
	uint64_t used = clock_now() - runner->began;
	if (request->rounds == 0) {
		return request->budget > used ? (request->budget - used) / 1000000000 : 0;
	}
	uint64_t all = (uint64_t)request->rounds * runner->matrix->count;
	uint64_t each = runner->taken ? used / runner->taken
				      : request->warm_up + request->duration + OVERHEAD;
	return (all - runner->taken) * each / 1000000000;
}

static void show_progress(const struct runner *runner, const struct cell *cell, size_t round)
{
	uintmax_t left = seconds_left(runner);
	progress_show("round %zu, %ju:%02ju left: %s, %s, %u thread%s", round + 1, left / 60,
		      left % 60, cell->workload, cell->queue, cell->threads,
		      number_plural(cell->threads));
}

/**
 * Takes a sample, and again at once if others took too much of its time. The last try counts.
 *
 * @return 0; or -1 with errno, EINTR if interrupted
 */
static int take_undisturbed(struct runner *runner, struct sample_request *request,
			    struct sample *sample)
{
	unsigned int repeats = 0;
	for (;; ++repeats) {
		struct quiet_reading before;
		struct quiet_reading after;
		uint64_t began = clock_now() - runner->began;
		quiet_read(request->processors, request->cell.threads, &before);
		if (sample_take(request, sample, &runner->run->texts) != 0) {
			return -1;
		}
		quiet_read(request->processors, request->cell.threads, &after);
		sample->began = clock_seconds(began);
		++runner->taken;
		if (repeats == MOST_REPEATS || sample->verdict != SAMPLE_OK || interrupt_noted() ||
		    !quiet_lost_much(&before, &after)) {
			break;
		}
		codec_free(&sample_codec, sample);
		// Not of the generator: --seed=N keeps the order of the samples
		++request->seed;
	}
	sample->seed = (double)request->seed;
	sample->repeats = repeats;
	runner->run->quiet.repeats += repeats;
	return 0;
}

/** Samples one cell. 0; or -1 with errno, EINTR if interrupted. */
static int sample_cell(struct runner *runner, size_t index)
{
	const struct matrix_cell *cell = &runner->matrix->cells[index];
	struct sample_request request = {
		.cell = cell->cell,
		// 53 bits, as many as a double holds exactly
		.seed = rng_next(&runner->rng) >> 11,
		.warm_up = runner->request->warm_up,
		.duration = runner->request->duration,
		.shape = runner->request->shape,
		.stretch = work_stretch(cell->loop, &cell->cell, processors_available()),
	};
	if (cell->cell.place != PLACE_NONE) {
		if (topology_place(runner->topology, cell->cell.place, cell->cell.threads,
				   runner->processors) != 0) {
			return -1;
		}
		request.processors = runner->processors;
	}
	struct run_cell *kept = &runner->run->cells[index];
	show_progress(runner, &cell->cell, kept->sample_count);
	struct sample sample;
	if (take_undisturbed(runner, &request, &sample) != 0) {
		return -1;
	}
	sample.round = (double)kept->sample_count;
	return run_cell_add_sample(kept, &sample);
}

/** Is the cell void? It is not sampled again then. */
static bool has_failed(const struct run_cell *cell)
{
	return cell->sample_count > 0 && sample_failed(&cell->samples[cell->sample_count - 1]);
}

/** Samples the cells in `order` once. 0, or -1 with errno. */
static int run_round(struct runner *runner, size_t *order, size_t count)
{
	rng_shuffle(&runner->rng, order, count);
	for (size_t i = 0; i < count; ++i) {
		if (interrupt_noted()) {
			errno = EINTR;
			return -1;
		}
		if (!has_failed(&runner->run->cells[order[i]]) &&
		    sample_cell(runner, order[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Width of the interval of a cell's median, as a share of the median. */
static double uncertainty(const struct run_cell *cell)
{
	struct summary_row row;
	double width = 0;
	if (run_cell_row(cell, &row) != 0) {
		return 0;
	}
	if (!row.void_row && row.count > 1) {
		// It narrows with the root of the number of samples
		width = statistics_mad(row.values, row.count) /
			statistics_median(row.values, row.count) / sqrt((double)row.count);
	}
	free((double *)row.values);
	return width;
}

/** Chooses the cells of the next round: those of the half of the groups with wider intervals. */
static size_t choose_uncertain(const struct runner *runner, size_t *order)
{
	size_t count = 0;
	double *widths = calloc(runner->group_count, sizeof(*widths));
	if (!widths) {
		return 0;
	}
	for (size_t i = 0; i < runner->matrix->count; ++i) {
		double width = uncertainty(&runner->run->cells[i]);
		if (width > widths[runner->group_of[i]]) {
			widths[runner->group_of[i]] = width;
		}
	}
	double middle = statistics_median(widths, runner->group_count);
	for (size_t i = 0; i < runner->matrix->count; ++i) {
		if (widths[runner->group_of[i]] >= middle) {
			order[count++] = i;
		}
	}
	free(widths);
	return count;
}

/** Runs all rounds. 0, or -1 with errno. */
static int run_rounds(struct runner *runner, size_t *order)
{
	const struct run_request *request = runner->request;
	size_t all = runner->matrix->count;
	for (size_t i = 0; i < all; ++i) {
		order[i] = i;
	}
	for (size_t round = 0; round < (request->rounds ? request->rounds : runner->rounds_needed);
	     ++round) {
		uint64_t used = clock_now() - runner->began;
		if (request->rounds == 0 && round > 0 && used + used / round > request->budget) {
			// The summary will say that there are too few rounds
			return 0;
		}
		if (run_round(runner, order, all) != 0) {
			return -1;
		}
	}
	while (request->rounds == 0) {
		size_t count = choose_uncertain(runner, order);
		uint64_t used = clock_now() - runner->began;
		// An unfinished round would give cells of a group unequal numbers of samples
		uint64_t round = used / (runner->taken ? runner->taken : 1) * count;
		if (count == 0 || used + round > request->budget) {
			break;
		}
		if (run_round(runner, order, count) != 0) {
			return -1;
		}
	}
	return 0;
}

int run_matrix(const struct run_request *request, const struct matrix *matrix,
	       const struct topology *topology, struct run *run)
{
	struct runner runner = {
		.request = request,
		.matrix = matrix,
		.topology = topology,
		.run = run,
		.group_of = calloc(matrix->count, sizeof(*runner.group_of)),
		.processors = calloc(MATRIX_MAX_THREADS, sizeof(*runner.processors)),
		.began = clock_now(),
	};
	size_t *order = calloc(matrix->count, sizeof(*order));
	int result = -1;
	struct quiet_reading before;
	struct quiet_reading after;
	run->quiet.repeats = 0;
	quiet_read(NULL, 0, &before);
	rng_seed(&runner.rng, request->seed);
	if (runner.group_of && runner.processors && order && find_groups(&runner) == 0) {
		result = run_rounds(&runner, order);
	}
	if (result != 0 && interrupt_noted()) {
		errno = EINTR;
	}
	int error = errno;
	quiet_read(NULL, 0, &after);
	struct quiet quiet = quiet_since(&before, &after);
	run->quiet.others = quiet.others;
	run->quiet.steal = quiet.steal;
	progress_clear();
	free(order);
	free(runner.processors);
	free(runner.group_of);
	errno = error;
	return result;
}
