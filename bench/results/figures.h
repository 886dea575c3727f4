// SPDX-License-Identifier: MIT

/** The numbers that tables show of a cell, from its summary and its samples. */

#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include "results/cell.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Order of rows in a table. */
enum figures_rank {
	FIGURES_NUMBERS,
	FIGURES_NOTHING,
	FIGURES_UNSUPPORTED,
	FIGURES_VOID,
};

/** Times of some of the hand-offs of a cell. */
struct figures_times {
	/** How many of all, in percent. */
	double percent;
	/** Medians over the samples. */
	double p50, p99, p999, p9999, max;
};

/** Numbers that do not exist are NAN. */
struct figures {
	const struct run_cell *cell;
	enum figures_rank rank;
	enum verdict verdict;
	bool floor;
	bool higher_is_better;
	bool two_modes;
	/** Order that the cell is ranked among: run_cell_class(). */
	enum queue_order class;
	/** The queue promises less than FIFO. */
	bool relaxed;
	/** Why the cell has no numbers, or NULL. */
	const char *reason;
	double rounds;
	double needed;
	double median, low, high, spread;
	/** Nanoseconds of an item, or what the cell measures in nanoseconds. */
	double cost;
	/** Of costs inside rounds, to the best. */
	double ratio, ratio_low, ratio_high;
	/** Answers FULL, EMPTY and BUSY per 1000 items. */
	double full, empty, busy;
	double own_percent;
	/** Processor seconds and context switches per million items. */
	double cpu_seconds, switches;
	double peak_mib;
	double evenness;
	double p50, p99, p999, p9999, max;
	/** Hand-offs that a thread slept for, and the others, where they are told apart. */
	struct figures_times slept, awake;
	/** Halves of a burst, in nanoseconds per item. */
	double fill, drain;
	/** Processor seconds in a second without items. */
	double quiet;
	/** Million items per second as fast as can be, where the load is a share of them. */
	double capacity;
	/** The time of a sample by the bounce around it; of hand-overs from one thread to one
	 * other.
	 */
	double bounces;
	/** Most items on their way at once, where credit bounds them. */
	double backlog;
	/** Older items that were still inside when an item came out. */
	double rank_mean, rank_p99, rank_worst;
};

/**
 * Fills the figures of a cell. The cell must live as long. Without memory, medians over samples
 * are NAN.
 */
void figures_of(struct figures *figures, const struct run_cell *cell);

/** In place of an offset: the processor time of an item, in seconds per million items. */
#define FIGURES_CPU SIZE_MAX

/**
 * The median of a number over the samples that count and have it; NAN if there are none, and
 * without memory.
 *
 * @param offset     where the number is in struct sample
 * @param low, high  receive an interval of 95 %, without any assumption about the samples: between
 *                   two of them. NAN for fewer than 6
 */
double figures_median(const struct run_cell *cell, size_t offset, double *low, double *high);

/** Rank error of a cell over its samples, as struct summary has it. NAN where there is none. */
struct rank_error figures_rank_error(const struct run_cell *cell);

/**
 * For qsort(): FIFO queues, then each other order, then floors. In each, the best comes first;
 * cells without numbers come last. Equal ones are sorted by name.
 */
int figures_compare(const void *left, const void *right);

#endif
