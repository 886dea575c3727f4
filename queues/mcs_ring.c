// SPDX-License-Identifier: MIT
// requires: ck

/**
 * A ring under a lock whose waiters queue: Concurrency Kit's MCS lock (ck_spinlock_mcs;
 * Mellor-Crummey & Scott, "Algorithms for Scalable Synchronization on Shared-Memory
 * Multiprocessors", ACM TOCS 1991).
 *
 *     holder -> [next] -> [next] -> [next] <- tail       each looks at its own `locked`
 *
 * A thread exchanges the tail for its own node, links it behind its predecessor, and spins on a
 * flag in it. A thread that leaves clears the flag of the next one. So a hand-over moves one line
 * from one thread to another, however many wait, and the lock is first come, first served.
 *
 * Surprising: that fairness. The lock goes to the next thread in the queue even when that thread is
 * not running, and then all others wait for the scheduler, too. With more threads than processors,
 * or with other work on them, that happens for nearly every item. Two threads on one processor have
 * to change places for each item (shared/stall.h); they were a thousand times slower than under a
 * lock that goes to any thread that is there (spin_ring). In MCS no waiter can step aside. So here
 * a thread looks before it queues: if the tail stands still, a thread in the queue is off its
 * processor, and the answer is BUSY. If the queue moves, the thread waits its turn, in order, as in
 * MCS. The lock is fair among the threads in the queue, and no more than that.
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
	ck_spinlock_mcs_t tail;
};

struct waiter {
	ck_spinlock_mcs_context_t node;
};

static inline void lock_create(struct lock *lock)
{
	ck_spinlock_mcs_init(&lock->tail);
}

/** True if no thread waits, or if the queue of waiting threads moves. */
QUEUE_OP bool lock_moves(const struct lock *lock)
{
	// A thread that comes back has its node at the same address. So a queue that moves
	// sometimes looks as if it stood still, and BUSY is answered once too often
	const void *tail = ck_pr_load_ptr(&lock->tail);
	for (int look = 0; look < PEER_LOOKS && tail; ++look) {
		queue_pause();
		if (ck_pr_load_ptr(&lock->tail) != tail) {
			return true;
		}
	}
	return !tail;
}

QUEUE_OP void lock_acquire(struct lock *lock, struct waiter *waiter)
{
	ck_spinlock_mcs_lock(&lock->tail, &waiter->node);
}

QUEUE_OP void lock_release(struct lock *lock, struct waiter *waiter)
{
	ck_spinlock_mcs_unlock(&lock->tail, &waiter->node);
}

#include "shared/lock_ring.h"

QUEUE_EXPORT(mcs_ring) = {
	.name = "mcs_ring",
	.title = "bounded ring under an MCS lock",
	.source = "Concurrency Kit (Al Bahra), ck_spinlock_mcs, doi:10.1145/103727.103729; "
		  "our ring",
	LOCK_RING_OPERATIONS,
};
