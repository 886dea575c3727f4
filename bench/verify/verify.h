// SPDX-License-Identifier: MIT

/** Runs every check on every queue, each in a process of its own, and collects the findings. */

#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "results/findings.h"
#include "verify/check.h"

#include <stdint.h>

struct verify_request {
	/** Names, NULL-terminated. */
	char **queues;
	/** NULL-terminated. */
	const struct check **checks;
	/** Nanoseconds for all checks of all queues. */
	uint64_t budget;
	uint64_t seed;
};

struct verify_table;

/**
 * Runs all checks of all queues. Time that a check does not use goes to the checks after it.
 *
 * @param table     shows what is begun and found
 * @param findings  zeroed, except `command`; receives what was found until the end or an
 * interruption, and says which of these it was. findings_destroy() is due in any case
 * @return 0, or -1 with errno
 */
int verify_run(const struct verify_request *request, struct verify_table *table,
	       struct findings *findings);

#endif // BENCH_VERIFY_H
