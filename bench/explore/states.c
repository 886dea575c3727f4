// SPDX-License-Identifier: MIT

/**
 * States that the search has been in, for programs with too many orders that lead to the same
 * states again and again. An execution that comes to a known state ends there.
 *
 * A state is everything that the rest of the execution and its verdict depend on:
 *
 *     memory     the bytes of all blocks, and which blocks are freed
 *     threads    stack and registers of each thread at its next access; what it has read there
 *                before, and what it sleeps on
 *     races      for the last plain accesses to each location: which threads know of them, and
 *                which stores pass them on to an acquire
 *     history    operations that have ended, with their answers, and which of them ended before
 *                which others began
 *
 * Executions that differ only in forgotten history share a state, which prunes far more than
 * commuting steps.
 *
 * A table keeps 64 bits of the hash of each state. Other 64 bits of the hash name the slot. A later
 * state replaces an earlier one in its slot, which is then searched again when it comes again. When
 * half of the slots are taken, the table grows and is emptied: most of the many searches have few
 * states. A new state is taken for a known one with a probability of 1 in 2^63.
 *
 * States do not say whether an atomic access races with a plain one, so a search that meets a
 * location with both, by different threads, is given up. Nor do they say which old values a load
 * may see, so they are for sequential consistency alone.
 */

#include "explore/states.h"
#include "explore/memory.h"

#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>

/** Slots of the table at first, and at most: 128 MiB. */
#define FEWEST (UINT64_C(1) << 16)
#define STATES (UINT64_C(1) << 24)
#define GROWTH 4

/** Bytes of the stack below an access that may hold old values. */
#define STALE 1024

static uint64_t *table;
static uint64_t slots;
static uint64_t taken;

/** Forgets all states, and uses `count` slots from now on. 0, or -1 with errno. */
static int empty_table(uint64_t count)
{
	slots = count;
	taken = 0;
	// The pages are zeros when they are touched again
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
		// One state would take a whole large page. The call fails on systems without them
		madvise(table, STATES * sizeof(*table), MADV_NOHUGEPAGE);
	}
	return empty_table(FEWEST);
}

__attribute__((noinline)) void states_stand(struct thread *thread)
{
	_setjmp(thread->registers);
	// Above the return address of this function is the frame of the access
	thread->frame = (char *)__builtin_frame_address(0) + 2 * sizeof(void *);
}

__attribute__((noinline)) void states_wipe(void)
{
	char stale[STALE];
	memset(stale, 0, sizeof(stale));
	// The compiler must not remove the array
	__asm__ volatile("" : : "r"(stale) : "memory");
}

/** Adds what the next steps of a thread depend on. */
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
	uint64_t *slot = &table[hash_mix(state.first) % slots];
	uint64_t tag = hash_mix(state.second ^ hash_mix(state.first + 1)) | 1;
	bool known = *slot == tag;
	taken += *slot == 0;
	*slot = tag;
	if (taken > slots / 2 && slots < STATES) {
		empty_table(slots * GROWTH);
	}
	return known;
}
