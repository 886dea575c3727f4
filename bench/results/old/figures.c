// SPDX-License-Identifier: MIT

/** Sums, peaks and percentiles over the samples of a cell, and the order of rows. */

#include "results/old/figures.h"

#include "base/statistics.h"
#include "results/old/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *figures_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

/** A number, or NAN. */
static double number_of(const json_t *object, const char *key)
{
	const json_t *number = json_object_get(object, key);
	return json_is_number(number) ? json_number_value(number) : NAN;
}

static bool is_ok(const json_t *sample)
{
	return strcmp(figures_text(sample, "verdict"), "ok") == 0;
}

/** A number's sum over the samples. NAN if one does not have it. */
static double sum_of(const json_t *cell, const char *key)
{
	double sum = 0;
	size_t i;
	json_t *sample;
	json_array_foreach(json_object_get(cell, "samples"), i, sample)
	{
		sum += is_ok(sample) ? number_of(sample, key) : 0;
	}
	return sum;
}

/** The largest of the samples' peaks. */
static double peak_of(const json_t *cell)
{
	double peak = NAN;
	size_t i;
	json_t *sample;
	json_array_foreach(json_object_get(cell, "samples"), i, sample)
	{
		peak = is_ok(sample) ? fmax(peak, number_of(sample, "peak_kib")) : peak;
	}
	return peak / 1024;
}

/**
 * The median of a number over the samples that have it, or NAN.
 *
 * @param within  the object of a sample that the number is in, or NULL
 */
static double median_of(const json_t *cell, const char *within, const char *key)
{
	const json_t *samples = json_object_get(cell, "samples");
	double *values = calloc(json_array_size(samples) + 1, sizeof(*values));
	if (!values) {
		return NAN;
	}
	size_t count = 0;
	size_t i;
	json_t *sample;
	json_array_foreach(samples, i, sample)
	{
		double value = number_of(within ? json_object_get(sample, within) : sample, key);
		if (is_ok(sample) && !isnan(value)) {
			values[count++] = value;
		}
	}
	double median = count > 0 ? statistics_median(values, count) : NAN;
	free(values);
	return median;
}

/** What there is of something for so many items: NAN where there are none. */
static double per(double what, double items, double so_many)
{
	return items > 0 ? what / items * so_many : NAN;
}

/** All but what the summary has. */
static void fill_costs(struct figures *figures)
{
	const json_t *cell = figures->cell;
	double items = sum_of(cell, "delivered");
	// These are counted from the start of a sample on, the warm-up included
	double all = sum_of(cell, "delivered_all");
	figures->full = per(sum_of(cell, "full"), all, 1e3);
	figures->empty = per(sum_of(cell, "empty"), all, 1e3);
	figures->busy = per(sum_of(cell, "busy"), all, 1e3);
	figures->own_percent = per(sum_of(cell, "own"), all, 100);
	figures->cpu_seconds =
		per(sum_of(cell, "user_ns") + sum_of(cell, "system_ns"), items, 1e-3);
	figures->switches =
		per(sum_of(cell, "voluntary_switches") + sum_of(cell, "involuntary_switches"),
		    items, 1e6);
	figures->peak_mib = peak_of(cell);
	figures->evenness = per(sum_of(cell, "thread_min"), sum_of(cell, "thread_max"), 1);
	figures->p50 = median_of(cell, "latency_ns", "p50");
	figures->p99 = median_of(cell, "latency_ns", "p99");
	figures->p999 = median_of(cell, "latency_ns", "p999");
	figures->p9999 = median_of(cell, "latency_ns", "p9999");
	figures->max = median_of(cell, "latency_ns", "max");
	figures->fill = median_of(cell, NULL, "fill_ns");
	figures->drain = median_of(cell, NULL, "drain_ns");
	figures->quiet = median_of(cell, NULL, "quiet_cpu_ns") / 1e9;
	figures->capacity = median_of(cell, NULL, "capacity") / 1e6;
	figures->backlog = median_of(cell, NULL, "backlog_max");
}

void figures_of(struct figures *figures, const json_t *cell)
{
	const json_t *summary = json_object_get(cell, "summary");
	*figures = (struct figures){
		.cell = cell,
		.verdict = SUMMARY_UNDECIDED,
		.floor = json_is_true(json_object_get(cell, "floor")),
		.higher_is_better = strcmp(figures_text(cell, "unit"), "items/s") == 0,
		.two_modes = number_of(summary, "modes") > 1,
		.class = results_class(cell),
		.rounds = number_of(summary, "rounds"),
		.needed = number_of(summary, "rounds_needed"),
		.median = number_of(summary, "median"),
		.low = number_of(summary, "low"),
		.high = number_of(summary, "high"),
		.ratio = number_of(summary, "ratio_to_best"),
	};
	const char *order = figures_text(cell, "order");
	figures->relaxed = *order && strcmp(order, "FIFO") != 0;
	summary_verdict_parse(figures_text(summary, "verdict"), &figures->verdict);
	figures->spread =
		figures->median > 0 ? number_of(summary, "mad") / figures->median * 100 : NAN;
	figures->rank = FIGURES_NUMBERS;
	if (results_failure(cell, false)) {
		figures->rank = FIGURES_VOID;
		figures->reason = results_failure(cell, false);
	} else if (isnan(figures->median)) {
		figures->reason = results_failure(cell, true);
		figures->rank = figures->reason ? FIGURES_UNSUPPORTED : FIGURES_NOTHING;
	} else {
		fill_costs(figures);
	}
}

int figures_compare(const void *left, const void *right)
{
	const struct figures *a = left;
	const struct figures *b = right;
	if (a->floor != b->floor) {
		return a->floor - b->floor;
	}
	int classes = strcmp(a->class, b->class);
	if (classes != 0) {
		return classes;
	}
	if (a->rank != b->rank) {
		return a->rank > b->rank ? 1 : -1;
	}
	if (a->rank == FIGURES_NUMBERS && a->median != b->median) {
		return (a->median < b->median) == a->higher_is_better ? 1 : -1;
	}
	return strcmp(figures_text(a->cell, "queue"), figures_text(b->cell, "queue"));
}
