// SPDX-License-Identifier: MIT

/**
 * An allocator that can be watched and told to fail. allocator.so is preloaded into the
 * process of a check, in front of the C library's, so that what a queue and the libraries
 * below it allocate goes through it, and the programs that are measured know nothing of it.
 * A sanitizer has an allocator of its own: there, there is none of this.
 */

#ifndef BENCH_ALLOCATOR_H
#define BENCH_ALLOCATOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct allocator {
	/**
	 * Let one allocation of the calling thread fail with ENOMEM: the first from now on for 1,
	 * and so on; 0 takes it back. Returns whether the one asked for before has failed. A
	 * reallocation is an allocation.
	 */
	bool (*fail_at)(uint64_t count);
	/** Blocks and bytes that are allocated, by all threads; and the most bytes there were. */
	uint64_t (*blocks)(void);
	uint64_t (*bytes)(void);
	uint64_t (*peak)(void);
	/** The most bytes from now on. */
	void (*reset_peak)(void);
	/**
	 * Fill what is freed with ALLOCATOR_POISON, and keep it back for a while: a thread that
	 * uses it then finds no valid pointer, and the process is aborted if it writes there, with
	 * a line on standard error. That is found when the block goes at last: switching it off
	 * looks at all that are left.
	 */
	void (*poison)(bool on);
	/** Allocations that the system refused; those of fail_at() do not count. */
	uint64_t (*refused)(void);
	/** Where it is noted that the calling thread is in the allocator: not 0 while it is; NULL:
	 * nowhere. */
	void (*note_inside)(_Atomic int *flag);
};

#define ALLOCATOR_POISON 0xdb

/** The symbol that allocator.so shows. */
#define ALLOCATOR_SYMBOL "qbench_allocator"

/** What it says on standard error, at the first allocation that the system refuses. */
#define ALLOCATOR_REFUSED "allocator: the system refused memory\n"

/** The one of this process, or NULL where it was not preloaded. */
const struct allocator *allocator_find(void);

/**
 * The same, if it is seen to work: it counts, fails and poisons what this thread allocates. Call it
 * while there are no other threads.
 */
const struct allocator *allocator_working(void);

/**
 * Blocks that are left beyond `before`. A library that frees from a thread of its own is given half
 * a second.
 */
uint64_t allocator_left(const struct allocator *allocator, uint64_t before);

/** Why allocator_working() found none, as a phrase. */
const char *allocator_lack(void);

/**
 * Let the processes that this one executes from now on have it, if there is one: a build with a
 * sanitizer has none.
 */
void allocator_preload(void);

#endif // BENCH_ALLOCATOR_H
