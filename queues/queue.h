// SPDX-License-Identifier: MIT

/**
 * The contract that every queue implements.
 *
 * A queue file defines `struct queue`, the operations below, and `struct queue_handle`
 * if threads have state of their own. It ends with one QUEUE_EXPORT(). It includes
 * nothing else of the project except shared/ and reclaim/, so one file is a whole queue.
 *
 * Items are pointers, never NULL, whose low 3 and high 16 bits are zero: an
 * algorithm may borrow those bits while an item is inside.
 */

#ifndef QUEUE_H
#define QUEUE_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The outcome of an operation. */
enum queue_status {
	/** Done. */
	QUEUE_OK,
	/** Nothing enqueued: no room at some instant of the call. */
	QUEUE_FULL,
	/** Nothing dequeued: no item inside at some instant of the call. */
	QUEUE_EMPTY,
	/** Nothing done: a peer in the middle of an operation is in the way. Retry; never sleep. */
	QUEUE_BUSY,
	/** Nothing changed: the queue needed memory and found none. */
	QUEUE_NOMEM,
	/** Closed, and for a consumer also drained. Returned by waiting operations only. */
	QUEUE_CLOSED,
};

/** What stays possible for the other threads when one thread stops in an operation. */
enum queue_progress {
	/** Nothing: one stopped thread can stop all others. */
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

/**
 * How soon a queue enters its slow paths. Only a path that is entered is tested, so tests make
 * queues impatient.
 */
enum queue_patience {
	/** The queue's own constants, as they are measured. */
	QUEUE_PATIENT,
	/**
	 * After one failed try. Threads also look for a peer to help in every operation, and free
	 * retired nodes as soon as hazard pointers allow.
	 */
	QUEUE_ONE_TRY,
	/** Without a try, where an algorithm may choose; else as QUEUE_ONE_TRY. */
	QUEUE_NO_TRY,
};

/** Settings of a new queue. */
struct queue_config {
	/** Items that must fit at once: at least 1. A bounded queue may round it up. */
	size_t capacity;
	/** Threads that may be attached at once: at least 1. */
	unsigned int max_threads;
	/** First ticket, for queues that count. Tests start just below wrap-around. */
	size_t first_ticket;
	enum queue_patience patience;
};

/**
 * A path that an algorithm takes seldom: to retry, or to help a peer. Queues count the entries, so
 * that tests can say which paths they never entered.
 */
struct queue_slow_path {
	/** What the path does, in a few words. NULL ends a queue's table. */
	const char *name;
	/** A claim of wait-freedom rests on this path. */
	bool helping;
	/**
	 * Entries in this process, by all queues of the type. A lower bound: concurrent increments
	 * may be lost, and the count stops at QUEUE_SLOW_PATH_MOST.
	 */
	unsigned int entries;
};

struct queue;
struct queue_handle;

/** One queue algorithm. */
struct queue_type {
	/** Name on the command line: the file's name without its ending. */
	const char *name;
	/** One line for tables. */
	const char *title;
	/** Source of the algorithm: paper with DOI, or library. */
	const char *source;

	enum queue_progress enqueue_progress;
	enum queue_progress dequeue_progress;
	enum queue_order order;
	/** Threads that may enqueue at once, and that may dequeue at once; 0 is any number. */
	unsigned int max_producers;
	unsigned int max_consumers;
	/**
	 * A consumer may sleep on QUEUE_EMPTY: it is never returned while an item is inside whose
	 * enqueue happened before the call, or is ordered before the call by full fences. Without
	 * this, it may be returned while a peer is in an operation, and only then.
	 */
	unsigned int exact_empty : 1;
	/**
	 * QUEUE_FULL counts items only. Without this, it may count one slot more for each operation
	 * of a peer that overlaps the call, and none without such an operation.
	 */
	unsigned int exact_full : 1;
	/** Measured by default, as one queue of its kind. */
	unsigned int headline : 1;
	/**
	 * A library allocates. Memory that it frees may stay with the process. Without memory the
	 * library ends the process instead of returning QUEUE_NOMEM.
	 */
	unsigned int library_memory : 1;

	/** Makes an empty queue. NULL with EINVAL or ENOMEM on failure. */
	struct queue *(*create)(const struct queue_config *config);
	/** Frees a queue. No thread may be attached; items left inside are the caller's. */
	void (*destroy)(struct queue *queue);
	/** Items that fit at once, after rounding. NULL in a queue without a bound. */
	size_t (*capacity)(const struct queue *queue);

	/*
	 * Both NULL in a queue that keeps nothing per thread: the queue itself is then the handle.
	 * Call queue_attach() and queue_detach(), which know.
	 */

	/**
	 * Joins the calling thread. Only this thread may use the handle, and it must detach
	 * before it ends. NULL with EAGAIN (max_threads) or ENOMEM on failure.
	 */
	struct queue_handle *(*attach)(struct queue *queue);
	/** Leaves. Memory that the thread has not reclaimed yet passes to the queue. */
	void (*detach)(struct queue *queue, struct queue_handle *handle);

