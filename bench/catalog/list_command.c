// SPDX-License-Identifier: MIT

/**
 * qbench list: the queues and their contracts, a line each in 80 columns; as JSON; or as the rows
 * of the table in queues/README.md, which say also what each is and where it comes from. And the
 * workloads.
 */

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

/** What a line says of a contract, in few words. */
struct line {
	char name[64];
	const char *holds;
	const char *enqueue;
	const char *dequeue;
	const char *order;
	/** Producers and consumers at once, n for any number. */
	char threads[32];
	const char *exact;
	/** Beside spin and yield, which all offer. */
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
		// FULL is no answer of a queue without a bound
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
	puts("EXACT answers that are of items alone.  SLEEPS waits beside spin and yield");
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

static int list_workloads(void)
{
	for (const struct loop *const *loop = catalog_workloads(); *loop; ++loop) {
		printf("%-20s %s\n", (*loop)->name, (*loop)->title);
	}
	if (fflush(stdout) != 0) {
		err(COMMAND_FAILED, "standard output");
	}
	return 0;
}

int list_command(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--workloads") == 0) {
		return list_workloads();
	}
	static const struct form {
		const char *option;
		void (*print)(const struct list *list);
	} forms[] = {{NULL, print_text}, {"--json", print_json}, {"--markdown", print_markdown}};
	const struct form *form = argc == 1 ? &forms[0] : NULL;
	for (size_t i = 1; argc == 2 && i < sizeof(forms) / sizeof(*forms); ++i) {
		if (strcmp(argv[1], forms[i].option) == 0) {
			form = &forms[i];
		}
	}
	if (!form) {
		bool asked = argc == 2 && strcmp(argv[1], "--help") == 0;
		fputs("Usage: qbench list [--json | --markdown | --workloads]\n"
		      "The queues and what they claim, or the workloads.\n",
		      asked ? stdout : stderr);
		return asked ? 0 : COMMAND_USAGE;
	}
	struct list list = load_list();
	form->print(&list);
	free(list.rows);
	if (fflush(stdout) != 0) {
		err(COMMAND_FAILED, "standard output");
	}
	return list.failed ? COMMAND_FAILED : 0;
}
