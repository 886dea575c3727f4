// SPDX-License-Identifier: MIT

/**
 * Sleep and wake-up without a lock, for queues without a wait of their own.
 *
 *     consumer                            producer
 *
 *     eventcount_announce()               publish an item
 *       [full fence, A]                   eventcount_wake()
 *     look at the queue once more           [full fence, B]
 *       nothing: eventcount_wait()          look for waiters: wake as many as items
 *       an item: eventcount_cancel()
 *
 * Each fence orders the store above it before the load below it (Dekker). So either the
 * producer sees the announcement, or the consumer's second look sees the item. If one
 * fence is missing, both can miss, and the consumer sleeps on.
 *
 * The state is one word:
 *
 *     waiters : 32 | permits : 32
 *
 * A waker turns waiters into permits. A sleeper takes any permit and leaves.
 *
 *     waiters + permits == threads between announce and the return of wait or cancel
 *
 * All these threads wait for the same thing, so it does not matter which one leaves.
 *
 * - The count of waiters falls when a wake-up is sent. The sleeper may run much later,
 *   but no second wake-up is sent for the same sleep.
 * - A thread may take a permit that was issued before its announcement. It then looks at
 *   the queue again, as the other thread would have. The other still counts as a waiter.
 * - A thread that cancels takes its announcement back. If all waiters were turned into
 *   permits already, it uses up a permit instead. No thread waits for another.
 *
 * Permits take the place of an epoch: a thread sleeps on the futex while they are zero.
 */

#ifndef EVENTCOUNT_H
#define EVENTCOUNT_H

#include "queue.h"

#include <stdatomic.h>
#include <stdint.h>

/**
 * A point between two steps of waiting or waking, where the wrong order shows under a delay.
 * Empty here; bench/verify/handoffs/delayed_channel.h defines it as a delay.
 */
#ifndef WAIT_STEP
#define WAIT_STEP(name) ((void)0)
#endif

struct eventcount {
	_Alignas(QUEUE_APART) _Atomic uint64_t state;
};

#define EVENTCOUNT_PERMIT ((uint64_t)1)
#define EVENTCOUNT_WAITER ((uint64_t)1 << 32)

static inline uint32_t eventcount_permits(uint64_t state)
{
	return (uint32_t)state;
}

static inline uint32_t eventcount_waiters(uint64_t state)
{
	return (uint32_t)(state >> 32);
}

static inline void eventcount_init(struct eventcount *eventcount)
{
	atomic_init(&eventcount->state, 0);
}

/** Announces that the calling thread is about to sleep. It must look once more before. */
void eventcount_announce(struct eventcount *eventcount);

/** Takes the announcement back: the second look found something. */
void eventcount_cancel(struct eventcount *eventcount);

/** Sleeps until woken. The caller looks again: another thread may have been faster. */
void eventcount_wait(struct eventcount *eventcount);

/** Turns up to `count` waiters into permits and wakes as many. Returns how many. */
uint32_t eventcount_wake_slow(struct eventcount *eventcount, uint32_t count);

/**
 * Wakes up to `count` threads that announced themselves. The caller has published before
 * what they wait for. Returns how many.
 */
static inline uint32_t eventcount_wake(struct eventcount *eventcount, uint32_t count)
{
	WAIT_STEP(published);
	// B: orders what the caller published before the look for waiters below; pairs with
	// fence A in eventcount_announce()
	atomic_thread_fence(memory_order_seq_cst);
	WAIT_STEP(fenced);
	// Relaxed: fence B orders this load, and a CAS checks the value before it is used
	uint64_t state = atomic_load_explicit(&eventcount->state, memory_order_relaxed);
	if (__builtin_expect(eventcount_waiters(state) == 0, 1)) {
		return 0;
	}
	return eventcount_wake_slow(eventcount, count);
}

#endif // EVENTCOUNT_H
