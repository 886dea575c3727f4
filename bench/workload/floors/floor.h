// SPDX-License-Identifier: MIT

/**
 * The cost of a loop without a queue. A floor has the form of a queue, and breaks the contract:
 * nothing goes from one thread to another. A thread gets back the item that it put in last, and
 * then the items that would follow. So it tallies as many items as with a queue, though they
 * prove nothing. The including file defines what each operation does to the end of its side. It may
 * define what an end is. Each thread has a number, in its `handle`.
 */

#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "queue.h"
#include "workload/proof.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef FLOOR_END
#define FLOOR_END _Atomic uint64_t
#define FLOOR_HEADLINE 1
#define FLOOR_PROGRESS QUEUE_WAIT_FREE
#endif

struct queue {
	_Alignas(QUEUE_APART) FLOOR_END enqueues;
	_Alignas(QUEUE_APART) FLOOR_END dequeues;
	_Alignas(QUEUE_APART) _Atomic unsigned int threads;
};

struct queue_handle {
	/** The item that comes out next. */
	_Alignas(QUEUE_APART) uintptr_t next;
	unsigned int thread;
};

static struct queue *floor_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (queue) {
		memset(queue, 0, sizeof(*queue));
	}
	return queue;
}

static void floor_destroy(struct queue *queue)
{
	free(queue);
}

static struct queue_handle *floor_attach(struct queue *queue)
{
	struct queue_handle *handle = aligned_alloc(_Alignof(struct queue_handle), sizeof(*handle));
	if (handle) {
		handle->next = proof_first(0);
		// Relaxed: a number of its own, which orders nothing
		handle->thread =
			atomic_fetch_add_explicit(&queue->threads, 1, memory_order_relaxed);
	}
	return handle;
}

static void floor_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	free(handle);
}

QUEUE_OP enum queue_status floor_enqueue(struct queue *queue, struct queue_handle *handle,
					 void *item)
{
	FLOOR_TOUCH(&queue->enqueues);
	handle->next = (uintptr_t)item;
	return QUEUE_OK;
}

QUEUE_OP enum queue_status floor_dequeue(struct queue *queue, struct queue_handle *handle,
					 void **item)
{
	FLOOR_TOUCH(&queue->dequeues);
	*item = (void *)handle->next;
	handle->next += PROOF_STEP;
	return QUEUE_OK;
}

#define FLOOR_EXPORT(id, text)                                                                     \
	QUEUE_EXPORT(id) = {                                                                       \
		.name = #id,                                                                       \
		.title = text,                                                                     \
		.source = "no queue",                                                              \
		.enqueue_progress = FLOOR_PROGRESS,                                                \
		.dequeue_progress = FLOOR_PROGRESS,                                                \
		.order = QUEUE_PRODUCER_FIFO,                                                      \
		.headline = FLOOR_HEADLINE,                                                        \
		.create = floor_create,                                                            \
		.destroy = floor_destroy,                                                          \
		.attach = floor_attach,                                                            \
		.detach = floor_detach,                                                            \
		.enqueue = floor_enqueue,                                                          \
		.dequeue = floor_dequeue,                                                          \
	}

#endif // BENCH_FLOOR_H
