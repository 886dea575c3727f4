// SPDX-License-Identifier: MIT

/**
 * How to wait inside of a library that knows nothing but spinning.
 *
 * Some calls wait in the middle of an operation for a peer that was there first. While that
 * peer runs, it takes some 100 ns. Is it off its processor, then the spinning goes on until the
 * scheduler comes round to it: a time slice, of milliseconds, for one item. So the library's
 * pause is replaced by stall(), which gives the processor away now and then. It is the only
 * change to the library.
 *
 * That is no cure where each item waits. Two producers that publish in the order of their claims,
 * on one processor:
 *
 *     A claims 1, B claims 2, B waits for A ...
 *                             A publishes 1, claims 3, waits for B ...
 *     B publishes 2, claims 4, waits for A ...            and so on: a convoy
 *
 * Either comes to run only to find that the other one has claimed before it. It lasts as long
 * as they share the processor, and costs a change of threads for each item; with other work on
 * the machine, a time slice of that. So a queue that can see that a peer is in between looks
 * before it claims, as often as PEER_LOOKS, and says QUEUE_BUSY. It has claimed nothing then:
 * the peer finishes, and finds nobody before it. stall() is for the rest, a peer that stops in
 * the instant between that look and the claim.
 */

#ifndef SHARED_STALL_H
#define SHARED_STALL_H

#include "queue.h"

#include <sched.h>

/** Looks at a peer that is in between before QUEUE_BUSY: longer than one that runs is there. */
#define PEER_LOOKS 16

/**
 * Pauses for one sched_yield(). They take 1 to 5 us: many times what a peer needs that is
 * running, and a few times what the yield costs.
 */
#define STALL_PAUSES 128

/**
 * A pause does not know when its wait began, so a thread counts pauses across waits.
 * Initial-exec: in its place from the thread's start. Otherwise the first access from a module
 * would allocate it, in the midst of an operation.
 */
static __thread unsigned int stall_pauses __attribute__((tls_model("initial-exec")));

static inline void stall(void)
{
	if (++stall_pauses % STALL_PAUSES == 0) {
		sched_yield();
	} else {
		queue_pause();
	}
}

#endif // SHARED_STALL_H
