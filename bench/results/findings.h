// SPDX-License-Identifier: MIT

/**
 * What `qbench verify -o` writes: the findings of each check for each queue, as structs with one
 * reader and one writer. bench/verify/schema.json describes the file.
 *
 * Strings and arrays in these structs are malloc'ed and belong to them, unless said otherwise.
 * Functions that return an int return 0, or -1 with errno; ENOMEM where nothing else is said.
 */

#ifndef RESULTS_FINDINGS_H
#define RESULTS_FINDINGS_H

#include "catalog/contract.h"
#include "document/texts.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum finding_verdict {
	/** No counter-example to the claim was found. */
	FINDING_PASSED,
	/** A claim is false. */
	FINDING_FAILED,
	/** Nothing was claimed: the figures are for the reader. */
	FINDING_SHOWN,
	/** The check does not apply to this queue, or cannot be made here; see `reason`. */
	FINDING_SKIPPED,
};

/** "passed", "failed", "shown", "skipped". */
const char *finding_verdict_name(enum finding_verdict verdict);

/** What a check counted or measured: a number, or a text. Names end in their unit, if any. */
struct finding_figure {
	char *name;
	/** NULL for a number. */
	char *text;
	double value;
};

/** What one check found for one queue. All zeros is a check that passed and has no figures. */
struct finding {
	/** Name of the check. */
	char *check;
	enum finding_verdict verdict;
	/** A few words for the cell of a table. NULL is none. */
	char *summary;
	/** Why the check was skipped. NULL unless it was. */
	char *reason;
	/** Whole lines on a failure: what was expected, and what was found. NULL is none. */
	char *detail;
	/** Rounds that were begun. */
	uint64_t rounds;
	/** The seed that repeats a failure. */
	uint64_t failed_seed;
	/** Wall-clock time of the check's process. */
	double seconds;
	struct finding_figure *figures;
	size_t figure_count;
};

/** One queue, and what each check found. */
struct findings_queue {
	/** As it was named on the command line: a name, ALIAS=NAME, or a path. */
	char *name;
	/** Its strings belong to `texts` of the findings. */
	struct contract claims;
	struct finding *checks;
	size_t check_count;
};

/** One run of `qbench verify`. */
struct findings {
	char *command;
	/** Facts of the machine, an object as machine_json() returns it. NULL if not known. */
	json_t *machine;
	/** Wall-clock time of the run; 0 if not known. */
	double seconds;
	/** Not all checks were made. `interruption` names the cause; NULL if not known. */
	bool interrupted;
	char *interruption;
	uint64_t seed;
	/** Seconds asked for, for all checks of all queues. */
	double budget;
	struct findings_queue *queues;
	size_t queue_count;
	struct texts texts;
};

/** Set a string of a finding: frees the old text, and copies the new one, which may be NULL. */
int finding_set(char **field, const char *text);

/** Add a figure. */
int finding_add_number(struct finding *finding, const char *name, double value);
int finding_add_text(struct finding *finding, const char *name, const char *text);

/** The number of that name; 0 if there is none. */
double finding_number(const struct finding *finding, const char *name);

void finding_destroy(struct finding *finding);

/** The object of one finding in a file. NULL with ENOMEM. */
json_t *finding_json(const struct finding *finding);

/** Read such an object. -1 with EINVAL if it is none; `finding` then holds nothing. */
int finding_read(const json_t *object, struct finding *finding);

/**
 * Add a queue without checks.
 *
 * @param claims  copied
 * @return valid until the next queue is added; NULL with ENOMEM
 */
struct findings_queue *findings_add_queue(struct findings *findings, const char *name,
					  const struct contract *claims);

/** Add a finding to a queue. `finding` is taken over, also on failure. */
int findings_add(struct findings_queue *queue, struct finding *finding);

/** The finding of a check; NULL if that was not made. */
const struct finding *findings_of(const struct findings_queue *queue, const char *check);

/** Did any check of any queue find a claim false? */
bool findings_any_failed(const struct findings *findings);

/** Write a file: the older one or this one is whole at any time, as document_write() says. */
int findings_write(const char *path, const struct findings *findings);

/**
 * Read findings from the document of a file.
 *
 * @param error  receives what is wrong, without the path, for the caller to free; NULL if memory
 *               is short
 * @return for findings_free(); NULL on failure
 */
struct findings *findings_read(const json_t *document, char **error);

void findings_destroy(struct findings *findings);

/** The same, and the struct itself. NULL is fine. */
void findings_free(struct findings *findings);

#endif // RESULTS_FINDINGS_H
