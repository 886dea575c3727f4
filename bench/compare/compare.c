// SPDX-License-Identifier: MIT

/** Pairing the cells of two runs, the drift between the runs, and verdicts. */

#include "compare/compare.h"

#include "base/rng.h"
#include "base/statistics.h"
#include "channel.h"
#include "results/verdict.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 2000
/** Fewest probes of a cell in a run. */
#define PROBES_LEAST 3
#define INTERVAL 0.95
/** Half the width of such an interval, in standard deviations. */
#define DEVIATIONS 1.96
/** Standard deviation of a normal distribution, by its median absolute deviation. */
#define MAD_SCALE 1.4826

static const char *const verdict_names[COMPARE_VERDICTS] = {
	[COMPARE_SLOWER] = "slower",	  [COMPARE_FASTER] = "faster",
	[COMPARE_AS_GOOD] = "as good",	  [COMPARE_UNDECIDED] = "undecided",
	[COMPARE_NOT] = "not comparable",
};

const char *compare_verdict_name(enum compare_verdict verdict)
{
	return verdict_names[verdict];
}

/**
 * Appends to *text that a setting differs, and the option that makes it as it was, which takes
 * milliseconds. 0, or -1 without memory.
 */
static int add_setting(char **text, const char *name, const char *option, double was, double is)
{
	char *longer;
	if (was == is || (isnan(was) && isnan(is))) {
		return 0;
	}
	if (asprintf(&longer, "%s%s%s was %.0f, and is %.0f: give qbench run %s=%g",
		     *text ? *text : "", *text ? "; " : "other settings: ", name, was, is, option,
		     was / 1e6) < 0) {
		return -1;
	}
	free(*text);
	*text = longer;
	return 0;
}

/**
 * Why the runs as a whole cannot be compared, for comparison->reason; NULL if they can. 0, or -1
 * without memory.
 */
static int whole_reason(const struct run *before, const struct run *after,
			struct comparison *comparison)
{
	char **reason = &comparison->reason;
	char *difference;
	const struct run_settings *was = &before->settings;
	const struct run_settings *is = &after->settings;
	if (!machine_same(&before->machine, &after->machine, &difference)) {
		int length = asprintf(reason, "another machine: %s", difference ? difference : "");
		free(difference);
		comparison->other_machine = true;
		return length < 0 ? -1 : 0;
	}
	return add_setting(reason, "duration_ns", "--duration", was->duration_ns,
			   is->duration_ns) == 0 &&
			       add_setting(reason, "warmup_ns", "--warm-up", was->warmup_ns,
					   is->warmup_ns) == 0
		       ? 0
		       : -1;
}

// Cells

/** True if the cell replays a walk, and the other run replays another one. */
static bool other_shape(const struct run *before, const struct run *after,
			const struct run_cell *cell)
{
	return strcmp(cell->cell.workload, "replay") == 0 && !run_same_shape(before, after);
}

static bool is_floor(const struct compare_cell *cell)
{
	return cell->before->floor;
}

/** Why a cell has no numbers in one run; NULL if it has some. */
static const char *side_reason(const struct summary_row *row, bool after)
{
	if (row->void_row) {
		return after ? "void in NEW" : "void in OLD";
	}
	return row->count > 0 ? NULL : after ? "without samples in NEW" : "without samples in OLD";
}

/** p of the hypothesis that some values are those of `b` times the margin. NAN with errno. */
static double test_margin(const struct summary_row *a, const struct summary_row *b)
{
	double *moved = calloc(a->count, sizeof(*moved));
	if (!moved) {
		return NAN;
	}
	for (size_t i = 0; i < a->count; ++i) {
		moved[i] = a->values[i] / VERDICT_MARGIN;
	}
	double p = statistics_rank_sum(moved, a->count, b->values, b->count, NULL);
	free(moved);
	return p;
}

