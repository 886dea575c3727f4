// SPDX-License-Identifier: MIT

/** Showing what checks find. */

#include "verify/verify_table.h"

#include "results/figures.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELL_WIDTH 11
#define CLAIM_WIDTH 21
#define NAME_LEAST 12

static const char running[] = "...";

/** A check's column is as wide as its name, and no narrower than what it says mostly is. */
static int cell_width(const char *check)
{
	int length = (int)strlen(check);
	return length > CELL_WIDTH ? length : CELL_WIDTH;
}

/** A queue's name as the table shows it: of a path the last part, without its ending. */
static void short_name(const char *name, char *text, size_t size)
{
	const char *slash = strrchr(name, '/');
	snprintf(text, size, "%s", slash ? slash + 1 : name);
	char *dot = slash ? strrchr(text, '.') : NULL;
	if (dot) {
		*dot = '\0';
	}
}

void verify_table_begin(struct verify_table *table, FILE *stream,
			const struct verify_request *request)
{
	*table = (struct verify_table){
		.stream = stream,
		.checks = request->checks,
		.width = NAME_LEAST,
		.live = isatty(fileno(stream)),
	};
	for (char **name = request->queues; *name; ++name) {
		char text[64];
		short_name(*name, text, sizeof(text));
		int length = (int)strlen(text);
		table->width = length > table->width ? length : table->width;
	}
	fprintf(stream, "%-*s", table->width, "");
	for (const struct check **check = request->checks; *check; ++check) {
		fprintf(stream, "  %-*s", cell_width((*check)->name), (*check)->name);
	}
}

static void begin_queue(void *context, const char *queue)
{
	struct verify_table *table = context;
	char text[64];
	short_name(queue, text, sizeof(text));
	fprintf(table->stream, "\n%-*s", table->width, text);
	fflush(table->stream);
}

static void begin_check(void *context, const struct check *check)
{
	(void)check;
	struct verify_table *table = context;
	if (table->live) {
		fprintf(table->stream, "  %s", running);
		fflush(table->stream);
	}
}

static void found(void *context, const json_t *finding)
{
	struct verify_table *table = context;
	if (table->live) {
		for (size_t i = 0; i < sizeof(running) + 1; ++i) {
			fputc('\b', table->stream);
		}
	}
	bool failed = verify_verdict(finding) == CHECK_FAILED;
	fprintf(table->stream, "  %-*s", cell_width(figures_text(finding, "check")),
		failed ? "FAILED" : figures_text(finding, "summary"));
	fflush(table->stream);
}

struct verify_listener verify_table_listener(struct verify_table *table)
{
	return (struct verify_listener){
		.queue = begin_queue,
		.check = begin_check,
		.found = found,
		.context = table,
	};
}

/** A word of the contract, and the checks that could refute it. */
struct claim {
	const char *title;
	const char *key;
	/** Up to a NULL. */
	const char *checks[5];
	/** For progress: the figure that says how many stops kept this side from going on. */
	const char *blocked;
};

static const struct claim claims[] = {
	{"enqueue", "enqueue", {"progress"}, "stops_blocked_enqueue"},
	{"dequeue", "dequeue", {"progress"}, "stops_blocked_dequeue"},
	{"order", "order", {"model", "stress", "history", "order"}, NULL},
	{"EMPTY", "exact_empty", {"model", "history", "waiting"}, NULL},
	{"FULL", "exact_full", {"model", "history"}, NULL},
	{"memory", "bounded", {"memory"}, NULL},
};

/** What a queue claims, in a word. */
static const char *claimed(const json_t *contract, const struct claim *claim)
{
	const json_t *value = json_object_get(contract, claim->key);
	if (json_is_string(value)) {
		return json_string_value(value);
	}
	bool bounded = json_is_true(json_object_get(contract, "bounded"));
	if (strcmp(claim->key, "exact_full") == 0 && !bounded) {
		return "never";
	}
	if (strcmp(claim->key, "bounded") == 0) {
		return json_is_true(value) ? "bounded" : "unbounded";
	}
	return json_is_true(value) ? "exact" : "inexact";
}

