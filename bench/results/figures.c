// SPDX-License-Identifier: MIT

/** Sums, peaks and percentiles over the samples of a cell, and the order of rows. */

#include "results/figures.h"

#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** A number of a sample: where its member is. */
#define AT(member) offsetof(struct sample, member)

/** `what` per `unit` items. NAN where there are no items. */
static double per(double what, double items, double unit)
{
	return items > 0 ? what / items * unit : NAN;
}

/** In place of an offset: the time of a sample as a multiple of its bounces. */
#define IN_BOUNCES (FIGURES_CPU - 1)

static double number_of(const struct sample *sample, size_t offset)
{
	if (offset == FIGURES_CPU) {
		return per(sample->user_ns + sample->system_ns, sample->delivered, 1e-3);
	}
	if (offset == IN_BOUNCES) {
		double before = sample->bounce_before;
		double after = sample->bounce_after;
		return sample->value / (isnan(before)  ? after
					: isnan(after) ? before
						       : (before + after) / 2);
	}
	return *(const double *)((const char *)sample + offset);
}

/** Sum of a number over the samples that count. NAN if one of them does not have it. */
static double sum_of(const struct run_cell *cell, size_t offset)
{
	double sum = 0;
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		sum += sample->verdict == SAMPLE_OK ? number_of(sample, offset) : 0;
	}
	return sum;
}

/** Largest peak of memory among the samples that count, in MiB. */
static double peak_of(const struct run_cell *cell)
{
	double peak = NAN;
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		peak = sample->verdict == SAMPLE_OK ? fmax(peak, sample->peak_kib) : peak;
	}
	return peak / 1024;
}

/** A number of the samples that count and have it, for the caller to free. NULL without memory. */
static double *values_of(const struct run_cell *cell, size_t offset, size_t *count)
{
	double *values = calloc(cell->sample_count + 1, sizeof(*values));
	*count = 0;
	for (size_t i = 0; values && i < cell->sample_count; ++i) {
		double value = number_of(&cell->samples[i], offset);
		if (cell->samples[i].verdict == SAMPLE_OK && !isnan(value)) {
			values[(*count)++] = value;
		}
	}
	return values;
}

/** Median of a number over the samples that count and have it, or NAN. */
static double median_of(const struct run_cell *cell, size_t offset)
{
	size_t count;
	double *values = values_of(cell, offset, &count);
	double median = count > 0 ? statistics_median(values, count) : NAN;
	free(values);
	return median;
}

double figures_median(const struct run_cell *cell, size_t offset, double *low, double *high)
{
	size_t count;
	double *values = values_of(cell, offset, &count);
	// Chance that exactly `least` of the samples are below the true median, and that fewer are
	double chance = -(double)count * M_LN2;
	double fewer = exp(chance);
	size_t least = 0;
	for (; 2 * fewer <= 0.05 && least < count / 2; fewer += exp(chance)) {
		chance += log((double)(count - least) / (double)(least + 1));
		++least;
	}
	*low = least > 0 ? statistics_select(values, count, least - 1) : NAN;
	*high = least > 0 ? statistics_select(values, count, count - least) : NAN;
	double median = count > 0 ? statistics_middle(values, count) : NAN;
	free(values);
	return median;
}

struct rank_error figures_rank_error(const struct run_cell *cell)
{
	struct rank_error error = {.mean = median_of(cell, AT(rank_error.mean)),
				   .p99 = median_of(cell, AT(rank_error.p99)),
				   .worst = NAN,
				   .items = NAN};
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct rank_error *one = &cell->samples[i].rank_error;
		if (cell->samples[i].verdict == SAMPLE_OK && !isnan(one->mean)) {
			error.worst = fmax(error.worst, one->worst);
			error.items = one->items + (isnan(error.items) ? 0 : error.items);
		}
	}
	return error;
}

/** Times of some of the hand-offs: `offset` is of their struct sample_latency. */
static struct figures_times times_of(const struct run_cell *cell, size_t offset)
{
#define OF(member) (offset + offsetof(struct sample_latency, member))
	return (struct figures_times){
		.percent = per(sum_of(cell, OF(count)), sum_of(cell, AT(latency.count)), 100),
		.p50 = median_of(cell, OF(p50)),
		.p99 = median_of(cell, OF(p99)),
		.p999 = median_of(cell, OF(p999)),
		.p9999 = median_of(cell, OF(p9999)),
		.max = median_of(cell, OF(max)),
	};
#undef OF
}

