// SPDX-License-Identifier: MIT

/**
 * Watching the two peers of a thread that is stopped: do they go on?
 *
 * A thread that is merely not run must not be taken for one that is held up. A side has
 * stopped when nothing finished for a long time in which its peers had the processor, or
 * slept inside of an operation.
 */

#ifndef CHECKS_PEERS_H
#define CHECKS_PEERS_H

#include "verify/progress/stage.h"

/** What ought to happen at once has not happened at all. */
#define PEERS_HANG_AFTER 10000000000

enum peers_outcome {
	PEERS_WENT_ON,
	/** A side that claims nothing did not. */
	PEERS_BLOCKED,
	/** A side that claims to did not. */
	PEERS_FALSE_CLAIM,
	/** Nothing says so, yet nothing moves. */
	PEERS_HANG,
};

/**
 * Let the peers go on, with room beyond the window where there must be, and see whether they do.
 *
 * @param which  receives the side that did not
 * @param quiet  receives the nanoseconds since it last did
 */
enum peers_outcome peers_watch(struct stage *stage, enum role *which, uint64_t *quiet);

/** Does a peer go on within so many nanoseconds? */
bool peers_go_on(const struct stage *stage, enum role side, uint64_t most);

/** What a peer does that does not go on. */
const char *peers_describe(const struct stage *stage, enum role side);

#endif // CHECKS_PEERS_H
