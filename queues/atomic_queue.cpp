// SPDX-License-Identifier: MIT
// requires-header: atomic_queue/atomic_queue.h

/**
 * atomic_queue (Egorushkin, 2019): a ring without turns, AtomicQueueB.
 *
 *     [nil][ a ][ b ][ c ][nil][nil]       a slot is an atomic, and nil means empty
 *            ^ tail         ^ head         tickets, claimed with a CAS
 *
 * A producer claims a ticket if that leaves the ring within its bounds (LP), and puts its item with
 * a CAS from nil. A consumer claims a ticket if a producer has it (LP), and takes the item with an
 * exchange for nil. Neighbouring tickets are spread over cache lines. The smallest ring has 64
 * slots.
 *
 * A thread with a ticket waits at its slot, in the library, for the other side. So a thread that
 * stops between its two steps lets its partner spin. Here the partner gives its processor away now
 * and then, for the reasons in shared/stall.h.
 *
 * Surprising: this is no FIFO. A slot has no turn, unlike those of Vyukov's ring. Let a producer
 * stop with ticket t, and a consumer wait for it. The others fill the rest of the ring. The next
 * producer, with ticket t + size, comes to the same slot, finds it empty, and puts its item there,
 * which the waiting consumer takes. That item has passed all items inside, also those that its
 * producer enqueued before. It takes a stop as long as a lap, which a quiet benchmark never shows;
 * but no order is promised (QUEUE_UNORDERED).
 *
 * Nor is "none" exact (exact_empty = 0), so no thread may sleep on it. The library answers it when
 * consumers have all tickets. Let a consumer stop with ticket t, with the item there. The consumer
 * with ticket t + size can overtake it, and takes that item. So the item was inside while others
 * got the answer "none", and the consumer that stopped gets an item that came later.
 *
 * The exchange that takes an item has only release order in this version, so nothing would order
 * the item's contents after it. A fence here does. tsan does not know fences, so it gets
 * annotations (shared/tsan.h).
 */

#include "queue.h"

#include "shared/exceptions.h"
#include "shared/stall.h"
#include "shared/tsan.h"

#include <atomic_queue/defs.h>
// The library calls this while it waits
#define spin_loop_pause stall
#include <atomic_queue/atomic_queue.h>
#undef spin_loop_pause

#include <atomic>
#include <cerrno>

struct queue : atomic_queue::AtomicQueueB<void *> {
	queue(unsigned int size, unsigned int first) : AtomicQueueB(size)
	{
		// Relaxed: no other thread knows the queue yet
		head_.store(first, std::memory_order_relaxed);
		tail_.store(first, std::memory_order_relaxed);
	}
};

static queue *atomic_queue_create(const queue_config *config)
{
	// The library's tickets have 32 bits, and their distance is signed
	if (config->capacity == 0 || config->capacity > (size_t)1 << 30) {
		errno = EINVAL;
		return nullptr;
	}
	exceptions_prepare();
	return object_make<queue>((unsigned int)config->capacity,
				  (unsigned int)config->first_ticket);
}

static void atomic_queue_destroy(queue *queue)
{
	delete queue;
}

static size_t atomic_queue_capacity(const queue *queue)
{
	return queue->capacity();
}

static queue_status atomic_queue_enqueue(queue *queue, queue_handle *, void *item)
{
	tsan_release(queue);
	return queue->try_push(item) ? QUEUE_OK : QUEUE_FULL;
}

static queue_status atomic_queue_dequeue(queue *queue, queue_handle *, void **item)
{
	if (!queue->try_pop(*item)) {
		return QUEUE_EMPTY;
	}
	// Acquire: pairs with the release of the library's CAS, through the exchange that took
	// the item from the slot
	std::atomic_thread_fence(std::memory_order_acquire);
	tsan_acquire(queue);
	return QUEUE_OK;
}

extern "C" QUEUE_EXPORT(atomic_queue) = {
	.name = "atomic_queue",
	.title = "bounded ring, tickets, slots without turns",
	.source = "atomic_queue (Egorushkin), AtomicQueueB",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_UNORDERED,
	.exact_empty = 0,
	.exact_full = 1,
	.create = atomic_queue_create,
	.destroy = atomic_queue_destroy,
	.capacity = atomic_queue_capacity,
	.enqueue = atomic_queue_enqueue,
	.dequeue = atomic_queue_dequeue,
};
