// SPDX-License-Identifier: MIT

/** The command line of dirwalk: parsing, and choosing the queues. */

#include "walk/options.h"

#include "base/quote.h"
#include "base/settings.h"
#include "processors.h"
#include "registry.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Not static, since it replaces argp's variable of the same name. */
__attribute__((visibility("default"))) const char *argp_program_version =
	"dirwalk " PROGRAM_VERSION;

/** Items in a bounded queue: enough for the widest level of most trees. */
#define DEFAULT_CAPACITY 65536

/** Reads how threads wait, and keeps the word. */
static void read_wait(struct argp_state *state, const struct setting *setting, char *text,
		      void *member)
{
	enum channel_wait wait;
	if (!channel_wait_parse(text, &wait)) {
		argp_error(state, "--wait: '%s' is not spin, yield, park or native", quoted(text));
	}
	setting_text(state, setting, text, member);
}

/** Reads what an item is. */
static void read_items(struct argp_state *state, const struct setting *setting, char *text,
		       void *member)
{
	(void)setting;
	if (strcmp(text, "dir") != 0 && strcmp(text, "root") != 0) {
		argp_error(state, "--items: '%s' is not dir or root", quoted(text));
	}
	*(bool *)member = strcmp(text, "root") == 0;
}

/** Reads the kind of listing, which the row of the option names. There is one at most. */
static void read_listing(struct argp_state *state, const struct setting *setting, char *text,
			 void *member)
{
	(void)text;
	enum walk_listing *listing = member;
	if (*listing != WALK_NO_LISTING && *listing != setting->least) {
		argp_error(state, "--print, --print0 and --per-directory exclude each other");
	}
	*listing = (enum walk_listing)setting->least;
}

#define AT(member, read) SETTING(struct options, member, read)
static const struct setting option_table[] = {
	{"queue", 'q', "NAME", 0, "The queue to use, or ./FILE.so; 'help' lists them",
	 AT(queue, setting_text)},
	{"result-queue", 0, "NAME", 0,
	 "The queue for results (default: the same as --queue, if that is given)",
	 AT(result_queue, setting_text)},
	{"threads", 'j', "N", 0,
	 "Workers, 1 to 4096 (default: the processors that the process may use, by its affinity "
	 "and the limit of its control group)",
	 AT(threads, setting_number), 1, OPTIONS_MAX_THREADS},
	{"wait", 'w', "HOW", 0,
	 "spin, yield, park or native (default: native where there is one, else park)",
	 AT(wait, read_wait)},
	{"capacity", 'c', "N", 0, "Capacity of a bounded queue (default: 65536)",
	 AT(capacity, setting_number), 1, (size_t)1 << 40},
	{"items", 'i', "KIND", 0,
	 "dir (default): each directory is an item; root: each DIR is an item, walked by one "
	 "worker",
	 AT(whole_roots, read_items)},
	{"one-file-system", 'x', NULL, 0, "Stay on the file system of each DIR",
	 AT(one_file_system, setting_flag)},
	{"max-depth", 'd', "N", 0, "Go at most N levels below each DIR, which is level 0",
	 AT(max_depth, setting_number), 0, WALK_ANY_DEPTH - 1},
	{"files0-from", 0, "FILE", 0,
	 "Read the DIRs from FILE, each ended by a zero byte, as from find -print0; - is standard "
	 "input",
	 AT(list, setting_text)},
	{"print", 0, NULL, 1, "List the files, one a line", AT(listing, read_listing), WALK_LINES},
	{"print0", '0', NULL, 1, "List the files, each ended by a zero byte",
	 AT(listing, read_listing), WALK_ZEROES},
	{"per-directory", 0, NULL, 1, "Print a line for each directory", AT(listing, read_listing),
	 WALK_DIRECTORIES},
	{"json", 0, NULL, 1, "Print one JSON object", AT(json, setting_flag)},
	{"stats", 0, NULL, 1, "Print what the queue did, on standard error or in the JSON",
	 AT(stats, setting_flag)},
	{"progress", 0, NULL, 1,
	 "Show a live line on standard error, if that is a terminal; not with --items=root",
	 AT(progress, setting_flag)},
	{"record", 0, "FILE", 1,
	 "Write the shape of the walk to FILE, without names, for qbench to replay; not if the "
	 "walk is interrupted",
	 AT(record, setting_text)},
	{0},
};

