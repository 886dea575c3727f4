// SPDX-License-Identifier: MIT

/** Published figures, and how far simulated ones are from them. */

#ifndef SIMULATE_VALIDATION_H
#define SIMULATE_VALIDATION_H

#include <stddef.h>

/** A figure of a cell. */
struct validation_row {
	char machine[256];
	char workload[64];
	char queue[256];
	unsigned int threads;
	/** Items a second; `simulated` is NAN if there is no number. */
	double published;
	double simulated;
};

struct validation {
	struct validation_row *rows;
	size_t count;
};

/** What the rows with two numbers say. */
struct validation_sum {
	size_t cells;
	/** Geometric mean of the larger by the smaller number. */
	double error;
	size_t within_half;
	size_t within_double;
	/** Cells that differ in the queue alone, with published figures 1.25 apart. */
	size_t pairs;
	size_t pairs_in_order;
};

/**
 * Reads a table of figures: the head of validation.c says in which form.
 *
 * @param validation  receives the rows, which the caller frees
 * @param error       receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int validation_read(const char *path, struct validation *validation, char **error);

struct validation_sum validation_sum(const struct validation *validation);

#endif // SIMULATE_VALIDATION_H
