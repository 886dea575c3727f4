// SPDX-License-Identifier: MIT

/**
 * LCRQ for many processors: its tickets are taken through Aggregating Funnels, as their authors
 * did it (Roh et al., PPoPP 2025). See shared/lcrq.h and shared/funnel.h.
 *
 *     producers  \  aggregator  \
 *                   aggregator  -  tail [ ring ] head  -  aggregator  /  consumers
 *                   aggregator  /                         aggregator  /
 *
 * In LCRQ, any two producers meet at `tail` alone, and any two consumers at `head`: slots are
 * spread. So with many threads these two lines are what an item costs, and funnels replace the two.
 * Each ring has funnels of its own, since a ticket of one ring means nothing in another. To close a
 * ring, to bring `tail` up to `head`, and to look at either stay one access to the counter itself.
 *
 * Surprising: what was lock-free blocks. A thread that stops with a position and without its ticket
 * holds up the threads of its aggregator. Where few threads meet, an item costs more, by the second
 * fetch-and-add and the batch.
 */

#define FUNNELS 1
#include "shared/lcrq.h"

QUEUE_EXPORT(lcrq_funnel) = {
	.name = "lcrq_funnel",
	.title = "linked rings, tickets in batches, 16-byte CAS",
	.source = "Morrison & Afek, PPoPP 2013, doi:10.1145/2442516.2442527; "
		  "Roh et al., PPoPP 2025, doi:10.1145/3710848.3710873",
	LINKED_RINGS_OPERATIONS,
};
