// SPDX-License-Identifier: MIT
// requires: libdpdk
// exported: Include it before rte_ring.h, whose waiting it replaces.

/**
 * DPDK's ring in its default mode, any number of producers and consumers (MP/MC).
 *
 *     claim:   CAS(head, h, h + n)
 *     publish: wait until tail == h, then tail = h + n          (LP of an enqueue)
 *
 * Surprising: it is sold as lockless, but it is so only between the two sides. A thread that stops
 * between its two steps stops all threads of its side that claimed after it, and soon the other
 * side too. That suits its purpose, threads that own their processors. For others see rte_ring_rts
 * and rte_ring_hts.
 *
 * An enqueue returns only when the tail is past it, so EMPTY is exact as the library answers it.
 * shared/rte_ring.h has the figure, and what all modes share.
 */

#define MODE_FLAGS 0
#define MODE_ENQUEUE rte_ring_mp_enqueue_burst
#define MODE_DEQUEUE rte_ring_mc_dequeue_burst
#define MODE_HEAD(side) side.head
#define MODE_AHEAD(side) 0
#define MODE_PUT prod.tail
#define MODE_LATE 0
#include "shared/rte_ring.h"

QUEUE_EXPORT(rte_ring) = {
	.name = "rte_ring",
	.title = "bounded ring, published in order of the claims",
	RTE_RING_OPERATIONS,
};
