// SPDX-License-Identifier: MIT
// requires-header: boost/lockfree/queue.hpp

/**
 * boost::lockfree::queue: the Michael-Scott list (PODC 1996, doi:10.1145/248052.248106). Its nodes
 * are used again, and freed only with the queue.
 *
 *     head -> [dummy] -> [a] -> [b] <- tail          free -> [ ] -> [ ]
 *
 * A producer links its node behind the last one with a CAS (LP), and moves the tail; if it is slow,
 * any other thread moves the tail for it. A consumer moves the head with a CAS (LP), takes the item
 * out of the node that is now the dummy, and puts the old dummy on a stack of free nodes. Nodes are
 * never unmapped under a thread that looks at them, so no hazard pointers are needed: if the node
 * is elsewhere by now, the thread's CAS fails.
 *
 * Against ABA each pointer carries a counter of 16 bits, which grows with each change, where no
 * processor of today has address bits. Surprising: 16 bits are few. Let a thread be off its
 * processor while a pointer comes back to the same node after 65536 changes, or a multiple. The
 * thread takes it for the pointer that it knew, and breaks the list. With one item inside that is
 * some milliseconds of work. It takes a coincidence besides, but no proof excludes one.
 *
 * Of its two forms this is the one without fixed_sized: unbounded, with no node in advance. It
 * allocates when no node is free, and keeps the memory of a backlog until the queue is destroyed.
 * The other form has 16 bits for an index, so it holds at most 65534 items: fewer than a pool here
 * asks for by default.
 *
 * A thread copies the item out of the node, and reads the free stack's link, before the CAS that
 * vouches for them. Formally these are races, but nothing of them is used if the CAS fails. They
 * are hidden from tsan (shared/tsan.h), and nothing else is.
 */

#include "queue.h"

#include "shared/exceptions.h"
#include "shared/tsan.h"

#include <boost/lockfree/queue.hpp>
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
	return object_make<queue>();
}

static void boost_destroy(queue *queue)
{
	delete queue;
}

static queue_status boost_enqueue(queue *queue, queue_handle *, void *item)
{
	queue_status status = QUEUE_OK;
	tsan_blind_begin();
	try {
		queue->items.push(item);
	} catch (const std::exception &) {
		// The allocation of the node failed, before anything else happened
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
	.enqueue = boost_enqueue,
	.dequeue = boost_dequeue,
};
