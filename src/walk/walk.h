// SPDX-License-Identifier: MIT

/**
 * The walk: the workers' part of reading directories, and main's part of summing up results. It
 * prints nothing, but calls a listener.
 */

#ifndef WALK_WALK_H
#define WALK_WALK_H

#include "base/quote.h"
#include "eventcount.h"
#include "pool.h"
#include "walk/directory.h"
#include "walk/reader.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What the workers list. */
enum walk_listing {
	WALK_NO_LISTING,
	/** The path of every file, ended by a new line or by a zero byte. */
	WALK_LINES,
	WALK_ZEROES,
	/** A line for each directory that was read. */
	WALK_DIRECTORIES,
};

/** No limit to the depth. */
#define WALK_ANY_DEPTH UINT_MAX

/** Besides errno values, an error of a directory: it is the same as one above it. */
#define WALK_LOOP 0x7fff

/**
 * Bytes of listings and problems that may lie before main: beyond half of them, workers wait. What
 * they hand over before they wait, and texts not handed over yet, are at most the other half.
 */
#define WALK_WAITING_MOST ((size_t)16 << 20)

/** Called in the thread that runs the pool. */
struct walk_listener {
	/** Writes whole items of a listing. False ends the walk: the rest is dropped. */
	bool (*write)(void *context, const char *bytes, size_t length);
	/** Something could not be read: its path, and the reason, see walk_error(). */
	void (*problem)(void *context, const char *path, int error);
	/** A result came in. May be NULL. */
	void (*progress)(void *context);
	void *context;
};

struct walk_config {
	/** Each root is one item, walked by one worker; else each directory is an item. */
	bool whole_roots;
	bool one_file_system;
	/** Largest depth of an entry, or WALK_ANY_DEPTH; entries of a root are at 1. */
	unsigned int max_depth;
	enum walk_listing listing;
	/** How names in listings are quoted; without it, they are not. */
	bool quoted;
	enum quote quote;
	/** Keep the directories that were read, for record_shape(). Not with whole_roots. */
	bool record;
	struct walk_listener listener;
};

/** Sums for a root or a worker. */
struct walk_totals {
	/** Entries that are not directories. */
	uint64_t files;
	/** The root itself included. */
	uint64_t directories;
	uint64_t errors;
};

struct walk_root {
	/** As given. */
	const char *path;
	struct place place;
	struct walk_totals totals;
	/** With whole_roots: the index of the worker that walked it, once begun. */
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
	struct reader_limits limits;
	/** Roots are admitted a few at a time, since each is held open: those given to the pool. */
	bool few_at_once;
	size_t admitted;
	/** Bytes that main has not taken yet; workers that wait for fewer sleep on `room`. */
	_Alignas(QUEUE_APART) atomic_size_t waiting;
	struct eventcount room;
	/** Sums of each worker, from results. */
	struct walk_totals *found;
	unsigned int threads;
	struct walk_totals totals;
	/** Directories with a result, if they are to be recorded. */
	struct pool_list read;
	/** The listener's write() has failed. */
	bool mute;
	/** For the paths of problems. */
	struct path path;
};

/** The words for an error of the walk: an errno, or WALK_LOOP. */
const char *walk_error(int error);

/** For struct pool_config. The context is the struct walk. */
extern const struct pool_work walk_work;

/**
 * Prepares a walk of `count` paths, which stay the caller's, by so many workers.
 *
 * @return 0, or -1 with ENOMEM
 */
int walk_create(struct walk *walk, const struct walk_config *config, char *const *paths,
		size_t count, unsigned int threads);

/** Gives the pool its roots, or the first of many. Before it runs. */
void walk_add_roots(struct walk *walk, struct pool *pool);

/** Drops what is not read yet. Called from any thread, but not from a signal handler. */
void walk_cancel(struct walk *walk);

/** Sums up, after the pool has run. */
void walk_finish(struct walk *walk);

void walk_destroy(struct walk *walk);

#endif // WALK_WALK_H
