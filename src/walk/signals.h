// SPDX-License-Identifier: MIT

/** Interrupting the walk: a thread that waits for signals, and cancels the pool. */

#ifndef WALK_SIGNALS_H
#define WALK_SIGNALS_H

#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct signals {
	struct pool *pool;
	sigset_t set;
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	atomic_bool interrupted;
};

/**
 * Block SIGINT and SIGTERM, but for those that the process was told to ignore, in this
 * thread and all that it starts. A reader who goes away ends the process.
 */
void signals_block(struct signals *signals);

/** Start waiting for them. 0, or -1 with errno. */
int signals_start(struct signals *signals, struct pool *pool);

/** Was the walk interrupted? */
bool signals_interrupted(const struct signals *signals);

/** Stop waiting, before the pool goes. */
void signals_stop(struct signals *signals);

#endif // WALK_SIGNALS_H