/** Fills the ratio of the medians, and its noise. 0, or -1 with errno. */
static int measure(struct compare_cell *cell, const struct summary_row *before,
		   const struct summary_row *after, struct rng *rng)
{
	cell->old_median = statistics_median(before->values, before->count);
	cell->new_median = statistics_median(after->values, after->count);
	cell->p = statistics_rank_sum(before->values, before->count, after->values, after->count,
				      NULL);
	double ends[] = {test_margin(before, after), test_margin(after, before)};
	cell->p_as_good = fmax(ends[0], ends[1]);
	if (isnan(cell->p) || isnan(ends[0]) || isnan(ends[1])) {
		return -1;
	}
	if (statistics_bootstrap_ratio(before->values, before->count, after->values, after->count,
				       RESAMPLES, INTERVAL, rng, &cell->low, &cell->high) != 0) {
		if (errno != EINVAL) {
			return -1;
		}
		cell->reason = "a sample is 0";
		return 0;
	}
	cell->ratio = cell->new_median / cell->old_median;
	cell->noise = log(cell->high / cell->low) / (2 * DEVIATIONS);
	if (!isfinite(log(cell->ratio)) || !isfinite(cell->noise)) {
		cell->reason = "the values are too far apart";
		return 0;
	}
	cell->slower = before->higher_is_better ? 1 / cell->ratio - 1 : cell->ratio - 1;
	return 0;
}

/** Of the logarithms of a probe beside the samples of a run's cell: their mean, and its variance.
 */
struct probe {
	size_t count;
	double mean;
	double variance;
};

static struct probe find_probe(const struct run_cell *cell, size_t before, size_t after)
{
	struct probe probe = {0};
	double squares = 0;
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const char *sample = (const char *)&cell->samples[i];
		// A state that changed meanwhile counts half
		double value = (log(*(const double *)(sample + before)) +
				log(*(const double *)(sample + after))) /
			       2;
		if (isfinite(value)) {
			double step = value - probe.mean;
			probe.mean += step / (double)++probe.count;
			squares += step * (value - probe.mean);
		}
	}
	probe.variance = squares / (double)(probe.count - 1) / (double)probe.count;
	return probe;
}

/**
 * The logarithm of how far a probe moved, less what its own spread explains; NAN if one run has
 * few. A line that bounces inside a core in one sample and between two in the next tells nothing of
 * the time between the runs.
 */
static double probe_change(const struct compare_cell *cell, size_t before, size_t after)
{
	struct probe old = find_probe(cell->before, before, after);
	struct probe new = find_probe(cell->after, before, after);
	double change = new.mean - old.mean;
	double variance = old.variance + new.variance;
	if (old.count < PROBES_LEAST || new.count < PROBES_LEAST) {
		return NAN;
	}
	return sqrt(fmax(0, change * change - variance));
}

/** Fills how far the probes beside the samples of a cell moved. */
static void measure_probes(struct compare_cell *cell)
{
	double bounce = probe_change(cell, offsetof(struct sample, bounce_before),
				     offsetof(struct sample, bounce_after));
	double add = probe_change(cell, offsetof(struct sample, add_before),
				  offsetof(struct sample, add_after));
	// fmax() prefers a number to NAN
	double most = fmax(bounce, add);
	cell->probed = !isnan(most);
	cell->drift = cell->probed ? most : 0;
}

/** Fills everything except the verdict of a cell that both runs have. 0, or -1 with errno. */
static int measure_both(struct compare_cell *cell, struct rng *rng, size_t rounds_needed)
{
	struct summary_row before = {0};
	struct summary_row after = {0};
	int result = -1;
	if (run_cell_row(cell->before, &before) != 0 || run_cell_row(cell->after, &after) != 0) {
		goto out;
	}
	const char *reason = side_reason(&before, false);
	cell->reason = reason ? reason : side_reason(&after, true);
	cell->broke = !reason && after.void_row;
	result = cell->reason ? 0 : measure(cell, &before, &after, rng);
	measure_probes(cell);
	if (!cell->reason && (before.count < rounds_needed || after.count < rounds_needed)) {
		cell->reason = COMPARE_TOO_FEW;
	}

out:
	summary_row_destroy(&before);
	summary_row_destroy(&after);
	return result;
}

/** The cell of a run that is this one, or NULL. */
static const struct run_cell *find_cell(const struct run *run, const struct run_cell *wanted)
{
	for (size_t i = 0; i < run->cell_count; ++i) {
		if (run_cell_same(&run->cells[i], wanted)) {
			return &run->cells[i];
		}
	}
	return NULL;
}

