// SPDX-License-Identifier: MIT

/** Wrong on purpose: swaps two neighbours after it had to wait for the lock. */

// rejected-by: history explore
// voided-by: burst

#include <stdbool.h>

struct queue;
static bool enter_contended(struct queue *queue);

#define FAKE_ENTER_DEQUEUE(queue) enter_contended(queue)
#include "fake.h"
#include "hold.h"

static bool enter_contended(struct queue *queue)
{
	bool contended = pthread_mutex_trylock(&queue->lock) != 0;
	if (contended) {
		pthread_mutex_lock(&queue->lock);
	}
	queue->contended = contended;
	return true;
}

static bool twist_enqueue(struct queue *queue, void *item)
{
	(void)item;
	FAKE_HOLD(queue->calls, 1000);
	return false;
}

static void twist_dequeue(struct queue *queue, void **item)
{
	if (queue->contended && queue->count > 0) {
		void *next = queue->slots[queue->first];
		queue->slots[queue->first] = *item;
		*item = next;
	}
	FAKE_HOLD(queue->takes, 1000);
}

FAKE_EXPORT(overtakes, "fake: swaps neighbours under contention");
