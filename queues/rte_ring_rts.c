// SPDX-License-Identifier: MIT
// requires: libdpdk
// exported: Include it before rte_ring.h, whose waiting it replaces.

/**
 * DPDK's ring with relaxed tail synchronization (RTS, DPDK 20.05), made for more threads than
 * processors.
 *
 *     head, tail:  [ position | count of operations ]         one word each
 *
 *     claim:   CAS(head, [h | c], [h + n | c + 1])            (LP of an enqueue)
 *     publish: CAS(tail, [t | d], [t | d + 1]), or, for the one that makes the counts equal,
 *              [head's position | d + 1]
 *
 * No thread waits to publish: the last one to finish moves the tail over all finished slots. But a
 * head may be ahead of its tail by at most an eighth of the ring; beyond that claims wait. So it is
 * still blocking: a peer that has stopped is only felt later.
 *
 * Surprising: an enqueue that has returned may be invisible, even to its own thread, as long as a
 * slower peer is at work, even one that came later. The library's "none" is then false: a consumer
 * that slept on it might sleep for ever. So EMPTY is answered here only when all claims were taken
 * out again, and BUSY otherwise. shared/rte_ring.h has the figure, and what all modes share.
 */

#define MODE_FLAGS (RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ)
#define MODE_ENQUEUE rte_ring_mp_rts_enqueue_burst
#define MODE_DEQUEUE rte_ring_mc_rts_dequeue_burst
#define MODE_HEAD(side) rts_##side.head.val.pos
#define MODE_AHEAD(side) ring->rts_##side.htd_max
#define MODE_PUT MODE_HEAD(prod)
#define MODE_LATE 1
#include "shared/rte_ring.h"

QUEUE_EXPORT(rte_ring_rts) = {
	.name = "rte_ring_rts",
	.title = "bounded ring, published by the last to finish",
	RTE_RING_OPERATIONS,
};
