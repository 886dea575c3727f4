// SPDX-License-Identifier: MIT

/**
 * Sleeping and waking without a lock, for queues that cannot do it themselves.
 *
 *     consumer                            producer
 *
 *     eventcount_announce()               publish an item
 *       [full fence, A]                   eventcount_wake()
 *     look at the queue once more           [full fence, B]
 *       nothing: eventcount_wait()          look for waiters: wake as many as items
 *       an item: eventcount_cancel()
 *
 * The fences order a store before a load of something else (Dekker): either the
 * producer sees the announcement, or the consumer's second look sees the item.
 * Without one of them both can miss, and the consumer sleeps on.
 *
 * The state is one word:
 *
 *     waiters : 32 | permits : 32
 *
 * A waker turns waiters into permits; a sleeper leaves with a permit, any one.
 *
 *     waiters + permits == threads between announce and wait's or cancel's return
 *
 * All of them wait for the same thing: what would do for one would do for each.
 *
 * So the count of waiters falls when a wake is sent and not when the sleeper runs,
 * which may be much later: nobody is woken twice for one sleep. And a permit may
 * be taken by a thread that announced itself only after it was issued: it looks
 * at the queue again, as the other would have, and the other still counts as a
 * waiter. A thread that cancels gives its announcement back, or where all of them
 * were turned into permits already, uses one up; nobody waits for anybody.
 *
 * This takes the place of an epoch: futexes sleep on `permits` being zero.
 */

#ifndef EVENTCOUNT_H
#define EVENTCOUNT_H

#include "queue.h"

#include <stdatomic.h>
#include <stdint.h>

/**
 * Between two steps of waiting or waking, where a delay shows what their order is worth:
 * nothing here; bench/verify/handoffs/delayed_channel.h defines it to put delays there.
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

/** Say that the calling thread is about to sleep. It must look once more before it does. */
void eventcount_announce(struct eventcount *eventcount);

/** Take the announcement back: the second look found something. */
void eventcount_cancel(struct eventcount *eventcount);

/** Sleep until woken. Look again afterwards: another may have been faster. */
void eventcount_wait(struct eventcount *eventcount);

/** Turn up to `count` waiters into permits, and wake as many. Returns how many. */
uint32_t eventcount_wake_slow(struct eventcount *eventcount, uint32_t count);

/**
 * Wake up to `count` threads that announced themselves, for something that the
 * caller made visible before. Returns how many.
 */
static inline uint32_t eventcount_wake(struct eventcount *eventcount, uint32_t count)
{
	WAIT_STEP(published);
	// B: what was published before, to eventcount_announce()'s reader of it after fence A
	atomic_thread_fence(memory_order_seq_cst);
	WAIT_STEP(fenced);
	// Relaxed: fence B orders it; what is done with it is checked by a CAS
	uint64_t state = atomic_load_explicit(&eventcount->state, memory_order_relaxed);
	if (__builtin_expect(eventcount_waiters(state) == 0, 1)) {
		return 0;
	}
	return eventcount_wake_slow(eventcount, count);
}

#endif // EVENTCOUNT_H
