// SPDX-License-Identifier: MIT

/** Wrong on purpose: reports a whole batch as enqueued when only a part of it fits. */

// rejected-by: model stress

#define FAKE_STRAIGHT
#include "fake.h"

QUEUE_OP size_t fake_enqueue_batch(struct queue *queue, struct queue_handle *handle,
				   void *const *items, size_t count)
{
	size_t done = 0;
	(void)handle;
	pthread_mutex_lock(&queue->lock);
	while (done < count && fake_put(queue, items[done]) == QUEUE_OK) {
		++done;
	}
	pthread_mutex_unlock(&queue->lock);
	return done > 0 ? count : 0;
}

QUEUE_OP size_t fake_dequeue_batch(struct queue *queue, struct queue_handle *handle, void **items,
				   size_t count)
{
	size_t done = 0;
	(void)handle;
	pthread_mutex_lock(&queue->lock);
	while (done < count && fake_take(queue, &items[done]) == QUEUE_OK) {
		++done;
	}
	pthread_mutex_unlock(&queue->lock);
	return done;
}

FAKE_EXPORT(miscounts_batch, "fake: says that a batch is in of which a part is",
	    .enqueue_batch = fake_enqueue_batch, .dequeue_batch = fake_dequeue_batch);
