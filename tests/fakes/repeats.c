// SPDX-License-Identifier: MIT

/** Wrong on purpose: delivers one item in 100,000 twice. */

// rejected-by: stress
// voided-by: burst

#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)queue;
	(void)item;
	return false;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	if (queue->takes % FAKE_SELDOM == 0) {
		queue->kept = *item;
	} else if (queue->kept) {
		// Delivers the kept item again, and puts this one back
		queue->first = (queue->first + queue->capacity - 1) % queue->capacity;
		++queue->count;
		queue->slots[queue->first] = *item;
		*item = queue->kept;
		queue->kept = NULL;
	}
}

FAKE_EXPORT(repeats, "fake: delivers one item in a hundred thousand twice");
