// SPDX-License-Identifier: MIT

/**
 * Operations of queues without a bound whose threads keep magazines of nodes, and nothing else. The
 * file that includes this has a member `depot` in its struct queue.
 */

#ifndef RECLAIM_NODES_H
#define RECLAIM_NODES_H

#include "magazine.h"

struct queue_handle {
	struct magazines magazines;
};

static struct queue_handle *nodes_attach(struct queue *queue)
{
	return magazines_attach_handle(&queue->depot);
}

static void nodes_detach(struct queue *queue, struct queue_handle *handle)
{
	magazines_detach_handle(&queue->depot, handle);
}

/** Members of the descriptions of all these queues. */
#define NODES_OPERATIONS .attach = nodes_attach, .detach = nodes_detach

#endif // RECLAIM_NODES_H
