// SPDX-License-Identifier: MIT

/**
 * Directories on their way through the pool, and what is said of them to the main
 * thread.
 *
 * A directory is a work item, and later its own result: no memory is needed to
 * report. Names are stored once, paths never: each directory points to its parent.
 */

#ifndef WALK_DIRECTORY_H
#define WALK_DIRECTORY_H

#include "pool.h"

#include <stddef.h>
#include <stdint.h>

/** What a result is. */
enum message_kind {
	/** A directory that has been read, or could not be. */
	MESSAGE_DIRECTORY,
	/** Something in a directory that could not be read: struct problem. */
	MESSAGE_PROBLEM,
	/** Output: struct text. */
	MESSAGE_TEXT,
};

/** What all of them begin with. */
struct message {
	struct pool_item item;
	uint8_t kind;
};

struct directory {
	struct pool_item item;
	uint8_t kind;
	uint8_t pad;
	/** Worker that read it, from 0. */
	uint16_t worker;
	/** Which root it belongs to. */
	uint32_t root;
	/** NULL for a root, whose name is empty. */
	struct directory *parent;
	/** Steps from the root. */
	uint32_t depth;
	/** Entries in it that are not directories ... */
	uint32_t files;
	/** ... and directories in it that are too deep to be read. */
	uint32_t leaves;
	/** Why it could not be read, or not to its end. */
	uint16_t error;
	uint16_t length;
	char name[];
};

/** An entry that could not be read, and why. Allocated; main frees it. */
struct problem {
	struct pool_item item;
	uint8_t kind;
	uint16_t worker;
	uint32_t root;
	int error;
	char path[];
};

/** Output of a worker, for main to write as it is. Allocated; main frees it. */
struct text {
	struct pool_item item;
	uint8_t kind;
	size_t length;
	size_t size;
	char bytes[];
};

/** Memory for directories: cut from large blocks, and freed all at once. Zero is empty. */
struct arena {
	struct block *blocks;
	char *next;
	size_t left;
};

/** Memory until arena_free(), aligned for a struct directory. NULL with ENOMEM. */
void *arena_alloc(struct arena *arena, size_t size);

void arena_free(struct arena *arena);

/** A buffer that paths are put together in. Zero is empty. */
struct path {
	char *buffer;
	size_t size;
};

/**
 * The path of a directory, relative to its root: empty for the root itself.
 *
 * @param prefix put in front, with a slash where one is missing; NULL for none
 * @return a string inside the buffer, good until the next call; NULL with ENOMEM
 */
char *path_of(struct path *path, const char *prefix, const struct directory *directory);

/** The same relative to `top`, one of its ancestors; or to its root, for NULL. */
char *path_below(struct path *path, const struct directory *top, const struct directory *directory);

void path_free(struct path *path);

#endif // WALK_DIRECTORY_H
