// SPDX-License-Identifier: MIT

/**
 * Queues that are wrong on purpose. This one is a ring under a mutex, with a twist that the
 * including file defines; slots.h has a ring without a lock, list.h a linked list.
 *
 *     bool twist_enqueue(struct queue *, void *item);     true: the item needs no slot any more
 *     void twist_dequeue(struct queue *, void **item);    after an item was taken
 *
 * Both run under the lock. `calls` counts enqueues, and `takes` dequeues. A file that defines
 * FAKE_STRAIGHT has no twist: it is wrong in one of the macros below, whose defaults are right.
 *
 * Scripts read these lines of a fake:
 *
 *     // rejected-by: CHECK...     each of these checks of `qbench verify` must reject it
 *     // voided-by: WORKLOAD       `qbench run` gives it no number under this workload
 *     // unseen-under: asan        the build in which no check can see the fault
 *     // accepted                  not wrong, only unlike other queues: all checks must accept it
 *     // accepted: CHECK...         these must, with no more than their time
 */

#ifndef FAKES_FAKE_H
#define FAKES_FAKE_H

#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** True if an enqueue finds no memory. */
#ifndef FAKE_NO_MEMORY
#define FAKE_NO_MEMORY(queue) false
#endif

/** True if there is no room. */
#ifndef FAKE_FULL
#define FAKE_FULL(queue) ((queue)->count == (queue)->capacity)
#endif

/** How the ring keeps the ticket of its first item; modulo the capacity it is the slot. */
#ifndef FAKE_INDEX
#define FAKE_INDEX(queue, ticket) ((ticket) % (queue)->capacity)
#endif

#ifndef FAKE_ENTER
#define FAKE_ENTER(queue) pthread_mutex_lock(&(queue)->lock)
#define FAKE_LEAVE(queue) pthread_mutex_unlock(&(queue)->lock)
#endif

/** Takes the lock to enqueue. After false the answer is QUEUE_FULL. */
#ifndef FAKE_ENTER_ENQUEUE
#define FAKE_ENTER_ENQUEUE(queue) (FAKE_ENTER(queue), true)
#endif

/** Takes the lock to dequeue. After false the answer is QUEUE_EMPTY. */
#ifndef FAKE_ENTER_DEQUEUE
#define FAKE_ENTER_DEQUEUE(queue) (FAKE_ENTER(queue), true)
#endif

/** Items that a batch says it has enqueued, of which `done` are in. */
#ifndef FAKE_BATCH_IN
#define FAKE_BATCH_IN(done, count) (done)
#endif

/** Least number of items inside of which a batch takes any. */
#ifndef FAKE_BATCH_LEAST
#define FAKE_BATCH_LEAST(count) 1
#endif

/** Claims about EMPTY and FULL. */
#ifndef FAKE_EXACT_EMPTY
#define FAKE_EXACT_EMPTY 1
#endif
#ifndef FAKE_EXACT_FULL
#define FAKE_EXACT_FULL 1
#endif

/** True if an enqueue wakes a thread that sleeps for an item. */
#ifndef FAKE_SIGNALS
#define FAKE_SIGNALS(queue) true
#endif

/** True if close() wakes the threads that sleep for room. */
#ifndef FAKE_CLOSES_PRODUCERS
#define FAKE_CLOSES_PRODUCERS true
#endif

/** A fake errs once in this many operations. */
#define FAKE_SELDOM 100000

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t drained;
	bool closed;
	size_t capacity;
	size_t first;
	size_t count;
	uint64_t calls;
	uint64_t takes;
	/** State of the twist. */
	void *kept;
	bool contended;
	atomic_flag held;
	void **slots;
};

#ifdef FAKE_STRAIGHT
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
#else
static bool twist_enqueue(struct queue *queue, void *item);
static void twist_dequeue(struct queue *queue, void **item);
#endif

static struct queue *fake_create(const struct queue_config *config)
{
	if (config->capacity == 0) {
		errno = EINVAL;
		return NULL;
	}
	struct queue *queue = calloc(1, sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->slots = calloc(config->capacity, sizeof(*queue->slots));
	if (!queue->slots) {
		free(queue);
		return NULL;
	}
	queue->capacity = config->capacity;
	queue->first = FAKE_INDEX(queue, config->first_ticket);
	atomic_flag_clear_explicit(&queue->held, memory_order_relaxed);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->filled, NULL);
	pthread_cond_init(&queue->drained, NULL);
	return queue;
}

static void fake_destroy(struct queue *queue)
{
	pthread_cond_destroy(&queue->drained);
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
	free(queue->slots);
	free(queue);
}

static size_t fake_capacity(const struct queue *queue)
{
	return queue->capacity;
}

