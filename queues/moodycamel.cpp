// SPDX-License-Identifier: MIT
// requires-header: concurrentqueue/concurrentqueue.h

/**
 * moodycamel::ConcurrentQueue (Desrochers, 2014): what C++ programmers mean by "a lock-free
 * queue".
 *
 *     producer 1:  [block]->[block]->[block]      each its own list of blocks, only
 *     producer 2:  [block]                        it adds to it
 *     producer 3:  [block]->[block]
 *                     ^ consumers take from any of them, and move on when one is dry
 *
 * Each thread gets a token for its handle: with it an enqueue touches nothing that another
 * producer writes, and is little more than a store. Consumers claim with a fetch-and-add
 * in a producer's list; their token remembers whose.
 *
 * What is surprising is what has been given up for that speed. Order is kept per producer
 * alone; there is no moment at which the whole queue is looked at, so "none" is said when
 * each list was dry when its turn came: not exact, and nobody sleeps on it
 * (exact_empty = 0). A token that is given back leaves its list to the next thread that
 * comes, and blocks, once allocated, are kept until the queue is destroyed.
 *
 * Batches are native where they leave. Where they enter, enqueue_bulk() without memory fails an
 * assertion of the library's, in what takes back the first half: so single ones do.
 *
 * The library orders with fences, which tsan does not model: see body/told.h. Its operations are
 * called through a pointer, like those of all C++ queues here.
 */

#include "queue.h"

#include "body/exceptions.h"
#include "body/told.h"

#include <cerrno>
#include <concurrentqueue/concurrentqueue.h>
#include <cstdlib>
#include <new>

struct queue {
	moodycamel::ConcurrentQueue<void *> items;
};

struct queue_handle {
	explicit queue_handle(queue *queue) : producer(queue->items), consumer(queue->items)
	{
	}

	moodycamel::ProducerToken producer;
	moodycamel::ConsumerToken consumer;
};

static queue *moodycamel_create(const queue_config *)
{
	exceptions_prepare();
	// The library itself throws nothing
	queue *made = new (std::nothrow) queue();
	if (!made) {
		errno = ENOMEM;
	}
	return made;
}

static void moodycamel_destroy(queue *queue)
{
	delete queue;
}

static size_t moodycamel_capacity(const queue *)
{
	return 0;
}

static queue_handle *moodycamel_attach(queue *queue)
{
	queue_handle *handle = new (std::nothrow) queue_handle(queue);
	if (handle && !handle->producer.valid()) {
		delete handle;
		handle = nullptr;
	}
	if (!handle) {
		errno = ENOMEM;
	}
	return handle;
}

static void moodycamel_detach(queue *, queue_handle *handle)
{
	delete handle;
}

static queue_status moodycamel_enqueue(queue *queue, queue_handle *handle, void *item)
{
	told_release(queue);
	told_blind_begin();
	bool done = queue->items.enqueue(handle->producer, item);
	told_blind_end();
	return done ? QUEUE_OK : QUEUE_NOMEM;
}

static queue_status moodycamel_dequeue(queue *queue, queue_handle *handle, void **item)
{
	told_blind_begin();
	bool done = queue->items.try_dequeue(handle->consumer, *item);
	told_blind_end();
	told_acquire(queue);
	return done ? QUEUE_OK : QUEUE_EMPTY;
}

static size_t moodycamel_dequeue_batch(queue *queue, queue_handle *handle, void **items,
				       size_t count)
{
	told_blind_begin();
	size_t done = queue->items.try_dequeue_bulk(handle->consumer, items, count);
	told_blind_end();
	told_acquire(queue);
	return done;
}

extern "C" QUEUE_EXPORT(moodycamel) = {
	.name = "moodycamel",
	.title = "unbounded lists of blocks, one for each producer",
	.source = "moodycamel::ConcurrentQueue (Desrochers)",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_PRODUCER_FIFO,
	.exact_empty = 0,
	.exact_full = 1,
	.create = moodycamel_create,
	.destroy = moodycamel_destroy,
	.capacity = moodycamel_capacity,
	.attach = moodycamel_attach,
	.detach = moodycamel_detach,
	.enqueue = moodycamel_enqueue,
	.dequeue = moodycamel_dequeue,
	.dequeue_batch = moodycamel_dequeue_batch,
};
