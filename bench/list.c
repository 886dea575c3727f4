// SPDX-License-Identifier: MIT

/** qbench list: the queues and their contracts. */

#include "commands.h"
#include "contract.h"
#include "loop.h"
#include "registry.h"

#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *contract, const char *key)
{
	return json_string_value(json_object_get(contract, key));
}

/** "any", or how many. */
static const char *limit_of(const json_t *contract, const char *key, char text[16])
{
	int limit = (int)json_integer_value(json_object_get(contract, key));
	snprintf(text, 16, limit ? "%d" : "any", limit);
	return text;
}

static void print_line(const json_t *contract)
{
	char producers[16];
	char consumers[16];
	char waits[64] = "";
	size_t index;
	json_t *wait;
	json_array_foreach(json_object_get(contract, "waits"), index, wait)
	{
		strcat(waits, index ? "," : "");
		strcat(waits, json_string_value(wait));
	}
	const json_t *bounded = json_object_get(contract, "bounded");
	printf("%-14s %-9s %-9s %-9s %-5s %5s:%-5s %-22s %s\n", text_of(contract, "name"),
	       json_is_true(bounded) ? "bounded" : "unbounded", text_of(contract, "enqueue"),
	       text_of(contract, "dequeue"), text_of(contract, "order"),
	       limit_of(contract, "max_producers", producers),
	       limit_of(contract, "max_consumers", consumers), waits, text_of(contract, "title"));
}

int list_command(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	if (argc > 1 && !json) {
		fprintf(stderr, "Usage: qbench list [--json]\n");
		return strcmp(argv[1], "--help") == 0 ? 0 : COMMAND_USAGE;
	}
	char **names = registry_names();
	json_t *contracts = json_array();
	if (!names || !contracts) {
		err(COMMAND_USAGE, "cannot list the queues");
	}
	int status = 0;
	for (char **name = names; *name; ++name) {
		char *error;
		const struct registry_queue *queue = registry_find(*name, &error);
		if (!queue) {
			warnx("%s: %s", *name, error ? error : strerror(ENOMEM));
			free(error);
			status = COMMAND_FAILED;
		} else if (!queue->bench || !queue->bench->floor) {
			json_array_append_new(contracts, contract_json(queue->pool->queue));
		}
	}
	registry_names_free(names);

	if (json) {
		json_dumpf(contracts, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		printf("%-14s %-9s %-9s %-9s %-5s %11s %-22s %s\n", "NAME", "KIND", "ENQUEUE",
		       "DEQUEUE", "ORDER", "THREADS P:C", "WAITS", "TITLE");
		size_t index;
		json_t *contract;
		json_array_foreach(contracts, index, contract)
		{
			print_line(contract);
		}
	}
	json_decref(contracts);
	if (fflush(stdout) != 0) {
		err(COMMAND_FAILED, "standard output");
	}
	return status;
}
