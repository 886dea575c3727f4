// SPDX-License-Identifier: MIT

/** The bounce between each pair of processors. */

#ifndef BENCH_BOUNCES_H
#define BENCH_BOUNCES_H

#include <jansson.h>
#include <stdio.h>

/** Processors of a matrix at most. */
#define BOUNCES_MOST 64

struct bounces {
	/** Numbers of the processors. */
	int processors[BOUNCES_MOST];
	unsigned int count;
	/** Further processors that this process may use. */
	unsigned int left_out;
	/** Pairs that were to be measured, but have no number. */
	unsigned int missing;
	/** Nanoseconds between the processors of a row and of a column; NAN where there is none. */
	double round_trips[BOUNCES_MOST][BOUNCES_MOST];
};

/**
 * Measures each pair of the processors that this process may use: of at most BOUNCES_MOST of them,
 * evenly spaced. Takes 10 seconds at most.
 */
void bounces_measure(struct bounces *bounces);

/** The matrix as JSON: a new reference; NULL with ENOMEM. */
json_t *bounces_json(const struct bounces *bounces);

/** Prints the matrix for people, in at most 100 columns. */
void bounces_print(const struct bounces *bounces, FILE *stream);

#endif // BENCH_BOUNCES_H
