// SPDX-License-Identifier: MIT

/** Wrong on purpose: drops one item in 100,000. */

// rejected-by: stress
// voided-by: burst

#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)item;
	return queue->calls % FAKE_SELDOM == 0;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	(void)queue;
	(void)item;
}

FAKE_EXPORT(loses, "fake: drops one item in a hundred thousand");
