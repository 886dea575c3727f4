// SPDX-License-Identifier: MIT

/** Output of dirwalk, except JSON. */

#include "walk/report.h"

#include "base/number.h"
#include "base/program.h"
#include "base/quote.h"
#include "walk/json.h"
#include "walk/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Nanoseconds between two live lines. */
#define PROGRESS_INTERVAL 100000000

static bool write_items(void *context, const char *bytes, size_t length)
{
	struct report *report = context;
	if (output_list(bytes, length) == 0) {
		return true;
	}
	report->write_error = errno;
	return false;
}

static void print_problem(void *context, const char *path, int error)
{
	struct report *report = context;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, quoted(path),
		walk_error(error));

	if (report->options->json) {
		size_t size = (report->failure_count + 1) * sizeof(*report->failures);
		struct failure *more = realloc(report->failures, size);
		if (more) {
			report->failures = more;
			more[report->failure_count].path = strdup(path);
			more[report->failure_count].error = error;
			report->failure_count += more[report->failure_count].path != NULL;
		}
	}
}

/** The totals so far. */
static struct walk_totals found_so_far(const struct walk *walk)
{
	struct walk_totals sum = {0};
	for (unsigned int i = 0; i < walk->threads; ++i) {
		sum.files += walk->found[i].files;
		sum.directories += walk->found[i].directories;
		sum.errors += walk->found[i].errors;
	}
	return sum;
}

static void print_progress(void *context)
{
	struct report *report = context;
	uint64_t now = clock_now();
	if (now - report->progress_at < PROGRESS_INTERVAL) {
		return;
	}
	report->progress_at = now;
	struct walk_totals sum = found_so_far(report->walk);
	char line[128];
	snprintf(line, sizeof(line), "%lu files, %lu directories, %lu errors", sum.files,
		 sum.directories, sum.errors);
	output_live(line);
}

/** True if standard error is a terminal that knows how to clear a line. */
static bool can_show_progress(void)
{
	const char *terminal = getenv("TERM");
	return isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0);
}

void report_create(struct report *report, const struct options *options,
		   const struct choice *choice)
{
	*report = (struct report){
		.options = options,
		.choice = choice,
		.terminal = isatty(STDOUT_FILENO),
		// With whole roots there are too few results for a live line
		.progress = options->progress && !options->whole_roots && can_show_progress(),
	};
}

struct walk_listener report_listener(struct report *report)
{
	return (struct walk_listener){
		.write = write_items,
		.problem = print_problem,
		.progress = report->progress ? print_progress : NULL,
		.context = report,
	};
}

/** Says how many DIRs there are to walk, not counting those that cannot be walked. */
static void print_assigned(const struct report *report, size_t count)
{
	unsigned int threads = report->walk->threads;
	printf("Assigned %zu dir%s to %u worker%s\n", count, number_plural(count), threads,
	       number_plural(threads));
}

void report_begin(struct report *report, const struct walk *walk)
{
	enum walk_listing listing = report->options->listing;
	report->walk = walk;
	if (listing == WALK_NO_LISTING) {
		return;
	}
	if (listing == WALK_DIRECTORIES) {
		// The line comes before the listing, so the DIRs are looked at twice
		size_t count = 0;
		struct stat status;
		for (size_t i = 0; i < walk->root_count; ++i) {
			count += stat(walk->roots[i].path, &status) == 0 && S_ISDIR(status.st_mode);
		}
		print_assigned(report, count);
	}
	output_begin_listing(listing == WALK_ZEROES ? '\0' : '\n');
}

