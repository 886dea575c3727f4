// SPDX-License-Identifier: MIT

/** `qbench list`: the queues and what they promise, in lines of 80 columns, Markdown or JSON. */

#include "base/settings.h"
#include "catalog/contract.h"
#include "catalog/workloads.h"
#include "channel.h"
#include "commands.h"
#include "registry.h"

#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The words of a line. */
struct line {
	char name[64];
	const char *holds;
	const char *enqueue;
	const char *dequeue;
	const char *order;
	/** Producers and consumers at once; "n" is any number. */
	char threads[32];
	const char *exact;
	/** Waits besides spin and yield, which every queue offers. */
	const char *sleeps;
	const char *title;
	const char *source;
};

/** A queue of the list. */
struct row {
	struct contract contract;
	/** Called through a pointer, not inlined into loops. */
	bool called;
};

struct list {
	struct row *rows;
	size_t count;
	/** A queue could not be loaded. */
	bool failed;
};

/** "n", or how many. */
static const char *limit_of(unsigned int limit, char text[16])
{
	snprintf(text, 16, limit ? "%u" : "n", limit);
	return text;
}

static void line_of(const struct row *row, struct line *line)
{
	static const char *const exact[2][2] = {{"-", "FULL"}, {"EMPTY", "both"}};
	static const char *const sleeps[2][2] = {{"-", "native"}, {"park", "park,native"}};
	const struct contract *contract = &row->contract;
	char producers[16];
	char consumers[16];
	bool bounded = contract->bounded > 0;
	bool parks = contract->waits & 1U << CHANNEL_PARK;
	bool native = contract->waits & 1U << CHANNEL_NATIVE;
	*line = (struct line){
		.holds = bounded ? "bounded" : "unbounded",
		.enqueue = contract_progress_name(contract->enqueue),
		.dequeue = contract_progress_name(contract->dequeue),
		.order = contract->order == QUEUE_PRODUCER_FIFO
				 ? "producer"
				 : contract_order_name(contract->order),
		// An unbounded queue never answers FULL
		.exact = exact[contract->exact_empty][bounded && contract->exact_full],
		.sleeps = sleeps[parks][native],
		.title = contract->title,
		.source = contract->source,
	};
	snprintf(line->name, sizeof(line->name), "%s%s", contract->name, row->called ? "*" : "");
	snprintf(line->threads, sizeof(line->threads), "%s:%s",
		 limit_of(contract->max_producers, producers),
		 limit_of(contract->max_consumers, consumers));
}

static void print_text(const struct list *list)
{
	static const char format[] = "%-15s %-9s %-9s %-9s %-8s %-3s %-5s %s\n";
	printf(format, "NAME", "HOLDS", "ENQUEUE", "DEQUEUE", "ORDER", "P:C", "EXACT", "SLEEPS");
	for (size_t i = 0; i < list->count; ++i) {
		struct line line;
		line_of(&list->rows[i], &line);
		printf(format, line.name, line.holds, line.enqueue, line.dequeue, line.order,
		       line.threads, line.exact, line.sleeps);
	}
	puts("* called through a pointer, not inlined.  P:C producers and consumers at once");
	puts("EXACT answers that depend on items alone.  SLEEPS waits besides spin and yield");
}

static void print_markdown(const struct list *list)
{
	fputs("| name | holds | enqueue | dequeue | order | P:C | exact | sleeps | what it is | "
	      "from |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
	      stdout);
	for (size_t i = 0; i < list->count; ++i) {
		struct line line;
		line_of(&list->rows[i], &line);
		printf("| `%s` | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", line.name,
		       line.holds, line.enqueue, line.dequeue, line.order, line.threads, line.exact,
		       line.sleeps, line.title, line.source);
	}
}

static void print_json(const struct list *list)
{
	json_t *contracts = json_array();
	for (size_t i = 0; i < list->count; ++i) {
		json_t *contract = codec_write(&contract_codec, &list->rows[i].contract);
		const char *calls = list->rows[i].called ? "through a pointer" : "inlined";
		if (json_object_set_new(contract, "calls", json_string(calls)) != 0 ||
		    json_array_append_new(contracts, contract) != 0) {
			err(COMMAND_USAGE, "cannot list the queues");
		}
	}
	json_dumpf(contracts, stdout, JSON_INDENT(2));
	json_decref(contracts);
	putchar('\n');
}

/** Loads all queues, and warns of each that cannot be loaded. */
static struct list load_list(void)
{
	struct list list = {0};
	char **names = registry_names();
	for (char **name = names; names && *name; ++name) {
		char *error;
		const struct registry_queue *queue = registry_find(*name, &error);
		if (!queue) {
			warnx("%s: %s", *name, error ? error : strerror(ENOMEM));
			free(error);
			list.failed = true;
		} else if (!queue->bench || !queue->bench->floor) {
			list.rows = reallocarray(list.rows, list.count + 1, sizeof(*list.rows));
			if (!list.rows) {
				break;
			}
			struct row *row = &list.rows[list.count++];
			contract_of(queue->pool->queue, &row->contract);
			row->called = queue->called;
		}
	}
	registry_names_free(names);
	if (!list.rows) {
		err(COMMAND_USAGE, "cannot list the queues");
	}
	return list;
}

static int print_workloads(void)
{
	for (const struct loop *const *loop = catalog_workloads(); *loop; ++loop) {
		printf("%-20s %s\n", (*loop)->name, (*loop)->title);
	}
	return 0;
}

/** Prints the queues. Returns the exit status. */
static int print_queues(void (*print)(const struct list *list))
{
	struct list list = load_list();
	print(&list);
	free(list.rows);
	return list.failed ? COMMAND_FAILED : 0;
}

enum form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN, FORM_WORKLOADS };

struct command_line {
	enum form form;
};

/** Reads the form, which the row of the option names. There is one at most. */
static void read_form(struct argp_state *state, const struct setting *setting, char *text,
		      void *member)
{
	(void)text;
	enum form *form = member;
	if (*form) {
		argp_error(state, "--json, --markdown and --workloads exclude each other");
	}
	*form = (enum form)setting->least;
}

#define FORM SETTING(struct command_line, form, read_form)
static const struct setting option_table[] = {
	{"json", 0, NULL, 0, "Print the queues as JSON", FORM, FORM_JSON},
	{"markdown", 0, NULL, 0,
	 "Print the rows of the table in queues/README.md, with what each queue is and where it "
	 "comes from",
	 FORM, FORM_MARKDOWN},
	{"workloads", 0, NULL, 0, "Print the workloads instead", FORM, FORM_WORKLOADS},
	{0},
};

static const struct argp argp = {
	.doc = "Prints the queues and what they promise, or the workloads.\vExit status: 0 on "
	       "success; 1 if a module cannot be loaded, or standard output not be written; 2 for "
	       "wrong usage.",
};

int list_command(int argc, char **argv)
{
	struct command_line line = {FORM_TEXT};
	settings_parse(option_table, &argp, argc, argv, &line);
	return line.form == FORM_WORKLOADS  ? print_workloads()
	       : line.form == FORM_JSON	    ? print_queues(print_json)
	       : line.form == FORM_MARKDOWN ? print_queues(print_markdown)
					    : print_queues(print_text);
}