static void add_pair(struct comparison *comparison, const struct run_cell *before,
		     const struct run_cell *after)
{
	struct compare_cell *cell = &comparison->cells[comparison->count++];
	*cell = (struct compare_cell){
		.before = before,
		.after = after,
		.verdict = COMPARE_NOT,
		.reason = !before  ? "not in OLD"
			  : !after ? "not in NEW"
				   : NULL,
		.old_median = NAN,
		.new_median = NAN,
		.ratio = NAN,
		.low = NAN,
		.high = NAN,
		.slower = NAN,
		.p = NAN,
		.p_as_good = NAN,
	};
}

/** Pairs the cells of both runs: those of the old one, then new ones. 0, or -1 with errno. */
static int pair_cells(struct comparison *comparison, const struct run *before,
		      const struct run *after)
{
	comparison->cells =
		calloc(before->cell_count + after->cell_count + 1, sizeof(*comparison->cells));
	if (!comparison->cells) {
		return -1;
	}
	for (size_t i = 0; i < before->cell_count; ++i) {
		const struct run_cell *cell = &before->cells[i];
		add_pair(comparison, cell, find_cell(after, cell));
		if (comparison->cells[i].after && other_shape(before, after, cell)) {
			comparison->cells[i].reason = "other settings: another walk is replayed";
		} else if (comparison->cells[i].after &&
			   run_cell_has_medians(cell) !=
				   run_cell_has_medians(comparison->cells[i].after)) {
			comparison->cells[i].reason = "other settings: one file has medians as "
						      "values, the other means: measure it again";
		}
	}
	for (size_t i = 0; i < after->cell_count; ++i) {
		if (!find_cell(before, &after->cells[i])) {
			add_pair(comparison, NULL, &after->cells[i]);
		}
	}
	return 0;
}

// Drift and verdicts

/** Spread of the changes of cells, beyond what their own samples explain. */
static double spread_of(const double *logs, const double *noises, size_t count, size_t least)
{
	if (count < least) {
		return 0;
	}
	double all = MAD_SCALE * statistics_mad(logs, count);
	double own = statistics_median(noises, count);
	return sqrt(fmax(all * all - own * own, 0));
}

/** True if the two cells drift alike. Sleeping and waking drift far more than polling. */
static bool same_class(const struct run_cell *a, const struct run_cell *b)
{
	return strcmp(a->cell.workload, b->cell.workload) == 0 &&
	       (a->cell.wait >= CHANNEL_PARK) == (b->cell.wait >= CHANNEL_PARK);
}

/** Scratch space: the logarithm of each cell's change, and its noise. */
struct scratch {
	double *logs;
	double *noises;
};

/** Spread of the changes of queues: of those that drift like a cell, or of all with NULL. */
static double find_spread(const struct comparison *comparison, const struct run_cell *like,
			  const struct scratch *scratch)
{
	size_t count = 0;
	for (size_t i = 0; i < comparison->count; ++i) {
		const struct compare_cell *cell = &comparison->cells[i];
		if (!cell->reason && !is_floor(cell) && (!like || same_class(cell->before, like))) {
			scratch->logs[count] = log(cell->ratio);
			scratch->noises[count++] = cell->noise;
		}
	}
	return spread_of(scratch->logs, scratch->noises, count,
			 like ? COMPARE_CLASS : COMPARE_CELLS);
}

/** Looks at the changes of floors. Returns how far they moved. */
static double look_at_floors(struct comparison *comparison, const struct scratch *scratch)
{
	comparison->floor_low = INFINITY;
	comparison->floor_high = -INFINITY;
	for (size_t i = 0; i < comparison->count; ++i) {
		const struct compare_cell *cell = &comparison->cells[i];
		// Under load a floor is a tail, which interruptions make
		if (!cell->reason && is_floor(cell) && !(cell->before->cell.load > 0)) {
			double time = 1 + cell->slower;
			scratch->logs[comparison->floors] = log(time);
			// Distance from no change: floors that all moved alike are drift too
			scratch->noises[comparison->floors++] = fabs(log(time));
			comparison->floor_low = fmin(comparison->floor_low, time);
			comparison->floor_high = fmax(comparison->floor_high, time);
		}
	}
	if (comparison->floors == 0) {
		return 0;
	}
	comparison->floor_mean = exp(statistics_mean(scratch->logs, comparison->floors));
	return MAD_SCALE * statistics_median(scratch->noises, comparison->floors);
}

