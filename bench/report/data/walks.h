// SPDX-License-Identifier: MIT

/**
 * Walks of a real tree, timed as whole processes: by scripts/bench.sh (walk.json), or with
 * hyperfine by hand.
 */

#ifndef BENCH_REPORT_WALKS_H
#define BENCH_REPORT_WALKS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** What a walk with --stats says. */
enum walk_figure {
	/** From enqueueing a directory to dequeueing it, nanoseconds. */
	WALK_P50,
	WALK_P99,
	WALK_MAX,
	/** Percent of the workers' time in which they waited for a directory. */
	WALK_WAITED,
	/** The most directories that were unfinished at one time. */
	WALK_DEPTH,
	WALK_OVERFLOW,
	WALK_UNQUEUED,
	/** Answers of the queue of directories, and its sleepers. */
	WALK_FULL,
	WALK_EMPTY,
	WALK_BUSY,
	WALK_PARKS,
	WALK_WAKES,
	/** The same of the queue of results. */
	WALK_RESULTS_FULL,
	WALK_RESULTS_EMPTY,
	WALK_RESULTS_BUSY,
	WALK_RESULTS_PARKS,
	WALK_RESULTS_WAKES,
	WALK_FIGURES,
};

/** Where processors are during a walk. */
enum walk_place {
	WALK_KERNEL,
	WALK_USER,
	WALK_PLACES,
};

/** One walk with --stats. A figure that is not known is NAN. */
struct walk_stats {
	const char *wait;
	double figures[WALK_FIGURES];
};

/** A command: a queue with a number of workers, a floor, or another program. */
struct walk {
	const char *label;
	const char *command;
	/** NULL for a program that has no queue. */
	const char *queue;
	/** The queue of results; NULL where the file does not say. */
	const char *result_queue;
	/** 0 where it is not known. */
	long long threads;
	bool oversubscribed;
	/** Raw walks: what the others are held against. */
	bool floor;
	/** Why its times must not be believed; NULL if they may. */
	const char *failure;
	/** Seconds of each run, in their order. */
	double *seconds;
	size_t count;
	/** One number a round: the median of its runs. */
	double *rounds;
	size_t round_count;
	/** Processor seconds of each round; NULL where they are not known. */
	double *places[WALK_PLACES];
	struct walk_stats *stats;
	size_t stats_count;
};

/** One file of walks. Strings live as long as it does. */
struct walks {
	json_t *document;
	/** Facts of the machine; NULL where the file does not say. */
	const json_t *machine;
	/** "" where not known. */
	const char *command;
	const char *date;
	const char *commit;
	long long directories;
	/** Processors that other programs kept busy meanwhile. */
	double others;
	/** 0 where not known. */
	size_t rounds;
	/** By hyperfine. */
	bool imported;
	struct walk *rows;
	size_t count;
};

/** True if hyperfine exported the document. */
bool walks_imported(const json_t *document);

/**
 * Reads a document: walk.json, or one of hyperfine's.
 *
 * @param error  receives what is wrong, for the caller to free; NULL without memory
 * @return for walks_free(); NULL on failure
 */
struct walks *walks_read(json_t *document, char **error);

/**
 * Adds another document of hyperfine's, since there is a file for each call of it. Runs of one
 * label become one row.
 *
 * @return the walks anew, in place of `walks`, which is freed; NULL as walks_read()
 */
struct walks *walks_join(struct walks *walks, const json_t *document, char **error);

/** NULL is fine. */
void walks_free(struct walks *walks);

/** Name of a figure in CSV, without spaces. */
const char *walk_figure_name(enum walk_figure figure);

#endif // BENCH_REPORT_WALKS_H
