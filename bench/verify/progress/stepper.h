// SPDX-License-Identifier: MIT

/**
 * One thread of another process, stopped and led by ptrace: it runs until it stops
 * itself, or one instruction at a time, and stands still whenever it is not told to go on.
 * The other threads of its process run as they like.
 *
 * Where atomic updates are pairs of exclusive accesses (aarch64 without LSE), a step
 * between the two makes the second fail: a thread led through such a loop stays in it
 * until it is let run.
 */

#ifndef BENCH_STEPPER_H
#define BENCH_STEPPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stepper {
	pid_t thread;
};

/** Why the thread does not run. */
enum stepper_event {
	/** It stands still. */
	STEPPER_STOPPED,
	/** It is no more: its process has ended or was killed, or it has returned. */
	STEPPER_ENDED,
	/** It runs: it did not stop in time. */
	STEPPER_LATE,
};

/** Called by the thread that is led: stand still until told to go on. */
void stepper_stop_here(void);

/**
 * Take hold of a thread, which should be about to call stepper_stop_here(). Its process is
 * killed when the caller's ends.
 *
 * @return 0, or -1 with errno: EPERM where ptrace is not allowed
 */
int stepper_seize(struct stepper *stepper, pid_t thread);

/** Let it run until it calls stepper_stop_here(), for at most so many nanoseconds. */
enum stepper_event stepper_run(struct stepper *stepper, uint64_t most);

/** Let it run for a while, and stop it wherever it is then; it may have stopped itself before. */
enum stepper_event stepper_interrupt(struct stepper *stepper, uint64_t nanoseconds, uint64_t most);

/** Let a thread that stands still execute one instruction. */
enum stepper_event stepper_step(struct stepper *stepper, uint64_t most);

/** Let go of a thread that stands still. */
void stepper_release(struct stepper *stepper);

/** The address of its next instruction, or 0. */
uintptr_t stepper_where(const struct stepper *stepper);

/**
 * Say what is at an address of the caller's own process, whose image the other is: the
 * function where it is known, else the object and the place in it.
 */
void stepper_describe(uintptr_t address, char *text, size_t size);

#endif // BENCH_STEPPER_H