/** Finds the drift between the runs, as a whole and for each cell. 0, or -1 with errno. */
static int find_drift(struct comparison *comparison)
{
	int result = -1;
	struct scratch scratch = {
		.logs = calloc(comparison->count + 1, sizeof(*scratch.logs)),
		.noises = calloc(comparison->count + 1, sizeof(*scratch.noises)),
	};
	if (!scratch.logs || !scratch.noises) {
		goto out;
	}
	double floors = look_at_floors(comparison, &scratch);
	comparison->drift = fmax(floors, find_spread(comparison, NULL, &scratch));
	size_t cells = 0;
	for (size_t i = 0; i < comparison->count; ++i) {
		struct compare_cell *cell = &comparison->cells[i];
		if (!cell->reason && !is_floor(cell)) {
			++cells;
			comparison->probed += cell->probed;
			comparison->probe_most = fmax(comparison->probe_most, cell->drift);
			cell->drift = fmax(fmax(comparison->drift, cell->drift),
					   find_spread(comparison, cell->before, &scratch));
		}
	}
	comparison->drift_known = comparison->floors > 0 || cells >= COMPARE_CELLS ||
				  (cells > 0 && comparison->probed == cells);
	result = 0;

out:
	free(scratch.noises);
	free(scratch.logs);
	return result;
}

/** Standard deviation of log(ratio), if nothing changed. */
static double deviation_of(const struct compare_cell *cell)
{
	return sqrt(cell->noise * cell->noise + cell->drift * cell->drift);
}

void compare_interval(const struct compare_cell *cell, double *low, double *high)
{
	double width = exp(DEVIATIONS * deviation_of(cell));
	*low = fmin(cell->low, cell->ratio / width);
	*high = fmax(cell->high, cell->ratio * width);
}

/** p of a change against noise and drift. */
static double p_of(const struct compare_cell *cell)
{
	double deviation = deviation_of(cell);
	double distance = fabs(log(cell->ratio));
	double p = deviation > 0 ? erfc(distance / (deviation * sqrt(2))) : distance > 0 ? 0 : 1;
	return fmax(cell->p, p);
}

/**
 * p of a change by the margin or more, either way: that of the widest interval around the ratio
 * that lies inside the margin.
 *
 * @param low   the 95 % interval, as `high`
 */
static double p_beyond_margin(double ratio, double low, double high)
{
	double up = log(VERDICT_MARGIN / ratio);
	double down = log(VERDICT_MARGIN * ratio);
	// By an end that is the ratio itself it is infinitely far
	double distance = DEVIATIONS * fmin(up / log(high / ratio), down / log(ratio / low));
	return up > 0 && down > 0 ? erfc(distance / sqrt(2)) : 1;
}

/** p_beyond_margin() of a cell against noise and drift. */
static double p_as_good_of(const struct compare_cell *cell)
{
	double low;
	double high;
	compare_interval(cell, &low, &high);
	return fmax(cell->p_as_good, p_beyond_margin(cell->ratio, low, high));
}

/** Verdict on the ratio of times, new by old. Both p are corrected. */
static enum compare_verdict verdict_of(double time, double p, double p_as_good)
{
	if (p <= COMPARE_LEVEL && fmax(time, 1 / time) > COMPARE_DIFFERENCE) {
		return time > 1 ? COMPARE_SLOWER : COMPARE_FASTER;
	}
	return p_as_good <= COMPARE_LEVEL ? COMPARE_AS_GOOD : COMPARE_UNDECIDED;
}

/**
 * How many rounds would probably decide one of `cells` cells, which are those that it has if it is
 * decided: the noise of its medians falls with their root, and its drift does not fall.
 */
