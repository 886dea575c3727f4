// SPDX-License-Identifier: MIT
// requires: ck

/**
 * A ring under a spin lock: Concurrency Kit's fetch-and-store lock (ck_spinlock_fas), the
 * simplest there is.
 *
 *     lock:    exchange(value, 1) until it was 0; in between, look without writing
 *     unlock:  value = 0
 *
 * The looking leaves the line shared among those who wait, so that it moves for attempts and
 * hand-overs alone (test and test-and-set: Rudolph & Segall, ISCA 1984).
 *
 * Blocking: a holder that is stopped stops all. But it stops them once: whoever waits gives its
 * processor away now and then, as the library's waiters would not (shared/stall.h), the
 * holder comes back, and all go on. Nobody has a place in a queue that must be served first.
 *
 * That is what is surprising about a lock that is not fair: who has just left it takes it
 * again soonest, with the line still its own, many times in a row. In a loop that does nothing
 * else this is the fastest way for two threads to share a ring, and a thread may wait
 * for as long as it likes the others to be quicker. Compare mcs_ring, which is fair.
 *
 * The ring is in shared/lock_ring.h.
 */

#include "shared/stall.h"

#include <ck_pr.h>
// What the library calls while it waits
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

/** Nobody waits for anybody but the holder: waiting for that is stall()'s. */
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
