// SPDX-License-Identifier: MIT

/** The command line of dirwalk. */

#ifndef WALK_OPTIONS_H
#define WALK_OPTIONS_H

#include "pool.h"
#include "processors.h"
#include "walk/names.h"
#include "walk/walk.h"

#include <stdbool.h>
#include <stddef.h>

/** Exit statuses. */
enum {
	STATUS_OK = 0,
	/** Something could not be read, or output not be written. */
	STATUS_ERRORS = 1,
	/** Wrong usage, or the walk could not begin. */
	STATUS_USAGE = 2,
};

#define OPTIONS_MAX_THREADS 4096

struct options {
	const char *queue;
	/** NULL: the same. */
	const char *result_queue;
	/** 0: as many as there are usable processors. */
	unsigned int threads;
	/** NULL: the best that the queue offers. */
	const char *wait;
	size_t capacity;
	bool whole_roots;
	bool one_file_system;
	unsigned int max_depth;
	enum walk_listing listing;
	bool json;
	bool stats;
	bool progress;
	/** Where the shape of the walk is written, or NULL. */
	const char *record;
	/** The DIRs: of the command line, or of a list, which may be empty. */
	char **paths;
	size_t path_count;
	/** --files0-from, or NULL; and what was read from there, for names_free(). */
	const char *list;
	struct names names;
};

/** A choice that fits together. */
struct choice {
	const struct pool_type *pool;
	/** NULL if it is the same. */
	const struct pool_type *result_pool;
	unsigned int threads;
	/** What the default number of workers follows. */
	struct processors processors;
	enum channel_wait wait;
};

/** Parses the command line. Ends the program if it is wrong or asks for help. */
void options_parse(struct options *options, int argc, char **argv);

/** Finds the queues and checks the rest against them. Ends the program if it does not fit. */
void options_choose(const struct options *options, struct choice *choice);

#endif // WALK_OPTIONS_H
