// SPDX-License-Identifier: MIT

/** Prints the findings: a live table, what was claimed, what was skipped, what failed. */

#include "verify/verify_table.h"

#include "base/quote.h"

#include <inttypes.h>
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
	snprintf(text, size, "%s", quoted(slash ? slash + 1 : name));
	char *dot = slash ? strrchr(text, '.') : NULL;
	if (dot) {
		*dot = '\0';
	}
}

void verify_table_begin(struct verify_table *table, FILE *stream, char *const *queues,
			const struct check **columns)
{
	*table = (struct verify_table){
		.stream = stream,
		.checks = columns,
		.width = NAME_LEAST,
		.live = isatty(fileno(stream)),
	};
	for (char *const *name = queues; *name; ++name) {
		char text[64];
		short_name(*name, text, sizeof(text));
		int length = (int)strlen(text);
		table->width = length > table->width ? length : table->width;
	}
	fprintf(stream, "%-*s", table->width, "");
	for (const struct check **check = columns; *check; ++check) {
		fprintf(stream, "  %-*s", cell_width((*check)->name), (*check)->name);
	}
}

void verify_table_begin_queue(const struct verify_table *table, const char *queue)
{
	char text[64];
	short_name(queue, text, sizeof(text));
	fprintf(table->stream, "\n%-*s", table->width, text);
	fflush(table->stream);
}

void verify_table_begin_check(const struct verify_table *table)
{
	if (table->live) {
		fprintf(table->stream, "  %s", running);
		fflush(table->stream);
	}
}

void verify_table_found(const struct verify_table *table, const struct finding *finding)
{
	if (table->live) {
		for (size_t i = 0; i < sizeof(running) + 1; ++i) {
			fputc('\b', table->stream);
		}
	}
	bool failed = finding->verdict == FINDING_FAILED;
	fprintf(table->stream, "  %-*s", cell_width(finding->check),
		failed ? "FAILED" : finding->summary);
	fflush(table->stream);
}

/** A claim of the contract. A check that can refute it names its title in `refutes`. */
struct claim {
	const char *title;
	/** For progress: the figure that counts the stops after which this side stood still. */
	const char *blocked;
};

static const struct claim claims[] = {
	{"enqueue", "stops_blocked_enqueue"},
	{"dequeue", "stops_blocked_dequeue"},
	{"order", NULL},
	{"EMPTY", NULL},
	{"FULL", NULL},
	{"memory", NULL},
};

/** What a queue claims, in a word for each row of `claims`. */
static const char *word_of(const struct contract *contract, const struct claim *claim)
{
	const char *const words[] = {
		contract_progress_name(contract->enqueue),
		contract_progress_name(contract->dequeue),
		contract_order_name(contract->order),
		contract->exact_empty ? "exact" : "inexact",
		contract->bounded <= 0 ? "never"
		: contract->exact_full ? "exact"
				       : "inexact",
		contract->bounded > 0 ? "bounded" : "unbounded",
	};
	_Static_assert(sizeof(words) / sizeof(*words) == sizeof(claims) / sizeof(*claims),
		       "each claim has a word");
	return words[claim - claims];
}

/** True for a figure that counts entries into a slow path. */
static bool is_slow_path(const char *figure)
{
	return strncmp(figure, CHECK_SLOW_PATH, sizeof(CHECK_SLOW_PATH) - 1) == 0 ||
	       strncmp(figure, CHECK_HELPING, sizeof(CHECK_HELPING) - 1) == 0;
}

/** The first check of a queue that counted its slow paths. NULL if none did. */
static const struct finding *counting_check(const struct findings_queue *queue)
{
	for (size_t i = 0; i < queue->check_count; ++i) {
		const struct finding *finding = &queue->checks[i];
		const char *name;
		json_t *entries;
		json_object_foreach(finding->figures, name, entries)
		{
			if (is_slow_path(name)) {
				return finding;
			}
		}
	}
	return NULL;
}

