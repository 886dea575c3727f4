// SPDX-License-Identifier: MIT

/**
 * Tracing one thread of another process with ptrace. The thread runs until it stops itself, or for
 * one instruction, and is stopped otherwise. The other threads of its process run freely.
 *
 * Where an atomic update is a pair of exclusive accesses (aarch64 without LSE), a step between the
 * two makes the second one fail. A thread that is stepped through such a loop stays in it until it
 * runs.
 */

#ifndef BENCH_STEPPER_H
#define BENCH_STEPPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** State of the thread after a call. */
enum stepper_event {
	/** The thread is stopped. */
	STEPPER_STOPPED,
	/** The thread, or its process, has ended. */
	STEPPER_ENDED,
	/** The thread runs: it did not stop in time. */
	STEPPER_LATE,
};

/** Called by the traced thread: stops until the tracer lets it go on. */
void stepper_stop_here(void);

/**
 * Attaches to a thread, which should be about to call stepper_stop_here(). When the caller ends,
 * the process of the thread is killed.
 *
 * @return 0, or -1 with errno: EPERM if ptrace is not permitted
 */
int stepper_seize(pid_t thread);

/** Lets the thread run until it calls stepper_stop_here(), for at most `most` nanoseconds. */
enum stepper_event stepper_run(pid_t thread, uint64_t most);

/** Lets the thread run for `nanoseconds`, then stops it wherever it is. */
enum stepper_event stepper_interrupt(pid_t thread, uint64_t nanoseconds, uint64_t most);

/** Lets a stopped thread execute one instruction. */
enum stepper_event stepper_step(pid_t thread, uint64_t most);

/** Detaches from a stopped thread. */
void stepper_release(pid_t thread);

/** Address of the next instruction of a stopped thread; 0 if it is not known. */
uintptr_t stepper_where(pid_t thread);

/**
 * Names the code at an address: the function if it is known, else the object file and the offset.
 * The traced process is a fork of this one, so addresses are the same.
 */
void stepper_describe(uintptr_t address, char *text, size_t size);

#endif // BENCH_STEPPER_H
