// SPDX-License-Identifier: MIT

/** Rows of tables: the runs of a cell under all seeds, and what they say together. */

#ifndef SIMULATE_ROWS_H
#define SIMULATE_ROWS_H

#include "simulate/cells.h"

/** Most seeds of a cell. */
#define ROWS_SEEDS 99

/** How each cell is run. */
struct row_settings {
	unsigned long seeds;
	unsigned long first_seed;
	/** Virtual time of a run. */
	unsigned long microseconds;
	/** Nanoseconds of work between two operations. */
	unsigned long work;
	/** One thread has a number too: it is to be compared with a measured one. */
	bool one_thread;
};

struct row {
	const struct row_settings *settings;
	const char *queue;
	struct simulate_threads threads;
	const struct queue_type *type;
	bool floor;
	/** One run for each seed; NULL if the cell cannot be simulated. */
	struct simulate_job *runs;
	/** Why there is no number; lives as long as the process. NULL if there is one. */
	const char *reason;
	/** A run of it has failed. */
	bool failed;
	/** Millions of items a second, over the seeds. */
	double median;
	double least;
	double most;
	/** The slowest by the fastest thread, the median over the seeds. */
	double fairness;
};

struct rows {
	const struct row_settings *settings;
	struct row *rows;
	size_t count;
	struct simulate_job *jobs;
	size_t job_count;
};

/**
 * Makes room for rows.
 *
 * @param settings  must outlive the rows
 * @return 0, or -1 with ENOMEM
 */
int rows_create(struct rows *rows, size_t most, const struct row_settings *settings);

void rows_free(struct rows *rows);

/**
 * Adds a cell. One that cannot be simulated becomes a row with a reason.
 *
 * @param machine  must outlive the rows, as must the names
 * @param error    receives what is wrong, for the caller to free; NULL without memory
 * @return 0; or -1 if there is no such queue
 */
int rows_add(struct rows *rows, const struct simulate_machine *machine, const char *workload,
	     const char *queue, struct simulate_threads threads, char **error);

/** Runs all cells. 0; or -1 with errno: EINTR if the user interrupted. */
int rows_run(struct rows *rows);

/** True if every run of the row has a result. */
bool row_is_run(const struct row *row);

/** The sum over the runs of a counter, a member of struct simulate_result, by the items. */
double row_per_item(const struct row *row, size_t member);

/** Time that a thread waited for lines, as a share of the window. */
double row_waiting(const struct row *row);

/** Rank errors: over the seeds, the means of mean and p99, and the worst. No items: not taken. */
struct rank_error row_rank_error(const struct row *row);

#endif // SIMULATE_ROWS_H