/** True if some check of a queue entered this slow path. */
static bool entered(const struct findings_queue *queue, const char *figure)
{
	for (size_t i = 0; i < queue->check_count; ++i) {
		if (finding_number(&queue->checks[i], figure) > 0) {
			return true;
		}
	}
	return false;
}

/** True if threads helped peers in every way there is, in some check; or if there is none. */
static bool helping_shown(const struct findings_queue *queue)
{
	const struct finding *finding = counting_check(queue);
	const char *name;
	json_t *entries;
	json_object_foreach(finding ? finding->figures : NULL, name, entries)
	{
		if (strncmp(name, CHECK_HELPING, sizeof(CHECK_HELPING) - 1) == 0 &&
		    !entered(queue, name)) {
			return false;
		}
	}
	return true;
}

/** Print which slow paths no check entered: nothing was found about them. */
static void print_slow_paths(FILE *stream, const struct findings_queue *queue)
{
	const struct finding *finding = counting_check(queue);
	bool missed = false;
	const char *name;
	json_t *entries;
	json_object_foreach(finding ? finding->figures : NULL, name, entries)
	{
		if (!is_slow_path(name) || entered(queue, name)) {
			continue;
		}
		if (!missed) {
			fprintf(stream,
				"\n%s: no check entered these slow paths:", quoted(queue->name));
		}
		fprintf(stream, "%s %s", missed ? "," : "", strchr(name, ':') + 2);
		missed = true;
	}
	if (missed) {
		fputc('\n', stream);
	} else if (finding) {
		fprintf(stream, "\n%s: all slow paths were entered\n", quoted(queue->name));
	}
}

/** Write what was found of a claim. */
static void describe(const struct findings_queue *queue, const struct claim *claim, char *text,
		     size_t size)
{
	const char *word = word_of(&queue->claims, claim);
	bool held = false;
	for (const struct check **check = checks; *check; ++check) {
		const struct finding *finding = findings_of(queue, (*check)->name);
		const char *refutes = (*check)->refutes;
		if (!finding || !refutes || !strstr(refutes, claim->title)) {
			continue;
		}
		if (finding->verdict == FINDING_FAILED) {
			snprintf(text, size, "%s: %s", word, finding->check);
			return;
		}
		double blocked = claim->blocked ? finding_number(finding, claim->blocked) : 0;
		if (blocked > 0) {
			snprintf(text, size, "%s %.1f %%", word,
				 100 * blocked / finding_number(finding, "stops"));
			return;
		}
		held = held || finding->verdict != FINDING_SKIPPED;
	}
	// Wait-freedom that rests on helping is shown where help was given
	bool shown = strcmp(word, "wait-free") != 0 || helping_shown(queue);
	snprintf(text, size, "%s%s", word, !held ? " ?" : shown ? " ok" : " not shown");
}

static void print_claims(const struct verify_table *table, const struct findings *findings)
{
	FILE *stream = table->stream;
	fprintf(stream, "%-*s", table->width, "claimed");
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); ++i) {
		fprintf(stream, "  %-*s", CLAIM_WIDTH, claims[i].title);
	}
	for (size_t i = 0; i < findings->queue_count; ++i) {
		const struct findings_queue *queue = &findings->queues[i];
		char text[64];
		short_name(queue->name, text, sizeof(text));
		fprintf(stream, "\n%-*s", table->width, text);
		for (size_t j = 0; j < sizeof(claims) / sizeof(*claims); ++j) {
			describe(queue, &claims[j], text, sizeof(text));
			fprintf(stream, "  %-*s", CLAIM_WIDTH, text);
		}
	}
	fputs("\n\nok: no counter-example was found.  ?: not checked.  NN %: a thread was stopped "
	      "for ever inside an operation, and\n"
	      "in NN % of these cases no other thread could finish this one.  : CHECK: that check "
	      "refutes the claim, see below.\n"
	      "not shown: it rests on threads that help others, and in no check one had to.\n",
	      stream);
}

