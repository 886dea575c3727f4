// SPDX-License-Identifier: MIT
// requires: ck

/**
 * A ring under a queue of waiters: Concurrency Kit's MCS lock (ck_spinlock_mcs; Mellor-Crummey
 * & Scott, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors", ACM
 * TOCS 1991).
 *
 *     holder -> [next] -> [next] -> [next] <- tail       each looks at its own `locked`
 *
 * A thread exchanges the tail for its own node, links its predecessor to it, and spins on a
 * flag in the node; who leaves clears the flag of the next one. So a hand-over moves one
 * line between two threads, however many wait, and the lock is first come, first served.
 *
 * That fairness is what is surprising about it. With more threads than processors the
 * lock is handed, in its order, to threads that are not running: all others then wait for
 * the scheduler to come round to them, and a hand-over takes microseconds to
 * milliseconds, not 50 ns. A spin lock gives the lock to whoever is there. That waiters give
 * their processor away now and then (body/stall.h) makes this bearable, no more.
 */

#include "body/stall.h"

#include <ck_pr.h>
// What the library calls while it waits
#define ck_pr_stall stall
#include <ck_spinlock.h>

struct lock {
	ck_spinlock_mcs_t tail;
};

struct waiter {
	ck_spinlock_mcs_context_t node;
};

static inline void lock_create(struct lock *lock)
{
	ck_spinlock_mcs_init(&lock->tail);
}

static inline __attribute__((always_inline)) void lock_acquire(struct lock *lock,
							       struct waiter *waiter)
{
	ck_spinlock_mcs_lock(&lock->tail, &waiter->node);
}

static inline __attribute__((always_inline)) void lock_release(struct lock *lock,
							       struct waiter *waiter)
{
	ck_spinlock_mcs_unlock(&lock->tail, &waiter->node);
}

#include "body/lock_ring.h"

QUEUE_EXPORT(mcs_ring) = {
	.name = "mcs_ring",
	.title = "bounded ring under an MCS lock",
	.source = "Concurrency Kit (Al Bahra), ck_spinlock_mcs, doi:10.1145/103727.103729; "
		  "our ring",
	LOCK_RING_OPERATIONS,
};
