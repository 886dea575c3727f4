// SPDX-License-Identifier: MIT

/**
 * Signals that ask a command to end early, with what it has: SIGINT, SIGTERM, SIGHUP, SIGQUIT. A
 * signal that was ignored when the program started stays ignored, as under nohup.
 */

#ifndef BENCH_INTERRUPT_H
#define BENCH_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/** Note these signals from now on, instead of dying of them. */
void interrupt_begin(void);

/** Restore what these signals did before. What was noted stays noted. */
void interrupt_end(void);

/** Was one noted since interrupt_begin()? */
bool interrupt_noted(void);

/** The first signal that was noted, or 0. */
int interrupt_signal(void);

/** True if the number is one of these signals. */
bool interrupt_is(int signal);

/** Note a signal that did not reach this process: a child died of it, which had it first. */
void interrupt_note(int signal);

/**
 * Block these signals, so that none arrives between a look at interrupt_noted() and a ppoll() with
 * the mask `before`, which lets them in.
 */
void interrupt_block(sigset_t *before);

/**
 * Die of the signal that was noted, so that shells and timeout(1) see it. Returns if none was
 * noted, or if it cannot kill. Flush streams before.
 */
void interrupt_die(void);

#endif // BENCH_INTERRUPT_H
