// SPDX-License-Identifier: MIT

/**
 * From the directories of a walk to its shape.
 *
 * During the walk, main only keeps a list of the directories with a result. At the end they are
 * sorted, level by level: by their parents, which are numbered by then, and by their names.
 */

#include "walk/record.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** The number of a directory in the shape. It is stored in the place of the pool's link. */
static uint64_t *number_of(struct directory *directory)
{
	return &directory->item.since;
}

static int compare_depths(const void *a, const void *b)
{
	const struct directory *const *left = a, *const *right = b;
	return number_compare((*left)->depth, (*right)->depth);
}

/** The order within a level. */
static int compare_places(const void *a, const void *b)
{
	const struct directory *const *left = a, *const *right = b;
	if (!(*left)->parent) {
		return number_compare((*left)->root, (*right)->root);
	}
	int parents = number_compare(*number_of((*left)->parent), *number_of((*right)->parent));
	return parents ? parents : strcmp((*left)->name, (*right)->name);
}

static void number(struct directory **directories, size_t count)
{
	qsort(directories, count, sizeof(*directories), compare_depths);
	for (size_t level = 0, next; level < count; level = next) {
		next = level;
		while (next < count && directories[next]->depth == directories[level]->depth) {
			++next;
		}
		qsort(directories + level, next - level, sizeof(*directories), compare_places);
		for (size_t i = level; i < next; ++i) {
			*number_of(directories[i]) = i;
		}
	}
}

/** Moves the directories from the list to the array. Returns their number. */
static size_t collect(struct walk *walk, struct directory **directories)
{
	size_t count = 0;
	struct pool_item *item;
	while ((item = pool_list_take(&walk->read))) {
		struct directory *directory = (struct directory *)item;
		// A root that does not exist is no directory
		if (directory->parent || walk->roots[directory->root].place.exists) {
			directories[count++] = directory;
		}
	}
	return count;
}

int record_shape(struct walk *walk, struct shape *shape)
{
	*shape = (struct shape){0};
	size_t most = walk->read.count;
	if (most > SHAPE_MOST) {
		errno = EOVERFLOW;
		return -1;
	}
	struct directory **directories = calloc(most + 1, sizeof(struct directory *));
	shape->directories = calloc(most + 1, sizeof(*shape->directories));
	if (!directories || !shape->directories) {
		free(directories);
		shape_destroy(shape);
		errno = ENOMEM;
		return -1;
	}
	shape->count = collect(walk, directories);
	number(directories, shape->count);

	for (size_t i = 0; i < shape->count; ++i) {
		const struct directory *directory = directories[i];
		struct shape_directory *place = &shape->directories[i];
		place->parent = SHAPE_NO_PARENT;
		place->files = directory->files;
		place->directories += directory->leaves;
		if (directory->parent) {
			place->parent = (uint32_t)*number_of(directory->parent);
			++shape->directories[place->parent].directories;
		} else {
			++shape->roots;
		}
	}
	free(directories);
	if (shape->count == 0) {
		shape_destroy(shape);
		errno = ENOENT;
		return -1;
	}
	return 0;
}
