// SPDX-License-Identifier: MIT

/**
 * Waiting for something that may never come. Only time in which the watcher itself ran counts: a
 * group of processes that is stopped as a whole (Ctrl-Z, a debugger, a paused container, a
 * suspended machine) does not hang.
 *
 * A watcher looks now and then, at least every PATIENCE_LOOK. Of a longer time between two looks
 * no more than that is counted.
 */

#ifndef BASE_PATIENCE_H
#define BASE_PATIENCE_H

#include "base/clock.h"

#include <stdint.h>

/** Nanoseconds between two looks, at most. */
#define PATIENCE_LOOK 100000000

struct patience {
	/** The last look, by clock_now(). */
	uint64_t looked;
	/** Nanoseconds that have counted since patience_begin(). */
	uint64_t waited;
};

/** Start to wait, or start anew. */
static inline void patience_begin(struct patience *patience)
{
	*patience = (struct patience){.looked = clock_now()};
}

/** Look: count the time since the last look. Returns the nanoseconds that have counted. */
static inline uint64_t patience_look(struct patience *patience)
{
	uint64_t now = clock_now();
	uint64_t since = now - patience->looked;
	patience->looked = now;
	patience->waited += since < PATIENCE_LOOK ? since : PATIENCE_LOOK;
	return patience->waited;
}

#endif // BASE_PATIENCE_H