/** Everything that is not in the summary. */
static void fill_costs(struct figures *figures)
{
	const struct run_cell *cell = figures->cell;
	double items = sum_of(cell, AT(delivered));
	// These are counted from the start of a sample on, the warm-up included
	double all = sum_of(cell, AT(delivered_all));
	figures->full = per(sum_of(cell, AT(full)), all, 1e3);
	figures->empty = per(sum_of(cell, AT(empty)), all, 1e3);
	figures->busy = per(sum_of(cell, AT(busy)), all, 1e3);
	figures->own_percent = per(sum_of(cell, AT(own)), all, 100);
	figures->cpu_seconds = median_of(cell, FIGURES_CPU);
	figures->switches =
		per(sum_of(cell, AT(voluntary_switches)) + sum_of(cell, AT(involuntary_switches)),
		    items, 1e6);
	figures->peak_mib = peak_of(cell);
	figures->evenness = per(sum_of(cell, AT(thread_min)), sum_of(cell, AT(thread_max)), 1);
	figures->p50 = median_of(cell, AT(latency.p50));
	figures->p99 = median_of(cell, AT(latency.p99));
	figures->p999 = median_of(cell, AT(latency.p999));
	figures->p9999 = median_of(cell, AT(latency.p9999));
	figures->max = median_of(cell, AT(latency.max));
	figures->slept = times_of(cell, AT(slept));
	figures->awake = times_of(cell, AT(awake));
	figures->fill = median_of(cell, AT(fill_ns));
	figures->drain = median_of(cell, AT(drain_ns));
	figures->quiet = median_of(cell, AT(quiet_cpu_ns)) / 1e9;
	figures->capacity = median_of(cell, AT(capacity)) / 1e6;
	// Divided inside each sample, so that states of the machine cancel
	bool pair = cell->cell.producers == 1 && cell->cell.consumers == 1;
	bool hand_over = pair && !figures->higher_is_better && !(cell->cell.load > 0);
	figures->bounces = hand_over ? median_of(cell, IN_BOUNCES) : NAN;
	figures->backlog = median_of(cell, AT(backlog_max));
}

void figures_of(struct figures *figures, const struct run_cell *cell)
{
	const struct summary *summary = &cell->summary;
	*figures = (struct figures){
		.cell = cell,
		.rank = FIGURES_NUMBERS,
		.verdict = summary->verdict,
		.floor = cell->floor,
		.higher_is_better = run_cell_higher_is_better(cell),
		.two_modes = summary->modes > 1,
		.class = run_cell_class(cell),
		.relaxed = cell->order != QUEUE_FIFO,
		.reason = run_cell_failure(cell),
		.rounds = (double)summary->rounds,
		.needed = (double)summary->rounds_needed,
		.median = summary->median,
		.low = summary->low,
		.high = summary->high,
		.cost = run_cell_higher_is_better(cell) ? 1e9 / summary->median : summary->median,
		.ratio = summary->ratio,
		.ratio_low = summary->ratio_low,
		.ratio_high = summary->ratio_high,
		.rank_mean = summary->rank_error.mean,
		.rank_p99 = summary->rank_error.p99,
		.rank_worst = summary->rank_error.worst,
		.spread = summary->median > 0 ? summary->mad / summary->median * 100 : NAN,
	};
	if (figures->reason) {
		figures->rank = FIGURES_VOID;
	} else if (isnan(figures->median)) {
		const struct sample *missing = run_cell_missing(cell);
		figures->reason = missing ? missing->reason : NULL;
		figures->rank = missing && missing->verdict == SAMPLE_UNSUPPORTED
					? FIGURES_UNSUPPORTED
					: FIGURES_NOTHING;
	} else {
		fill_costs(figures);
	}
}

/** What a row is sorted by: a ratio to the best, as far as there is one. */
static double cost_of(const struct figures *row)
{
	return row->verdict == VERDICT_BEST	 ? 0
	       : row->floor || isnan(row->ratio) ? row->cost
						 : row->ratio;
}

int figures_compare(const void *left, const void *right)
{
	const struct figures *a = left;
	const struct figures *b = right;
	if (a->floor != b->floor) {
		return a->floor - b->floor;
	}
	if (a->class != b->class) {
		return a->class > b->class ? 1 : -1;
	}
	if (a->rank != b->rank) {
		return a->rank > b->rank ? 1 : -1;
	}
	double costs[] = {cost_of(a), cost_of(b)};
	if (a->rank == FIGURES_NUMBERS && costs[0] != costs[1]) {
		return costs[0] > costs[1] ? 1 : -1;
	}
	return strcmp(a->cell->cell.queue, b->cell->cell.queue);
}