static double figure(const json_t *figures, const char *key)
{
	return json_number_value(json_object_get(figures, key));
}

/** What was found of a claim. */
static void describe(const json_t *queue, const struct claim *claim, char *text, size_t size)
{
	const char *word = claimed(json_object_get(queue, "claims"), claim);
	bool held = false;
	for (const char *const *name = claim->checks; *name; ++name) {
		const json_t *finding = verify_finding(queue, *name);
		const json_t *figures = json_object_get(finding, "figures");
		double blocked = claim->blocked ? figure(figures, claim->blocked) : 0;
		enum check_verdict verdict = verify_verdict(finding);
		if (verdict == CHECK_FAILED) {
			snprintf(text, size, "%s: %s", word, *name);
			return;
		}
		if (blocked > 0) {
			snprintf(text, size, "%s %.1f %%", word,
				 100 * blocked / figure(figures, "stops"));
			return;
		}
		held = held || verdict == CHECK_PASSED || verdict == CHECK_SHOWN;
	}
	snprintf(text, size, "%s%s", word, held ? " ok" : " ?");
}

static void print_claims(const struct verify_table *table, const json_t *queues)
{
	FILE *stream = table->stream;
	fprintf(stream, "%-*s", table->width, "claimed");
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); ++i) {
		fprintf(stream, "  %-*s", CLAIM_WIDTH, claims[i].title);
	}
	size_t index;
	json_t *queue;
	json_array_foreach(queues, index, queue)
	{
		char text[64];
		short_name(figures_text(queue, "queue"), text, sizeof(text));
		fprintf(stream, "\n%-*s", table->width, text);
		for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); ++i) {
			describe(queue, &claims[i], text, sizeof(text));
			fprintf(stream, "  %-*s", CLAIM_WIDTH, text);
		}
	}
	fputs("\n\nok  no counter-example was found.  ?  not checked.  NN %  of the times that a "
	      "thread was stopped for ever in the\n"
	      "middle of an operation, nobody could do this one any more.  : CHECK  refuted, or in "
	      "doubt: see below.\n",
	      stream);
}

/** How much a check has explored, if that is what it does. */
static void print_explored(FILE *stream, const char *queue, const json_t *finding)
{
	const json_t *figures = json_object_get(finding, "figures");
	double orders = figure(figures, "orders");
	double seconds = figure(figures, "orders_s");
	if (seconds > 0) {
		fprintf(stream,
			"\n%s, %s: %.0f orders in %.2f s of a processor, %.0f a second; states in "
			"%.2f s\n",
			queue, figures_text(finding, "check"), orders, seconds, orders / seconds,
			figure(figures, "states_s"));
	}
}

/** A check that failed: what it found, and how to see it again. */
static void print_failure(FILE *stream, const char *queue, const json_t *finding)
{
	const char *check = figures_text(finding, "check");
	json_int_t seed = json_integer_value(json_object_get(finding, "failed_seed"));
	fprintf(stream, "\n%s fails %s\n", queue, check);
	for (const char *line = figures_text(finding, "detail"); *line;) {
		size_t length = strcspn(line, "\n");
		fprintf(stream, "  %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	fprintf(stream,
		"  again: qbench verify --queues=%s --checks=%s --seed=%" JSON_INTEGER_FORMAT "\n",
		queue, check, seed);
}

void verify_table_end(const struct verify_table *table, const json_t *queues)
{
	fprintf(table->stream, "\n\n");
	print_claims(table, queues);
	size_t i;
	size_t j;
	json_t *queue;
	json_t *finding;
	json_array_foreach(queues, i, queue)
	{
		json_array_foreach(json_object_get(queue, "checks"), j, finding)
		{
			print_explored(table->stream, figures_text(queue, "queue"), finding);
			if (verify_verdict(finding) == CHECK_FAILED) {
				print_failure(table->stream, figures_text(queue, "queue"), finding);
			}
		}
	}
}
