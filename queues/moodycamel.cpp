// SPDX-License-Identifier: MIT
// requires-header: concurrentqueue/concurrentqueue.h

/**
 * moodycamel::ConcurrentQueue (Desrochers, 2014): what C++ programmers mean by "a lock-free
 * queue".
 *
 *     producer 1:  [....][....][..            each its own list of blocks of 32 slots:
 *     producer 2:  [..                        nobody else adds to it
 *     producer 3:  [....][.
 *                   ^ consumers take from any of them, and go on to the next when one is dry
 *
 * A producer stores its item and then the new length of its list (LP): where no block begins it
 * writes to nothing that another producer writes to. Where a list looks as if it had an item, a
 * consumer counts itself in, with a fetch-and-add on a counter of the list; if there was one for
 * it, it claims the first with another (LP); if it came too late, it counts itself out in a second
 * counter:
 *
 *     counted in - counted out < length:  there is an item for one more
 *
 * Each thread has a token of both kinds in its handle, which is how its author recommends to use
 * it: that of a producer is its list; that of a consumer remembers whose list it takes from. Every
 * 256 items they all move on, so that no list is left behind.
 *
 * What is surprising is what has been given up for the speed:
 *
 * - Order is kept per producer alone, and no longer than it is attached: the list of a
 *   thread that leaves goes, with its items, to the next one that comes, and who joins again may
 *   get another. Items of two producers come in any order, whatever happened between them.
 * - "None" is not exact (exact_empty = 0), and nobody may sleep on it. A consumer that came too
 *   late, between its two counters, makes the list look an item shorter than it is; and while
 *   one list is looked at, an item can arrive in another that was dry.
 * - A consumer that stops just there hides an item until it goes on. All others go on, which
 *   is what lock-free says, and are told that there is none, which it does not exclude.
 * - Blocks that once were allocated stay with the list that they came to.
 *
 * Batches are native where they leave. Where they enter they are single ones: enqueue_bulk() that
 * finds no memory half-way gives the entries of its new blocks in the list's index back, and
 * keeps the blocks, so that there are more blocks than the index has room for.
 *
 * The library orders with fences that stand alone, which tsan does not know: see shared/tsan.h.
 */

#include "queue.h"

#include "shared/exceptions.h"
#include "shared/tsan.h"

#include <cerrno>
#include <concurrentqueue/concurrentqueue.h>
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
	// What the library finds no memory for here it asks for again when it needs it
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
	.capacity = moodycamel_capacity,
	.attach = moodycamel_attach,
	.detach = moodycamel_detach,
	.enqueue = moodycamel_enqueue,
	.dequeue = moodycamel_dequeue,
	.dequeue_batch = moodycamel_dequeue_batch,
};
