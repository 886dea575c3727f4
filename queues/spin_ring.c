// SPDX-License-Identifier: MIT
// requires: ck

/**
 * A ring under a spin lock: Concurrency Kit's fetch-and-store lock (ck_spinlock_fas), the
 * simplest there is.
 *
 *     lock:    exchange(value, 1) until it was 0; in between, look without writing
 *     unlock:  value = 0
 *
 * The looking keeps the line shared among those who wait, so that it is
 * moved once per hand-over and once per attempt, and not all the time (Rudolph & Segall,
 * ISCA 1984: test and test-and-set).
 *
 * Blocking: a holder that is stopped stops all. What is surprising is how seldom that
 * happens: the lock is held for some 10 ns, so with a time slice of milliseconds few slices
 * end inside; and those who wait then give their processor away now and then, as the
 * library's waiters would not (body/stall.h). Nor is it fair: who has just left comes back
 * soonest, with the line still its own, and at two threads that is faster than fairness.
 * Compare mcs_ring, which is fair.
 */

#include "body/stall.h"

#include <ck_pr.h>
// What the library calls while it waits
#define ck_pr_stall stall
#include <ck_spinlock.h>

struct lock {
	ck_spinlock_fas_t fas;
};

/** This lock keeps nothing of who waits. */
struct waiter {
};

static inline void lock_create(struct lock *lock)
{
	ck_spinlock_fas_init(&lock->fas);
}

static inline __attribute__((always_inline)) void lock_acquire(struct lock *lock,
							       struct waiter *waiter)
{
	(void)waiter;
	ck_spinlock_fas_lock(&lock->fas);
}

static inline __attribute__((always_inline)) void lock_release(struct lock *lock,
							       struct waiter *waiter)
{
	(void)waiter;
	ck_spinlock_fas_unlock(&lock->fas);
}

#include "body/lock_ring.h"

QUEUE_EXPORT(spin_ring) = {
	.name = "spin_ring",
	.title = "bounded ring under a spin lock, fetch-and-store",
	.source = "Concurrency Kit (Al Bahra), ck_spinlock_fas; our ring",
	LOCK_RING_OPERATIONS,
};
