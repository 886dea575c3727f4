// SPDX-License-Identifier: MIT

/** Wrong on purpose: never returns from enqueue number 100,000. */

// rejected-by: stress
// voided-by: burst

#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)item;
	for (volatile bool stuck = queue->calls == FAKE_SELDOM; stuck;) {
	}
	return false;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	(void)queue;
	(void)item;
}

FAKE_EXPORT(hangs, "fake: never comes back from its hundred thousandth enqueue");
