// SPDX-License-Identifier: MIT

/** Rank correlations between micro-workloads and the walk. */

#include "report/data/correlation.h"

#include "base/rng.h"
#include "base/statistics.h"
#include "report/data/cells.h"
#include "report/data/tasks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 2000

/** Queues that two rankings have in common, and their costs. */
struct pairs {
	const struct contender **micro;
	const struct contender **real;
	/** Costs, or costs of resampled medians. */
	double *a;
	double *b;
	size_t count;
};

static void pairs_destroy(struct pairs *pairs)
{
	free(pairs->micro);
	free(pairs->real);
	free(pairs->a);
	free(pairs->b);
}

/** 0, or -1 with ENOMEM. */
static int pairs_find(struct pairs *pairs, const struct ranking *micro, const struct ranking *real)
{
	size_t most = real->ranked + 1;
	*pairs = (struct pairs){
		.micro = calloc(most, sizeof(*pairs->micro)),
		.real = calloc(most, sizeof(*pairs->real)),
		.a = calloc(most, sizeof(*pairs->a)),
		.b = calloc(most, sizeof(*pairs->b)),
	};
	if (!pairs->micro || !pairs->real || !pairs->a || !pairs->b) {
		return -1;
	}
	for (size_t i = 0; i < real->ranked; ++i) {
		const struct contender *one = &real->contenders[i];
		const struct contender *other = ranking_find(micro, one->queue);
		// Each queue once, with the wait that it does best with
		if (other && one->stands) {
			pairs->micro[pairs->count] = other;
			pairs->real[pairs->count] = one;
			pairs->a[pairs->count] = other->cost;
			pairs->b[pairs->count] = one->cost;
			++pairs->count;
		}
	}
	return 0;
}

/** A contender whose samples are drawn from. */
struct source {
	struct statistics_medians medians;
	bool rate;
};

/** Fills a source. 0, or -1 with ENOMEM. */
static int source_of(const struct contender *contender, bool rate, struct source *source)
{
	source->rate = rate;
	return statistics_medians_find(&source->medians, contender->row.values,
				       contender->row.count);
}

/** Median of resampled values, as time per item. */
static double draw(const struct source *source, struct rng *rng)
{
	double median = statistics_medians_at(&source->medians, rng_unit(rng));
	return source->rate ? 1 / median : median;
}

/** Interval of the correlation, by resampling. 0, or -1 with ENOMEM. */
static int find_interval(const struct pairs *pairs, bool micro_rate, bool real_rate,
			 struct correlation *correlation)
{
	struct rng rng;
	rng_seed(&rng, 1);
	struct source *sources = calloc(2 * pairs->count + 1, sizeof(*sources));
	double *rhos = calloc(RESAMPLES, sizeof(*rhos));
	int result = sources && rhos ? 0 : -1;
	for (size_t i = 0; i < pairs->count && result == 0; ++i) {
		result = source_of(pairs->micro[i], micro_rate, &sources[2 * i]) |
			 source_of(pairs->real[i], real_rate, &sources[2 * i + 1]);
	}
	size_t count = 0;
	for (size_t i = 0; result == 0 && i < RESAMPLES; ++i) {
		for (size_t j = 0; j < pairs->count; ++j) {
			pairs->a[j] = draw(&sources[2 * j], &rng);
			pairs->b[j] = draw(&sources[2 * j + 1], &rng);
		}
		double rho = statistics_spearman(pairs->a, pairs->b, pairs->count);
		if (!isnan(rho)) {
			rhos[count++] = rho;
		}
	}
	if (count > 0) {
		// Resampling has the noise of the samples once more, which weakens a correlation
		correlation->low = fmin(correlation->rho, statistics_quantile(rhos, count, 0.025));
		correlation->high = fmax(correlation->rho, statistics_quantile(rhos, count, 0.975));
	}
	for (size_t i = 0; i < 2 * pairs->count && sources; ++i) {
		statistics_medians_free(&sources[i].medians);
	}
	free(sources);
	free(rhos);
	return result;
}

/** Puts ranks in the place of values, as twice their distances from the middle one. 0, or -1. */
static int rank(double *values, size_t count)
{
	double *ranks = calloc(count, sizeof(*ranks));
	for (size_t i = 0; ranks && i < count; ++i) {
		for (size_t j = 0; j < count; ++j) {
			ranks[i] += (values[j] < values[i]) - (values[j] > values[i]);
		}
	}
	if (ranks) {
		memcpy(values, ranks, count * sizeof(*ranks));
	}
	free(ranks);
	return ranks ? 0 : -1;
}