/** Puts an item in if there is room. Called under the lock. */
QUEUE_OP enum queue_status fake_put(struct queue *queue, void *item)
{
	++queue->calls;
	if (FAKE_FULL(queue)) {
		return QUEUE_FULL;
	}
	if (FAKE_NO_MEMORY(queue)) {
		return QUEUE_NOMEM;
	}
	if (!twist_enqueue(queue, item)) {
		queue->slots[(queue->first + queue->count++) % queue->capacity] = item;
	}
	if (FAKE_SIGNALS(queue)) {
		pthread_cond_signal(&queue->filled);
	}
	return QUEUE_OK;
}

/** Takes the first item. Called under the lock. */
QUEUE_OP enum queue_status fake_take(struct queue *queue, void **item)
{
	if (queue->count == 0) {
		return QUEUE_EMPTY;
	}
	++queue->takes;
	*item = queue->slots[queue->first % queue->capacity];
	queue->first = FAKE_INDEX(queue, queue->first + 1);
	--queue->count;
	twist_dequeue(queue, item);
	pthread_cond_signal(&queue->drained);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status fake_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	(void)handle;
	if (!FAKE_ENTER_ENQUEUE(queue)) {
		return QUEUE_FULL;
	}
	enum queue_status status = fake_put(queue, item);
	FAKE_LEAVE(queue);
	return status;
}

QUEUE_OP enum queue_status fake_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	(void)handle;
	if (!FAKE_ENTER_DEQUEUE(queue)) {
		return QUEUE_EMPTY;
	}
	enum queue_status status = fake_take(queue, item);
	FAKE_LEAVE(queue);
	return status;
}

QUEUE_OP size_t fake_enqueue_batch(struct queue *queue, struct queue_handle *handle,
				   void *const *items, size_t count)
{
	size_t done = 0;
	(void)handle;
	FAKE_ENTER(queue);
	while (done < count && fake_put(queue, items[done]) == QUEUE_OK) {
		++done;
	}
	FAKE_LEAVE(queue);
	return FAKE_BATCH_IN(done, count);
}

QUEUE_OP size_t fake_dequeue_batch(struct queue *queue, struct queue_handle *handle, void **items,
				   size_t count)
{
	size_t done = 0;
	(void)handle;
	FAKE_ENTER(queue);
	while (done < count && (done > 0 || queue->count >= FAKE_BATCH_LEAST(count)) &&
	       fake_take(queue, &items[done]) == QUEUE_OK) {
		++done;
	}
	FAKE_LEAVE(queue);
	return done;
}

/** Entries of fakes that have native batches. */
#define FAKE_BATCHES .enqueue_batch = fake_enqueue_batch, .dequeue_batch = fake_dequeue_batch

QUEUE_OP enum queue_status fake_enqueue_wait(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	(void)handle;
	enum queue_status status = QUEUE_CLOSED;
	pthread_mutex_lock(&queue->lock);
	while (!queue->closed && (status = fake_put(queue, item)) == QUEUE_FULL) {
		pthread_cond_wait(&queue->drained, &queue->lock);
		status = QUEUE_CLOSED;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

QUEUE_OP enum queue_status fake_dequeue_wait(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	(void)handle;
	enum queue_status status;
	pthread_mutex_lock(&queue->lock);
	while ((status = fake_take(queue, item)) == QUEUE_EMPTY && !queue->closed) {
		pthread_cond_wait(&queue->filled, &queue->lock);
	}
	pthread_mutex_unlock(&queue->lock);
	return status == QUEUE_EMPTY ? QUEUE_CLOSED : status;
}

static inline void fake_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->filled);
	if (FAKE_CLOSES_PRODUCERS) {
		pthread_cond_broadcast(&queue->drained);
	}
	pthread_mutex_unlock(&queue->lock);
}

/** Entries of fakes that wait natively. */
#define FAKE_WAITS                                                                                 \
	.enqueue_wait = fake_enqueue_wait, .dequeue_wait = fake_dequeue_wait, .close = fake_close

/** Ends a fake. Further claims and operations come last. */
#define FAKE_EXPORT(id, text, ...)                                                                 \
	QUEUE_EXPORT(id) = {.name = #id,                                                           \
			    .title = text,                                                         \
			    .source = "wrong on purpose",                                          \
			    .order = QUEUE_FIFO,                                                   \
			    .exact_empty = FAKE_EXACT_EMPTY,                                       \
			    .exact_full = FAKE_EXACT_FULL,                                         \
			    .create = fake_create,                                                 \
			    .destroy = fake_destroy,                                               \
			    .capacity = fake_capacity,                                             \
			    .enqueue = fake_enqueue,                                               \
			    .dequeue = fake_dequeue,                                               \
			    __VA_ARGS__}

#endif // FAKES_FAKE_H
