// SPDX-License-Identifier: MIT

/**
 * qbench list: the queues and their contracts, a line each in 80 columns; as JSON; or as the rows
 * of the table in queues/README.md, which say also what each is and where it comes from. And the
 * workloads.
 */

#include "catalog/contract.h"
#include "commands.h"
#include "registry.h"
#include "results/old/figures.h"
#include "run/matrix.h"
#include "workload/loop.h"

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

static bool is(const json_t *contract, const char *key)
{
	return json_is_true(json_object_get(contract, key));
}

static bool offers(const json_t *contract, const char *name)
{
	size_t index;
	json_t *wait;
	json_array_foreach(json_object_get(contract, "waits"), index, wait)
	{
		if (strcmp(json_string_value(wait), name) == 0) {
			return true;
		}
	}
	return false;
}

/** "n", or how many. */
static const char *limit_of(const json_t *contract, const char *key, char text[16])
{
	int limit = (int)json_integer_value(json_object_get(contract, key));
	snprintf(text, 16, limit ? "%d" : "n", limit);
	return text;
}

static void line_of(const json_t *contract, struct line *line)
{
	static const char *const exact[2][2] = {{"-", "FULL"}, {"EMPTY", "both"}};
	static const char *const sleeps[2][2] = {{"-", "native"}, {"park", "park,native"}};
	char producers[16];
	char consumers[16];
	const char *order = figures_text(contract, "order");
	bool bounded = is(contract, "bounded");
	*line = (struct line){
		.holds = bounded ? "bounded" : "unbounded",
		.enqueue = figures_text(contract, "enqueue"),
		.dequeue = figures_text(contract, "dequeue"),
		.order = strcmp(order, "FIFO per producer") == 0 ? "producer" : order,
		// FULL is no answer of a queue without a bound
		.exact = exact[is(contract, "exact_empty")][bounded && is(contract, "exact_full")],
		.sleeps = sleeps[offers(contract, "park")][offers(contract, "native")],
		.title = figures_text(contract, "title"),
		.source = figures_text(contract, "source"),
	};
	snprintf(line->name, sizeof(line->name), "%s%s", figures_text(contract, "name"),
		 strcmp(figures_text(contract, "calls"), "inlined") == 0 ? "" : "*");
	snprintf(line->threads, sizeof(line->threads), "%s:%s",
		 limit_of(contract, "max_producers", producers),
		 limit_of(contract, "max_consumers", consumers));
}

static void print_text(const json_t *contracts)
{
	static const char format[] = "%-15s %-9s %-9s %-9s %-8s %-3s %-5s %s\n";
	printf(format, "NAME", "HOLDS", "ENQUEUE", "DEQUEUE", "ORDER", "P:C", "EXACT", "SLEEPS");
	size_t index;
	json_t *contract;
	json_array_foreach(contracts, index, contract)
	{
		struct line line;
		line_of(contract, &line);
		printf(format, line.name, line.holds, line.enqueue, line.dequeue, line.order,
		       line.threads, line.exact, line.sleeps);
	}
	puts("* called through a pointer, not inlined.  P:C producers and consumers at once");
	puts("EXACT answers that are of items alone.  SLEEPS waits beside spin and yield");
}

static void print_markdown(const json_t *contracts)
{
	fputs("| name | holds | enqueue | dequeue | order | P:C | exact | sleeps | what it is | "
	      "from |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
	      stdout);
	size_t index;
	json_t *contract;
	json_array_foreach(contracts, index, contract)
	{
		struct line line;
		line_of(contract, &line);
		printf("| `%s` | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", line.name,
		       line.holds, line.enqueue, line.dequeue, line.order, line.threads, line.exact,
		       line.sleeps, line.title, line.source);
	}
}

static void print_json(const json_t *contracts)
{
	json_dumpf(contracts, stdout, JSON_INDENT(2));
	putchar('\n');
}

/** The contracts of all queues; and whether one could not be loaded, which is told. */
static json_t *load_contracts(bool *failed)
{
	char **names = registry_names();
	json_t *contracts = json_array();
	if (!names || !contracts) {
		err(COMMAND_USAGE, "cannot list the queues");
	}
	for (char **name = names; *name; ++name) {
		char *error;
		const struct registry_queue *queue = registry_find(*name, &error);
		if (!queue) {
			warnx("%s: %s", *name, error ? error : strerror(ENOMEM));
			free(error);
			*failed = true;
		} else if (!queue->bench || !queue->bench->floor) {
			json_t *contract = contract_json(queue->pool->queue);
			json_object_set_new(
				contract, "calls",
				json_string(queue->called ? "through a pointer" : "inlined"));
			json_array_append_new(contracts, contract);
		}
	}
	registry_names_free(names);
	return contracts;
}

static int list_workloads(void)
{
	for (const struct loop *const *loop = matrix_workloads(); *loop; ++loop) {
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
		void (*print)(const json_t *contracts);
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
	bool failed = false;
	json_t *contracts = load_contracts(&failed);
	form->print(contracts);
	json_decref(contracts);
	if (fflush(stdout) != 0) {
		err(COMMAND_FAILED, "standard output");
	}
	return failed ? COMMAND_FAILED : 0;
}