/** Prints a line for every DIR, in the order given. */
static void print_roots(const struct report *report)
{
	size_t count = 0;
	for (size_t i = 0; i < report->walk->root_count; ++i) {
		count += report->walk->roots[i].place.exists;
	}
	print_assigned(report, count);
	for (size_t i = 0; i < report->walk->root_count; ++i) {
		const struct walk_root *root = &report->walk->roots[i];
		if (report->options->whole_roots && root->begun) {
			printf("From thread worker-%u: ", root->worker + 1);
		}
		char *name = quote_copy(root->path, report->terminal ? QUOTE_NAME : QUOTE_RECORD);
		printf("%lu files found in dir %s\n", root->totals.files, name ? name : "?");
		free(name);
	}
}

static void print_counts(const char *name, const char *queue, const struct channel_counts *counts,
			 bool native)
{
	fprintf(stderr, "%s queue (%s): %lu enqueued, %lu dequeued", name, queue, counts->enqueued,
		counts->dequeued);
	fprintf(stderr, "; answers: %lu full, %lu empty, %lu busy; %lu park%s, ", counts->full,
		counts->empty, counts->busy, counts->parks, number_plural(counts->parks));
	if (native) {
		fprintf(stderr, "wakes not known (native wait)\n");
	} else {
		fprintf(stderr, "%lu wake%s\n", counts->wakes, number_plural(counts->wakes));
	}
}

static void print_stats(const struct report *report, const struct pool_stats *stats)
{
	const struct choice *choice = report->choice;
	const struct pool_type *result = choice->result_pool ? choice->result_pool : choice->pool;
	const struct histogram *times = &stats->time_in_queue;

	const struct processors *processors = &choice->processors;
	fprintf(stderr, "processors: %u in the affinity mask", processors->affinity);
	if (processors->limit > 0) {
		fprintf(stderr, ", and a limit of %.2f by control groups", processors->limit);
	}
	fprintf(stderr, "; %u worker%s by %s\n", choice->threads, number_plural(choice->threads),
		report->options->threads ? "--threads" : "default");
	fprintf(stderr, "%.6f s with %u worker%s, wait %s; %.6f s to wind down\n",
		clock_seconds(stats->nanoseconds), stats->started, number_plural(stats->started),
		channel_wait_name(choice->wait), clock_seconds(stats->wind_down_nanoseconds));
	print_counts("work", choice->pool->queue->name, &stats->work,
		     choice->wait == CHANNEL_NATIVE);
	print_counts("result", result->queue->name, &stats->results, false);
	fprintf(stderr,
		"overflow: %lu item%s did not fit at first, %lu never; peak depth: %lu item%s not "
		"finished\n",
		stats->overflow, number_plural(stats->overflow), stats->unqueued, stats->peak_depth,
		number_plural(stats->peak_depth));
	fprintf(stderr, "time in queue: p50 %.1f us, p99 %.1f us, max %.1f us (of %lu item%s)\n",
		(double)histogram_quantile(times, 0.5) / 1e3,
		(double)histogram_quantile(times, 0.99) / 1e3, (double)times->max / 1e3,
		times->count, number_plural(times->count));
	fprintf(stderr, "time that workers waited, all together: %.6f s\n",
		clock_seconds(stats->waited));
}

void report_end(struct report *report, const struct pool_stats *stats, bool interrupted)
{
	output_live(NULL);
	if (output_end_listing() != 0 && report->write_error == 0) {
		report->write_error = errno;
	}
	if (report->options->json) {
		if (json_print(report, stats, interrupted, stdout) != 0) {
			report->write_error = errno;
		}
	} else {
		bool listing = report->options->listing != WALK_NO_LISTING;
		// A listing that is interrupted has no totals at its end
		if (!listing) {
			print_roots(report);
		} else if (interrupted) {
			fprintf(stderr, "%s: interrupted after %lu files in %lu directories\n",
				program_invocation_short_name, report->walk->totals.files,
				report->walk->totals.directories);
		}
		if (report->options->stats) {
			print_stats(report, stats);
		}
	}
}

void report_destroy(struct report *report)
{
	for (size_t i = 0; i < report->failure_count; ++i) {
		free(report->failures[i].path);
	}
	free(report->failures);
}
