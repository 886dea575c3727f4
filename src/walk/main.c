// SPDX-License-Identifier: MIT

/**
 * dirwalk: a pool of workers that walks directories, with a queue that is chosen by name.
 *
 *     main.c        this file: from the command line to the exit status
 *     options.c     the command line, the choice of queues and workers; names.c reads lists of DIRs
 *     signals.c     Ctrl-C: a thread that ends the program in time
 *     walk.c        the workers' part of a directory, and main's part of a result
 *     directory.c   directories as work items and results; arenas, paths
 *     reader.c      the system calls: opening and reading
 *     output.c      standard output and error, which a signal can hurry
 *     report.c      what is printed; json.c, the same as JSON
 *     record.c      --record: the shape of the walk
 *
 * Below them, in src/: pool.h runs the workers, channel.h waits on a queue, eventcount.h sleeps,
 * registry.c finds queues, shape.c writes shapes, processors.c counts processors.
 */

#include "base/number.h"
#include "base/program.h"
#include "base/quote.h"
#include "base/replace.h"
#include "walk/options.h"
#include "walk/output.h"
#include "walk/record.h"
#include "walk/report.h"
#include "walk/signals.h"
#include "walk/walk.h"

#include <err.h>
#include <errno.h>
#include <string.h>

/** Creates the pool, or ends the program. */
static struct pool *make_pool(const struct options *options, const struct choice *choice,
			      struct walk *walk)
{
	struct pool_config config = {
		.threads = choice->threads,
		.capacity = options->capacity,
		.wait = choice->wait,
		.polls = CHANNEL_POLLS,
		.timed = options->stats,
		.result_type = choice->result_pool ? choice->result_pool->queue : NULL,
		.work = &walk_work,
		.context = walk,
	};
	struct pool *pool = pool_create(choice->pool, &config);
	if (!pool) {
		err(STATUS_USAGE, "cannot make the queues: %s with %u worker%s, --capacity=%zu",
		    quoted(options->queue), choice->threads, number_plural(choice->threads),
		    options->capacity);
	}
	return pool;
}

static void warn_of_missing(const struct choice *choice, const struct pool_stats *stats)
{
	if (stats->started < choice->threads) {
		warnx("only %u of %u workers could be started: %s", stats->started, choice->threads,
		      strerror(stats->start_error));
	}
	if (stats->hanging > 0) {
		warnx("%u of %u workers were left in a call that did not return", stats->hanging,
		      choice->threads);
	}
}

/** Ends the program if --record names a file that cannot be written. */
static void check_record(const struct options *options)
{
	if (options->record && replace_check(options->record) != 0) {
		err(STATUS_USAGE, "cannot record the walk to '%s'", quoted(options->record));
	}
}

/** Writes the shape of the walk, if wanted. False with a message if it cannot be written. */
static bool write_record(const struct options *options, struct walk *walk,
			 const struct pool_stats *stats, bool interrupted)
{
	struct shape shape;
	if (!options->record) {
		return true;
	}
	if (interrupted || stats->cancelled) {
		// Replay would take a part of a walk for a whole one
		warnx("'%s' is not written: the walk did not come to its end",
		      quoted(options->record));
		return false;
	}
	bool written = record_shape(walk, &shape) == 0;
	if (!written && errno == ENOENT) {
		warnx("'%s' is not written: no directory was walked", quoted(options->record));
		return false;
	}
	written = written && shape_write(&shape, options->record) == 0;
	if (!written) {
		warn("cannot record the walk to '%s'", quoted(options->record));
	}
	shape_destroy(&shape);
	return written;
}

int main(int argc, char **argv)
{
	struct options options;
	struct choice choice;
	program_begin(STATUS_ERRORS);
	output_begin();
	options_parse(&options, argc, argv);
	options_choose(&options, &choice);
	check_record(&options);

	struct signals signals;
	signals_block(&signals);

	struct report report;
	report_create(&report, &options, &choice);
	struct walk_config config = {
		.whole_roots = options.whole_roots,
		.one_file_system = options.one_file_system,
		.max_depth = options.max_depth,
		.listing = options.listing,
		.quoted = report.terminal || options.listing == WALK_DIRECTORIES,
		.quote = report.terminal ? QUOTE_NAME : QUOTE_RECORD,
		.record = options.record != NULL,
		.listener = report_listener(&report),
	};
	struct walk walk;
	if (walk_create(&walk, &config, options.paths, options.path_count, choice.threads) != 0) {
		err(STATUS_USAGE, "cannot walk %zu directories with %u workers", options.path_count,
		    choice.threads);
	}
	struct pool *pool = make_pool(&options, &choice, &walk);
	walk_add_roots(&walk, pool);
	if (signals_start(&signals, &walk) != 0) {
		err(STATUS_USAGE, "cannot start a thread that waits for signals");
	}

	report_begin(&report, &walk);
	const struct pool_stats *stats = pool_stats(pool);
	bool whole = pool_run(pool) == 0;
	if (!whole && stats->started == 0) {
		err(STATUS_USAGE, "cannot walk");
	} else if (!whole) {
		warn("cannot walk on, and what is left was not walked");
	}
	int interrupted = signals_interrupted(&signals);
	walk_finish(&walk);

	warn_of_missing(&choice, stats);
	report_end(&report, stats, interrupted != 0);
	bool written = program_close_output(report.write_error);
	written = write_record(&options, &walk, stats, interrupted != 0) && written;

	int status = STATUS_OK;
	if (walk.totals.errors || !written || !whole) {
		status = STATUS_ERRORS;
	}
	// Not earlier: until here, signals.c can interrupt a write that hangs
	signals_stop(&signals);
	if (interrupted || (interrupted = signals_interrupted(&signals))) {
		// Nothing is freed: workers that hang still use the memory
		fflush(stderr);
		program_die_of(interrupted);
	}
	report_destroy(&report);
	pool_destroy(pool);
	walk_destroy(&walk);
	names_free(&options.names);
	return status;
}
