// SPDX-License-Identifier: MIT
// requires: ck

/**
 * A ring under a spin lock: Concurrency Kit's fetch-and-store lock (ck_spinlock_fas), the
 * simplest there is.
 *
 *     lock:    exchange(value, 1) until it was 0; in between, look without writing
 *     unlock:  value = 0
 *
 * Looking leaves the line shared among the waiting threads, so that it moves for attempts and
 * hand-overs alone (test and test-and-set: Rudolph & Segall, ISCA 1984).
 *
 * Blocking: a holder that is stopped stops all. But it stops them once. A waiting thread gives its
 * processor away now and then, which the library's waiters would not (shared/stall.h); the holder
 * comes back, and all go on. No thread has a place in a queue that must be served first.
 *
 * Surprising: what a lock gains by being unfair. The thread that has just left takes it again
 * soonest, with the line still its own, many times in a row. In a loop that does nothing else this
 * is the fastest way for two threads to share a ring. A thread may wait for as long as the others
 * happen to be quicker. Compare mcs_ring, which is fair.
 *
 * The ring is in shared/lock_ring.h.
 */

#include "shared/stall.h"

#include <ck_pr.h>
// The library calls this while it waits
#define ck_pr_stall stall
#include <ck_spinlock.h>
#include <stdbool.h>

struct lock {
	ck_spinlock_fas_t fas;
};

/** This lock does not know which threads wait. */
struct waiter {
};

static inline void lock_create(struct lock *lock)
{
	ck_spinlock_fas_init(&lock->fas);
}

/** Threads wait only for the holder, and stall() handles that. */
QUEUE_OP bool lock_moves(const struct lock *lock)
{
	(void)lock;
	return true;
}

QUEUE_OP void lock_acquire(struct lock *lock, struct waiter *waiter)
{
	(void)waiter;
	ck_spinlock_fas_lock(&lock->fas);
}

QUEUE_OP void lock_release(struct lock *lock, struct waiter *waiter)
{
	(void)waiter;
	ck_spinlock_fas_unlock(&lock->fas);
}

#include "shared/lock_ring.h"

QUEUE_EXPORT(spin_ring) = {
	.name = "spin_ring",
	.title = "bounded ring under a spin lock, fetch-and-store",
	.source = "Concurrency Kit (Al Bahra), ck_spinlock_fas; our ring",
	LOCK_RING_OPERATIONS,
};
