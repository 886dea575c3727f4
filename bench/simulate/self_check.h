// SPDX-License-Identifier: MIT

/**
 * Holds the model against this machine before it tells of others: a few queues with one and two
 * threads, simulated beside measured.
 */

#ifndef SIMULATE_SELF_CHECK_H
#define SIMULATE_SELF_CHECK_H

#include "simulate/validation.h"

#include <jansson.h>

struct self_check {
	/** What was measured here, and simulated. */
	struct validation validation;
	/** Why nothing was, in words that follow "because"; NULL if something was. */
	char *skipped;
};

/**
 * Measures and simulates, in some 3 seconds on two processors; with many processors their latencies
 * take up to 10 more.
 *
 * @param check   for self_check_free(), also on failure
 * @param queues  a few of those that have a module are taken
 * @return 0, also where the check was skipped; or -1 with errno: EINTR if the user interrupted
 */
int self_check(struct self_check *check, char *const *queues);

/** The check as JSON: a new reference; NULL without memory. */
json_t *self_check_json(const struct self_check *check);

void self_check_free(struct self_check *check);

#endif // SIMULATE_SELF_CHECK_H