static size_t find_needed(const struct compare_cell *cell, size_t cells)
{
	size_t had = cell->before->sample_count < cell->after->sample_count
			     ? cell->before->sample_count
			     : cell->after->sample_count;
	if (cell->verdict != COMPARE_UNDECIDED) {
		return had;
	}
	for (size_t rounds = had + 1; rounds <= VERDICT_MOST_ROUNDS; ++rounds) {
		struct compare_cell more = *cell;
		more.p = more.p_as_good = 0;
		more.low = more.high = more.ratio;
		more.noise *= sqrt((double)had / (double)rounds);
		if (verdict_of(more.ratio, p_of(&more) * (double)cells,
			       p_as_good_of(&more) * (double)cells) != COMPARE_UNDECIDED) {
			return rounds;
		}
	}
	return 0;
}

/** Finds a queue by its name, or adds it. */
static struct compare_queue *find_queue(struct comparison *comparison, const char *name)
{
	size_t i = 0;
	while (i < comparison->queue_count && strcmp(comparison->queues[i].name, name) != 0) {
		++i;
	}
	if (i == comparison->queue_count) {
		comparison->queues[comparison->queue_count++] =
			(struct compare_queue){.name = name};
	}
	return &comparison->queues[i];
}

/** Averages the cells of a queue. */
static void average(const struct comparison *comparison, struct compare_queue *queue)
{
	double sum = 0;
	double weights = 0;
	for (size_t i = 0; i < comparison->count; ++i) {
		const struct compare_cell *cell = &comparison->cells[i];
		if (cell->reason || is_floor(cell) ||
		    strcmp(cell->before->cell.queue, queue->name) != 0) {
			continue;
		}
		// Equal samples are no more certain than the clock
		double deviation = fmax(deviation_of(cell), 1e-3);
		double weight = 1 / (deviation * deviation);
		sum += weight * log1p(cell->slower);
		weights += weight;
		++queue->cells;
	}
	queue->ratio = exp(sum / weights);
	queue->noise = sqrt(1 / weights);
}

/**
 * How far whole queues drift: as far as the floors on average, which move with the machine, and as
 * far as most queues lie apart. A busy machine slows one queue more than another, in all its cells.
 * NAN with errno.
 */
static double find_queue_drift(const struct comparison *comparison)
{
	double whole = comparison->floors > 0 ? fabs(log(comparison->floor_mean)) : 0;
	size_t count = comparison->queue_count;
	if (count < COMPARE_CLASS) {
		return whole;
	}
	double *logs = calloc(count, sizeof(*logs));
	if (!logs) {
		return NAN;
	}
	for (size_t i = 0; i < count; ++i) {
		logs[i] = log(comparison->queues[i].ratio);
	}
	double apart = MAD_SCALE * statistics_mad(logs, count);
	free(logs);
	return sqrt(whole * whole + apart * apart);
}

/** Fills the interval of a queue, and each p before correction. */
static void weigh(struct compare_queue *queue, double drift)
{
	double deviation = sqrt(queue->noise * queue->noise + drift * drift);
	double mean = log(queue->ratio);
	queue->low = exp(mean - DEVIATIONS * deviation);
	queue->high = exp(mean + DEVIATIONS * deviation);
	queue->p = erfc(fabs(mean) / (deviation * sqrt(2)));
	queue->p_as_good = p_beyond_margin(queue->ratio, queue->low, queue->high);
}

/** Corrects each p for their number (Holm). 0, or -1 with errno. */
static int correct(double *p, double *p_as_good, size_t count)
{
	return statistics_holm(p, count, p) == 0 ? statistics_holm(p_as_good, count, p_as_good)
						 : -1;
}

/** Judges the queues, by all cells of each. 0, or -1 with errno. */
static int judge_queues(struct comparison *comparison)
{
	comparison->queues = calloc(comparison->count + 1, sizeof(*comparison->queues));
	double *p = calloc(2 * comparison->count + 1, sizeof(*p));
	double *p_as_good = p + comparison->count;
	int result = comparison->queues && p ? 0 : -1;
	for (size_t i = 0; result == 0 && i < comparison->count; ++i) {
		const struct compare_cell *cell = &comparison->cells[i];
		if (!cell->reason && !is_floor(cell)) {
			find_queue(comparison, cell->before->cell.queue);
		}
	}
	size_t kept = 0;
	for (size_t i = 0; i < comparison->queue_count; ++i) {
		struct compare_queue *queue = &comparison->queues[i];
		average(comparison, queue);
		if (queue->cells > 1) {
			comparison->queues[kept++] = *queue;
		}
	}
	comparison->queue_count = kept;
	double drift = find_queue_drift(comparison);
	result = isnan(drift) ? -1 : result;
	for (size_t i = 0; result == 0 && i < kept; ++i) {
		weigh(&comparison->queues[i], drift);
		p[i] = comparison->queues[i].p;
		p_as_good[i] = comparison->queues[i].p_as_good;
	}
	if (result == 0 && kept > 0) {
		result = correct(p, p_as_good, kept);
	}
	for (size_t i = 0; result == 0 && i < kept; ++i) {
		struct compare_queue *queue = &comparison->queues[i];
		queue->p = p[i];
		queue->p_as_good = p_as_good[i];
		queue->verdict = verdict_of(queue->ratio, p[i], p_as_good[i]);
	}
	free(p);
	return result;
}

