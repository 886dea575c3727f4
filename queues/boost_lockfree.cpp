// SPDX-License-Identifier: MIT
// requires-header: boost/lockfree/queue.hpp

/**
 * boost::lockfree::queue: the Michael-Scott list (PODC 1996, doi:10.1145/248052.248106), in
 * nodes that are never given back.
 *
 *     head -> [dummy] -> [a] -> [b] <- tail          free -> [ ] -> [ ]
 *
 * Nodes go round between the list and a stack of free ones, so none that is looked at can be
 * unmapped, and no hazard pointers are needed. Against ABA each reference carries a
 * tag that is counted up. The form with a fixed number of nodes is used, as many as the
 * capacity and the dummy: it allocates nothing after its creation, and references are 16 bits of
 * index and 16 bits of tag.
 *
 * What is surprising are those 16 bits, which the other form has no more of: a thread that
 * is off its processor while a node comes back 65536 times, or a multiple, takes it for
 * the one that it knew, and breaks the list. That is some milliseconds of work for a queue of one
 * item; it takes a coincidence besides, but no proof of it excludes one. And a bounded queue
 * of 65534 items at most is not what its name suggests: beyond, create() refuses (EINVAL).
 *
 * An item is copied out of a node before the CAS that shows whether it was still the first
 * one's, while the node may be in use again: a race by the letter, and tsan's, to which it is
 * hidden (body/told.h).
 *
 * Lock-free on both sides. A node is missing while a peer is between the list and the
 * stack, so FULL can be said with fewer items inside (exact_full = 0). Its operations
 * are called through a pointer, like those of all C++ queues here.
 */

#include "queue.h"

#include "body/exceptions.h"
#include "body/told.h"

#include <boost/lockfree/queue.hpp>
#include <cerrno>
#include <exception>
#include <new>

/** Indices of 16 bits, without the null and the dummy's. */
static constexpr size_t most_items = 65534;

struct queue {
	explicit queue(size_t capacity) : items(capacity), capacity(capacity)
	{
	}

	boost::lockfree::queue<void *, boost::lockfree::fixed_sized<true>> items;
	size_t capacity;
};

static queue *boost_create(const queue_config *config)
{
	if (config->capacity == 0 || config->capacity > most_items) {
		errno = EINVAL;
		return nullptr;
	}
	exceptions_prepare();
	try {
		return new queue(config->capacity);
	} catch (const std::exception &) {
		errno = ENOMEM;
		return nullptr;
	}
}

static void boost_destroy(queue *queue)
{
	delete queue;
}

static size_t boost_capacity(const queue *queue)
{
	return queue->capacity;
}

/** The queue keeps nothing per thread, so the queue itself serves as the handle. */
static queue_handle *boost_attach(queue *queue)
{
	return reinterpret_cast<queue_handle *>(queue);
}

static void boost_detach(queue *, queue_handle *)
{
}

static queue_status boost_enqueue(queue *queue, queue_handle *, void *item)
{
	told_release(queue);
	told_blind_begin();
	bool done = queue->items.push(item);
	told_blind_end();
	return done ? QUEUE_OK : QUEUE_FULL;
}

static queue_status boost_dequeue(queue *queue, queue_handle *, void **item)
{
	told_blind_begin();
	bool done = queue->items.pop(*item);
	told_blind_end();
	told_acquire(queue);
	return done ? QUEUE_OK : QUEUE_EMPTY;
}

extern "C" QUEUE_EXPORT(boost_lockfree) = {
	.name = "boost_lockfree",
	.title = "bounded Michael-Scott list, tagged indices",
	.source = "Boost.Lockfree (Blechmann), boost::lockfree::queue",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 0,
	.create = boost_create,
	.destroy = boost_destroy,
	.capacity = boost_capacity,
	.attach = boost_attach,
	.detach = boost_detach,
	.enqueue = boost_enqueue,
	.dequeue = boost_dequeue,
};
