// SPDX-License-Identifier: MIT

/** Published figures, and how far simulated ones are from them. */

#ifndef SIMULATE_VALIDATION_H
#define SIMULATE_VALIDATION_H

#include "simulate/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct machine_file;
struct run;

/** A figure of a cell. */
struct validation_row {
	char machine[256];
	char workload[64];
	char queue[256];
	unsigned int threads;
	/** Items a second; `simulated` is NAN if there is no number. */
	double published;
	double simulated;
	/** Why there is no number; NULL if there is one. */
	const char *reason;
};

/** For validation_free(). */
struct validation {
	struct validation_row *rows;
	size_t count;
	/** The machine of each row, once validation_simulate() has read it. */
	struct machine_file *files;
	/** A run has failed. */
	bool failed;
};

/** What the rows with two numbers say. */
struct validation_sum {
	size_t rows;
	/** Of these, the ones with two numbers. */
	size_t cells;
	/** Geometric mean of the larger by the smaller number. */
	double error;
	size_t within_half;
	size_t within_double;
	/** Cells that differ in the queue alone, with published figures 1.25 apart. */
	size_t pairs;
	size_t pairs_in_order;
	/** The same of all whose simulated figures are 1.5 apart. */
	size_t far;
	size_t far_in_order;
};

/**
 * Reads a table of figures: the head of validation.c says in which form.
 *
 * @param error  receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int validation_read(const char *path, struct validation *validation, char **error);

/** What the rows of a machine say; NULL for all. */
struct validation_sum validation_sum(const struct validation *validation, const char *machine);

/**
 * Makes rows of a run's cells that have a number, except floors: the median of each cell's
 * samples.
 *
 * @param machine  name for the rows
 * @return 0; or -1 if nothing was measured
 */
int validation_of_run(const struct run *run, const char *machine, struct validation *validation);

/**
 * Simulates the cells of all figures.
 *
 * @param error  receives what is wrong, for the caller to free; NULL: errno says it, and is EINTR
 *               if the user interrupted
 * @return 0, or -1
 */
int validation_simulate(struct validation *validation, const struct row_settings *settings,
			char **error);

/**
 * Prints each figure, and what those of each machine say.
 *
 * @param other  heading of the figures
 */
void validation_print(const struct validation *validation, const char *other, FILE *stream);

/** Prints what the rows of a machine say; NULL for all. */
void validation_print_sum(const struct validation *validation, const char *machine,
			  const char *other, FILE *stream);

void validation_free(struct validation *validation);

#endif // SIMULATE_VALIDATION_H
