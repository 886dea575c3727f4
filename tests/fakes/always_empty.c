// SPDX-License-Identifier: MIT

/** Wrong on purpose: never gives an item back. */

// rejected-by: stress model
// voided-by: burst

#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)queue;
	(void)item;
	return true;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	(void)queue;
	(void)item;
}

FAKE_EXPORT(always_empty, "fake: keeps what it is given");
