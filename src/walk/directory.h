// SPDX-License-Identifier: MIT

/**
 * Directories on their way through the pool, and the messages about them to the main thread.
 *
 * A directory is a work item, and later its own result, so that reporting needs no memory. Each
 * name is stored once, and no path: a directory points to its parent. That takes about 70 bytes a
 * directory until the end of the walk.
 */

#ifndef WALK_DIRECTORY_H
#define WALK_DIRECTORY_H

#include "pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The kinds of results. */
enum message_kind {
	/** A directory that has been read, or could not be. */
	MESSAGE_DIRECTORY,
	/** An entry that could not be read: struct problem. */
	MESSAGE_PROBLEM,
	/** Output: struct text. */
	MESSAGE_TEXT,
};

/** The start of each kind. */
struct message {
	struct pool_item item;
	uint8_t kind;
};

struct directory {
	struct pool_item item;
	uint8_t kind;
	/** It was the last one of its root to be finished. */
	bool last : 1;
	/** It is on another mount than its root, or may be. */
	bool crossed : 1;
	/** Index of the worker that read it. */
	uint16_t worker;
	/** Index of its root. */
	uint32_t root;
	/** NULL for a root, whose name is empty. */
	struct directory *parent;
	/** See reader_identity(); 0 unless it was asked for. */
	_Atomic uint64_t identity;
	/** Steps from the root. */
	uint32_t depth;
	/** Entries in it that are not directories ... */
	uint32_t files;
	/** ... and directories in it that are too deep to be read. */
	uint32_t leaves;
	/** Why it could not be read, or not to its end: see walk_error(). */
	uint16_t error;
	uint16_t length;
	char name[];
};

/** An entry that could not be read. Allocated; main frees it. */
struct problem {
	struct pool_item item;
	uint8_t kind;
	uint16_t worker;
	uint32_t root;
	int error;
	/** Bytes that it takes. */
	size_t size;
	char path[];
};

/** Output of a worker, in whole items, which main writes. Allocated; main frees it. */
struct text {
	struct pool_item item;
	uint8_t kind;
	size_t length;
	size_t size;
	char bytes[];
};

/** Memory for directories, cut from large blocks and freed all at once. All zero is empty. */
struct arena {
	struct block *blocks;
	char *next;
	size_t left;
};

/** Memory until arena_free(), aligned for a struct directory. NULL with ENOMEM. */
void *arena_alloc(struct arena *arena, size_t size);

void arena_free(struct arena *arena);

/** A buffer in which paths are put together. All zero is empty. */
struct path {
	char *buffer;
	size_t size;
};

/**
 * The path of a directory, relative to its root: empty for the root itself.
 *
 * @param prefix put in front, with a slash if one is missing; NULL for none
 * @return a string inside the buffer, good until the next call; NULL with ENOMEM
 */
char *path_of(struct path *path, const char *prefix, const struct directory *directory);

/** The path relative to `top`, an ancestor; to the root if that is NULL. */
char *path_below(struct path *path, const struct directory *top, const struct directory *directory);

void path_free(struct path *path);

#endif // WALK_DIRECTORY_H
