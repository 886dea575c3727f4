// SPDX-License-Identifier: MIT

/**
 * Waiting inside a library that can only spin.
 *
 * Some calls wait in the middle of an operation for a peer that was there first. If the peer runs,
 * that takes some 100 ns. If the peer is off its processor, the thread spins until the scheduler
 * comes round to the peer: a time slice, of milliseconds, for one item. So stall() replaces the
 * library's pause, and gives the processor away now and then. It is the only change to the library.
 *
 * That does not help if each item waits. Take two producers that publish in the order of their
 * claims, on one processor:
 *
 *     A claims 1, B claims 2, B waits for A ...
 *                             A publishes 1, claims 3, waits for B ...
 *     B publishes 2, claims 4, waits for A ...            and so on: a convoy
 *
 * Each producer that runs finds that the other has claimed before it. That lasts as long as they
 * share the processor, and costs a change of threads for each item; with other work on the machine,
 * it costs a time slice. So in a queue that can see that a peer is in between, a thread looks up to
 * PEER_LOOKS times before it claims, and then answers QUEUE_BUSY. It has claimed nothing: the peer
 * finishes, and finds no thread before it. stall() is for the rest: a peer that stops between that
 * look and the claim.
 */

#ifndef SHARED_STALL_H
#define SHARED_STALL_H

#include "queue.h"

/** Looks at a peer in between, before QUEUE_BUSY is answered: longer than a running peer takes. */
#define PEER_LOOKS 16

/**
 * Pauses for one sched_yield(). They take 1 to 5 us: many times what a running peer needs, and a
 * few times the cost of the yield.
 */
#define STALL_PAUSES 128

/**
 * A pause does not know when its wait began, so a thread counts pauses across waits. Initial-exec:
 * allocated at the thread's start. Otherwise the first access from a module would allocate it, in
 * the middle of an operation.
 */
static __thread unsigned int stall_pauses __attribute__((tls_model("initial-exec")));

static inline void stall(void)
{
	queue_give_way(&stall_pauses, STALL_PAUSES);
}

#endif // SHARED_STALL_H
