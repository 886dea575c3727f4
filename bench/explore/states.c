// SPDX-License-Identifier: MIT

/**
 * States that the search has been in: for programs whose orders are too many, but lead to the same
 * states over and over. Who comes into one again need not go on.
 *
 * A state is all that what comes next depends on, and all that is held against an execution at
 * its end:
 *
 *     memory     the bytes of all that is allocated, and which blocks are freed
 *     threads    each one's stack and registers where it is about to make its next access; what
 *                it has seen there before, and what it sleeps on
 *     races      of the last plain accesses to each location: which threads know of them, and
 *                which stores will tell who acquires them
 *     history    the operations that are over, with their answers, and which of them were over
 *                before which others began
 *
 * How a thread came there is no part of it: orders that differ in what nobody remembers lead to
 * one state, and that are many more than those that differ in steps without a bearing on each
 * other.
 *
 * What is kept of a state are 64 bits that it hashes to, in a table, at a place that other 64 bits
 * name. The later state takes the place from the earlier one, which is then searched again. Where
 * half of the places are taken the table is made larger, and begun anew: many searches take turns,
 * and most have few states. That another state is taken for the one of its place is as likely as 1
 * in 2^63.
 *
 * A race of an atomic access with a plain one is known from more than that: a search that comes
 * upon a location with both, by different threads, is given up. And a state is one of sequential
 * consistency: what an old store could still show to whom is not in it.
 */

#include "explore/states.h"
#include "explore/memory.h"

#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>

/** Places of the table at first, and at most: 128 MiB. */
#define FEWEST (UINT64_C(1) << 16)
#define STATES (UINT64_C(1) << 24)
#define GROWTH 4

/** Of the stack below an access, what may be left from before. */
#define STALE 1024

static uint64_t *table;
static uint64_t places;
static uint64_t taken;

/** Forget all, and use so many places from now on. 0, or -1 with errno. */
static int empty_table(uint64_t count)
{
	places = count;
	taken = 0;
	// Pages that are given back are zeros when they are touched again
	return madvise(table, STATES * sizeof(*table), MADV_DONTNEED);
}

int states_begin(void)
{
	if (!table) {
		void *memory = mmap(NULL, STATES * sizeof(*table), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (memory == MAP_FAILED) {
			return -1;
		}
		table = memory;
		// A large page would be taken whole for one state; where there are none it fails
		madvise(table, STATES * sizeof(*table), MADV_NOHUGEPAGE);
	}
	return empty_table(FEWEST);
}

__attribute__((noinline)) void states_stand(struct thread *thread)
{
	_setjmp(thread->registers);
	// Above are this function's return address, and the frame of the access
	thread->frame = (char *)__builtin_frame_address(0) + 2 * sizeof(void *);
}

__attribute__((noinline)) void states_wipe(void)
{
	char stale[STALE];
	memset(stale, 0, sizeof(stale));
	// Used, for the compiler
	__asm__ volatile("" : : "r"(stale) : "memory");
}

/** What a thread will do, as far as it depends on the thread. */
static void add_thread(struct hash *state, unsigned int index)
{
	const struct thread *thread = &search.threads[index];
	hash_add(state, (uint64_t)thread->state | (uint64_t)thread->woken << 8 |
				(uint64_t)thread->seen_count << 16 | (uint64_t)thread->looks << 32);
	hash_add(state, thread->sleeps_on);
	if (thread->state == THREAD_FINISHED || thread->pending.kind == ACCESS_START) {
		return;
	}
	for (unsigned int i = 0; i < thread->seen_count; ++i) {
		const struct seen *seen = &thread->seen[i];
		hash_add(state, seen->code);
		hash_add(state, seen->location->address |
					(seen->modification == seen->location->modifications));
	}
	hash_add_bytes(state, thread->registers, sizeof(thread->registers));
	hash_add_bytes(state, thread->frame,
		       (size_t)(coroutine_top(&thread->coroutine) - thread->frame));
}

bool states_known(void)
{
	struct hash state = {0};
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		add_thread(&state, i);
	}
	memory_describe(&state);
	search.describe(&state);
	uint64_t *place = &table[hash_mix(state.first) % places];
	uint64_t tag = hash_mix(state.second ^ hash_mix(state.first + 1)) | 1;
	bool known = *place == tag;
	taken += *place == 0;
	*place = tag;
	if (taken > places / 2 && places < STATES) {
		empty_table(places * GROWTH);
	}
	return known;
}
