// SPDX-License-Identifier: MIT

/** What a table shows of a cell: its summary, and what its samples say beside their values. */

#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#define figures_of old_figures_of
#define figures_compare old_figures_compare

#include "results/summary.h"

#include <jansson.h>
#include <stdbool.h>

/** Where in its table a row stands. */
enum figures_rank {
	FIGURES_NUMBERS,
	FIGURES_NOTHING,
	FIGURES_UNSUPPORTED,
	FIGURES_VOID,
};

/** What is shown of a cell. Numbers that do not exist are NAN. */
struct figures {
	const json_t *cell;
	enum figures_rank rank;
	enum summary_verdict verdict;
	bool floor;
	bool higher_is_better;
	bool two_modes;
	/** The order that it is ranked among: results_class(). */
	const char *class;
	/** Its queue promises less than FIFO. */
	bool relaxed;
	/** Why there are no numbers, or NULL. */
	const char *reason;
	double rounds;
	double needed;
	double median, low, high, ratio, spread;
	/** Answers per 1000 items. */
	double full, empty, busy;
	double own_percent;
	/** Per million items. */
	double cpu_seconds, switches;
	double peak_mib;
	double evenness;
	double p50, p99, p999, p9999, max;
	/** Of a burst's halves, nanoseconds an item. */
	double fill, drain;
	/** Processor seconds that a quiet second costs. */
	double quiet;
	/** Million items a second that were measured first, where the load is a share of them. */
	double capacity;
	/** The most items that were inside or on their way, where credit bounds them. */
	double backlog;
};

/**
 * The figures of a cell, which must live as long as they do. Memory that is lacking makes
 * percentiles NAN.
 */
void figures_of(struct figures *figures, const json_t *cell);

/**
 * For qsort(): FIFO queues, then each class by itself, then floors. In each the best first; then
 * what has no numbers, then what is void. Equals by name.
 */
int figures_compare(const void *left, const void *right);

/** A string of an object, or "" if there is none. The object's. */
const char *figures_text(const json_t *object, const char *key);

#endif
