// SPDX-License-Identifier: MIT
// requires: libdpdk
// exported: Include it before rte_ring.h, whose waiting it replaces.

/**
 * DPDK's ring with head and tail synchronized (HTS, DPDK 20.05): one thread of a side at a
 * time.
 *
 *     [ head | tail ]                                         one word for each side
 *
 *     claim:   wait until head == tail == h, then CAS([h | h], [h + n | h])
 *     publish: tail = h + n                                   (LP of an enqueue)
 *
 * So it is a spin lock on each side, whose word counts along. Surprising: this serializing mode is
 * meant for more threads than processors. Waiting threads have claimed nothing yet, so only the one
 * thread inside can be in the way. In the default mode each of a row of claims can be.
 *
 * An enqueue returns only when the tail is past it, so EMPTY is exact as the library answers it.
 * shared/rte_ring.h has the figure, and what all modes share.
 */

#define MODE_FLAGS (RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ)
#define MODE_ENQUEUE rte_ring_mp_hts_enqueue_burst
#define MODE_DEQUEUE rte_ring_mc_hts_dequeue_burst
#define MODE_HEAD(side) hts_##side.ht.pos.head
#define MODE_AHEAD(side) 0
#define MODE_PUT prod.tail
#define MODE_LATE 0
#include "shared/rte_ring.h"

QUEUE_EXPORT(rte_ring_hts) = {
	.name = "rte_ring_hts",
	.title = "bounded ring, one producer and one consumer inside",
	RTE_RING_OPERATIONS,
};
