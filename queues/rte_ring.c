// SPDX-License-Identifier: MIT
// requires: libdpdk

/**
 * DPDK's ring in its default mode, any number of producers and consumers (MP/MC).
 *
 *     claim:   CAS(head, h, h + n)
 *     publish: wait until tail == h, then tail = h + n          (LP of an enqueue)
 *
 * What is surprising: it is sold as lockless, and is so only between the two sides. A
 * thread that stops between its two steps stops all of its side that claimed after it, and
 * soon the other side too. That suits what it was made for, threads that own their
 * processors; elsewhere see rte_ring_rts and rte_ring_hts.
 *
 * Since an enqueue returns only when the tail is past it, EMPTY is exact as the library says
 * it. The figure, and what all modes share, is in shared/rte_ring.h.
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
