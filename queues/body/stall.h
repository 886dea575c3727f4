// SPDX-License-Identifier: MIT

/**
 * How to wait inside of a library that knows nothing but spinning.
 *
 * Some queues wait in the middle of an operation, for a peer that was there first. With as
 * many processors as threads that takes some 100 ns. With fewer, the peer may be off
 * its processor, and a spinning thread then burns a whole time slice; and where each
 * needs the other's step before its own, as two producers that publish in order do, both
 * come back to it in turn: a convoy, in which every item costs a slice of milliseconds. A
 * queue that is a million times slower for want of a processor is not what anybody wants to see
 * measured. So the library's pause is replaced, where it can be, by this one, which gives
 * the processor away now and then. It is the only change to it.
 *
 * How long this wait has been going on is not known here, and no handle is in reach: each
 * thread counts its pauses, from one wait to the next. It shares the count with nobody.
 */

#ifndef BODY_STALL_H
#define BODY_STALL_H

#include "queue.h"

#include <sched.h>

/**
 * Pauses for one sched_yield(). They take 1 to 5 us: many times what a peer needs that is
 * running, and a few times what the yield costs.
 */
#define STALL_PAUSES 128

/**
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

#endif // BODY_STALL_H
