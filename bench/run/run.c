// SPDX-License-Identifier: MIT

/**
 * Rounds of samples.
 *
 * A round samples each of its cells once, in a new random order. So a slow spell of the machine
 * meets all cells alike, and not the same cell in each round. After the first rounds, only the
 * groups with a cell that more rounds would decide get time, without cells that are slower for
 * sure. Rounds are numbered over the run, so a cell that was left off and comes back is compared
 * with the others in the rounds that it was in.
 */

#include "run/run.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/progress.h"
#include "base/rng.h"
#include "machine/quiet.h"
#include "process/interrupt.h"
#include "processors.h"
#include "sample/sample.h"
#include "workload/work.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/** Time to start and end a sample's process, in nanoseconds; to estimate the time left. */
#define OVERHEAD 10000000

/**
 * Rounds before the first verdicts. Ten are the fewest that can tell the last two cells of a family
 * apart at VERDICT_LEVEL: 2 of 2^10 permutations are as unlikely as one always before the other.
 */
#define FIRST_ROUNDS 12

/** The rounds of a group. */
struct share {
	/** How many it had, and with how many the run looks at it next. */
	size_t rounds;
	size_t look;
	bool open;
};

struct runner {
	const struct run_request *request;
	const struct matrix *matrix;
	const struct topology *topology;
	struct run *run;
	struct rng rng;
	struct run_group *groups;
	size_t group_count;
	struct share *shares;
	/** Of each cell: it is slower for sure. */
	bool *left_off;
	int *processors;
	uint64_t began;
	uint64_t taken;
	size_t round;
};

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
	// Samples that were taken again count, too
	return all > runner->taken ? (all - runner->taken) * each / 1000000000 : 0;
}

static void show_progress(const struct runner *runner, const struct cell *cell, size_t round)
{
	uintmax_t left = seconds_left(runner);
	progress_show("round %zu, %ju:%02ju left: %s, %s, %u thread%s", round + 1, left / 60,
		      left % 60, cell->workload, cell->queue, cell->threads,
		      number_plural(cell->threads));
}

/** Is there time for that many samples? */
static bool has_time(const struct runner *runner, size_t cells)
{
	uint64_t used = clock_now() - runner->began;
	uint64_t each = runner->taken ? used / runner->taken : 0;
	return runner->request->rounds || used + each * cells <= runner->request->budget;
}

/**
 * Takes a sample, and again at once if others took too much of its time. The last try counts.
 *
 * @return 0; or -1 with errno, EINTR if interrupted
 */
static int take_undisturbed(struct runner *runner, struct sample_request *request,
			    struct sample *sample)
{
	struct quiet_reading before;
	struct quiet_reading after;
	unsigned int repeats = 0;
	for (;; ++repeats) {
		uint64_t began = clock_now() - runner->began;
		quiet_read(request->processors, request->cell.threads, &before);
		if (sample_take(request, sample, &runner->run->texts) != 0) {
			return -1;
		}
		quiet_read(request->processors, request->cell.threads, &after);
		sample->began = clock_seconds(began);
		++runner->taken;
		if (repeats == runner->request->repeats || sample->verdict != SAMPLE_OK ||
		    interrupt_noted() || !has_time(runner, 1) ||
		    !quiet_lost_much(&before, &after)) {
			break;
		}
		codec_free(&sample_codec, sample);
		// Not of the generator: --seed=N keeps the order of the samples
		++request->seed;
	}
	double steal = after.steal - before.steal;
	sample->steal_ns = steal > 0 ? steal : 0;
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
		.shape = cell->loop->whole ? runner->request->shape : NULL,
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
	sample.round = (double)runner->round;
	return run_cell_add_sample(kept, &sample);
}

/** Is the cell void, or are its samples lost all the time? It is not sampled again then. */
static bool has_ended(const struct run_cell *cell)
{
	return run_cell_lost_at_end(cell) >= RUN_MOST_LOST ||
	       (cell->sample_count > 0 && sample_failed(&cell->samples[cell->sample_count - 1]));
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
		if (!has_ended(&runner->run->cells[order[i]]) &&
		    sample_cell(runner, order[i]) != 0) {
			return -1;
		}
	}
	++runner->round;
	return 0;
}