/** Judges the cells that have numbers. 0, or -1 with errno. */
static int judge(struct comparison *comparison)
{
	int result = -1;
	double *p = calloc(2 * comparison->count + 1, sizeof(*p));
	double *p_as_good = p + comparison->count;
	struct compare_cell **judged = calloc(comparison->count + 1, sizeof(*judged));
	if (!p || !judged) {
		goto out;
	}
	size_t compared = 0;
	for (size_t i = 0; i < comparison->count; ++i) {
		struct compare_cell *cell = &comparison->cells[i];
		// Floors measure the machine: they get no verdict
		if (!cell->reason && !is_floor(cell)) {
			p[compared] = p_of(cell);
			p_as_good[compared] = p_as_good_of(cell);
			judged[compared++] = cell;
		}
	}
	if (compared > 0 && correct(p, p_as_good, compared) != 0) {
		goto out;
	}
	for (size_t i = 0; i < compared; ++i) {
		judged[i]->p = p[i];
		judged[i]->p_as_good = p_as_good[i];
		judged[i]->verdict = verdict_of(1 + judged[i]->slower, p[i], p_as_good[i]);
		judged[i]->rounds_needed = find_needed(judged[i], compared);
	}
	result = 0;

out:
	free(judged);
	free(p);
	return result;
}

/** Rounds that a verdict takes with this number of cells. */
static size_t rounds_for(const struct comparison *comparison)
{
	size_t cells = 0;
	for (size_t i = 0; i < comparison->count; ++i) {
		cells += !comparison->cells[i].reason && !is_floor(&comparison->cells[i]);
	}
	size_t rounds = 1;
	double most = COMPARE_LEVEL / (double)(cells > 0 ? cells : 1);
	while (statistics_rank_sum_smallest(rounds, rounds) > most) {
		++rounds;
	}
	return rounds;
}

int compare_runs(const struct run *before, const struct run *after, struct comparison *comparison)
{
	*comparison = (struct comparison){0};
	int result = whole_reason(before, after, comparison);
	comparison->notes = machine_changes(&before->machine, &after->machine);
	if (result != 0 || !comparison->notes || pair_cells(comparison, before, after) != 0) {
		goto fail;
	}
	size_t needed = rounds_for(comparison);
	comparison->rounds_needed = needed;
	for (size_t i = 0; i < comparison->count; ++i) {
		struct compare_cell *cell = &comparison->cells[i];
		struct rng rng;
		rng_seed(&rng, i);
		if (!cell->reason && measure_both(cell, &rng, is_floor(cell) ? 1 : needed) != 0) {
			goto fail;
		}
		if (comparison->reason) {
			cell->reason = comparison->reason;
		}
	}
	if (find_drift(comparison) != 0 || judge(comparison) != 0 ||
	    judge_queues(comparison) != 0) {
		goto fail;
	}
	for (size_t i = 0; i < comparison->count; ++i) {
		if (comparison->cells[i].before ? !is_floor(&comparison->cells[i]) : true) {
			++comparison->verdicts[comparison->cells[i].verdict];
		}
	}
	return 0;

fail:
	compare_destroy(comparison);
	return -1;
}

void compare_destroy(struct comparison *comparison)
{
	free(comparison->cells);
	free(comparison->queues);
	free(comparison->reason);
	free(comparison->notes);
	*comparison = (struct comparison){0};
}
