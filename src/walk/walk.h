// SPDX-License-Identifier: MIT

/**
 * The walk: what the pool's workers do with directories, and what the main thread
 * makes of their results. It prints nothing: a listener is told.
 */

#ifndef WALK_WALK_H
#define WALK_WALK_H

#include "pool.h"
#include "walk/directory.h"
#include "walk/reader.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What workers write, for the listener to put out as it is. */
enum walk_listing {
	WALK_NO_LISTING,
	/** Every file's path, ended by a new line, or by a zero byte. */
	WALK_LINES,
	WALK_ZEROES,
	/** A line for each directory that was read. */
	WALK_DIRECTORIES,
};

/** No limit to the depth. */
#define WALK_ANY_DEPTH UINT_MAX

/** Told by walk_result(), in the thread that runs the pool. */
struct walk_listener {
	/** Output. What this returns false for is not written, and neither is the rest. */
	bool (*write)(void *context, const char *bytes, size_t length);
	/** Something could not be read: its path, and why, as an errno. */
	void (*problem)(void *context, const char *path, int error);
	/** Something came in. May be NULL. */
	void (*progress)(void *context);
	void *context;
};

struct walk_config {
	/** One item per root, walked by one worker, instead of one per directory. */
	bool whole_roots;
	bool one_file_system;
	/** Depth that is still read, or WALK_ANY_DEPTH; entries of a root are at 1. */
	unsigned int max_depth;
	enum walk_listing listing;
	/** Keep the directories that were read, for record_shape(). Not with whole_roots. */
	bool record;
	struct walk_listener listener;
};

/** What was found, in a root or by a worker. */
struct walk_totals {
	/** Entries that are not directories. */
	uint64_t files;
	/** The root itself included. */
	uint64_t directories;
	uint64_t errors;
};

struct walk_root {
	/** As it was given. */
	const char *path;
	struct place place;
	struct walk_totals totals;
	/** With whole_roots: the worker that walked it, from 0, once it was begun. */
	unsigned int worker;
	bool begun;
	struct directory directory;
};

struct walk_worker;

struct walk {
	struct walk_config config;
	struct pool *pool;
	struct walk_root *roots;
	size_t root_count;
	struct walk_worker *workers;
	/** For workers that share a table of descriptors. */
	sem_t turns;
	/** Per worker, from results. */
	struct walk_totals *found;
	unsigned int threads;
	struct walk_totals totals;
	/** Directories that there were results of, if they are to be recorded. */
	struct pool_list read;
	/** The listener's write() has failed. */
	bool mute;
	/** For the paths of problems. */
	struct path path;
};

/** For struct pool_config. The context is the struct walk. */
extern const struct pool_work walk_work;

/**
 * Prepare a walk of `count` paths, which stay the caller's, by so many workers.
 *
 * @return 0, or -1 with ENOMEM
 */
int walk_create(struct walk *walk, const struct walk_config *config, char *const *paths,
		size_t count, unsigned int threads);

/** Give the pool its roots. */
void walk_add_roots(struct walk *walk, struct pool *pool);

/** Sum up, after the pool has run. */
void walk_finish(struct walk *walk);

void walk_destroy(struct walk *walk);

#endif // WALK_WALK_H