/** Would more rounds decide the cell, of a group that had that many? */
static bool is_open(const struct run_cell *cell, size_t had)
{
	const struct summary *summary = &cell->summary;
	// It was left off, and could be the best since more is known of the machine's states
	bool behind = cell->sample_count < had / 2;
	// Most of its samples get lost, or have no cost: so would those of more rounds
	if (had >= VERDICT_MOST_ROUNDS || isnan(summary->p) || has_ended(cell) ||
	    2 * summary->rounds < cell->sample_count) {
		return false;
	}
	switch (summary->verdict) {
	case VERDICT_SLOWER:
		return summary->p > VERDICT_LOOK;
	case VERDICT_UNDECIDED:
	case VERDICT_HIDDEN:
		// Few rounds tell little of how many would decide
		return behind || summary->rounds_needed > 0 || had < 2 * FIRST_ROUNDS;
	case VERDICT_AS_GOOD:
		return behind;
	default:
		return false;
	}
}

/**
 * Looks at a group: is it open, with which of its cells, and until which look? It ends with
 * VERDICT_MOST_ROUNDS, even if a cell came back late and is undecided.
 */
static void look_at(struct runner *runner, const struct run_group *group, struct share *share)
{
	share->open = false;
	share->look = verdict_next_look(share->rounds);
	for (size_t i = 0; i < group->count; ++i) {
		size_t index = group->cells[i];
		const struct run_cell *cell = &runner->run->cells[index];
		share->open |= is_open(cell, share->rounds);
		runner->left_off[index] =
			cell->summary.verdict == VERDICT_SLOWER && cell->summary.p <= VERDICT_LOOK;
	}
}

/**
 * Looks at the groups after some rounds: each as seldom as VERDICT_LOOK asks. A group that was
 * closed has no new rounds, but its costs may be levelled by other states.
 */
static void look(struct runner *runner, size_t rounds)
{
	for (size_t i = 0; i < runner->group_count; ++i) {
		struct share *share = &runner->shares[i];
		share->rounds += share->open ? rounds : 0;
		if (!share->open || share->rounds == share->look) {
			look_at(runner, &runner->groups[i], share);
		}
	}
}

/** Gathers the cells that get time, and how many rounds until one of their groups is looked at. */
static size_t choose_open(const struct runner *runner, size_t *order, size_t *rounds)
{
	size_t count = 0;
	*rounds = SIZE_MAX;
	for (size_t i = 0; i < runner->group_count; ++i) {
		const struct run_group *group = &runner->groups[i];
		const struct share *share = &runner->shares[i];
		for (size_t j = 0; j < group->count && share->open; ++j) {
			if (!runner->left_off[group->cells[j]]) {
				order[count++] = group->cells[j];
			}
		}
		if (share->open && share->look - share->rounds < *rounds) {
			*rounds = share->look - share->rounds;
		}
	}
	return count;
}

/** Runs all rounds. 0, or -1 with errno. */
static int run_rounds(struct runner *runner, size_t *order)
{
	const struct run_request *request = runner->request;
	size_t rounds;
	size_t count;
	for (size_t i = 0; i < runner->group_count; ++i) {
		runner->shares[i] = (struct share){
			.look = request->rounds ? request->rounds : FIRST_ROUNDS,
			.open = true,
		};
	}
	while ((count = choose_open(runner, order, &rounds)) > 0) {
		for (size_t round = 0; round < rounds; ++round) {
			// An unfinished round would be lost
			if (!has_time(runner, count)) {
				return 0;
			}
			if (run_round(runner, order, count) != 0) {
				return -1;
			}
		}
		if (request->rounds || run_summarize(runner->run, true) != 0) {
			return request->rounds ? 0 : -1;
		}
		look(runner, rounds);
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
		.left_off = calloc(matrix->count, sizeof(*runner.left_off)),
		.processors = calloc(MATRIX_MAX_THREADS, sizeof(*runner.processors)),
		.began = clock_now(),
	};
	runner.groups = run_groups(run, &runner.group_count);
	runner.shares = calloc(runner.group_count + 1, sizeof(*runner.shares));
	size_t *order = calloc(matrix->count, sizeof(*order));
	int result = -1;
	struct quiet_reading before;
	struct quiet_reading after;
	run->quiet.repeats = 0;
	quiet_read(NULL, 0, &before);
	rng_seed(&runner.rng, request->seed);
	if (runner.groups && runner.shares && runner.left_off && runner.processors && order) {
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
	free(runner.left_off);
	free(runner.shares);
	run_groups_free(runner.groups, runner.group_count);
	errno = error;
	return result;
}
