// SPDX-License-Identifier: MIT

/**
 * allocator.so: stands in front of the allocator of the C library, see ../allocator.h.
 *
 * Blocks are those of the C library, without a header of their own, and are counted by
 * malloc_usable_size(). The C library calls its allocator by the public names, so blocks of
 * strdup() and the like are counted as well.
 *
 * Poisoned blocks wait in a ring:
 *
 *     head            tail
 *      v               v
 *     [a][b][c][d][ ][e]        [ ]: a thread has the ticket, and has yet to put its block
 *
 * There is no lock here, so a thread that is stopped here stops no other. The C library has locks:
 * note_inside() is for those.
 */

#include "verify/allocator.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Most bytes that are kept back. Each block counts as BLOCK_COST more than its size. */
#define KEPT_BYTES ((uint64_t)8 << 20)
#define BLOCK_COST 64
/** More places than blocks ever fit, so a place is free again when its turn comes. */
#define KEPT_BLOCKS (2 * KEPT_BYTES / BLOCK_COST)

#define EXPORTED __attribute__((visibility("default")))
/** Accessed without a call, which could allocate. */
#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

EXPORTED void *memalign(size_t alignment, size_t size);

/** Allocations up to and including the one that fails; 0 means none. */
THREAD_LOCAL uint64_t failure_left;
THREAD_LOCAL bool failure_done;
THREAD_LOCAL _Atomic int *inside;

/** Plain counts, which order nothing: relaxed throughout. */
static _Atomic uint64_t blocks;
static _Atomic uint64_t bytes;
static _Atomic uint64_t peak;
static _Atomic uint64_t refused;

static atomic_bool poisoning;
static _Atomic(void *) kept[KEPT_BLOCKS];
static _Atomic uint64_t kept_head;
static _Atomic uint64_t kept_tail;
static _Atomic uint64_t kept_cost;

/** Signal fences suffice: the process that reads the flag has stopped this thread. */
static inline void move_inside(int change)
{
	if (inside) {
		atomic_signal_fence(memory_order_seq_cst);
		atomic_store_explicit(inside,
				      atomic_load_explicit(inside, memory_order_relaxed) + change,
				      memory_order_relaxed);
		atomic_signal_fence(memory_order_seq_cst);
	}
}

/** Is this the allocation that fail_at() chose? */
static bool must_fail(void)
{
	if (failure_left == 0 || --failure_left > 0) {
		return false;
	}
	failure_done = true;
	errno = ENOMEM;
	return true;
}

/** No queue asks for this much unless it miscalculates: refusing it is not a lack of memory. */
#define UNREASONABLE ((size_t)1 << 32)

/** Counts a refusal of the system. Prints the first one, in case the process dies of it. */
static void note_refusal(size_t size)
{
	static const char text[] = ALLOCATOR_REFUSED;
	if (size < UNREASONABLE &&
	    atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed) == 0) {
		int error = errno;
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		errno = error;
	}
}

static void *count_block(void *block, size_t size_wanted)
{
	if (!block) {
		note_refusal(size_wanted);
		return NULL;
	}
	uint64_t size = malloc_usable_size(block);
	uint64_t now = atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed) + size;
	uint64_t most = atomic_load_explicit(&peak, memory_order_relaxed);
	while (most < now &&
	       !atomic_compare_exchange_weak_explicit(&peak, &most, now, memory_order_relaxed,
						      memory_order_relaxed)) {
	}
	atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
	return block;
}

static void uncount_block(size_t size)
{
	atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&bytes, size, memory_order_relaxed);
}

static _Noreturn void die_of_write(const unsigned char *block, size_t size, size_t offset)
{
	char text[160];
	int length = snprintf(text, sizeof(text),
			      "allocator: block %p of %zu bytes was written to after it was freed: "
			      "byte %zu is 0x%02x\n",
			      (const void *)block, size, offset, block[offset]);
	(void)!write(STDERR_FILENO, text, (size_t)length);
	abort();
}

/** Frees a block that leaves the ring. Aborts if a thread has written to it. */
static void let_go(void *block)
{
	size_t size = malloc_usable_size(block);
	const unsigned char *content = block;
	for (size_t i = 0; i < size; ++i) {
		if (content[i] != ALLOCATOR_POISON) {
			die_of_write(content, size, i);
		}
	}
	atomic_fetch_sub_explicit(&kept_cost, size + BLOCK_COST, memory_order_relaxed);
	__libc_free(block);
}

