// SPDX-License-Identifier: MIT

/** A cell of a run: what was measured, its samples, and what they say together. */

#ifndef BENCH_RESULTS_CELL_H
#define BENCH_RESULTS_CELL_H

#include "document/codec.h"
#include "queue.h"
#include "results/sample.h"
#include "results/summary.h"
#include "workload/cell.h"

#include <stdbool.h>
#include <stddef.h>

enum run_unit {
	/** Items per second: more is better. */
	RUN_ITEMS_PER_SECOND,
	/** Nanoseconds: less is better. */
	RUN_NANOSECONDS,
};

struct run_cell {
	struct cell cell;
	enum run_unit unit;
	/** More threads than processors. */
	bool oversubscribed;
	/** No queue: what the harness itself costs. */
	bool floor;
	/** The queue's operations were called through a pointer, whether asked for or not. */
	bool called;
	/** The queue has batches of its own: 1 or 0; -1 where the cell has no batches. */
	int native_batch;
	/** What the queue promises. */
	enum queue_order order;
	/** Order is part of what is measured: cells rank among those that promise the same. */
	bool order_counts;
	struct sample *samples;
	size_t sample_count;
	struct summary summary;
};

enum {
	/** Fields that all cells of a group share: they differ in the queue and the wait alone. */
	CELL_GROUP = CODEC_OWN,
	/** Fields that tell the cells of a group apart. */
	CELL_MEMBER = CODEC_OWN << 1,
	/** Fields that are columns of a list of cells. */
	CELL_COLUMN = CODEC_OWN << 2,
};

/** The fields of a struct run_cell. A new one is a member and a row. */
extern const struct codec cell_codec;

/** "direct" or "indirect". */
const char *run_cell_dispatch_name(unsigned int indirect);

/** True if the two cells differ in the queue and the wait only. */
bool run_cell_same_group(const struct run_cell *a, const struct run_cell *b);

/** True if two cells, of one run or of two, have the same queue, wait and settings. */
bool run_cell_same(const struct run_cell *a, const struct run_cell *b);

/**
 * Order that the cell is ranked among: its queue's; QUEUE_FIFO if that does not count, and for
 * floors, which are not ranked.
 */
enum queue_order run_cell_class(const struct run_cell *cell);

/** True if its values are medians where those of today are mean90: idle, in older files. */
bool run_cell_has_medians(const struct run_cell *cell);

bool run_cell_higher_is_better(const struct run_cell *cell);

/** Samples that were lost one after the other, up to the last sample. */
size_t run_cell_lost_at_end(const struct run_cell *cell);

/** Reason of the first sample that failed: the cell is void then. NULL if none failed. */
const char *run_cell_failure(const struct run_cell *cell);

/** The first sample that neither counts nor failed. NULL if there is none. */
const struct sample *run_cell_missing(const struct run_cell *cell);

/**
 * The samples that count, as summary_of_group() takes them.
 *
 * @param row  receives them, for summary_row_destroy()
 * @return 0, or -1 without memory
 */
int run_cell_row(const struct run_cell *cell, struct summary_row *row);

/** Adds a sample, which the cell takes over. 0, or -1 with ENOMEM. */
int run_cell_add_sample(struct run_cell *cell, const struct sample *sample);

#endif // BENCH_RESULTS_CELL_H
