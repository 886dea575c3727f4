// SPDX-License-Identifier: MIT

/** Wrong on purpose: claims to be lock-free, and holds a spin lock for some instructions. */

// rejected-by: progress explore

struct queue;
static void enter_spinning(struct queue *queue);
static void leave_spinning(struct queue *queue);

#define FAKE_STRAIGHT
#define FAKE_ENTER(queue) enter_spinning(queue)
#define FAKE_LEAVE(queue) leave_spinning(queue)
#include "fake.h"

static void enter_spinning(struct queue *queue)
{
	// Acquire: pairs with the release below
	while (atomic_flag_test_and_set_explicit(&queue->held, memory_order_acquire)) {
		queue_pause();
	}
}

static void leave_spinning(struct queue *queue)
{
	atomic_flag_clear_explicit(&queue->held, memory_order_release);
}

FAKE_EXPORT(not_lock_free, "fake: claims to be lock-free, and holds a lock",
	    .enqueue_progress = QUEUE_LOCK_FREE, .dequeue_progress = QUEUE_LOCK_FREE);
