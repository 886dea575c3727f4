// SPDX-License-Identifier: MIT

/** Every queue against every check: a process for each, and what they found. */

#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "verify/check.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERIFY_FORMAT "qbench-verify/1"

struct verify_request {
	/** Names, up to a NULL. */
	char **queues;
	/** Up to a NULL. */
	const struct check **checks;
	/** Nanoseconds for all checks of all queues. */
	uint64_t budget;
	uint64_t seed;
};

/** What is told while it goes on. All may be called often; none may be NULL. */
struct verify_listener {
	void (*queue)(void *context, const char *queue);
	void (*check)(void *context, const struct check *check);
	/** One check's object, as in the document. */
	void (*found)(void *context, const json_t *finding);
	void *context;
};

/**
 * Run all checks of all queues in turn. What a check does not need of its share of the time
 * goes to those after it.
 *
 * @param interrupted  receives whether the user ended it; what was found until then is returned
 * @return an array of {"queue", "claims", "checks": [...]} for the caller to release; NULL
 *         with errno
 */
json_t *verify_run(const struct verify_request *request, const struct verify_listener *listener,
		   bool *interrupted);

/** The verdict of one check's object. CHECK_SKIPPED for NULL. */
enum check_verdict verify_verdict(const json_t *finding);

/** The object of a queue's check by its name; NULL if it was not run. */
const json_t *verify_finding(const json_t *queue, const char *check);

#endif // BENCH_VERIFY_H
