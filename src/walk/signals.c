// SPDX-License-Identifier: MIT

/**
 * Interrupting the walk.
 *
 * The first signal cancels the walk and hurries the output. After that the program ends within a
 * second, whatever hangs; time in which all stands still does not count:
 *
 * - Main may wait in a write: a signal of our own interrupts the call, again and again, since one
 *   that comes just before the call is lost.
 * - A worker may wait in a call that no signal interrupts: main leaves without it.
 * - Main itself may be in such a call: the process dies of the signal, with no totals.
 *
 * More signals change nothing: timeout(1) sends its own twice, to the process and to its group.
 */

#include "walk/signals.h"

#include "base/patience.h"
#include "base/program.h"
#include "walk/output.h"

#include <errno.h>

#define MILLISECOND 1000000

/** Nanoseconds from the first signal until main leaves workers that hang ... */
#define LEAVE_WORKERS ((uint64_t)400 * MILLISECOND)
/** ... until output that nobody reads ends ... */
#define END_OUTPUT ((uint64_t)700 * MILLISECOND)
/** ... and until the process dies. */
#define DIE ((uint64_t)900 * MILLISECOND)

/** Nanoseconds between two interruptions of main. */
#define INTERRUPT_EVERY (10 * MILLISECOND)

/** Signal that interrupts a call of main, and does nothing else. */
#define INTERRUPTION (SIGRTMIN + 1)

static void interrupt_call(int number)
{
	(void)number;
}

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
	// SIGUSR1 is sent by signals_stop()
	sigaddset(&signals->set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals->set, NULL);
	// SIGPIPE ends the program even if a parent ignored or blocked it: without a reader the
	// walk is of no use
	signal(SIGPIPE, SIG_DFL);
	// No SA_RESTART: the interrupted call must fail
	sigaction(INTERRUPTION, &(struct sigaction){.sa_handler = interrupt_call}, NULL);
	sigset_t unblocked;
	sigemptyset(&unblocked);
	sigaddset(&unblocked, SIGPIPE);
	sigaddset(&unblocked, INTERRUPTION);
	pthread_sigmask(SIG_UNBLOCK, &unblocked, NULL);
	atomic_init(&signals->stopping, false);
	atomic_init(&signals->interrupted, 0);
}

static bool is_stopping(const struct signals *signals)
{
	// Relaxed: the signal of signals_stop() comes after the store
	return atomic_load_explicit(&signals->stopping, memory_order_relaxed);
}

/** Ends the program in time after a signal, or returns when main ends it. */
static void end_in_time(struct signals *signals, int number)
{
	static const struct timespec pause = {.tv_nsec = INTERRUPT_EVERY};
	struct patience patience;
	bool left = false;
	// Relaxed: main reads it after the pool's end
	atomic_store_explicit(&signals->interrupted, number, memory_order_relaxed);
	walk_cancel(signals->walk);
	patience_begin(&patience);
	while (!is_stopping(signals)) {
		uint64_t passed = patience_look(&patience);
		output_hurry(patience.looked + END_OUTPUT - passed);
		if (passed >= DIE) {
			program_die_of(number);
		}
		if (passed >= LEAVE_WORKERS && !left) {
			left = true;
			pool_abandon(signals->walk->pool);
		}
		// Again, for results that came after the first time
		walk_cancel(signals->walk);
		pthread_kill(signals->main, INTERRUPTION);
		sigtimedwait(&signals->set, NULL, &pause);
	}
}

static void *wait_for_signals(void *context)
{
	struct signals *signals = context;
	int number;
	while (sigwait(&signals->set, &number) == 0 && !is_stopping(signals)) {
		if (number != SIGUSR1) {
			end_in_time(signals, number);
			break;
		}
	}
	return NULL;
}

int signals_start(struct signals *signals, struct walk *walk)
{
	signals->walk = walk;
	signals->main = pthread_self();
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
	return 0;
}

int signals_interrupted(const struct signals *signals)
{
	// Relaxed: the pool's end came after it, or it came too late
	return atomic_load_explicit(&signals->interrupted, memory_order_relaxed);
}

void signals_stop(struct signals *signals)
{
	// Relaxed: the signal itself comes after it
	atomic_store_explicit(&signals->stopping, true, memory_order_relaxed);
	pthread_kill(signals->thread, SIGUSR1);
	pthread_join(signals->thread, NULL);
}