/** Frees the oldest blocks until the rest costs at most `cost`. */
static void let_go_above(uint64_t cost)
{
	uint64_t head = atomic_load_explicit(&kept_head, memory_order_relaxed);
	while (atomic_load_explicit(&kept_cost, memory_order_relaxed) > cost &&
	       head < atomic_load_explicit(&kept_tail, memory_order_relaxed)) {
		if (!atomic_compare_exchange_weak_explicit(&kept_head, &head, head + 1,
							   memory_order_relaxed,
							   memory_order_relaxed)) {
			continue;
		}
		// K1, acquire: pairs with K2, so the poison is seen. A block that is not there yet
		// is freed when its place is needed again
		void *block = atomic_exchange_explicit(&kept[head % KEPT_BLOCKS], NULL,
						       memory_order_acquire);
		if (block) {
			let_go(block);
		}
		++head;
	}
}

static void keep_back(void *block, size_t size)
{
	memset(block, ALLOCATOR_POISON, size);
	atomic_fetch_add_explicit(&kept_cost, size + BLOCK_COST, memory_order_relaxed);
	uint64_t ticket = atomic_fetch_add_explicit(&kept_tail, 1, memory_order_relaxed);
	// K2, release: publishes the poison to K1. Acquire, as K1, for the block found here
	void *old =
		atomic_exchange_explicit(&kept[ticket % KEPT_BLOCKS], block, memory_order_acq_rel);
	if (old) {
		let_go(old);
	}
	let_go_above(KEPT_BYTES);
}

static void release(void *block)
{
	size_t size = malloc_usable_size(block);
	uncount_block(size);
	// Relaxed: poisoning is switched on before the threads of a round start
	if (atomic_load_explicit(&poisoning, memory_order_relaxed) && size <= KEPT_BYTES) {
		int error = errno;
		keep_back(block, size);
		errno = error;
	} else {
		__libc_free(block);
	}
}

EXPORTED void *malloc(size_t size)
{
	if (must_fail()) {
		return NULL;
	}
	move_inside(1);
	void *block = count_block(__libc_malloc(size), size);
	move_inside(-1);
	return block;
}

EXPORTED void *calloc(size_t count, size_t size)
{
	if (must_fail()) {
		return NULL;
	}
	move_inside(1);
	void *block = count_block(__libc_calloc(count, size), count * size);
	move_inside(-1);
	return block;
}

EXPORTED void *memalign(size_t alignment, size_t size)
{
	if (must_fail()) {
		return NULL;
	}
	move_inside(1);
	void *block = count_block(__libc_memalign(alignment, size), size);
	move_inside(-1);
	return block;
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

EXPORTED int posix_memalign(void **block, size_t alignment, size_t size)
{
	if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 ||
	    alignment == 0) {
		return EINVAL;
	}
	int error = errno;
	void *made = memalign(alignment, size);
	errno = error;
	if (!made) {
		return ENOMEM;
	}
	*block = made;
	return 0;
}

EXPORTED void free(void *block)
{
	if (block) {
		move_inside(1);
		release(block);
		move_inside(-1);
	}
}

/** realloc() of the C library may free the old block without poison: allocate, copy, release. */
static void *move_block(void *block, size_t size)
{
	void *moved = count_block(__libc_malloc(size), size);
	if (moved) {
		size_t old = malloc_usable_size(block);
		memcpy(moved, block, old < size ? old : size);
		release(block);
	}
	return moved;
}

EXPORTED void *realloc(void *block, size_t size)
{
	if (!block) {
		return malloc(size);
	}
	if (size == 0) {
		free(block);
		return NULL;
	}
	if (must_fail()) {
		return NULL;
	}
	move_inside(1);
	void *moved;
	if (atomic_load_explicit(&poisoning, memory_order_relaxed)) {
		moved = move_block(block, size);
	} else {
		size_t old = malloc_usable_size(block);
		moved = __libc_realloc(block, size);
		if (moved) {
			uncount_block(old);
			count_block(moved, size);
		} else {
			note_refusal(size);
		}
	}
	move_inside(-1);
	return moved;
}

static bool fail_at(uint64_t count)
{
	bool done = failure_done;
	failure_done = false;
	failure_left = count;
	return done;
}

static void reset_peak(void)
{
	atomic_store_explicit(&peak, atomic_load_explicit(&bytes, memory_order_relaxed),
			      memory_order_relaxed);
}

static void poison(bool on)
{
	atomic_store_explicit(&poisoning, on, memory_order_relaxed);
	if (!on) {
		move_inside(1);
		let_go_above(0);
		move_inside(-1);
	}
}

static void note_inside(_Atomic int *flag)
{
	inside = flag;
}

EXPORTED extern const struct allocator qbench_allocator;
const struct allocator qbench_allocator = {
	.fail_at = fail_at,
	.blocks = &blocks,
	.bytes = &bytes,
	.peak = &peak,
	.reset_peak = reset_peak,
	.poison = poison,
	.refused = &refused,
	.note_inside = note_inside,
};
