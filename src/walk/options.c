// SPDX-License-Identifier: MIT

/** The command line of dirwalk: parsing, and choosing the queues. */

#include "walk/options.h"

#include "base/number.h"
#include "base/quote.h"
#include "processors.h"
#include "registry.h"

#include <argp.h>
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

/** Long options without a short one. */
enum {
	OPTION_RESULT_QUEUE = 256,
	OPTION_PRINT,
	OPTION_PER_DIRECTORY,
	OPTION_JSON,
	OPTION_STATS,
	OPTION_PROGRESS,
	OPTION_RECORD,
	OPTION_FILES0_FROM,
};

static const struct argp_option option_table[] = {
	{"queue", 'q', "NAME", 0, "The queue to use, or ./FILE.so; 'help' lists them", 0},
	{"result-queue", OPTION_RESULT_QUEUE, "NAME", 0,
	 "The queue for results (default: the same as --queue, if that is given)", 0},
	{"threads", 'j', "N", 0,
	 "Workers, 1 to 4096 (default: the processors that the process may use, by its affinity "
	 "and the limit of its control group)",
	 0},
	{"wait", 'w', "HOW", 0,
	 "spin, yield, park or native (default: native where there is one, else park)", 0},
	{"capacity", 'c', "N", 0, "Capacity of a bounded queue (default: 65536)", 0},
	{"items", 'i', "KIND", 0,
	 "dir (default): each directory is an item; root: each DIR is an item, walked by one "
	 "worker",
	 0},
	{"one-file-system", 'x', NULL, 0, "Stay on the file system of each DIR", 0},
	{"max-depth", 'd', "N", 0, "Go at most N levels below each DIR, which is level 0", 0},
	{"files0-from", OPTION_FILES0_FROM, "FILE", 0,
	 "Read the DIRs from FILE, each ended by a zero byte, as from find -print0; - is standard "
	 "input",
	 0},
	{"print", OPTION_PRINT, NULL, 0, "List the files, one a line", 1},
	{"print0", '0', NULL, 0, "List the files, each ended by a zero byte", 1},
	{"per-directory", OPTION_PER_DIRECTORY, NULL, 0, "Print a line for each directory", 1},
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object", 1},
	{"stats", OPTION_STATS, NULL, 0,
	 "Print what the queue did, on standard error or in the JSON", 1},
	{"progress", OPTION_PROGRESS, NULL, 0,
	 "Show a live line on standard error, if that is a terminal; not with --items=root", 1},
	{"record", OPTION_RECORD, "FILE", 0,
	 "Write the shape of the walk to FILE, without names, for qbench to replay; not if the "
	 "walk is interrupted",
	 1},
	{0},
};

/** Sets the kind of listing, or ends the program if another kind was given. */
static void set_listing(struct argp_state *state, struct options *options,
			enum walk_listing listing)
{
	if (options->listing != WALK_NO_LISTING && options->listing != listing) {
		argp_error(state, "--print, --print0 and --per-directory exclude each other");
	}
	options->listing = listing;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	enum channel_wait wait;
	switch (key) {
	case 'q':
		options->queue = arg;
		break;
	case OPTION_RESULT_QUEUE:
		options->result_queue = arg;
		break;
	case 'j':
		options->threads = (unsigned int)number_of_option(state, "--threads", arg, 1,
								  OPTIONS_MAX_THREADS);
		break;
	case 'w':
		if (!channel_wait_parse(arg, &wait)) {
			argp_error(state, "--wait: '%s' is not spin, yield, park or native",
				   quoted(arg));
		}
		options->wait = arg;
		break;
	case 'c':
		options->capacity = number_of_option(state, "--capacity", arg, 1, (size_t)1 << 40);
		break;
	case 'i':
		if (strcmp(arg, "dir") != 0 && strcmp(arg, "root") != 0) {
			argp_error(state, "--items: '%s' is not dir or root", quoted(arg));
		}
		options->whole_roots = strcmp(arg, "root") == 0;
		break;
	case 'x':
		options->one_file_system = true;
		break;
	case 'd':
		options->max_depth = (unsigned int)number_of_option(state, "--max-depth", arg, 0,
								    WALK_ANY_DEPTH - 1);
		break;
	case OPTION_PRINT:
		set_listing(state, options, WALK_LINES);
		break;
	case '0':
		set_listing(state, options, WALK_ZEROES);
		break;
	case OPTION_PER_DIRECTORY:
		set_listing(state, options, WALK_DIRECTORIES);
		break;
	case OPTION_JSON:
		options->json = true;
		break;
	case OPTION_STATS:
		options->stats = true;
		break;
	case OPTION_PROGRESS:
		options->progress = true;
		break;
	case OPTION_RECORD:
		options->record = arg;
		break;
	case OPTION_FILES0_FROM:
		options->list = arg;
		break;
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
		struct queue *queue =
			type->create(&(struct queue_config){.capacity = 1, .max_threads = 1});
		const char *kind = !queue ? "?" : type->capacity(queue) ? "bounded" : "unbounded";
		if (queue) {
			type->destroy(queue);
		}

		char consumers[16] = "any";
		if (type->max_consumers) {
			snprintf(consumers, sizeof(consumers), "%u", type->max_consumers);
		}
		char waits[WAITS_SIZE];
		list_waits(type, waits);
		printf("%-16s  %-9s  %-9s  %-22s  %s%s\n", type->name, kind, consumers, waits,
		       type->title, found->called ? ", called through a pointer" : "");
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
		.options = option_table,
		.parser = parse_option,
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
	argp_parse(&argp, argc, argv, 0, NULL, options);

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
		errx(STATUS_USAGE, "queue %s serves %u producer at once, and the work has %u",
		     type->name, type->max_producers, choice->threads + 1);
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

void options_destroy(struct options *options)
{
	names_free(&options->names);
}
