// SPDX-License-Identifier: MIT

/** Reading walks of trees of extreme shapes: the only place that knows the keys of trees.json. */

#include "report/data/trees.h"

#include "document/complain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Milliseconds and ratios beyond these were not measured. */
#define LEAST 1e-6
#define MOST 1e12

/** True if the row is complete. */
static bool read_row(json_t *json, struct tree_row *row)
{
	bool whole = json_unpack(json, "{s:s, s:{s:F}, s:{s:F, s:F, s:F}}", "name", &row->name,
				 "wall_ms", "median", &row->milliseconds, "ratio", "median",
				 &row->ratio, "low", &row->low, "high", &row->high) == 0;
	const double numbers[] = {row->milliseconds, row->ratio, row->low, row->high};
	for (size_t i = 0; i < 4; ++i) {
		whole = whole && numbers[i] >= LEAST && numbers[i] <= MOST;
	}
	return whole;
}

/** 0, or -1 with a message. */
static int read_tree(json_t *json, struct tree *tree, char **error)
{
	json_t *commands;
	bool whole = json_unpack(json, "{s:s, s:s, s:{s:I, s:o}}", "name", &tree->name, "shape",
				 &tree->shape, "rounds", "rounds", &tree->rounds, "commands",
				 &commands) == 0;
	size_t count = whole ? json_array_size(commands) : 0;
	tree->rows = calloc(count + 1, sizeof(*tree->rows));
	if (!tree->rows) {
		return -1;
	}
	for (whole = count > 0; whole && tree->count < count; ++tree->count) {
		whole = read_row(json_array_get(commands, tree->count), &tree->rows[tree->count]);
	}
	return whole ? 0
		     : complain(error,
				"tree %s is not whole: it lacks a name, its rows, or a "
				"time above 0",
				tree->name ? tree->name : "without a name");
}

struct trees *trees_read(json_t *document, char **error)
{
	struct trees *trees = calloc(1, sizeof(*trees));
	const json_t *array = json_object_get(document, "trees");
	*error = NULL;
	if (!trees) {
		return NULL;
	}
	trees->document = json_incref(document);
	trees->machine = json_object_get(document, "machine");
	trees->trees = calloc(json_array_size(array) + 1, sizeof(*trees->trees));
	int result = !trees->trees ? -1
		     : json_array_size(array) == 0
			     ? complain(error, "it is not whole: it has no trees")
			     : 0;
	while (result == 0 && trees->count < json_array_size(array)) {
		json_t *tree = json_array_get(array, trees->count);
		result = read_tree(tree, &trees->trees[trees->count++], error);
	}
	if (result != 0) {
		trees_free(trees);
		return NULL;
	}
	return trees;
}

void trees_free(struct trees *trees)
{
	if (!trees) {
		return;
	}
	for (size_t i = 0; i < trees->count; ++i) {
		free(trees->trees[i].rows);
	}
	free(trees->trees);
	json_decref(trees->document);
	free(trees);
}

const struct tree_row *trees_find(const struct tree *tree, const char *name)
{
	for (size_t i = 0; i < tree->count; ++i) {
		if (strcmp(tree->rows[i].name, name) == 0) {
			return &tree->rows[i];
		}
	}
	return NULL;
}
