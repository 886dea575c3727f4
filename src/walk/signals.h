// SPDX-License-Identifier: MIT

/** Interrupting the walk: a thread that waits for signals, and ends the program in time. */

#ifndef WALK_SIGNALS_H
#define WALK_SIGNALS_H

#include "walk/walk.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct signals {
	struct walk *walk;
	sigset_t set;
	pthread_t thread;
	/** The thread that runs the pool and writes. */
	pthread_t main;
	atomic_bool stopping;
	/** The signal that came first, or 0. */
	atomic_int interrupted;
};

/**
 * Blocks SIGINT and SIGTERM in this thread and all that it starts, except those that the
 * process ignores. SIGPIPE ends the process.
 */
void signals_block(struct signals *signals);

/** Starts waiting for them, in a thread. 0, or -1 with errno. */
int signals_start(struct signals *signals, struct walk *walk);

/** The signal that interrupted the walk, or 0. */
int signals_interrupted(const struct signals *signals);

/** Stops waiting, once, before the walk goes. */
void signals_stop(struct signals *signals);

#endif // WALK_SIGNALS_H
