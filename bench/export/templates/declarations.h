
/*
 * In C, include this before the headers of the C library: all functions are inline. For C++, or several
 * files, define PREFIX_DECLARED before including it, which leaves the declarations alone; and in one C
 * file define PREFIX_DEFINED instead, which has the functions.
 */
#if !defined(PREFIX_DECLARED) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#ifndef PREFIX_DECLARATIONS
#define PREFIX_DECLARATIONS

#include <stddef.h>

#if defined(PREFIX_DECLARED) || defined(PREFIX_DEFINED)
#define PREFIX_API
#else
#define PREFIX_API static inline __attribute__((unused))
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum prefix_status {
	/** Done. */
	PREFIX_OK,
	/** Nothing enqueued: no room at some instant of the call. */
	PREFIX_FULL,
	/** Nothing dequeued: no item inside at some instant of the call. */
	PREFIX_EMPTY,
	/** Nothing done: a peer in the middle of an operation is in the way. Try again. */
	PREFIX_BUSY,
	/** Nothing changed: there is no memory. */
	PREFIX_NOMEM,
	/** Closed, and for a consumer also drained. */
	PREFIX_CLOSED
};

/** A queue, and a thread's end of it. */
struct prefix;
struct prefix_end;

/**
 * Makes an empty queue.
 *
 * @param capacity     items that fit at once, at least 1; a bounded queue may round it up,
 *                     an unbounded one ignores it
 * @param max_threads  threads that may be attached at once, at least 1
 * @return for prefix_destroy(); NULL with errno EINVAL or ENOMEM
 */
PREFIX_API struct prefix *prefix_create(size_t capacity, unsigned int max_threads);

/** Frees a queue. No thread may be attached; items left inside are the caller's. */
PREFIX_API void prefix_destroy(struct prefix *queue);

/**
 * Joins the calling thread, which alone may use the end, and detaches before it ends.
 *
 * @return NULL with errno EAGAIN (max_threads) or ENOMEM
 */
PREFIX_API struct prefix_end *prefix_attach(struct prefix *queue);
PREFIX_API void prefix_detach(struct prefix *queue, struct prefix_end *end);

/**
 * Adds an item: a pointer, not NULL, whose low 3 and high 16 bits are zero. Never waits.
 * OK, FULL, BUSY or NOMEM.
 */
PREFIX_API enum prefix_status prefix_enqueue(struct prefix *queue, struct prefix_end *end,
					      void *item);
/** Takes an item. Never waits. OK, EMPTY or BUSY. */
PREFIX_API enum prefix_status prefix_dequeue(struct prefix *queue, struct prefix_end *end,
					      void **item);

/** Add or take up to `count` items, and return how many. They keep their order. */
PREFIX_API size_t prefix_enqueue_batch(struct prefix *queue, struct prefix_end *end,
				       void *const *items, size_t count);
PREFIX_API size_t prefix_dequeue_batch(struct prefix *queue, struct prefix_end *end, void **items,
				       size_t count);
