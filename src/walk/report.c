// SPDX-License-Identifier: MIT

/** What dirwalk says, but for its JSON. */

#include "walk/report.h"

#include "walk/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Nanoseconds between two live lines. */
#define PROGRESS_INTERVAL 100000000

/** Print a path of any bytes: what could upset a terminal is escaped. */
static void print_path(FILE *stream, const char *path)
{
	for (const unsigned char *byte = (const unsigned char *)path; *byte; ++byte) {
		if (*byte == '\n') {
			fputs("\\n", stream);
		} else if (*byte < ' ' || *byte == 0x7f) {
			fprintf(stream, "\\x%02x", *byte);
		} else {
			putc(*byte, stream);
		}
	}
}

/** Take the live line away before something else is printed. */
static void clear_line(struct report *report)
{
	if (report->line) {
		fputs("\r\033[K", stderr);
		report->line = false;
	}
}

static bool write_bytes(void *context, const char *bytes, size_t length)
{
	struct report *report = context;
	if (fwrite(bytes, 1, length, stdout) == length) {
		return true;
	}
	report->write_error = errno;
	return false;
}

static void print_problem(void *context, const char *path, int error)
{
	struct report *report = context;
	clear_line(report);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	print_path(stderr, path);
	fprintf(stderr, ": %s\n", strerror(error));

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

/** What has been found so far. */
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
	report->line = true;
	struct walk_totals sum = found_so_far(report->walk);
	fprintf(stderr, "\r\033[K%lu files, %lu directories, %lu errors", sum.files,
		sum.directories, sum.errors);
}

void report_create(struct report *report, const struct options *options,
		   const struct choice *choice)
{
	*report = (struct report){
		.options = options,
		.choice = choice,
		// With whole roots, results are too few to show any
		.progress = options->progress && !options->whole_roots && isatty(STDERR_FILENO),
	};
}

struct walk_listener report_listener(struct report *report)
{
	return (struct walk_listener){
		.write = write_bytes,
		.problem = print_problem,
		.progress = report->progress ? print_progress : NULL,
		.context = report,
	};
}

/** Are the original's lines wanted? */
static bool speaks(const struct report *report)
{
	enum walk_listing listing = report->options->listing;
	return !report->options->json &&
	       (listing == WALK_NO_LISTING || listing == WALK_DIRECTORIES);
}

void report_begin(struct report *report, const struct walk *walk)
{
	report->walk = walk;
	if (speaks(report)) {
		printf("Assigned %zu dirs to %u workers\n", walk->root_count, walk->threads);
	}
}

/** A line for every DIR, in the order given. */
static void print_roots(const struct report *report)
{
	for (size_t i = 0; i < report->walk->root_count; ++i) {
		const struct walk_root *root = &report->walk->roots[i];
		if (report->options->whole_roots && root->begun) {
			printf("From thread worker-%u: ", root->worker + 1);
		}
		printf("%lu files found in dir %s\n", root->totals.files, root->path);
	}
}

static void print_counts(const char *name, const char *queue, const struct channel_counts *counts,
			 bool native)
{
	fprintf(stderr, "%s queue (%s): %lu enqueued, %lu dequeued", name, queue, counts->enqueued,
		counts->dequeued);
	fprintf(stderr, "; answers: %lu full, %lu empty, %lu busy; %lu parks, ", counts->full,
		counts->empty, counts->busy, counts->parks);
	if (native) {
		fprintf(stderr, "wakes not known (native wait)\n");
	} else {
		fprintf(stderr, "%lu wakes\n", counts->wakes);
	}
}

static void print_stats(const struct report *report, const struct pool_stats *stats)
{
	const struct choice *choice = report->choice;
	const struct pool_type *result = choice->result_pool ? choice->result_pool : choice->pool;
	const struct histogram *times = &stats->time_in_queue;

	fprintf(stderr, "%.6f s with %u workers, wait %s; %.6f s to wind them down\n",
		clock_seconds(stats->nanoseconds), stats->started, channel_wait_name(choice->wait),
		clock_seconds(stats->wind_down_nanoseconds));
	print_counts("work", choice->pool->queue->name, &stats->work,
		     choice->wait == CHANNEL_NATIVE);
	print_counts("result", result->queue->name, &stats->results, false);
	fprintf(stderr,
		"overflow: %lu items did not fit at first, %lu never; peak depth: %lu items not "
		"finished\n",
		stats->overflow, stats->unqueued, stats->peak_depth);
	fprintf(stderr, "time in queue: p50 %.1f us, p99 %.1f us, max %.1f us (of %lu items)\n",
		(double)histogram_quantile(times, 0.5) / 1e3,
		(double)histogram_quantile(times, 0.99) / 1e3, (double)times->max / 1e3,
		times->count);
	fprintf(stderr, "time that workers waited, all together: %.6f s\n",
		clock_seconds(stats->waited));
}

void report_end(struct report *report, const struct pool_stats *stats, bool interrupted)
{
	clear_line(report);
	if (report->options->json) {
		if (json_print(report, stats, interrupted, stdout) != 0) {
			report->write_error = errno;
		}
	} else {
		bool listing = report->options->listing != WALK_NO_LISTING;
		// Interrupted, a listing ends with nothing to tell how far it came
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

bool report_close(struct report *report)
{
	if ((fflush(stdout) != 0 || ferror(stdout)) && report->write_error == 0) {
		report->write_error = errno;
	}
	if (report->write_error) {
		fprintf(stderr, "%s: standard output: %s\n", program_invocation_short_name,
			strerror(report->write_error));
	}
	return report->write_error == 0;
}

void report_destroy(struct report *report)
{
	for (size_t i = 0; i < report->failure_count; ++i) {
		free(report->failures[i].path);
	}
	free(report->failures);
}
