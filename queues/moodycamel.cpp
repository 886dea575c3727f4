// SPDX-License-Identifier: MIT
// requires-header: concurrentqueue/concurrentqueue.h

/**
 * moodycamel::ConcurrentQueue (Desrochers, 2014): what C++ programmers mean by "a lock-free queue".
 *
 *     producer 1:  [....][....][..            each its own list of blocks of 32 slots:
 *     producer 2:  [..                        no other thread adds to it
 *     producer 3:  [....][.
 *                   ^ consumers take from any of them, and go on to the next when one is dry
 *
 * A producer stores its item and then the new length of its list (LP). Unless a block begins, it
 * writes to nothing that another producer writes to. When a list looks as if it had an item, a
 * consumer counts itself in, with a fetch-and-add on a counter of the list. If there was an item
 * for it, it claims the first with another fetch-and-add (LP). If it came too late, it counts
 * itself out in a second counter:
 *
 *     counted in - counted out < length:  there is an item for one more
 *
 * Each thread has a token of both kinds in its handle, as the author of the library recommends. The
 * token of a producer is its list; that of a consumer remembers whose list it takes from. Every 256
 * items all consumers move on, so that no list is left behind.
 *
 * Surprising is what has been given up for the speed:
 *
 * - Order is kept per producer alone, and only while it is attached. The list of a thread that
 *   leaves goes, with its items, to the next one that comes; a thread that joins again may get
 *   another list. Items of two producers come in any order, whatever happened between them.
 * - "None" is not exact (exact_empty = 0), and no thread may sleep on it. A consumer that came too
 *   late, between its two counters, makes the list look an item shorter than it is. And while one
 *   list is looked at, an item can arrive in another that was dry.
 * - A consumer that stops just there hides an item until it goes on. All others go on, which is
 *   what lock-free says, but they get the answer "none", which lock-free does not exclude.
 * - Blocks that were allocated stay with the list that they came to.
 *
 * Batches are native for dequeues only. When enqueue_bulk() finds no memory half-way, it gives the
 * index entries of its new blocks back but keeps the blocks. Then there are more blocks than the
 * index has room for.
 *
 * The library uses stand-alone fences, which tsan does not know: see shared/tsan.h.
 */

#include "queue.h"

#include "shared/exceptions.h"
#include "shared/tsan.h"

#include <cerrno>
#include <concurrentqueue/concurrentqueue.h>

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
	// If the library finds no memory for a part here, it asks again when it needs the part
	return object_make<queue>();
}

static void moodycamel_destroy(queue *queue)
{
	delete queue;
}

static queue_handle *moodycamel_attach(queue *queue)
{
	queue_handle *handle = object_make<queue_handle>(queue);
	if (handle && !handle->producer.valid()) {
		delete handle;
		handle = nullptr;
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
	tsan_release(queue);
	tsan_blind_begin();
	bool done = queue->items.enqueue(handle->producer, item);
	tsan_blind_end();
	return done ? QUEUE_OK : QUEUE_NOMEM;
}

static queue_status moodycamel_dequeue(queue *queue, queue_handle *handle, void **item)
{
	tsan_blind_begin();
	bool done = queue->items.try_dequeue(handle->consumer, *item);
	tsan_blind_end();
	tsan_acquire(queue);
	return done ? QUEUE_OK : QUEUE_EMPTY;
}

static size_t moodycamel_dequeue_batch(queue *queue, queue_handle *handle, void **items,
				       size_t count)
{
	tsan_blind_begin();
	size_t done = queue->items.try_dequeue_bulk(handle->consumer, items, count);
	tsan_blind_end();
	tsan_acquire(queue);
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
	.attach = moodycamel_attach,
	.detach = moodycamel_detach,
	.enqueue = moodycamel_enqueue,
	.dequeue = moodycamel_dequeue,
	.dequeue_batch = moodycamel_dequeue_batch,
};