	/** Adds an item. Never waits for room. */
	enum queue_status (*enqueue)(struct queue *queue, struct queue_handle *handle, void *item);
	/** Takes the next item into `*item`. Never waits for one. */
	enum queue_status (*dequeue)(struct queue *queue, struct queue_handle *handle, void **item);

	/*
	 * Native batches, or NULL if a batch costs as much as single operations. Both return the
	 * number of items moved, 0 where the single operation would not return QUEUE_OK. Items
	 * keep their order.
	 */

	/** Adds up to `count` items, in order. */
	size_t (*enqueue_batch)(struct queue *queue, struct queue_handle *handle,
				void *const *items, size_t count);
	/** Takes up to `count` items into `items`. */
	size_t (*dequeue_batch)(struct queue *queue, struct queue_handle *handle, void **items,
				size_t count);

	/*
	 * Native waiting, for queues that can sleep on their own: all three, or NULL. They may be
	 * mixed with the operations above, which then wake the threads that sleep in these. They
	 * call queue_sleeps() each time before they sleep.
	 */

	/** Adds an item; sleeps while there is no room. QUEUE_OK, QUEUE_NOMEM or QUEUE_CLOSED. */
	enum queue_status (*enqueue_wait)(struct queue *queue, struct queue_handle *handle,
					  void *item);
	/** Takes the next item; sleeps while there is none. QUEUE_OK or QUEUE_CLOSED. */
	enum queue_status (*dequeue_wait)(struct queue *queue, struct queue_handle *handle,
					  void **item);
	/** Wakes every sleeper, now and later. No item may be enqueued after it. */
	void (*close)(struct queue *queue);

	/** The paths that queue_slow_path() counts, up to one without a name; NULL: it has none. */
	struct queue_slow_path *slow_paths;
};

/** Items that fit at once into a queue; 0 is no bound. */
static inline size_t queue_capacity(const struct queue_type *type, const struct queue *queue)
{
	return type->capacity ? type->capacity(queue) : 0;
}

/** Joins the calling thread to a queue: see `attach`. */
static inline struct queue_handle *queue_attach(const struct queue_type *type, struct queue *queue)
{
	return type->attach ? type->attach(queue) : (struct queue_handle *)queue;
}

/** Leaves a queue: see `detach`. */
static inline void queue_detach(const struct queue_type *type, struct queue *queue,
				struct queue_handle *handle)
{
	if (type->detach) {
		type->detach(queue, handle);
	}
}

/**
 * Marks an operation on the hot path. It is forced inline, so that a loop over a constant
 * `struct queue_type` compiles to the algorithm itself, without calls.
 */
#define QUEUE_OP static inline __attribute__((always_inline))

/** Marks a slow path: never inlined, so only the call to it is on the hot path. */
#define QUEUE_RARE static __attribute__((noinline, cold))

/** Bytes between data of different threads: two lines, prefetched as a pair, or one large line. */
#define QUEUE_APART 128

/** Tells the processor that this is a spin loop. Most Arm processors skip `yield`; `isb` waits. */
static inline void queue_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb"); // about as long as x86's pause: rust-lang/rust, pull 84725
#endif
}

/** Pauses in a wait for a peer; at each `most`th look gives the processor away instead. */
QUEUE_OP void queue_give_way(unsigned int *looks, unsigned int most)
{
	if (++*looks % most == 0) {
		sched_yield();
	} else {
		queue_pause();
	}
}

/** Largest count of a slow path: further entries write no shared memory. */
#define QUEUE_SLOW_PATH_MOST 65535U

#ifdef QUEUE_EXPLORED
/** Counts in the engine: the counter is not shared state of the algorithm. */
void explore_slow_path(struct queue_slow_path *path);
#endif

/** Counts an entry into a slow path. */
static inline void queue_slow_path(struct queue_slow_path *path)
{
#ifdef QUEUE_EXPLORED
	explore_slow_path(path);
#else
	// Relaxed, and not one operation: a lower bound is enough, and it orders nothing
	unsigned int entries = __atomic_load_n(&path->entries, __ATOMIC_RELAXED);
	if (entries < QUEUE_SLOW_PATH_MOST) {
		__atomic_store_n(&path->entries, entries + 1, __ATOMIC_RELAXED);
	}
#endif
}

#ifndef QUEUE_EXPLORED
/** Sleeps of the calling thread in queues. Weak: a program, or a module, has one. */
__attribute__((weak, visibility("hidden"))) __thread uint64_t queue_slept;
#endif

/** Counts that the calling thread is about to sleep. */
static inline void queue_sleeps(void)
{
#ifndef QUEUE_EXPLORED
	++queue_slept;
#endif
}

/** The table that makes a file a queue: QUEUE_EXPORT(name) = { ... }; */
#define QUEUE_EXPORT(id) const struct queue_type queue_type_##id

#endif // QUEUE_H
