// SPDX-License-Identifier: MIT
// requires: tbb

/**
 * tbb::concurrent_queue, of Threading Building Blocks.
 *
 *     a ticket is  tail++ ;  three times it, modulo 8, is its list
 *
 *     list 0:  [page of 32 slots]->[page]       each with a head and a tail of its own, which
 *     ...                                       go up in the order of its tickets
 *     list 7:  [page of 32 slots]->[page]
 *
 * A producer takes a ticket with a fetch-and-add (LP). It waits until the producer of the list's
 * ticket before has finished, then stores its item and moves the list's tail. A consumer takes a
 * ticket with a CAS, if a producer has it (LP). It waits for the consumer before it, and for that
 * producer. So the queue is one FIFO, in the order of the tickets, and neighbours meet in different
 * lists.
 *
 * Surprising:
 *
 * - It is often taken for lock-free, and is the contrary. A producer that stops with a ticket stops
 *   the producers and consumers of an eighth of the tickets, and soon all threads. They wait inside
 *   the library: spinning up to 31 pauses, then yielding. EMPTY is answered when consumers have all
 *   tickets that producers took, and is exact.
 * - Threads that share a processor meet in convoys. One is off its processor with ticket t. The
 *   next takes the seven tickets after it, and waits with t + 8. The first one comes back, finishes
 *   t, takes the next seven, and waits with t + 16 for t + 8. So they take turns, at a change of
 *   threads for eight tickets, for as long as they share the processor.
 * - The eight lists are meant to keep threads apart, but share cache lines: one takes 40 bytes.
 * - push() that finds no memory for a page closes its list for ever. From then on it throws for
 *   every eighth ticket, which consumers still wait for, or look up in a page that does not exist.
 *   A pool goes on after QUEUE_NOMEM, and would die there. So memory is found before a ticket is
 *   taken: the handle keeps a page in reserve, and the library's allocator, a parameter of the
 *   queue, gives out that page. With the default, cache_aligned_allocator, pages begin at a cache
 *   line; otherwise nothing differs.
 *
 * concurrent_bounded_queue is the same with a capacity, and with monitors to sleep on. Each
 * operation has to look at the monitors.
 */

#include "queue.h"

#include "shared/exceptions.h"

#include <cstdlib>
#include <tbb/concurrent_queue.h>

/** A page, as the library lays it out: a link, a mask, and 32 slots. */
static constexpr size_t page_bytes = 34 * sizeof(void *);

/**
 * Points to the reserve of the handle in use. Initial-exec: allocated at the thread's start.
 * Otherwise the first access from a module would allocate it.
 */
static __thread void **reserve __attribute__((tls_model("initial-exec")));

/** Gives out the page in reserve. The library asks it for pages alone. */
template <typename T> struct reserve_allocator {
	using value_type = T;

	reserve_allocator() = default;

	template <typename U> reserve_allocator(const reserve_allocator<U> &)
	{
	}

	T *allocate(size_t)
	{
		static_assert(sizeof(T) <= page_bytes, "a page is larger than it was");
		void *page = *reserve;
		*reserve = nullptr;
		return static_cast<T *>(page);
	}

	void deallocate(T *page, size_t)
	{
		std::free(page);
	}

	template <typename U> bool operator==(const reserve_allocator<U> &) const
	{
		return true;
	}
};

struct queue {
	tbb::concurrent_queue<void *, reserve_allocator<void *>> items;
};

struct queue_handle {
	/** The page in reserve. NULL once it was used. */
	void *page;
};

static queue *tbb_create(const queue_config *)
{
	exceptions_prepare();
	return object_make<queue>();
}

static void tbb_destroy(queue *queue)
{
	delete queue;
}

static queue_handle *tbb_attach(queue *)
{
	return object_make<queue_handle>();
}

static void tbb_detach(queue *, queue_handle *handle)
{
	std::free(handle->page);
	delete handle;
}

static queue_status tbb_enqueue(queue *queue, queue_handle *handle, void *item)
{
	if (!handle->page) {
		handle->page = std::malloc(page_bytes);
		if (!handle->page) {
			return QUEUE_NOMEM;
		}
	}
	reserve = &handle->page;
	queue->items.push(item);
	return QUEUE_OK;
}

static queue_status tbb_dequeue(queue *queue, queue_handle *, void **item)
{
	return queue->items.try_pop(*item) ? QUEUE_OK : QUEUE_EMPTY;
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
	.create = tbb_create,
	.destroy = tbb_destroy,
	.attach = tbb_attach,
	.detach = tbb_detach,
	.enqueue = tbb_enqueue,
	.dequeue = tbb_dequeue,
};
