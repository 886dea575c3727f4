// SPDX-License-Identifier: MIT

/** Rank correlations between micro-workloads and the walk. */

#include "report/data/correlation.h"

#include "base/rng.h"
#include "base/statistics.h"
#include "report/data/ranking.h"
#include "results/old/figures.h"
#include "results/old/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 2000

/** Queues that two rankings have in common, and what each costs. */
struct pairs {
	const struct contender **micro;
	const struct contender **real;
	/** Costs, or what is drawn of them. */
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
		if (other && ranking_find(real, one->queue) == one) {
			pairs->micro[pairs->count] = other;
			pairs->real[pairs->count] = one;
			pairs->a[pairs->count] = other->cost;
			pairs->b[pairs->count] = one->cost;
			++pairs->count;
		}
	}
	return 0;
}

/** The median of samples drawn again; of a rate, what an item takes. */
static double draw(const struct contender *contender, bool rate, double *scratch, struct rng *rng)
{
	for (size_t i = 0; i < contender->count; ++i) {
		scratch[i] = contender->values[rng_below(rng, contender->count)];
	}
	double median = statistics_median(scratch, contender->count);
	return rate ? 1 / median : median;
}

/** The interval of the correlation, by resampling. 0, or -1 with ENOMEM. */
static int find_interval(const struct pairs *pairs, bool micro_rate, bool real_rate,
			 struct relation *relation)
{
	struct rng rng;
	size_t most = 1;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < pairs->count; ++i) {
		most = pairs->micro[i]->count > most ? pairs->micro[i]->count : most;
		most = pairs->real[i]->count > most ? pairs->real[i]->count : most;
	}
	double *scratch = calloc(most, sizeof(*scratch));
	double *rhos = calloc(RESAMPLES, sizeof(*rhos));
	int result = scratch && rhos ? 0 : -1;
	size_t count = 0;
	for (size_t i = 0; result == 0 && i < RESAMPLES; ++i) {
		for (size_t j = 0; j < pairs->count; ++j) {
			pairs->a[j] = draw(pairs->micro[j], micro_rate, scratch, &rng);
			pairs->b[j] = draw(pairs->real[j], real_rate, scratch, &rng);
		}
		double rho = statistics_spearman(pairs->a, pairs->b, pairs->count);
		if (!isnan(rho)) {
			rhos[count++] = rho;
		}
	}
	if (count > 0) {
		relation->low = statistics_quantile(rhos, count, 0.025);
		relation->high = statistics_quantile(rhos, count, 0.975);
	}
	free(rhos);
	free(scratch);
	return result;
}

/** How often queues in any order correlate as strongly. */
static double find_chance(struct pairs *pairs, double rho)
{
	struct rng rng;
	rng_seed(&rng, 2);
	size_t as_strong = 0;
	for (size_t i = 0; i < RESAMPLES; ++i) {
		for (size_t j = pairs->count; j-- > 1;) {
			size_t other = rng_below(&rng, j + 1);
			double swap = pairs->a[j];
			pairs->a[j] = pairs->a[other];
			pairs->a[other] = swap;
		}
		double drawn = statistics_spearman(pairs->a, pairs->b, pairs->count);
		as_strong += fabs(drawn) >= fabs(rho) - 1e-9;
	}
	return (double)(as_strong + 1) / (RESAMPLES + 1);
}

/** 0, or -1 with errno. */
static int relate(const struct ranking *micro, const struct ranking *real,
		  struct relation *relation)
{
	struct pairs pairs;
	*relation = (struct relation){.rho = NAN, .low = NAN, .high = NAN, .p = NAN};
	snprintf(relation->what, sizeof(relation->what), "%s", micro->what);
	int result = pairs_find(&pairs, micro, real);
	relation->queues = pairs.count;
	if (result == 0 && pairs.count >= RELATION_QUEUES) {
		relation->rho = statistics_spearman(pairs.a, pairs.b, pairs.count);
	}
	if (!isnan(relation->rho)) {
		relation->p = find_chance(&pairs, relation->rho);
		result = find_interval(&pairs, micro->higher_is_better, real->higher_is_better,
				       relation);
	}
	pairs_destroy(&pairs);
	return result;
}

bool relation_holds(const struct relation *relation)
{
	return relation->p <= 0.05 && (relation->low > 0 || relation->high < 0);
}

/** Relate all groups of a workload's run that are plain. 0, or -1 with errno. */
static int relate_run(struct report *report, const struct report_file *file, size_t machine,
		      const struct ranking *real, struct relations *relations)
{
	size_t count;
	struct results_group *groups = results_groups(file->document, &count);
	const json_t *cells = json_object_get(file->document, "cells");
	int result = groups || json_array_size(cells) == 0 ? 0 : -1;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		const json_t *cell = json_array_get(cells, groups[i].cells[0]);
		const char *workload = figures_text(cell, "workload");
		if (!report_is_plain(cell) || strcmp(workload, "replay") == 0 ||
		    report_run(report, machine, workload) != file) {
			continue;
		}
		struct relation *more =
			realloc(relations->items, (relations->count + 1) * sizeof(*more));
		struct ranking micro;
		if (!more) {
			result = -1;
			break;
		}
		relations->items = more;
		result = ranking_of_group(report, file, &groups[i], &micro);
		if (result == 0) {
			struct relation *relation = &relations->items[relations->count++];
			result = relate(&micro, real, relation);
			relation->simple = report_integer(cell, "batch") == 1 &&
					   report_integer(cell, "work_ns") == 0 &&
					   !json_is_number(json_object_get(cell, "load"));
			ranking_destroy(&micro);
		}
	}
	results_groups_free(groups, count);
	return result;
}

int relation_find(struct report *report, size_t machine, struct relations *relations)
{
	struct ranking real;
	*relations = (struct relations){0};
	// The walk itself, or what comes nearest to it
	for (size_t i = 0; i < 2; ++i) {
		if (ranking_of(report, machine, &situations[i], &real) != 0) {
			return -1;
		}
		relations->replayed = i == 1;
		if (real.ranked > 0 || i == 1) {
			break;
		}
		ranking_destroy(&real);
	}
	int result = 0;
	if (real.ranked > 0) {
		snprintf(relations->real, sizeof(relations->real), "%s", real.what);
		for (size_t i = 0; i < report->count && result == 0; ++i) {
			if (report->files[i].kind == REPORT_RESULTS &&
			    report->files[i].machine == machine) {
				result = relate_run(report, &report->files[i], machine, &real,
						    relations);
			}
		}
	}
	ranking_destroy(&real);
	if (result != 0) {
		relation_destroy(relations);
	}
	return result;
}

void relation_destroy(struct relations *relations)
{
	free(relations->items);
	*relations = (struct relations){0};
}
