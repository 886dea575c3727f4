// SPDX-License-Identifier: MIT

/** The eventcount's slow paths: announcing, sleeping, waking. */

#include "eventcount.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Address of the half of the state that the futex looks at. */
static uint32_t *permits_address(struct eventcount *eventcount)
{
	uint32_t *halves = (uint32_t *)&eventcount->state;
	return halves + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

void eventcount_announce(struct eventcount *eventcount)
{
	WAIT_STEP(announcing);
	// Relaxed: fence A, below, orders it
	atomic_fetch_add_explicit(&eventcount->state, EVENTCOUNT_WAITER, memory_order_relaxed);
	// Fence A orders the announcement before the second look at the queue. Pairs with fence B
	// in eventcount_wake(), between the publication of an item and the look for waiters
	atomic_thread_fence(memory_order_seq_cst);
	WAIT_STEP(announced);
}

void eventcount_cancel(struct eventcount *eventcount)
{
	WAIT_STEP(cancelling);
	uint64_t state = atomic_load_explicit(&eventcount->state, memory_order_relaxed);
	uint64_t less;
	do {
		// The invariant counts this thread, so one of the two is not zero
		less = state - (eventcount_waiters(state) ? EVENTCOUNT_WAITER : EVENTCOUNT_PERMIT);
		// Relaxed: the caller has its item already and reads nothing of the waker's
	} while (!atomic_compare_exchange_weak_explicit(
		&eventcount->state, &state, less, memory_order_relaxed, memory_order_relaxed));
}

void eventcount_wait(struct eventcount *eventcount)
{
	WAIT_STEP(waiting);
	uint64_t state = atomic_load_explicit(&eventcount->state, memory_order_relaxed);
	for (;;) {
		if (eventcount_permits(state) == 0) {
			WAIT_STEP(sleeping);
			// Returns at once if a permit has come, and may return for no reason
			syscall(SYS_futex, permits_address(eventcount), FUTEX_WAIT_PRIVATE, 0, NULL,
				NULL, 0);
			WAIT_STEP(woken);
			state = atomic_load_explicit(&eventcount->state, memory_order_relaxed);
			continue;
		}
		// W1, acquire: pairs with W2, so that the next look sees the published item
		if (atomic_compare_exchange_weak_explicit(
			    &eventcount->state, &state, state - EVENTCOUNT_PERMIT,
			    memory_order_acquire, memory_order_relaxed)) {
			return;
		}
	}
}

uint32_t eventcount_wake_slow(struct eventcount *eventcount, uint32_t count)
{
	WAIT_STEP(waking);
	uint64_t state = atomic_load_explicit(&eventcount->state, memory_order_relaxed);
	uint32_t woken;
	do {
		uint32_t waiters = eventcount_waiters(state);
		woken = count < waiters ? count : waiters;
		if (woken == 0) {
			return 0;
		}
		// W2, release: the look after W1 sees what was published before
	} while (!atomic_compare_exchange_weak_explicit(
		&eventcount->state, &state,
		state - woken * EVENTCOUNT_WAITER + woken * EVENTCOUNT_PERMIT, memory_order_release,
		memory_order_relaxed));

	WAIT_STEP(permitted);
	int sleepers = woken < INT_MAX ? (int)woken : INT_MAX;
	syscall(SYS_futex, permits_address(eventcount), FUTEX_WAKE_PRIVATE, sleepers, NULL, NULL,
		0);
	return woken;
}
