// SPDX-License-Identifier: MIT

/**
 * An allocator that counts, fails on request, and poisons what is freed. allocator.so is preloaded
 * into the process of a check, so it serves the queue and the libraries below it. Programs that are
 * measured run without it. In a build with a sanitizer, which has an allocator of its own, there is
 * no allocator.so.
 */

#ifndef BENCH_ALLOCATOR_H
#define BENCH_ALLOCATOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct allocator {
	/**
	 * Makes one allocation of the calling thread fail with ENOMEM: the next one for 1, the
	 * second next for 2. 0 cancels the request. A reallocation counts as an allocation.
	 * Returns whether the allocation of the previous request has failed.
	 */
	bool (*fail_at)(uint64_t count);
	/** Blocks and bytes allocated now, by all threads, and the peak of the bytes. */
	const _Atomic uint64_t *blocks;
	const _Atomic uint64_t *bytes;
	const _Atomic uint64_t *peak;
	/** Restarts the peak at the bytes of now. */
	void (*reset_peak)(void);
	/**
	 * Fills freed blocks with ALLOCATOR_POISON and keeps them back for a while. A thread that
	 * reads one finds no valid pointer. If a thread has written to one, the process is aborted
	 * with a line on standard error, at the latest when poisoning is switched off.
	 */
	void (*poison)(bool on);
	/** Allocations that the system refused; those of fail_at() do not count. */
	const _Atomic uint64_t *refused;
	/** Keeps *flag nonzero while the calling thread is in the allocator. NULL ends that. */
	void (*note_inside)(_Atomic int *flag);
};

#define ALLOCATOR_POISON 0xdb

/** Name of the symbol that allocator.so exports. */
#define ALLOCATOR_SYMBOL "qbench_allocator"

/** Printed on standard error at the first allocation that the system refuses. */
#define ALLOCATOR_REFUSED "allocator: the system refused memory\n"

/** The allocator of this process; NULL if it was not preloaded. */
const struct allocator *allocator_find(void);

/**
 * The same, but only if it is seen to count, fail and poison allocations of this thread; else NULL.
 * Call it while there are no other threads.
 */
const struct allocator *allocator_working(void);

/**
 * Blocks allocated now beyond `before`. Waits up to half a second for libraries that free from a
 * thread of their own.
 */
uint64_t allocator_left(const struct allocator *allocator, uint64_t before);

/** Why allocator_working() found none, as a phrase. */
const char *allocator_lack(void);

/**
 * Preloads the allocator into the processes that this process executes from now on, if the build
 * has it.
 */
void allocator_preload(void);

#endif // BENCH_ALLOCATOR_H
