// SPDX-License-Identifier: MIT
// requires-header: boost/lockfree/queue.hpp

/**
 * boost::lockfree::queue: the Michael-Scott list (PODC 1996, doi:10.1145/248052.248106), in
 * nodes that are used again, and given back only at the end.
 *
 *     head -> [dummy] -> [a] -> [b] <- tail          free -> [ ] -> [ ]
 *
 * A producer links its node behind the last one with a CAS (LP), and moves the tail, which any
 * other does for it if it is slow; a consumer moves the head with a CAS (LP), takes the item out of
 * the node that is the dummy from then on, and puts the old dummy on a stack of free ones. No node
 * that is looked at can be unmapped, so no hazard pointers are needed: a thread that looks at a
 * node which is elsewhere by now fails at its CAS.
 *
 * Against ABA each pointer carries 16 bits, in which no processor of today has address bits, and
 * which are counted up at each change. What is surprising are these 16 bits: a thread that
 * is off its processor while a pointer comes back to the same node after 65536 changes, or a
 * multiple, takes it for the one that it knew, and breaks the list. With one item inside that
 * is some milliseconds of work; it takes a coincidence besides, but no proof excludes one.
 *
 * Of its two forms this is the one without fixed_sized: unbounded, with no node in advance. It
 * allocates where none is free, and a backlog's memory is kept until the queue is destroyed. The
 * other form has 16 bits for an index, so it holds 65534 items at most: fewer than what a pool here
 * asks for by default.
 *
 * The item is copied out of the node, and the free stack's link read, before the CAS that
 * vouches for them: races by the letter, from which nothing is used if that fails. They are
 * hidden from tsan (shared/tsan.h), and nothing else is.
 */

#include "queue.h"

#include "shared/exceptions.h"
#include "shared/tsan.h"

#include <boost/lockfree/queue.hpp>
#include <cerrno>
#include <exception>

struct queue {
	queue() : items(0)
	{
	}

	boost::lockfree::queue<void *> items;
};

static queue *boost_create(const queue_config *)
{
	exceptions_prepare();
	try {
		return new queue();
	} catch (const std::exception &) {
		errno = ENOMEM;
		return nullptr;
	}
}

static void boost_destroy(queue *queue)
{
	delete queue;
}

static size_t boost_capacity(const queue *)
{
	return 0;
}

static queue_status boost_enqueue(queue *queue, queue_handle *, void *item)
{
	queue_status status = QUEUE_OK;
	tsan_blind_begin();
	try {
		queue->items.push(item);
	} catch (const std::exception &) {
		// Of the node's allocation, before anything else
		status = QUEUE_NOMEM;
	}
	tsan_blind_end();
	return status;
}

static queue_status boost_dequeue(queue *queue, queue_handle *, void **item)
{
	tsan_blind_begin();
	bool done = queue->items.pop(*item);
	tsan_blind_end();
	return done ? QUEUE_OK : QUEUE_EMPTY;
}

extern "C" QUEUE_EXPORT(boost_lockfree) = {
	.name = "boost_lockfree",
	.title = "unbounded list, CAS with tags at both ends, nodes kept",
	.source = "Boost.Lockfree (Blechmann), boost::lockfree::queue",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = boost_create,
	.destroy = boost_destroy,
	.capacity = boost_capacity,
	.enqueue = boost_enqueue,
	.dequeue = boost_dequeue,
};
