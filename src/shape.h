// SPDX-License-Identifier: MIT

/**
 * The shape of a walk: the directories, the parent of each, and the number of entries in each.
 * It holds no names. dirwalk --record=FILE writes a shape, qbench replays it.
 *
 * The file is text: small, the same on every machine, readable by eye and awk, comparable by
 * diff.
 *
 *     qbench-shape 1 5      the format, its version, and the number of directories
 *     - 2 2                 one line for each directory: the line of its parent (the first
 *     0 7 1                 is 0), or - for a root; the number of entries in it that are not
 *     0 0 0                 directories; and the number of those that are
 *     1 3 1
 *     3 1 0
 *
 * Lines are in breadth-first order: roots first, and the children of one directory before the
 * children of the next. So siblings are adjacent lines, and a parent comes before its children.
 * A directory that was seen but not read (too deep, on another file system) has no line. Only its
 * parent's third number counts it, which may thus be larger than the number of children's lines.
 *
 * The number of lines at the top and the new line at the end reveal a truncated file.
 */

#ifndef SHAPE_H
#define SHAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** In place of a root's parent. */
#define SHAPE_NO_PARENT UINT32_MAX

/** Largest number of directories in a shape. */
#define SHAPE_MOST (UINT32_MAX - 1)

struct shape_directory {
	/** Index of the parent, or SHAPE_NO_PARENT. */
	uint32_t parent;
	/** Entries that are not directories. */
	uint32_t files;
	/** Entries that are directories, both with and without a line. */
	uint32_t directories;
	/** Number of those with a line, and the index of the first. */
	uint32_t children;
	uint32_t first_child;
};

struct shape {
	struct shape_directory *directories;
	size_t count;
	/** Number of roots, which come first. */
	size_t roots;
};

/**
 * Reads a shape.
 *
 * @param error receives a message on failure, which the caller frees: it names the file, the
 *        line, and what to do. NULL without memory
 * @return 0; or -1, with nothing to destroy
 */
int shape_read(struct shape *shape, const char *path, char **error);

/**
 * Writes a shape, from the parent, files and directories of each directory, in order.
 *
 * @return 0; or -1 with errno, and the file at the path is unchanged: see base/replace.h
 */
int shape_write(const struct shape *shape, const char *path);

void shape_destroy(struct shape *shape);

#endif // SHAPE_H
