// SPDX-License-Identifier: MIT

/** What a table shows of a cell: its summary, and what its samples say beside their values. */

#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include "results/cell.h"

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
	const struct run_cell *cell;
	enum figures_rank rank;
	enum summary_verdict verdict;
	bool floor;
	bool higher_is_better;
	bool two_modes;
	/** The order that it is ranked among: run_cell_class(). */
	enum queue_order class;
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
void figures_of(struct figures *figures, const struct run_cell *cell);

/**
 * For qsort(): FIFO queues, then each class by itself, then floors. In each the best first; then
 * what has no numbers, then what is void. Equals by name.
 */
int figures_compare(const void *left, const void *right);

#endif
