// SPDX-License-Identifier: MIT

/**
 * The results of a run, as qbench run -o writes them: bench/results/schema.json describes the file.
 *
 * Samples are kept as they came. The summaries can be made again from them at any time.
 */

#ifndef BENCH_RESULTS_RUN_H
#define BENCH_RESULTS_RUN_H

#include "catalog/contract.h"
#include "machine/machine.h"
#include "results/cell.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A recorded walk that was replayed. */
struct run_shape {
	/** Name of its file without folders; NULL where no walk was replayed. */
	const char *file;
	double directories;
	double files;
};

/** What was asked for. Numbers that a run does not have are NAN. */
struct run_settings {
	/** Of the order of samples, of the samples, and of the summaries. */
	double seed;
	/** NAN: as many as fit into the budget. */
	double rounds;
	double duration_ns, warmup_ns;
	/** Seconds; NAN where the rounds were given. */
	double budget_s;
	struct run_shape shape;
};

/** What a queue claims, by its name in the cells. */
struct run_contract {
	const char *queue;
	struct contract contract;
};

/** A queue that a workload does without at a number of threads. */
struct run_gap {
	const char *queue;
	const char *workload;
	unsigned int threads;
	unsigned int producers;
	unsigned int consumers;
	/** Such as "serves 1 producer and 1 consumer at once". */
	const char *reason;
};

/** What others took of the processors meanwhile. NAN where it is not known, as in older files. */
struct run_quiet {
	/** Shares of the processors' time, from 0 to 1, right before the run, and over it. */
	double others_before, steal_before;
	double others, steal;
	/** Load of the last minute before the run, this program's own included. */
	double load_before;
	/** Processors that were looked at: those that the run could use. */
	double processors;
	/** Samples that were taken again since others took too much of their time. */
	double repeats;
};

struct run {
	const char *command;
	/** UTC, as 2026-11-25T18:49:21Z. */
	const char *started;
	double seconds;
	/** Less was measured than was asked for. */
	bool interrupted;
	struct machine machine;
	struct run_settings settings;
	struct run_quiet quiet;
	struct run_contract *contracts;
	size_t contract_count;
	struct run_gap *gaps;
	size_t gap_count;
	struct run_cell *cells;
	size_t cell_count;
	/** All strings above. */
	struct texts texts;
	/** When it began, by clock_now(); 0 for a run that was read. */
	uint64_t began;
};

/** The cells of a run that differ in the queue and the wait alone. */
struct run_group {
	/** Indices into the run's cells, in their order. */
	size_t *cells;
	size_t count;
};

// Making a run

/**
 * Begins a run, now, without cells.
 *
 * @param machine  the run takes it over, also on failure
 * @return 0, or -1 with ENOMEM: then there is nothing to destroy
 */
int run_create(struct run *run, const char *command, const struct machine *machine,
	       const struct run_settings *settings);

/** Adds a cell without samples. Its strings are copied. 0, or -1 with ENOMEM. */
int run_add_cell(struct run *run, const struct run_cell *cell);

/** Adds a contract, unless there is one of that queue. 0, or -1 with ENOMEM. */
int run_add_contract(struct run *run, const char *queue, const struct contract *contract);

/** Adds a gap. Its strings are copied. 0, or -1 with ENOMEM. */
int run_add_gap(struct run *run, const struct run_gap *gap);

/**
 * Ends the run: notes how long it took, and summarizes.
 *
 * @return 0, or -1 with ENOMEM
 */
int run_finish(struct run *run, bool interrupted);

/** The seed of what is drawn to judge the run: its own, or 0 where a file does not say. */
uint64_t run_seed(const struct run *run);

/**
 * Gives every cell its summary.
 *
 * @param needed  with the rounds that would decide
 * @return 0; or -1 with ENOMEM
 */
int run_summarize(struct run *run, bool needed);

/** All zero is fine. */
void run_destroy(struct run *run);

// Looking into a run

/**
 * The groups of a run's cells, in the order of their first cells.
 *
 * @param count  receives how many
 * @return for run_groups_free(); NULL without memory
 */
struct run_group *run_groups(const struct run *run, size_t *count);

/** NULL is fine. */
void run_groups_free(struct run_group *groups, size_t count);

/** The claims of a queue by its name in the cells. NULL if the run does not tell. */
const struct contract *run_contract(const struct run *run, const char *queue);

/** True if the machine was busy with something else, before the run or over it. */
bool run_was_busy(const struct run *run);

/** True if the program that measured was built of sources that no commit has. */
bool run_is_dirty(const struct run *run);

/** True if the two runs replay the same walk, or both replay none. */
bool run_same_shape(const struct run *a, const struct run *b);

// Files

/** The run as a document, with the format that run_read() needs. NULL without memory. */
json_t *run_json(const struct run *run);

/** Writes a run to a file: document_write(). 0, or -1 with errno. */
int run_write(const char *path, const struct run *run);

/**
 * Reads a run from a document: one of this format, whole, with values of the right kinds.
 *
 * @param error  receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1: then there is nothing to destroy
 */
int run_of_json(struct run *run, const json_t *document, char **error);

/** Reads a run from a file. */
int run_read(struct run *run, const char *path, char **error);

#endif // BENCH_RESULTS_RUN_H
