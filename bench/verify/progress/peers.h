// SPDX-License-Identifier: MIT

/**
 * Watching the two peers of a stopped thread: do they make progress?
 *
 * A peer that merely gets no processor must not count as blocked. So a side counts as stopped only
 * if no operation finished for a long time, in which its peer had the processor or slept inside an
 * operation.
 */

#ifndef CHECKS_PEERS_H
#define CHECKS_PEERS_H

#include "verify/progress/stage.h"

/** Nanoseconds after which something that should happen at once counts as a hang. */
#define PEERS_HANG_AFTER 10000000000

enum peers_outcome {
	PEERS_WENT_ON,
	/** A side that claims nothing made no progress. */
	PEERS_BLOCKED,
	/** A side that claims progress made none. */
	PEERS_FALSE_CLAIM,
	/** Neither of these, yet nothing moves. */
	PEERS_HANG,
};

/**
 * Opens the gate, with room beyond the window if no consumer can be relied on, and watches the
 * peers.
 *
 * @param which  receives the side that made no progress
 * @param quiet  receives the nanoseconds since its last progress
 */
enum peers_outcome peers_watch(struct stage *stage, enum role *which, uint64_t *quiet);

/** True if a peer makes progress within `most` nanoseconds. */
bool peers_go_on(const struct stage *stage, enum role side, uint64_t most);

/** What a peer that makes no progress is doing, as a phrase. */
const char *peers_describe(const struct stage *stage, enum role side);

#endif // CHECKS_PEERS_H
