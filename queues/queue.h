// SPDX-License-Identifier: MIT

/**
 * The contract that every queue implements.
 *
 * A queue file defines `struct queue`, `struct queue_handle` and the operations
 * below, and ends with one QUEUE_EXPORT(). It includes nothing else of the
 * project, reclaim/ aside, so one file is a whole queue.
 *
 * Items are pointers, never NULL, whose low 3 and high 16 bits are zero: an
 * algorithm may borrow those bits while an item is inside.
 */

#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>

/** The outcome of an operation. */
enum queue_status {
	/** Done. */
	QUEUE_OK,
	/** Nothing enqueued: no room at some instant of the call. */
	QUEUE_FULL,
	/** Nothing dequeued: no item inside at some instant of the call. */
	QUEUE_EMPTY,
	/** A peer is in the way, mid-operation. Try again; never sleep on it. */
	QUEUE_BUSY,
	/** Nothing changed: the queue needed memory and found none. */
	QUEUE_NOMEM,
	/** Closed, and for a consumer also drained. Only waiting operations answer it. */
	QUEUE_CLOSED,
};

/** What the other threads can rely on when one of them is stopped. */
enum queue_progress {
	/** Nothing: one stopped thread can stop the rest. */
	QUEUE_BLOCKING,
	/** Some operation of some thread finishes. */
	QUEUE_LOCK_FREE,
	/** Every operation finishes in a bounded number of its own steps. */
	QUEUE_WAIT_FREE,
};

/** The order in which items leave. */
enum queue_order {
	/** One linearizable FIFO. */
	QUEUE_FIFO,
	/** FIFO among the items of each producer, while it is attached. */
	QUEUE_PRODUCER_FIFO,
	/** None. */
	QUEUE_UNORDERED,
};

/** How to make a queue. */
struct queue_config {
	/** Items that must fit at once: at least 1. A bounded queue may round it up. */
	size_t capacity;
	/** Threads that may be attached at once: at least 1. */
	unsigned int max_threads;
	/** The first ticket, for queues that count; tests start it just below wrap-around. */
	size_t first_ticket;
};

struct queue;
struct queue_handle;

/** One queue algorithm. */
struct queue_type {
	/** The name on the command line, which is the name of the file. */
	const char *name;
	/** One line for tables. */
	const char *title;
	/** Where the algorithm comes from: paper with DOI, or library. */
	const char *source;

	enum queue_progress enqueue_progress;
	enum queue_progress dequeue_progress;
	enum queue_order order;
	/** Threads that may enqueue, and that may dequeue, at once; 0 is any number. */
	unsigned int max_producers;
	unsigned int max_consumers;
	/**
	 * QUEUE_EMPTY can be slept on: an item nobody has taken, and whose enqueue
	 * happened before the call or is ordered before it by full fences, is never
	 * answered with QUEUE_EMPTY.
	 */
	unsigned int exact_empty : 1;
	/**
	 * QUEUE_FULL counts items alone: not slots that a peer in the middle of an operation
	 * holds, nor free ones that stand behind a slot that a peer is still leaving.
	 */
	unsigned int exact_full : 1;
	/** Measured unless told otherwise: one of each kind, so that the answer comes soon. */
	unsigned int headline : 1;
	/**
	 * Memory is a library's matter: what it frees may stay with the process, and where it
	 * finds none it ends it, in place of QUEUE_NOMEM.
	 */
	unsigned int library_memory : 1;

	/** Make an empty queue. NULL with EINVAL or ENOMEM on failure. */
	struct queue *(*create)(const struct queue_config *config);
	/** Free a queue. No thread may be attached; items left inside are the caller's. */
	void (*destroy)(struct queue *queue);
	/** Items that the queue really holds at once; 0 is no bound. */
	size_t (*capacity)(const struct queue *queue);

	/**
	 * Join the calling thread, which alone may use the handle and must detach
	 * before it ends. NULL with EAGAIN (max_threads) or ENOMEM on failure.
	 */
	struct queue_handle *(*attach)(struct queue *queue);
	/** Leave. What the thread had yet to reclaim passes to the queue. */
	void (*detach)(struct queue *queue, struct queue_handle *handle);

	/** Add an item. Never waits for room. */
	enum queue_status (*enqueue)(struct queue *queue, struct queue_handle *handle, void *item);
	/** Take the next item into `*item`. Never waits for one. */
	enum queue_status (*dequeue)(struct queue *queue, struct queue_handle *handle, void **item);

	/*
	 * Native batches, for queues that do several items for less than the single operations
	 * cost; else NULL. They do as many as they can and say how many, which is 0 where the
	 * single operation would not answer QUEUE_OK. The items keep their order.
	 */

	/** Add up to `count` items, the first ones first. */
	size_t (*enqueue_batch)(struct queue *queue, struct queue_handle *handle,
				void *const *items, size_t count);
	/** Take up to `count` items into `items`. */
	size_t (*dequeue_batch)(struct queue *queue, struct queue_handle *handle, void **items,
				size_t count);

	/*
	 * Native waiting, for queues that are born blocking: all three, or NULL. They may be
	 * mixed with the operations above, which then wake whoever sleeps in these.
	 */

	/** Add an item; sleep while there is no room. QUEUE_OK, QUEUE_NOMEM or QUEUE_CLOSED. */
	enum queue_status (*enqueue_wait)(struct queue *queue, struct queue_handle *handle,
					  void *item);
	/** Take the next item; sleep while there is none. QUEUE_OK or QUEUE_CLOSED. */
	enum queue_status (*dequeue_wait)(struct queue *queue, struct queue_handle *handle,
					  void **item);
	/** Wake every sleeper, now and from now on. Nothing may be enqueued any more. */
	void (*close)(struct queue *queue);
};

/**
 * An operation on the measured path. Forced inline, so that a loop that is
 * given a constant `struct queue_type` compiles to the algorithm itself, with
 * no call between the two. What is rare belongs in a noinline function of its own.
 */
#define QUEUE_OP static inline __attribute__((always_inline))

/**
 * A noinline function for what is rare: its call is the only sign of it on the measured path.
 */
#define QUEUE_RARE static __attribute__((noinline, cold))

/** Two cache lines, since the adjacent-line prefetcher pairs them. */
#define QUEUE_APART 128

/** Tell the processor that this is a spin loop. */
static inline void queue_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/** The table that makes a file a queue: QUEUE_EXPORT(name) = { ... }; */
#define QUEUE_EXPORT(id) const struct queue_type queue_type_##id

#endif // QUEUE_H
