// SPDX-License-Identifier: MIT

/** Runs every check on every queue, each in a process of its own, and collects the findings. */

#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "results/findings.h"
#include "verify/check.h"

#include <stdbool.h>
#include <stdint.h>

struct verify_request {
	/** Names, up to a NULL. */
	char **queues;
	/** Up to a NULL. */
	const struct check **checks;
	/** Nanoseconds for all checks of all queues. */
	uint64_t budget;
	uint64_t seed;
};

/** Called as the run proceeds. None may be NULL. */
struct verify_listener {
	/** A queue is begun. */
	void (*queue)(void *context, const char *queue);
	/** A check is begun. */
	void (*check)(void *context, const struct check *check);
	/** It has ended. */
	void (*found)(void *context, const struct finding *finding);
	void *context;
};

/**
 * Run all checks of all queues in turn. Time that a check does not use of its share goes to the
 * checks after it.
 *
 * @param findings  all zeros; receives the queues and what was found until the end or an
 *                  interruption, and which of the two it was
 * @return 0, or -1 with errno; findings_destroy() is called by the caller either way
 */
int verify_run(const struct verify_request *request, const struct verify_listener *listener,
	       struct findings *findings);

#endif // BENCH_VERIFY_H
