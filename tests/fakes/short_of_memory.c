// SPDX-License-Identifier: MIT

/** Wrong on purpose: its first enqueues answer NOMEM, though there is enough memory. */

// rejected-by: model

#define FAKE_NO_MEMORY(queue) ((queue)->calls <= 3)
#include "fake.h"

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)queue;
	(void)item;
	return false;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	(void)queue;
	(void)item;
}

FAKE_EXPORT(short_of_memory, "fake: its first enqueues find no memory");
