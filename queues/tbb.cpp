// SPDX-License-Identifier: MIT
// requires: tbb

/**
 * tbb::concurrent_queue, of Threading Building Blocks.
 *
 *     tail_counter++ is a ticket; its lowest bits, stirred, choose one of 8 lists
 *
 *     list 0:  [page of slots]->[page]         each list in the order of its tickets
 *     ...
 *     list 7:  [page of slots]->[page]
 *
 * A producer takes a ticket (LP) and waits, in the list, for the producer of the ticket
 * before; a consumer takes a ticket with a CAS, if a producer has one (LP), and waits for that
 * producer. So it is one FIFO, as the tickets are.
 *
 * What is surprising: it is often taken for lock-free, and is the contrary. A producer that
 * stops with a ticket stops, in an eighth of the tickets, producers and consumers alike,
 * inside the library, which spins a little and then gives its processor away. EMPTY is exact: it
 * is said when no producer has a ticket.
 *
 * Pages come from the library's own allocator (library_memory), which tsan cannot see give one
 * out again: see body/told.h. Its operations are called
 * through a pointer, like those of all C++ queues here.
 */

#include "queue.h"

#include "body/told.h"

#include <cerrno>
#include <exception>
#include <new>
#include <tbb/concurrent_queue.h>

struct queue {
	tbb::concurrent_queue<void *> items;
};

static queue *tbb_create(const queue_config *)
{
	try {
		return new queue();
	} catch (const std::exception &) {
		errno = ENOMEM;
		return nullptr;
	}
}

static void tbb_destroy(queue *queue)
{
	delete queue;
}

static size_t tbb_capacity(const queue *)
{
	return 0;
}

/** The queue keeps nothing per thread, so the queue itself serves as the handle. */
static queue_handle *tbb_attach(queue *queue)
{
	return reinterpret_cast<queue_handle *>(queue);
}

static void tbb_detach(queue *, queue_handle *)
{
}

static queue_status tbb_enqueue(queue *queue, queue_handle *, void *item)
{
	queue_status status = QUEUE_OK;
	told_release(queue);
	told_blind_begin();
	try {
		queue->items.push(item);
	} catch (const std::exception &) {
		status = QUEUE_NOMEM;
	}
	told_blind_end();
	return status;
}

static queue_status tbb_dequeue(queue *queue, queue_handle *, void **item)
{
	told_blind_begin();
	bool done = queue->items.try_pop(*item);
	told_blind_end();
	told_acquire(queue);
	return done ? QUEUE_OK : QUEUE_EMPTY;
}

extern "C" QUEUE_EXPORT(tbb) = {
	.name = "tbb",
	.title = "unbounded, tickets over eight lists of pages",
	.source = "oneTBB, tbb::concurrent_queue",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.library_memory = 1,
	.create = tbb_create,
	.destroy = tbb_destroy,
	.capacity = tbb_capacity,
	.attach = tbb_attach,
	.detach = tbb_detach,
	.enqueue = tbb_enqueue,
	.dequeue = tbb_dequeue,
};
