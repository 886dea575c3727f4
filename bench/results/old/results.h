// SPDX-License-Identifier: MIT

/**
 * The results of a run: one JSON document, which bench/results/schema.json describes.
 *
 *     {"format", "command", "started", "seconds", "interrupted", "machine", "settings", "queues",
 *      "cells": [{ what the cell is, "samples": [...], "summary": {...} }, ...]}
 *
 * Samples are kept as they came. A summary can be made again from them at any time.
 *
 * Functions that answer an int answer 0, or -1 with errno; ENOMEM where nothing else is said.
 */

#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "workload/cell.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define RESULTS_FORMAT "qbench-results/1"

/** The run's document while it is made. */
struct results {
	/** To be read by anybody, for example with table_print(). */
	json_t *document;
	struct timespec started;
};

/** What a document says of a cell beside what the cell is. */
struct results_cell {
	/** "items/s", of which more is better, or "ns". */
	const char *unit;
	/** The name of the cell's place. */
	const char *place;
	/** More threads than processors. */
	bool oversubscribed;
	/** No queue, but what the harness itself costs. */
	bool floor;
	/** The queue's operations are inlined into the loop, and not called through a pointer. */
	bool inlined;
	/** The queue has batches of its own. Said only where the cell's batch is over 1. */
	bool native_batch;
	/** What the queue promises: "FIFO", "FIFO per producer", "none". NULL is FIFO. */
	const char *order;
	/** That is part of what is measured: it is ranked among those that promise the same. */
	bool order_counts;
};

/** What the cells of one group share, and which they are. */
struct results_group {
	/** Indices into the document's cells, in their order. */
	size_t *cells;
	size_t count;
};

/**
 * Start a document.
 *
 * @param command            UTF-8; what is not is replaced
 * @param machine, settings  objects; the document takes them over, also if this fails.
 *                           settings.seed, if there is one, seeds the summaries
 */
int results_create(struct results *results, const char *command, json_t *machine, json_t *settings);

void results_destroy(struct results *results);

/**
 * Add a cell without samples.
 *
 * @param index  receives where it stands in the document: 0, 1, and so on
 */
int results_add_cell(struct results *results, const struct cell *cell,
		     const struct results_cell *more, size_t *index);

/**
 * Add a sample to a cell.
 *
 * @param index   from results_add_cell(); else -1 with EINVAL
 * @param sample  an object; the document takes it over, also if this fails
 */
int results_add_sample(struct results *results, size_t index, json_t *sample);

/**
 * End the run: note how long it took, and summarize.
 *
 * @param interrupted  less was measured than was asked for
 */
int results_finish(struct results *results, bool interrupted);

/**
 * Give every cell of a document its summary, in place of an older one. -1 with EINVAL if a cell
 * is not as results_read() would take it.
 */
int results_summarize(json_t *document);

/**
 * The groups of a document's cells: those that differ in the queue and the wait alone.
 *
 * @param count  receives how many
 * @return in the order of their first cells, to be freed with results_groups_free(); NULL
 *         without memory, or with count 0 if there is no cell
 */
struct results_group *results_groups(const json_t *document, size_t *count);

/** NULL is fine. */
void results_groups_free(struct results_group *groups, size_t count);

/**
 * The order that a cell is ranked among: that of its queue; "" if that is FIFO, or does not
 * count. Floors, which are not ranked, have the first.
 */
const char *results_class(const json_t *cell);

/**
 * Are two cells, of one document or of two, the same queue and wait in the same settings?
 */
bool results_same_cell(const json_t *a, const json_t *b);

struct summary_row;

/**
 * The samples of a cell that count, as summary_of_group() takes them.
 *
 * @param row  receives them; row->values is for the caller to free
 * @return 0, or -1 without memory
 */
int results_row(const json_t *cell, struct summary_row *row);

/**
 * Why a cell has no value: the first failed sample's reason, which belongs to the cell. NULL if
 * no sample failed.
 *
 * @param unsupported  look for a sample that the queue does not support instead
 */
const char *results_failure(const json_t *cell, bool unsupported);

/**
 * Can a document be written there? Asked before anything is measured, and answered by making
 * a file beside it and removing it again.
 *
 * @return 0; or -1 with what open(2) says of the folder; EISDIR if the path is a folder itself;
 *         EACCES if a file is there that must not be written
 */
int results_check(const char *path);

/**
 * Write a document, so that at any time the path holds the older one whole or this one whole:
 * to a temporary file beside it, which is synced and renamed. The file that a symbolic link
 * leads to is replaced, not the link. What is no regular file (a pipe, /dev/stdout) is written
 * to directly.
 *
 * @return 0; or -1 with errno: then the temporary file is removed, and the older document is
 *         as it was, unless the last step failed, to sync the folder
 */
int results_write(const char *path, const json_t *document);

/**
 * Read a document and see that it is one of this format, with cells and samples as what works
 * on them expects.
 *
 * @param error_text  receives what is wrong, without the path, for the caller to free. NULL if
 *                    all is well, or if there is no memory for it
 * @return the document, for the caller to json_decref(); or NULL
 */
json_t *results_read(const char *path, char **error_text);

/** The same of a document that was read already. */
bool results_valid(const json_t *document, char **error_text);

#endif
