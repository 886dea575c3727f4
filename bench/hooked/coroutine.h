// SPDX-License-Identifier: MIT

/** Coroutines: many threads of a program on one real thread, each with a stack of its own. */

#ifndef HOOKED_COROUTINE_H
#define HOOKED_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#if !defined(__x86_64__) && !defined(__aarch64__)
#include <ucontext.h>
#endif

/** Bytes of a stack. Below it is a guard, and a coroutine that needs more faults there. */
#define COROUTINE_STACK ((size_t)256 * 1024)

/** Zeros are a coroutine without a stack. */
struct coroutine {
	char *stack;
#if defined(__x86_64__) || defined(__aarch64__)
	void *stack_pointer;
#else
	ucontext_t context;
#endif
};

/**
 * Allocates the stack, unless there is one. 0, or -1 with ENOMEM.
 *
 * @param shift  bytes, a multiple of 16, by which its end is not that of a page: stacks that end
 *               alike share few sets of the processor's cache
 */
int coroutine_prepare(struct coroutine *coroutine, size_t shift);

/** Lets the coroutine begin at `entry` when it is switched to. */
void coroutine_make(struct coroutine *coroutine, void (*entry)(void));

/** Leaves one coroutine for another. The one that the program began in needs no stack. */
void coroutine_switch(struct coroutine *from, struct coroutine *to);

/** True if an access that faulted was to the guard below the stack of the coroutine. */
bool coroutine_overflows(const struct coroutine *coroutine, const void *fault);

/** The upper end of the stack. */
char *coroutine_top(const struct coroutine *coroutine);

#endif // HOOKED_COROUTINE_H
