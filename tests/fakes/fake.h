// SPDX-License-Identifier: MIT

/**
 * Queues that are wrong on purpose: a ring under a mutex, with a twist that the
 * including file defines:
 *
 *     bool twist_enqueue(struct queue *, void *item);     true: done, do no more
 *     void twist_dequeue(struct queue *, void **item);    after an item was taken
 *
 * Both run under the lock. `calls` counts enqueues, then, and `takes` dequeues.
 */

#ifndef FAKES_FAKE_H
#define FAKES_FAKE_H

#include "queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** Whether an enqueue finds no memory; a fake may define it. */
#ifndef FAKE_NO_MEMORY
#define FAKE_NO_MEMORY(queue) false
#endif

/** How seldom a fake errs: once in so many operations. */
#define FAKE_SELDOM 100000

struct queue {
	pthread_mutex_t lock;
	size_t capacity;
	size_t first;
	size_t count;
	uint64_t calls;
	uint64_t takes;
	/** For the twist. */
	void *kept;
	void **slots;
};

static bool twist_enqueue(struct queue *queue, void *item);
static void twist_dequeue(struct queue *queue, void **item);

static struct queue *fake_create(const struct queue_config *config)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	if (queue) {
		pthread_mutex_init(&queue->lock, NULL);
		queue->capacity = config->capacity;
		queue->slots = calloc(config->capacity, sizeof(*queue->slots));
	}
	return queue;
}

static void fake_destroy(struct queue *queue)
{
	pthread_mutex_destroy(&queue->lock);
	free(queue->slots);
	free(queue);
}

static size_t fake_capacity(const struct queue *queue)
{
	return queue->capacity;
}

static struct queue_handle *fake_attach(struct queue *queue)
{
	return (struct queue_handle *)queue;
}

static void fake_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	(void)handle;
}

QUEUE_OP enum queue_status fake_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	(void)handle;
	enum queue_status status = QUEUE_OK;
	pthread_mutex_lock(&queue->lock);
	++queue->calls;
	if (queue->count == queue->capacity) {
		status = QUEUE_FULL;
	} else if (FAKE_NO_MEMORY(queue)) {
		status = QUEUE_NOMEM;
	} else if (!twist_enqueue(queue, item)) {
		queue->slots[(queue->first + queue->count++) % queue->capacity] = item;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

QUEUE_OP enum queue_status fake_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	(void)handle;
	enum queue_status status = QUEUE_EMPTY;
	pthread_mutex_lock(&queue->lock);
	if (queue->count > 0) {
		status = QUEUE_OK;
		++queue->takes;
		*item = queue->slots[queue->first];
		queue->first = (queue->first + 1) % queue->capacity;
		--queue->count;
		twist_dequeue(queue, item);
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

#define FAKE_EXPORT(id, text)                                                                      \
	QUEUE_EXPORT(id) = {                                                                       \
		.name = #id,                                                                       \
		.title = text,                                                                     \
		.source = "wrong on purpose",                                                      \
		.order = QUEUE_FIFO,                                                               \
		.exact_empty = 1,                                                                  \
		.exact_full = 1,                                                                   \
		.create = fake_create,                                                             \
		.destroy = fake_destroy,                                                           \
		.capacity = fake_capacity,                                                         \
		.attach = fake_attach,                                                             \
		.detach = fake_detach,                                                             \
		.enqueue = fake_enqueue,                                                           \
		.dequeue = fake_dequeue,                                                           \
	}

#endif // FAKES_FAKE_H
