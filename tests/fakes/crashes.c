// SPDX-License-Identifier: MIT

/** Wrong on purpose: aborts at enqueue number 100,000. */

// rejected-by: stress
// voided-by: burst

#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)item;
	if (queue->calls == FAKE_SELDOM) {
		abort();
	}
	return false;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	(void)queue;
	(void)item;
}

FAKE_EXPORT(crashes, "fake: aborts at its hundred thousandth enqueue");
