// SPDX-License-Identifier: MIT

/**
 * The shape of a walk: which directories there were, below which others, and how much was in
 * each; no names. dirwalk --record=FILE writes it, qbench replays it.
 *
 * The file is text, since it is small, the same on every machine, to be read by eye and by awk,
 * and to be compared by diff:
 *
 *     qbench-shape 1 5      the format, its version, and the number of directories
 *     - 2 2                 a line for each of them: the directory that it is in, as the
 *     0 7 1                 number of that one's line (the first is 0), or - for a root;
 *     0 0 0                 the entries in it that are no directories;
 *     1 3 1                 and those that are
 *     3 1 0
 *
 * Lines are in breadth-first order: roots first, and no directory before one whose parent comes
 * before its own. So the children of a directory are lines that follow each other, and a parent
 * is always known. A directory that was seen but not read (too deep, on another file system) has
 * no line and is counted in its parent's third number alone, which makes that one as large as the
 * number of lines that name the parent, or larger.
 *
 * Every file has its number of lines at its top and a new line at its end: one that is cut
 * anywhere is found out.
 */

#ifndef SHAPE_H
#define SHAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** The parent of a root. */
#define SHAPE_NO_PARENT UINT32_MAX

/** Directories that a shape may have. */
#define SHAPE_MOST (UINT32_MAX - 1)

struct shape_directory {
	/** Index of the directory that it is in, or SHAPE_NO_PARENT. */
	uint32_t parent;
	/** Entries that are no directories. */
	uint32_t files;
	/** Entries that are: those with a place in the shape, and those that were not read. */
	uint32_t directories;
	/** Those with a place: how many, and the index of the first. */
	uint32_t children;
	uint32_t first_child;
};

struct shape {
	struct shape_directory *directories;
	size_t count;
	/** How many of them have no parent: the first ones. */
	size_t roots;
};

/**
 * Read a shape.
 *
 * @param error receives a message, the caller's to free, that names the file, the line, and
 *        what to do; NULL if there is no memory for one
 * @return 0; or -1, with nothing to destroy
 */
int shape_read(struct shape *shape, const char *path, char **error);

/**
 * Write a shape. Of its directories parent, files and directories are looked at, and must be in
 * order.
 *
 * @return 0, or -1 with errno, the path being as it was: see base/replace.h
 */
int shape_write(const struct shape *shape, const char *path);

void shape_destroy(struct shape *shape);

#endif // SHAPE_H
