// SPDX-License-Identifier: MIT

/** A list whose consumers stay with one producer as long as the list has items of it. */

#ifndef FAKES_STAYS_H
#define FAKES_STAYS_H

#define LIST_CHOOSE(queue) stays_choose(queue)

struct queue;
static struct node **stays_choose(struct queue *queue);

#include "list.h"

/** Most nodes that a search visits, so that a long list is not slow. */
#define STAYS_LOOKS 64

/** The first node of the producer whose item was taken last; without one, the first node. */
static struct node **stays_choose(struct queue *queue)
{
	struct node **link = &queue->first;
	for (int looks = 0; looks < STAYS_LOOKS && *link; ++looks) {
		if ((*link)->producer == queue->producer) {
			return link;
		}
		link = &(*link)->next;
	}
	return &queue->first;
}

#endif // FAKES_STAYS_H
