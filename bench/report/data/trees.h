// SPDX-License-Identifier: MIT

/** Walks of trees of extreme shapes: what scripts/bench.sh leaves in trees.json. */

#ifndef BENCH_REPORT_TREES_H
#define BENCH_REPORT_TREES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** A queue, or another program, on one tree. */
struct tree_row {
	const char *name;
	/** A program that has no queue. */
	bool rival;
	/** Time of the whole process in milliseconds: the median, and that of each round. */
	double median;
	double *rounds;
};

struct tree {
	const char *name;
	const char *shape;
	size_t rounds;
	struct tree_row *rows;
	size_t count;
};

/** One file. Strings live as long as it does. */
struct trees {
	json_t *document;
	/** Facts of the machine; NULL where the file does not say. */
	const json_t *machine;
	struct tree *trees;
	size_t count;
};

/**
 * Reads a document.
 *
 * @param error     receives what is wrong, for the caller to free; NULL without memory
 * @return for trees_free(); NULL on failure
 */
struct trees *trees_read(json_t *document, char **error);

/** NULL is fine. */
void trees_free(struct trees *trees);

/** The row of that name, or NULL. */
const struct tree_row *trees_find(const struct tree *tree, const char *name);

#endif // BENCH_REPORT_TREES_H
