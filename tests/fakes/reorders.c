// SPDX-License-Identifier: MIT

/** Wrong on purpose: swaps two neighbours now and then. */

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
	if (queue->takes % FAKE_SELDOM == 0 && queue->count > 0) {
		void *next = queue->slots[queue->first];
		queue->slots[queue->first] = *item;
		*item = next;
	}
}

FAKE_EXPORT(reorders, "fake: swaps neighbours now and then");
