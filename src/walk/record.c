// SPDX-License-Identifier: MIT

/**
 * From the directories of a walk to its shape.
 *
 * While the walk goes on, main does no more than keep the directories that it has results of on
 * a list. At the end they are sorted, level by level: a level's order is that of its parents,
 * which have their numbers by then, and of the names below each.
 */

#include "walk/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * The number of a directory in the shape. The pool has handed it back: what was its link is
 * free for that.
 */
static uint64_t *number_of(struct directory *directory)
{
	return &directory->item.since;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_depths(const void *a, const void *b)
{
	const struct directory *const *left = a, *const *right = b;
	return compare((*left)->depth, (*right)->depth);
}

/** Of one level. */
static int compare_places(const void *a, const void *b)
{
	const struct directory *const *left = a, *const *right = b;
	if (!(*left)->parent) {
		return compare((*left)->root, (*right)->root);
	}
	int parents = compare(*number_of((*left)->parent), *number_of((*right)->parent));
	return parents ? parents : strcmp((*left)->name, (*right)->name);
}

/** Give every directory its number. */
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

/** Take all that were read out of the list. How many that are. */
static size_t collect(struct walk *walk, struct directory **directories)
{
	size_t count = 0;
	struct pool_item *item;
	while ((item = pool_list_take(&walk->read))) {
		struct directory *directory = (struct directory *)item;
		// Of a root that could not be opened nobody knows that it is a directory
		if (directory->parent || walk->roots[directory->root].place.inode != 0) {
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
