// SPDX-License-Identifier: MIT

/**
 * What `qbench verify -o` writes: the findings of each check for each queue, as structs with one
 * reader and one writer. bench/verify/schema.json describes the file.
 *
 * Strings belong to a struct texts: that of the findings, or that of the process of a check.
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

/** What one check found for one queue. */
struct finding {
	/** Name of the check. */
	const char *check;
	enum finding_verdict verdict;
	/** A few words for the cell of a table. */
	const char *summary;
	/** Why the check was skipped; "" unless it was. In older files NULL unless it was. */
	const char *reason;
	/** Whole lines on a failure: what was expected, and what was found. */
	const char *detail;
	/** Rounds that were begun. */
	uint64_t rounds;
	/** The seed that repeats a failure. */
	uint64_t failed_seed;
	/** Wall-clock time of the check's process. */
	double seconds;
	/** What the check counted or measured: numbers and texts by names that end in their unit.
	 */
	json_t *figures;
};

/** One queue, and what each check found. */
struct findings_queue {
	/** As it was named on the command line: a name, ALIAS=NAME, or a path. */
	const char *name;
	struct contract claims;
	struct finding *checks;
	size_t check_count;
};

/** One run of `qbench verify`. */
struct findings {
	const char *command;
	/** Facts of the machine, an object as machine_json() returns it. NULL if not known. */
	json_t *machine;
	/** Wall-clock time of the run; 0 if not known. */
	double seconds;
	/** Not all checks were made. `interruption` names the cause; NULL if not known. */
	bool interrupted;
	const char *interruption;
	uint64_t seed;
	/** Seconds asked for, for all checks of all queues. */
	double budget;
	struct findings_queue *queues;
	size_t queue_count;
	struct texts texts;
};

/** The fields of a struct finding. */
extern const struct codec finding_codec;

/** Makes the finding of a check that has passed and has no figures yet. 0, or -1 with ENOMEM. */
int finding_begin(struct finding *finding, const char *check);

/** Adds a figure; a number that is not finite is left out. 0, or -1 with ENOMEM. */
int finding_add_number(struct finding *finding, const char *name, double value);
int finding_add_text(struct finding *finding, const char *name, const char *text);

/** The number of that name; 0 if there is none. */
double finding_number(const struct finding *finding, const char *name);

/**
 * Add a queue without checks.
 *
 * @param claims  copied
 * @return valid until the next queue is added; NULL with ENOMEM
 */
struct findings_queue *findings_add_queue(struct findings *findings, const char *name,
					  const struct contract *claims);

/** Add a finding to a queue, which takes it over, also on failure. 0, or -1 with ENOMEM. */
int findings_add(struct findings_queue *queue, struct finding *finding);

/** The finding of a check; NULL if that was not made. */
const struct finding *findings_of(const struct findings_queue *queue, const char *check);

/** Did any check of any queue find a claim false? */
bool findings_any_failed(const struct findings *findings);

/**
 * Write a file: the older one or this one is whole at any time, as document_write() says. 0, or -1
 * with errno.
 */
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