/** Print how much a check has explored, if it explores. */
static void print_explored(FILE *stream, const char *queue, const struct finding *finding)
{
	double orders = finding_number(finding, "orders");
	double seconds = finding_number(finding, "orders_s");
	if (seconds > 0) {
		fprintf(stream,
			"\n%s, %s: %.0f orders in %.2f s of a processor, %.0f a second; states in "
			"%.2f s\n",
			queue, finding->check, orders, seconds, orders / seconds,
			finding_number(finding, "states_s"));
	}
}

/** Print what a failed check found, and the command that repeats it. */
static void print_failure(FILE *stream, const char *queue, const struct finding *finding)
{
	fprintf(stream, "\n%s fails %s\n", queue, finding->check);
	// A process that died may have said anything
	char *detail = quote_copy(finding->detail, QUOTE_TEXT);
	for (const char *line = detail ? detail : ""; *line;) {
		size_t length = strcspn(line, "\n");
		fprintf(stream, "  %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	free(detail);
	fprintf(stream, "  again: qbench verify --queues=%s --checks=%s --seed=%" PRIu64 "\n",
		queue, finding->check, finding->failed_seed);
}

/** True if a queue's check was skipped for the same reason as this one. */
static bool is_skipped_alike(const struct findings_queue *queue, const struct finding *finding)
{
	const struct finding *other = findings_of(queue, finding->check);
	return other && other->verdict == FINDING_SKIPPED &&
	       strcmp(other->reason, finding->reason) == 0;
}

/** Is it a check that was skipped for a reason, for the first time in this order? */
static bool is_first_skipped(const struct findings *findings, size_t queue,
			     const struct finding *finding)
{
	bool first = finding->verdict == FINDING_SKIPPED;
	for (size_t i = 0; first && i < queue; ++i) {
		first = !is_skipped_alike(&findings->queues[i], finding);
	}
	return first;
}

/** Queues that are named for one reason, at most. */
#define SKIPPED_NAMES 3

/** Print the queues from `first` on for which a check was skipped for the same reason. */
static void print_skipped(FILE *stream, const struct findings *findings, size_t first,
			  const struct finding *finding)
{
	size_t count = 0;
	fprintf(stream, "%s skipped, %s: ", finding->check, quoted(finding->reason));
	for (size_t i = first; i < findings->queue_count; ++i) {
		if (is_skipped_alike(&findings->queues[i], finding) && count++ < SKIPPED_NAMES) {
			char name[64];
			short_name(findings->queues[i].name, name, sizeof(name));
			fprintf(stream, "%s%s", count > 1 ? ", " : "", name);
		}
	}
	if (count > SKIPPED_NAMES) {
		fprintf(stream, " and %zu more", count - SKIPPED_NAMES);
	}
	fputc('\n', stream);
}

void verify_table_end(const struct verify_table *table, const struct findings *findings)
{
	FILE *stream = table->stream;
	fprintf(stream, "\n\n");
	print_claims(table, findings);
	fputc('\n', stream);
	if (findings->interrupted) {
		fprintf(stream, "Interrupted (%s): this is what was found until then.\n",
			findings->interruption ? findings->interruption : "no signal is known");
	}
	for (size_t i = 0; i < findings->queue_count; ++i) {
		const struct findings_queue *queue = &findings->queues[i];
		for (size_t j = 0; j < queue->check_count; ++j) {
			if (is_first_skipped(findings, i, &queue->checks[j])) {
				print_skipped(stream, findings, i, &queue->checks[j]);
			}
		}
	}
	for (size_t i = 0; i < findings->queue_count; ++i) {
		const struct findings_queue *queue = &findings->queues[i];
		print_slow_paths(stream, queue);
		for (size_t j = 0; j < queue->check_count; ++j) {
			const struct finding *finding = &queue->checks[j];
			print_explored(stream, quoted(queue->name), finding);
			if (finding->verdict == FINDING_FAILED) {
				print_failure(stream, quoted(queue->name), finding);
			}
		}
	}
}
