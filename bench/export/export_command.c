// SPDX-License-Identifier: MIT

/** `qbench export`: a queue as a header to take home. */

#include "base/quote.h"
#include "base/replace.h"
#include "base/settings.h"
#include "commands.h"
#include "export/header.h"
#include "export/sources.h"
#include "registry.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct options {
	const char *queue;
	const char *folder;
	const char *prefix;
	const char *wait;
	bool list;
	bool force;
};

/** The name of a queue whose source this is, for the caller to free; NULL if it is of none. */
static char *queue_of(const struct source *source)
{
	static const char folder[] = "queues/";
	const char *name = source->path + strlen(folder);
	const char *dot = strchr(name, '.');
	bool queue = strncmp(source->path, folder, strlen(folder)) == 0 && dot &&
		     !strchr(name, '/') && dot[1] == 'c';
	return queue ? strndup(name, (size_t)(dot - name)) : NULL;
}

/** The source of a queue in C; NULL if there is none. */
static const char *path_of(const char *queue)
{
	char path[128];
	snprintf(path, sizeof(path), "queues/%s.c", queue);
	const struct source *source = sources_find(path);
	return source ? source->path : NULL;
}

static int print_list(void)
{
	printf("%-15s %s\n", "NAME", "NEEDS, BESIDE -pthread");
	for (const struct source *source = sources; source->path; ++source) {
		char *name = queue_of(source);
		char *needs = name ? header_needs(source->path) : NULL;
		if (name && !path_of(name)) {
			printf("%-15s cannot be exported: it is in C++; use its library itself\n",
			       name);
		} else if (name && needs) {
			printf("%-15s %s\n", name, *needs ? needs : "-");
		}
		free(needs);
		free(name);
	}
	return 0;
}

/** Can all names begin with this? No word of C, nor what headers of the C library begin with. */
static bool is_prefix(const char *text)
{
	static const char *const words[] = {
		"auto",	   "break",    "case",	   "char",   "const",	 "continue",
		"default", "do",       "double",   "else",   "enum",	 "errno",
		"extern",  "float",    "for",	   "goto",   "if",	 "inline",
		"int",	   "long",     "pthread",  "return", "short",	 "register",
		"signed",  "sizeof",   "static",   "struct", "switch",	 "union",
		"typedef", "unsigned", "restrict", "void",   "volatile", "while",
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); ++i) {
		if (strcasecmp(text, words[i]) == 0) {
			return false;
		}
	}
	// R_OK, W_OK, X_OK and F_OK are macros of unistd.h
	bool good = isalpha((unsigned char)*text) && text[1];
	while (good && *++text) {
		good = isalnum((unsigned char)*text) || *text == '_';
	}
	return good;
}

/** Reads how to wait. Ends the program if the queue does not offer it. */
static void choose_wait(const char *name, struct export *export)
{
	export->waits = name != NULL;
	if (name && !channel_wait_parse(name, &export->wait)) {
		errx(COMMAND_USAGE,
		     "--wait: there is no wait '%s'; there are spin, yield, park and native",
		     quoted(name));
	}
	if (name && !channel_offers(export->type, export->wait)) {
		errx(COMMAND_USAGE, "%s has no wait '%s'; its best is %s", export->type->name, name,
		     channel_wait_name(channel_best_wait(export->type)));
	}
}

/** The path of a file of the export, to be freed. Ends the program where it must not be. */
static char *path_to(const struct options *options, const char *ending)
{
	char *path;
	if (asprintf(&path, "%s/%s_%s", options->folder, options->queue, ending) < 0) {
		err(COMMAND_FAILED, "cannot export %s", options->queue);
	}
	if (!options->force && access(path, F_OK) == 0) {
		errx(COMMAND_FAILED,
		     "%s is there already: remove it, choose another folder with -o, or give "
		     "--force",
		     quoted(path));
	}
	return path;
}

/** Writes the header, or the example. Ends the program with a message if that fails. */
static void write_file(const struct export *export, const char *path, bool example)
{
	char *clash = NULL;
	struct replace replace;
	if (replace_begin(&replace, path) != 0) {
		err(COMMAND_FAILED, "cannot write %s", quoted(path));
	}
	if (example) {
		header_write_example(replace.stream, export);
	} else if (header_write(replace.stream, export, &clash) != 0) {
		replace_abandon(&replace);
		if (clash) {
			errx(COMMAND_USAGE,
			     "--prefix: the source of %s has names that begin like '%s', such as "
			     "%s: choose another prefix",
			     export->type->name, export->prefix, clash);
		}
		err(COMMAND_FAILED, "cannot export %s", export->type->name);
	}
	if (replace_commit(&replace) != 0) {
		err(COMMAND_FAILED, "cannot write %s", quoted(path));
	}
	printf("%s\n", quoted(path));
}

#define AT(member, read) SETTING(struct options, member, read)
static const struct setting option_table[] = {
	{"output", 'o', "DIR", 0, "Write into DIR (default: this folder)",
	 AT(folder, setting_text)},
	{"prefix", 0, "PREFIX", 0, "What all names begin with (default: NAME_queue)",
	 AT(prefix, setting_text)},
	{"wait", 'w', "WAIT", 0,
	 "Export operations that wait as well: by spin, yield, park or native",
	 AT(wait, setting_text)},
	{"force", 'f', NULL, 0, "Replace files that are there", AT(force, setting_flag)},
	{"list", 0, NULL, 0, "Print the queues that can be exported, and what each needs",
	 AT(list, setting_flag)},
	{0},
};

/** Reads the name, of which there is one, or --list. */
static error_t parse_name(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (options->queue) {
			argp_error(state, "one queue at a time: '%s' is a second one", quoted(arg));
		}
		options->queue = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->queue == !options->list) {
			argp_error(state, "name a queue, or give --list");
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse_name,
	.args_doc = "NAME\n--list",
	.doc = "Writes NAME_queue.h, a queue as one header: the source that is measured and "
	       "verified, behind a small interface; and NAME_example.c, whose first line is the "
	       "command that compiles it.\vExit status: 0 on success; 1 if a file is there "
	       "already, or cannot be written; 2 for wrong usage, or a queue that cannot be "
	       "exported.",
};

int export_command(int argc, char **argv)
{
	struct options options = {.folder = "."};
	settings_parse(option_table, &argp, argc, argv, &options);
	if (options.list) {
		return print_list();
	}
	char prefix[128];
	snprintf(prefix, sizeof(prefix), "%s_queue", options.queue);
	struct export export = {
		.path = path_of(options.queue),
		.prefix = options.prefix ? options.prefix : prefix,
	};
	if (!is_prefix(export.prefix)) {
		errx(COMMAND_USAGE,
		     "--prefix: '%s' cannot be one: take two letters or more, then digits and '_' "
		     "too, and no word of C",
		     quoted(export.prefix));
	}
	char *error;
	const struct registry_queue *queue = registry_find(options.queue, &error);
	if (!queue) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	if (!export.path) {
		errx(COMMAND_USAGE,
		     "%s cannot be exported, since its source is in C++ or not in qbench: choose a "
		     "queue of which qbench export --list does not say so",
		     quoted(options.queue));
	}
	export.type = queue->pool->queue;
	choose_wait(options.wait, &export);
	char *needs = header_needs(export.path);
	if (!needs) {
		err(COMMAND_FAILED, "cannot export %s", options.queue);
	}
	export.needs = needs;
	char *header = path_to(&options, "queue.h");
	char *example = path_to(&options, "example.c");
	write_file(&export, header, false);
	write_file(&export, example, true);
	free(example);
	free(header);
	free(needs);
	return 0;
}