static error_t parse_directories(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	struct options *options = state->input;
	switch (key) {
	case ARGP_KEY_ARGS:
		if (options->list) {
			argp_error(state,
				   "--files0-from excludes '%s': DIRs are given, or read from a "
				   "file, but not both",
				   quoted(state->argv[state->next]));
		}
		options->paths = state->argv + state->next;
		options->path_count = (size_t)(state->argc - state->next);
		break;
	case ARGP_KEY_END:
		if (options->json && options->listing != WALK_NO_LISTING) {
			argp_error(state, "--json excludes --print, --print0 and --per-directory");
		}
		if (options->record && options->whole_roots) {
			argp_error(state, "--record needs --items=dir: with --items=root only the "
					  "DIRs are items");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/** Bytes that hold the names of all waits. */
#define WAITS_SIZE 64

/** Writes the names of the waits that a queue offers, with commas. */
static void list_waits(const struct queue_type *type, char waits[WAITS_SIZE])
{
	*waits = '\0';
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (channel_offers(type, (enum channel_wait)wait)) {
			strcat(waits, *waits ? "," : "");
			strcat(waits, channel_wait_name((enum channel_wait)wait));
		}
	}
}

/**
 * Prints a table of all queues. Loads every module.
 *
 * @param work leave out queues that serve one producer: work has two at least, a worker and main
 */
static void list_queues(bool work)
{
	char **names = registry_names();
	if (!names) {
		err(STATUS_USAGE, "cannot list the queues");
	}
	printf("%-16s  %-9s  %-9s  %-22s  %s\n", "NAME", "KIND", "CONSUMERS", "WAITS", "TITLE");
	for (char **name = names; *name; ++name) {
		char *error;
		const struct registry_queue *found = registry_find(*name, &error);
		if (!found) {
			warnx("%s: %s", *name, error ? error : strerror(ENOMEM));
			free(error);
			continue;
		}
		const struct queue_type *type = found->pool->queue;
		if (work && type->max_producers == 1) {
			continue;
		}
		char consumers[16] = "any";
		if (type->max_consumers) {
			snprintf(consumers, sizeof(consumers), "%u", type->max_consumers);
		}
		char waits[WAITS_SIZE];
		list_waits(type, waits);
		printf("%-16s  %-9s  %-9s  %-22s  %s%s\n", type->name,
		       type->capacity ? "bounded" : "unbounded", consumers, waits, type->title,
		       found->called ? ", called through a pointer" : "");
	}
	registry_names_free(names);
}

/** Reads the DIRs of --files0-from, or ends the program. */
static void read_list(struct options *options)
{
	if (names_read(&options->names, options->list) != 0) {
		if (errno == EINVAL) {
			errx(STATUS_USAGE, "--files0-from: name %zu of '%s' is empty",
			     options->names.count + 1, quoted(options->list));
		}
		err(STATUS_USAGE, "--files0-from: cannot read '%s'", quoted(options->list));
	}
	options->paths = options->names.strings;
	options->path_count = options->names.count;
}

void options_parse(struct options *options, int argc, char **argv)
{
	static char *here[] = {".", NULL};
	static const struct argp argp = {
		.parser = parse_directories,
		.args_doc = "[DIR]...",
		.doc = "Count or list the files below each DIR (default: .) with a pool of "
		       "workers, whose queue is chosen by name.\vFiles are all entries that are "
		       "not directories. A DIR that is a symbolic link is followed; links below it "
		       "are not.\n\n"
		       "Exit status: 0 all was read; 1 something could not be read or written; 2 "
		       "wrong usage. After SIGINT or SIGTERM, dirwalk prints the totals so far and "
		       "dies of the signal.\n\n"
		       "Examples:\n\n"
		       "  dirwalk /usr /var                count the files in each DIR\n"
		       "  dirwalk -q NAME -w yield -j8 ~   another queue, another wait, 8 workers\n"
		       "  dirwalk --print0 . | xargs -0 ls -ld\n"
		       "  dirwalk --json --stats /usr      what the queue did",
	};
	*options = (struct options){
		.capacity = DEFAULT_CAPACITY,
		.max_depth = WALK_ANY_DEPTH,
		.paths = here,
		.path_count = 1,
	};
	argp_err_exit_status = STATUS_USAGE;
	settings_parse(option_table, &argp, argc, argv, options);

	if (options->list) {
		read_list(options);
	}
	if (!options->queue) {
		options->queue = registry_default();
		if (!options->result_queue) {
			options->result_queue = registry_default_results();
		}
	}
	const char *names[] = {options->queue, options->result_queue};
	for (size_t i = 0; i < 2; ++i) {
		if (names[i] && strcmp(names[i], "help") == 0) {
			list_queues(i == 0);
			exit(STATUS_OK);
		}
	}
}

/** Finds a queue by its name, or ends the program. */
static const struct pool_type *find_queue(const char *name)
{
	char *error;
	const struct registry_queue *queue = registry_find(name, &error);
	if (!queue) {
		errx(STATUS_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	return queue->pool;
}

void options_choose(const struct options *options, struct choice *choice)
{
	choice->pool = find_queue(options->queue);
	choice->result_pool = options->result_queue ? find_queue(options->result_queue) : NULL;
	if (choice->result_pool == choice->pool) {
		choice->result_pool = NULL;
	}
	const struct queue_type *type = choice->pool->queue;
	const struct queue_type *result_type =
		choice->result_pool ? choice->result_pool->queue : type;

	choice->threads = options->threads;
	choice->processors = processors_look();
	if (choice->threads == 0) {
		choice->threads = choice->processors.usable;
		if (choice->threads > OPTIONS_MAX_THREADS) {
			choice->threads = OPTIONS_MAX_THREADS;
		}
		if (type->max_consumers && choice->threads > type->max_consumers) {
			choice->threads = type->max_consumers;
		}
	}

	if (type->max_consumers && choice->threads > type->max_consumers) {
		errx(STATUS_USAGE,
		     "queue %s serves %u consumer at once, not %u workers: use it with -j %u, or "
		     "as --result-queue",
		     type->name, type->max_consumers, choice->threads, type->max_consumers);
	}
	// The main thread is a producer of work too
	if (type->max_producers && choice->threads + 1 > type->max_producers) {
		errx(STATUS_USAGE,
		     "queue %s serves %u producer at once, and the work has %u, the workers and "
		     "the main thread: use it as --result-queue with -j %u",
		     type->name, type->max_producers, choice->threads + 1, type->max_producers);
	}
	if (result_type->max_producers && choice->threads > result_type->max_producers) {
		errx(STATUS_USAGE,
		     "queue %s serves %u producer at once, not the results of %u workers",
		     result_type->name, result_type->max_producers, choice->threads);
	}

	choice->wait = channel_best_wait(type);
	if (options->wait) {
		channel_wait_parse(options->wait, &choice->wait);
	}
	if (!channel_offers(type, choice->wait)) {
		char waits[WAITS_SIZE];
		list_waits(type, waits);
		errx(STATUS_USAGE, "--wait=%s: queue %s has no such wait; it offers %s",
		     options->wait, type->name, waits);
	}
}
