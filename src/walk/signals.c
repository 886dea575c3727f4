// SPDX-License-Identifier: MIT

/**
 * Interrupting the walk.
 *
 * The first signal cancels the pool. A later one ends the process, in case the main
 * thread hangs in a write; but not one that follows at once: timeout(1) sends its
 * signal twice, to the process and to its group.
 */

#include "walk/signals.h"

#include "base/clock.h"

#include <errno.h>

void signals_block(struct signals *signals)
{
	static const int wanted[] = {SIGINT, SIGTERM};
	sigemptyset(&signals->set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); ++i) {
		struct sigaction action;
		if (sigaction(wanted[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
			sigaddset(&signals->set, wanted[i]);
		}
	}
	// For signals_stop()
	sigaddset(&signals->set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals->set, NULL);
	// A parent may have had it ignored or blocked; writing on to nobody helps nobody
	signal(SIGPIPE, SIG_DFL);
	sigset_t broken;
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	pthread_sigmask(SIG_UNBLOCK, &broken, NULL);
	atomic_init(&signals->stopping, false);
	atomic_init(&signals->interrupted, false);
	signals->running = false;
}

/** Nanoseconds from which on a signal is one more, and not the first one again. */
#define ANOTHER 1000000000

static void *wait_for_signals(void *context)
{
	struct signals *signals = context;
	uint64_t first_at = 0;
	int number;
	while (sigwait(&signals->set, &number) == 0 &&
	       !atomic_load_explicit(&signals->stopping, memory_order_relaxed)) {
		if (number == SIGUSR1) {
			continue;
		}
		if (first_at == 0) {
			first_at = clock_now();
			atomic_store_explicit(&signals->interrupted, true, memory_order_relaxed);
			pool_cancel(signals->pool);
		} else if (clock_now() - first_at > ANOTHER) {
			sigset_t own;
			sigemptyset(&own);
			sigaddset(&own, number);
			pthread_sigmask(SIG_UNBLOCK, &own, NULL);
			raise(number);
		}
	}
	return NULL;
}

int signals_start(struct signals *signals, struct pool *pool)
{
	signals->pool = pool;
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);
	if (error == 0) {
		pthread_attr_setstacksize(&attributes, 256 * 1024);
		error = pthread_create(&signals->thread, &attributes, wait_for_signals, signals);
		pthread_attr_destroy(&attributes);
	}
	if (error != 0) {
		errno = error;
		return -1;
	}
	signals->running = true;
	return 0;
}

bool signals_interrupted(const struct signals *signals)
{
	// Relaxed: the pool's end came after it, or it came too late
	return atomic_load_explicit(&signals->interrupted, memory_order_relaxed);
}

void signals_stop(struct signals *signals)
{
	if (signals->running) {
		// Relaxed: the signal itself comes after it
		atomic_store_explicit(&signals->stopping, true, memory_order_relaxed);
		pthread_kill(signals->thread, SIGUSR1);
		pthread_join(signals->thread, NULL);
		signals->running = false;
	}
}
