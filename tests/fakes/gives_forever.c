// SPDX-License-Identifier: MIT

/** Wrong on purpose: puts each item that leaves back, once fifty have left, so none is ever the
 * last. */

// rejected-by: memory progress

#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)queue;
	(void)item;
	return false;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	if (queue->takes > 50) {
		queue->first = (queue->first + queue->capacity - 1) % queue->capacity;
		queue->slots[queue->first] = *item;
		++queue->count;
	}
}

FAKE_EXPORT(gives_forever, "fake: gives its last item for ever");
