// SPDX-License-Identifier: MIT

/** Reading walks of trees of extreme shapes: the only place that knows the keys of trees.json. */

#include "report/data/trees.h"

#include "document/complain.h"
#include "document/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Milliseconds and ratios beyond these were not measured. */
#define LEAST 1e-6
#define MOST 1e12

/** True if the row is complete. */
static bool read_row(const json_t *json, struct tree_row *row)
{
	const json_t *ratio = json_object_get(json, "ratio");
	*row = (struct tree_row){
		.name = json_string_value(json_object_get(json, "name")),
		.milliseconds = json_number(json_object_get(json, "wall_ms"), "median"),
		.ratio = json_number(ratio, "median"),
		.low = json_number(ratio, "low"),
		.high = json_number(ratio, "high"),
	};
	const double numbers[] = {row->milliseconds, row->ratio, row->low, row->high};
	bool whole = row->name;
	for (size_t i = 0; i < 4; ++i) {
		whole = whole && numbers[i] >= LEAST && numbers[i] <= MOST;
	}
	return whole;
}

/** 0, or -1 with a message. */
static int read_tree(const json_t *json, struct tree *tree, char **error)
{
	const json_t *rounds = json_object_get(json, "rounds");
	const json_t *commands = json_object_get(rounds, "commands");
	*tree = (struct tree){
		.name = json_string_value(json_object_get(json, "name")),
		.shape = json_string_value(json_object_get(json, "shape")),
		.rounds = json_integer_of(rounds, "rounds"),
		.rows = calloc(json_array_size(commands) + 1, sizeof(*tree->rows)),
	};
	if (!tree->rows) {
		return -1;
	}
	bool whole = tree->name && tree->shape && json_array_size(commands) > 0;
	for (; whole && tree->count < json_array_size(commands); ++tree->count) {
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
		json_decref(document);
		return NULL;
	}
	trees->document = document;
	trees->machine = json_object_get(document, "machine");
	trees->trees = calloc(json_array_size(array) + 1, sizeof(*trees->trees));
	if (!trees->trees) {
		goto fail;
	}
	if (json_array_size(array) == 0) {
		complain(error, "it is not whole: it has no trees");
		goto fail;
	}
	while (trees->count < json_array_size(array)) {
		const json_t *tree = json_array_get(array, trees->count);
		if (read_tree(tree, &trees->trees[trees->count++], error) != 0) {
			goto fail;
		}
	}
	return trees;

fail:
	trees_free(trees);
	return NULL;
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