/** Share of random orders that correlate as strongly. The values become ranks. 0, or -1. */
static int find_chance(struct pairs *pairs, double *chance)
{
	struct rng rng;
	rng_seed(&rng, 2);
	if (rank(pairs->a, pairs->count) != 0 || rank(pairs->b, pairs->count) != 0) {
		return -1;
	}
	double seen = 0;
	for (size_t i = 0; i < pairs->count; ++i) {
		seen += pairs->a[i] * pairs->b[i];
	}
	// Whatever their order, ranks have the same squares: the sums of products are compared
	size_t as_strong = 0;
	for (size_t i = 0; i < RESAMPLES; ++i) {
		double drawn = 0;
		for (size_t j = pairs->count; j-- > 0;) {
			size_t other = j > 0 ? rng_below(&rng, j + 1) : 0;
			double chosen = pairs->a[other];
			pairs->a[other] = pairs->a[j];
			pairs->a[j] = chosen;
			drawn += chosen * pairs->b[j];
		}
		as_strong += fabs(drawn) >= fabs(seen);
	}
	*chance = (double)(as_strong + 1) / (RESAMPLES + 1);
	return 0;
}

/** 0, or -1 with errno. */
static int correlate(const struct ranking *micro, const struct ranking *real,
		     struct correlation *correlation)
{
	struct pairs pairs;
	*correlation = (struct correlation){.rho = NAN, .low = NAN, .high = NAN, .p = NAN};
	snprintf(correlation->what, sizeof(correlation->what), "%s", micro->what);
	int result = pairs_find(&pairs, micro, real);
	correlation->queues = pairs.count;
	if (result == 0 && pairs.count >= CORRELATION_QUEUES) {
		correlation->rho = statistics_spearman(pairs.a, pairs.b, pairs.count);
	}
	if (!isnan(correlation->rho)) {
		result = find_chance(&pairs, &correlation->p);
	}
	if (!isnan(correlation->p)) {
		result = find_interval(&pairs, micro->higher_is_better, real->higher_is_better,
				       correlation);
	}
	pairs_destroy(&pairs);
	return result;
}

bool correlation_holds(const struct correlation *correlation)
{
	return correlation->p <= 0.05 && (correlation->low > 0 || correlation->high < 0);
}

/** A workload that is correlated. */
struct asked {
	const struct report *report;
	const struct report_file *file;
	const struct run_group *group;
	const struct ranking *real;
	struct correlation *correlation;
};

/** 0, or -1 with errno. */
static int correlate_asked(void *all, size_t number)
{
	const struct asked *asked = (const struct asked *)all + number;
	const struct run_cell *cell = &asked->file->run->cells[asked->group->cells[0]];
	struct ranking micro;
	if (ranking_of_group(asked->report, asked->file, asked->group, &micro) != 0) {
		return -1;
	}
	int result = correlate(&micro, asked->real, asked->correlation);
	asked->correlation->simple =
		cell->cell.batch == 1 && cell->cell.work == 0 && !(cell->cell.load > 0);
	ranking_destroy(&micro);
	return result;
}

/** Correlates all plain groups of a run. 0, or -1 with errno. */
static int correlate_run(const struct report *report, const struct report_file *file,
			 const struct ranking *real, struct correlations *correlations)
{
	size_t count;
	size_t found = 0;
	struct run_group *groups = run_groups(file->run, &count);
	struct asked *all = calloc(count + 1, sizeof(*all));
	struct correlation *more =
		reallocarray(correlations->items, correlations->count + count + 1, sizeof(*more));
	correlations->items = more ? more : correlations->items;
	int result = groups && all && more ? 0 : -1;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		const struct run_cell *cell = &file->run->cells[groups[i].cells[0]];
		if (!report_is_workload(cell, "replay") && report_shows(report, file, cell)) {
			all[found] = (struct asked){report, file, &groups[i], real,
						    &more[correlations->count + found]};
			++found;
		}
	}
	if (result == 0) {
		result = tasks_do(found, correlate_asked, all);
	}
	correlations->count += result == 0 ? found : 0;
	free(all);
	run_groups_free(groups, count);
	return result;
}

int correlations_find(const struct report *report, size_t machine, const struct ranking *rankings,
		      struct correlations *correlations)
{
	// The walk itself, or its replay, which comes nearest to it
	bool replayed = rankings[0].ranked == 0;
	const struct ranking *real = &rankings[replayed];
	*correlations = (struct correlations){.replayed = replayed};
	int result = 0;
	if (real->ranked > 0) {
		snprintf(correlations->real, sizeof(correlations->real), "%s", real->what);
		for (size_t i = 0; i < report->count && result == 0; ++i) {
			const struct report_file *file = &report->files[i];
			if (file->run && file->machine == machine) {
				result = correlate_run(report, file, real, correlations);
			}
		}
	}
	if (result != 0) {
		correlations_destroy(correlations);
	}
	return result;
}

void correlations_destroy(struct correlations *correlations)
{
	free(correlations->items);
	*correlations = (struct correlations){0};
}
