// SPDX-License-Identifier: MIT

/** Reading walks of trees of extreme shapes: the only place that knows the keys of trees.json. */

#include "report/data/trees.h"

#include "document/complain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** Milliseconds beyond these were not measured. */
#define LEAST 1e-6
#define MOST 1e12
/** More rounds decide no more, and take long to judge. */
#define MOST_ROUNDS 1000

static bool is_time(double milliseconds)
{
	return milliseconds >= LEAST && milliseconds <= MOST;
}

/** 0; or -1 with EINVAL if the row is not whole, or with ENOMEM. */
static int read_row(json_t *json, size_t rounds, struct tree_row *row)
{
	const json_t *times = NULL;
	bool whole = json_unpack(json, "{s:s, s:{s:F}, s:{s:o}}", "name", &row->name, "wall_ms",
				 "median", &row->median, "samples", "wall_ms", &times) == 0 &&
		     is_time(row->median) && json_array_size(times) == rounds;
	row->rounds = calloc(rounds + 1, sizeof(*row->rounds));
	if (!row->rounds) {
		return -1;
	}
	for (size_t i = 0; whole && i < rounds; ++i) {
		row->rounds[i] = json_number_value(json_array_get(times, i));
		whole = is_time(row->rounds[i]);
	}
	errno = EINVAL;
	row->rival = whole && strcmp(row->name, "find") == 0;
	return whole ? 0 : -1;
}

/** 0, or -1 with a message. */
static int read_tree(json_t *json, struct tree *tree, char **error)
{
	json_t *commands;
	json_int_t rounds = 0;
	bool whole = json_unpack(json, "{s:s, s:s, s:{s:I, s:o}}", "name", &tree->name, "shape",
				 &tree->shape, "rounds", "rounds", &rounds, "commands",
				 &commands) == 0 &&
		     rounds > 0 && rounds <= MOST_ROUNDS;
	size_t count = whole ? json_array_size(commands) : 0;
	tree->rounds = whole ? (size_t)rounds : 0;
	tree->rows = calloc(count + 1, sizeof(*tree->rows));
	if (!tree->rows) {
		return -1;
	}
	int result = 0;
	while (result == 0 && tree->count < count) {
		struct tree_row row = {0};
		result = read_row(json_array_get(commands, tree->count), tree->rounds, &row);
		if (result == 0 && trees_find(tree, row.name)) {
			errno = EINVAL;
			result = -1;
		}
		tree->rows[tree->count++] = row;
	}
	if (result != 0 && errno != EINVAL) {
		return -1;
	}
	return result == 0 && count > 0
		       ? 0
		       : complain(error,
				  "tree %s is not whole: it lacks a name, its rows, or a time "
				  "above 0 in each round; or it has a row twice, or more than "
				  "%d rounds",
				  tree->name ? tree->name : "without a name", MOST_ROUNDS);
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
		for (size_t j = 0; j < trees->trees[i].count; ++j) {
			free(trees->trees[i].rows[j].rounds);
		}
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
