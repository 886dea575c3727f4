// SPDX-License-Identifier: MIT

/** Wrong on purpose: answers FULL beside a peer that dequeues, however little is inside. */

// rejected-by: history

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct queue;
static bool enter_to_enqueue(struct queue *queue);
static void enter_to_dequeue(struct queue *queue);
static void leave(struct queue *queue);

#define FAKE_STRAIGHT
#define FAKE_EXACT_FULL 0
#define FAKE_ENTER_ENQUEUE(queue) enter_to_enqueue(queue)
#define FAKE_ENTER_DEQUEUE(queue) (enter_to_dequeue(queue), true)
#define FAKE_LEAVE(queue) leave(queue)
#define FAKE_ENTER(queue) pthread_mutex_lock(&(queue)->lock)
#include "fake.h"

/** True if the thread with the lock dequeues. Relaxed: only a hint. */
static atomic_bool dequeuing;

static bool enter_to_enqueue(struct queue *queue)
{
	if (pthread_mutex_trylock(&queue->lock) == 0) {
		return true;
	}
	if (atomic_load_explicit(&dequeuing, memory_order_relaxed)) {
		return false;
	}
	pthread_mutex_lock(&queue->lock);
	return true;
}

static void enter_to_dequeue(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	atomic_store_explicit(&dequeuing, true, memory_order_relaxed);
}

static void leave(struct queue *queue)
{
	atomic_store_explicit(&dequeuing, false, memory_order_relaxed);
	pthread_mutex_unlock(&queue->lock);
}

FAKE_EXPORT(full_beside_peer, "fake: answers FULL beside a peer that dequeues");
