// SPDX-License-Identifier: MIT

/**
 * A pool of worker threads around two queues.
 *
 * Workers take items from the work queue, work on them, and put the new items back.
 * They report on a result queue to the thread that runs the pool, called main here.
 * instantiate.c compiles this file once for each queue, with the types of both queues
 * as constants. The work is a parameter: walking directories, or replaying a walk.
 *
 *                     .----------- children ------------.
 *                     v                                 |
 *     roots --> [ work channel ] --> worker 1 ... N ----'
 *                                        |
 *     main  <-- [ result channel ] <-----'
 *
 * Every item is enqueued once and dequeued once.
 *
 * - No thread waits for room in the work channel, since all workers could end up
 *   waiting. A worker keeps items that do not fit on a private list, its overflow. It
 *   offers them again before it takes the next item, and never sleeps while it has some.
 *   Main keeps the roots, offers them without waiting, and waits for results only:
 *   each item has a result, and each result makes main offer again.
 * - Workers do wait for room in the result channel. Main never waits for a worker to
 *   take something, so this wait ends.
 * - `outstanding` counts the items that are not finished. One update adds an item's
 *   children and subtracts the item. It comes after the item's results are published
 *   and before its children are. The worker that makes the count zero closes the work
 *   channel and stops the clock. The last worker to leave closes the result channel.
 *   Main drains that channel, so no result is lost, even after a cancel. Only
 *   pool_abandon() gives results up.
 * - Main is woken once for RESULTS_PER_WAKE results, and whenever a worker is about to
 *   wait.
 */

#ifndef POOL_H
#define POOL_H

#include "base/clock.h"
#include "base/histogram.h"
#include "channel.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Results per wake-up of main. Waking it for each result makes a walk half as long
 * again; from 64 on, no difference can be measured.
 */
#define RESULTS_PER_WAKE 64

/**
 * The first member of every item and result. It belongs to the pool from hand-over
 * until it is handed back.
 */
struct pool_item {
	union {
		/** The next item on a list. */
		struct pool_item *next;
		/** In the work channel of a timed pool: when it was enqueued. */
		uint64_t since;
	};
};

/** A list with a tail. All zero is empty. */
struct pool_list {
	struct pool_item *first;
	struct pool_item *last;
	size_t count;
};

static inline void pool_list_add(struct pool_list *list, struct pool_item *item)
{
	item->next = NULL;
	if (list->last) {
		list->last->next = item;
	} else {
		list->first = item;
	}
	list->last = item;
	++list->count;
}

/** The first item, removed; NULL if the list is empty. */
static inline struct pool_item *pool_list_take(struct pool_list *list)
{
	struct pool_item *item = list->first;
	if (item) {
		list->first = item->next;
		--list->count;
		if (!list->first) {
			list->last = NULL;
		}
	}
	return item;
}

/** Put an item at the front. */
static inline void pool_list_put_back(struct pool_list *list, struct pool_item *item)
{
	item->next = list->first;
	list->first = item;
	if (!list->last) {
		list->last = item;
	}
	++list->count;
}

/** Move all of one list to the end of another. */
static inline void pool_list_append(struct pool_list *list, struct pool_list *more)
{
	if (!more->first) {
		return;
	}
	if (list->last) {
		list->last->next = more->first;
	} else {
		list->first = more->first;
	}
	list->last = more->last;
	list->count += more->count;
	*more = (struct pool_list){0};
}

/** The output of one step of work. */
struct pool_output {
	/** New items. */
	struct pool_list items;
	/** Results for main. */
	struct pool_list results;
	/** Too many results lie before main: wake it, and call wait() before the next step. */
	bool congested;
};

/** What the workers do. `worker` is the value that start() returned. */
struct pool_work {
	/** First call of each worker, with its index from 0. NULL with errno on failure. */
	void *(*start)(void *context, unsigned int index);
	/**
	 * Works on an item, or on a part of a large one: between steps, children are shared
	 * out and a cancel is noticed. Returns true when the item is finished. Every item
	 * must have brought at least one result by then.
	 */
	bool (*step)(void *worker, struct pool_item *item, struct pool_output *output);
	/** The worker has nothing to do, or leaves: hand over results held back. May be NULL. */
	void (*idle)(void *worker, struct pool_output *output);
	/** Last call of each worker. May be NULL. */
	void (*stop)(void *worker);
	/** Takes a result, in main. It may call pool_cancel(). */
	void (*result)(void *context, struct pool_item *result);
	/**
	 * Waits until main has taken enough results, or the pool is cancelled. Called after a
	 * congested step, when all results of this worker are sent. NULL if no step says so.
	 */
	void (*wait)(void *worker);
};

struct pool_config {
	/** Workers, from 1 to what the queue allows. */
	unsigned int threads;
	/** Capacity of each channel, in items. */
	size_t capacity;
	/** A wait that the work queue offers. The result channel takes the nearest that its own
	 * queue offers. */
	enum channel_wait wait;
	/** Polls before a thread yields or sleeps. */
	unsigned int polls;
	/** Measure the time of items in the queue, and the time that workers wait. */
	bool timed;
	/** Type of the result queue; NULL means the type of the work queue. */
	const struct queue_type *result_type;
	const struct pool_work *work;
	void *context;
};

/** What the pool did, from pool_run() on. */
struct pool_stats {
	/** Workers that started: fewer than configured if threads or memory ran out. */
	unsigned int started;
	/** The reason, as an errno, if fewer started. */
	int start_error;
	/** Workers still at work when the pool was abandoned. They count in no sum below. */
	unsigned int hanging;
	bool cancelled;
	/** Time from the start of pool_run() to the end of the last item ... */
	uint64_t nanoseconds;
	/** ... and from there to the last join. */
	uint64_t wind_down_nanoseconds;

	struct channel_counts work;
	struct channel_counts results;
	/** Times that an item did not fit and was kept. */
	uint64_t overflow;
	/** Items that a worker kept and worked on itself, since the queue had no memory. */
	uint64_t unqueued;
	/** The largest number of unfinished items at any time. */
	uint64_t peak_depth;

	/** Time of each item in the work channel, in nanoseconds; only when timed. */
	struct histogram time_in_queue;
	/** Sum of the workers' waiting times, in nanoseconds; only when timed. */
	uint64_t waited;
};

struct pool;

struct pool_worker {
	/** On cache lines of its own: the next worker's counters are hot as well. */
	_Alignas(QUEUE_APART) struct pool *pool;
	unsigned int index;
	/** The worker has attached and started. */
	bool entered;
	/** Main's alone: it left without joining this worker. */
	bool hangs;
	int error;
	pthread_t thread;
	void *context;
	struct channel_end work;
	struct channel_end results;
	/** Items that did not fit, newest first, which keeps the list short. */
	struct pool_list overflow;
	/** Results not sent yet, since the result queue had no memory. */
	struct pool_list unsent;
	/** Results sent since main was last woken. */
	unsigned int unannounced;
	uint64_t overflowed;
	uint64_t unqueued;
	int64_t peak_depth;
	uint64_t waited;
	/** NULL unless timed. */
	struct histogram *time_in_queue;
};

struct pool_type;

struct pool {
	const struct pool_type *type;
	struct pool_config config;
	struct channel work;
	struct channel results;
	struct pool_worker *workers;
	/** Threads created. */
	unsigned int created;
	/** Main's ends, and the roots not offered yet. */
	struct channel_end main_work;
	struct channel_end main_results;
	struct pool_list roots;
	/** One of `outstanding` is the hold, not an item. Main's alone. */
	bool held;
	uint64_t started_at;
	/** Written once, by the thread that makes `outstanding` zero. */
	uint64_t finished_at;
	/** Why the pool could not go on, as an errno. */
	int error;
	struct pool_stats stats;

	/** Main has roots that did not fit into the queue. */
	atomic_bool roots_left;
	/** Unfinished items, including those still with main; one more while held. */
	_Alignas(QUEUE_APART) _Atomic int64_t outstanding;
	/** Workers that have not left, including those that have not started yet. */
	_Alignas(QUEUE_APART) _Atomic unsigned int running;
};

/** The pool compiled for one queue. */
struct pool_type {
	const struct queue_type *queue;
	/** Runs with a result queue of the same type. */
	int (*run_same)(struct pool *pool);
	/** Runs with another type, whose operations are called through its table. */
	int (*run_mixed)(struct pool *pool);
};

/**
 * Makes a pool. Copies the configuration; the context stays the caller's.
 *
 * @return NULL with ENOMEM, or with the errno of the queue's create()
 */
struct pool *pool_create(const struct pool_type *type, const struct pool_config *config);

/**
 * Adds a root: before the pool runs; or while it is held, from work->result(), which main calls.
 */
void pool_add(struct pool *pool, struct pool_item *root);

/**
 * Works until all roots and their descendants are finished, or the pool is cancelled.
 * Called once for each pool.
 *
 * @return 0; or -1 with errno if no worker could start, or no memory was left to go on
 */
int pool_run(struct pool *pool);

/** Keeps the pool open for more roots when all items are finished. Called before it runs. */
void pool_hold(struct pool *pool);

/** Ends the hold: the pool ends with its last item, or now. Called from work->result(). */
void pool_release(struct pool *pool);

/** Drops the items not begun yet. Called from any thread at any time; not a signal handler. */
void pool_cancel(struct pool *pool);

/**
 * Cancels, and makes main leave pool_run() without the workers that hang in a step. Called
 * like pool_cancel(). Those workers still use the pool: it must not be destroyed then.
 */
void pool_abandon(struct pool *pool);

/** What the pool did. Owned by the pool. */
const struct pool_stats *pool_stats(const struct pool *pool);

void pool_destroy(struct pool *pool);

/** Starts the workers, each at `entry`. 0, or -1 with errno if none started. */
int pool_start(struct pool *pool, void *(*entry)(void *));

/** Joins the workers and sums up their counts. */
void pool_finish(struct pool *pool);

QUEUE_OP bool pool_is_cancelled(const struct pool *pool)
{
	return channel_state(&pool->work) == CHANNEL_CANCELLED;
}

/** Sends the worker's results. Wakes main if enough were sent, or if `wake` is set. */
QUEUE_OP void pool_send(const struct queue_type *result_type, struct pool_worker *worker, bool wake)
{
	struct pool *pool = worker->pool;
	struct pool_item *result;
	while ((result = pool_list_take(&worker->unsent))) {
		if (channel_enqueue(result_type, &pool->results, &worker->results, result) !=
		    QUEUE_OK) {
			// No memory. The worker tries again before it sleeps; main takes the rest
			// from this list after the join
			pool_list_put_back(&worker->unsent, result);
			break;
		}
		++worker->unannounced;
	}
	// Relaxed: a hint. While main has roots that did not fit, each result makes it offer again
	if (worker->unannounced > 0 &&
	    (wake || worker->unannounced >= RESULTS_PER_WAKE ||
	     atomic_load_explicit(&pool->roots_left, memory_order_relaxed))) {
		worker->unannounced = 0;
		channel_wake(&pool->results, &worker->results, 1);
	}
}

/**
 * Items enqueued in a row that share one time stamp, since reading the clock costs as much as
 * an enqueue. Few enough that the last item does not seem to have waited long.
 */
#define ITEMS_PER_STAMP 16

/** Tries to enqueue an item, number `index` of a row. If that succeeds, it must not be touched any
 * more. */
QUEUE_OP enum queue_status pool_enqueue(const struct queue_type *type, struct pool *pool,
					struct channel_end *end, struct pool_item *item,
					size_t index, uint64_t *stamp)
{
	if (pool->config.timed) {
		if (index % ITEMS_PER_STAMP == 0) {
			*stamp = clock_now();
		}
		item->since = *stamp;
	}
	return channel_try_enqueue(type, &pool->work, end, item);
}

/** Enqueues new items; keeps those that do not fit. */
QUEUE_OP void pool_publish(const struct queue_type *type, struct pool_worker *worker,
			   struct pool_list *items, bool finished)
{
	struct pool *pool = worker->pool;
	size_t published = 0;
	size_t tried = 0;
	uint64_t stamp = 0;
	struct pool_item *item;
	while ((item = pool_list_take(items))) {
		if (pool_enqueue(type, pool, &worker->work, item, tried++, &stamp) == QUEUE_OK) {
			++published;
		} else {
			++worker->overflowed;
			pool_list_put_back(&worker->overflow, item);
		}
	}
	// A worker that has finished its item takes the next one itself: one less to wake
	channel_wake(&pool->work, &worker->work, published - (finished && published > 0));
}

/** Offers a list again. Returns the status of the last offer; QUEUE_OK if none is left. */
QUEUE_OP enum queue_status pool_offer(const struct queue_type *type, struct pool *pool,
				      struct channel_end *end, struct pool_list *list)
{
	enum queue_status status = QUEUE_OK;
	size_t offered = 0;
	uint64_t stamp = 0;
	struct pool_item *item;
	while ((item = pool_list_take(list))) {
		status = pool_enqueue(type, pool, end, item, offered, &stamp);
		if (status != QUEUE_OK) {
			pool_list_put_back(list, item);
			break;
		}
		++offered;
	}
	channel_wake(&pool->work, end, offered);
	return status;
}

/** Sends the results that the work held back. */
QUEUE_OP void pool_idle(const struct queue_type *result_type, const struct pool_work *work,
			struct pool_worker *worker)
{
	if (work->idle) {
		struct pool_output output = {0};
		work->idle(worker->context, &output);
		pool_list_append(&worker->unsent, &output.results);
	}
	pool_send(result_type, worker, true);
}

/**
 * Finds an item without sleeping, while the worker has overflow or unsent results, for
 * which main may be waiting. NULL once it has neither, or when the channel has ended.
 */
QUEUE_OP struct pool_item *pool_next_busy(const struct queue_type *type,
					  const struct queue_type *result_type,
					  struct pool_worker *worker)
{
	struct pool *pool = worker->pool;
	unsigned int polls = 0;
	while ((worker->overflow.first || worker->unsent.first) &&
	       channel_state(&pool->work) == CHANNEL_OPEN) {
		void *item;
		if (worker->unsent.first) {
			pool_send(result_type, worker, true);
		}
		enum queue_status offer = pool_offer(type, pool, &worker->work, &worker->overflow);
		enum queue_status status =
			channel_try_dequeue(type, &pool->work, &worker->work, &item);
		if (status == QUEUE_OK) {
			return item;
		}
		if (status == QUEUE_EMPTY && offer == QUEUE_NOMEM) {
			struct pool_item *own = pool_list_take(&worker->overflow);
			own->since = pool->config.timed ? clock_now() : 0;
			++worker->unqueued;
			return own;
		}
		channel_poll(&pool->work, &polls);
	}
	return NULL;
}

/** The next item to work on. NULL when the channel has ended. */
QUEUE_OP struct pool_item *pool_next(const struct queue_type *type,
				     const struct queue_type *result_type,
				     const struct pool_work *work, struct pool_worker *worker)
{
	struct pool *pool = worker->pool;
	void *item = NULL;

	do {
		if (worker->overflow.first || worker->unsent.first) {
			item = pool_next_busy(type, result_type, worker);
		} else if (channel_try(type, &pool->work, &worker->work, &item, false) !=
			   QUEUE_OK) {
			// Empty or ended. channel_try() looks for a cancel first: the queue itself
			// does not know of it, and may never be empty
			item = NULL;
		}
		if (!item) {
			pool_idle(result_type, work, worker);
		}
	} while (!item && worker->unsent.first && channel_state(&pool->work) == CHANNEL_OPEN);

	if (!item) {
		uint64_t since = pool->config.timed ? clock_now() : 0;
		enum queue_status status = channel_dequeue(type, &pool->work, &worker->work, &item);
		if (pool->config.timed) {
			worker->waited += clock_now() - since;
		}
		if (status != QUEUE_OK) {
			return NULL;
		}
	}
	return item;
}

/** Adds the children and subtracts the finished item. Closes the work channel at zero. */
QUEUE_OP void pool_account(const struct queue_type *type, struct pool_worker *worker,
			   size_t children, bool finished)
{
	struct pool *pool = worker->pool;
	int64_t change = (int64_t)children - finished;
	if (change == 0) {
		return;
	}
	// Relaxed: all updates are of this one object. An item travels through the queue, which
	// orders the update that added it before the one that subtracts it. So no sum is zero
	// too early
	int64_t before =
		atomic_fetch_add_explicit(&pool->outstanding, change, memory_order_relaxed);
	if (before + change > worker->peak_depth) {
		worker->peak_depth = before + change;
	}
	if (before + change == 0) {
		pool->finished_at = clock_now();
		channel_close(type, &pool->work);
	}
}

/** Works on an item until it is finished or the pool is cancelled. */
QUEUE_OP void pool_process(const struct queue_type *type, const struct queue_type *result_type,
			   const struct pool_work *work, struct pool_worker *worker,
			   struct pool_item *item)
{
	struct pool *pool = worker->pool;
	bool finished;
	do {
		struct pool_output output = {0};
		finished = work->step(worker->context, item, &output);
		pool_list_append(&worker->unsent, &output.results);
		// The order matters. Results go out first: main must have them before anybody can
		// know of the end. Children are counted before another worker can finish them.
		// An item of several steps takes long: main does not wait for enough results
		pool_send(result_type, worker, output.congested || !finished);
		pool_account(type, worker, output.items.count, finished);
		pool_publish(type, worker, &output.items, finished);
		if (work->wait && output.congested && !worker->unsent.first) {
			// Main is awake and has all results of this worker, so it does not wait
			// for this worker. Whoever has unsent ones must not wait: main lacks them
			work->wait(worker->context);
		}
	} while (!finished && !pool_is_cancelled(pool));
}

/** Thread body of a worker: attach, work until the end, detach. `work` may be a constant. */
QUEUE_OP void *pool_worker_main(const struct queue_type *type, const struct queue_type *result_type,
				const struct pool_work *work, struct pool_worker *worker)
{
	struct pool *pool = worker->pool;
	worker->error = ENOMEM;
	if (channel_attach(type, &pool->work, &worker->work) != 0) {
		worker->error = errno;
		goto leave;
	}
	if (channel_attach(result_type, &pool->results, &worker->results) != 0) {
		worker->error = errno;
		goto detach_work;
	}
	worker->context = work->start(pool->config.context, worker->index);
	if (!worker->context) {
		worker->error = errno;
		goto detach_results;
	}
	worker->entered = true;

	struct pool_item *item;
	while ((item = pool_next(type, result_type, work, worker))) {
		if (worker->time_in_queue) {
			histogram_add(worker->time_in_queue, clock_now() - item->since);
		}
		pool_process(type, result_type, work, worker, item);
	}
	pool_idle(result_type, work, worker);
	if (work->stop) {
		work->stop(worker->context);
	}

detach_results:
	channel_detach(result_type, &pool->results, &worker->results);
detach_work:
	channel_detach(type, &pool->work, &worker->work);
leave:
	// acq_rel: the last worker to leave sees, and closes after, the results of all others
	if (atomic_fetch_sub_explicit(&pool->running, 1, memory_order_acq_rel) == 1) {
		channel_close(result_type, &pool->results);
	}
	return NULL;
}

/**
 * Offers the roots. Returns true if main must offer again soon, without a result to wait for:
 * the queue was not full, but a peer was in the way or memory was short.
 */
QUEUE_OP bool pool_offer_roots(const struct queue_type *type, struct pool *pool)
{
	if (!pool->roots.first) {
		return false;
	}
	if (pool_is_cancelled(pool)) {
		pool->roots = (struct pool_list){0};
		return false;
	}
	enum queue_status status = pool_offer(type, pool, &pool->main_work, &pool->roots);
	atomic_store_explicit(&pool->roots_left, pool->roots.first != NULL, memory_order_relaxed);
	if (status == QUEUE_NOMEM &&
	    atomic_load_explicit(&pool->outstanding, memory_order_relaxed) ==
		    (int64_t)pool->roots.count + pool->held) {
		// No worker has an item whose end could give memory back
		pool->error = ENOMEM;
		pool_cancel(pool);
	}
	return status == QUEUE_BUSY || status == QUEUE_NOMEM;
}

/** Main's part: offer roots and take results until the end. `work` may be a constant. */
QUEUE_OP int pool_main(const struct queue_type *type, const struct queue_type *result_type,
		       const struct pool_work *work, struct pool *pool, void *(*entry)(void *))
{
	int error = 0;
	pool->started_at = clock_now();
	if (channel_attach(type, &pool->work, &pool->main_work) != 0) {
		return -1;
	}
	if (channel_attach(result_type, &pool->results, &pool->main_results) != 0) {
		error = errno;
		goto detach_work;
	}
	if (pool_start(pool, entry) != 0) {
		error = errno;
		goto detach_results;
	}

	for (unsigned int polls = 0;;) {
		void *item;
		enum queue_status status;
		if (pool_offer_roots(type, pool) && channel_state(&pool->results) == CHANNEL_OPEN) {
			status = channel_try_dequeue(result_type, &pool->results,
						     &pool->main_results, &item);
		} else {
			status = channel_dequeue(result_type, &pool->results, &pool->main_results,
						 &item);
		}
		if (status == QUEUE_OK) {
			polls = 0;
			work->result(pool->config.context, item);
		} else if (status == QUEUE_CLOSED) {
			break;
		} else {
			channel_poll(&pool->work, &polls);
		}
	}
	pool_finish(pool);
	error = pool->stats.started > 0 ? pool->error : pool->stats.start_error;

detach_results:
	channel_detach(result_type, &pool->results, &pool->main_results);
detach_work:
	channel_detach(type, &pool->work, &pool->main_work);
	errno = error;
	return error ? -1 : 0;
}

/**
 * Defines pool_type_<id>, the pool for the queue `id`, whose operations are inlined. The
 * operations of a result queue of another type are called through its table.
 */
#define POOL_EXPORT(id)                                                                            \
	static void *pool_entry_same(void *worker)                                                 \
	{                                                                                          \
		const struct pool_worker *self = worker;                                           \
		return pool_worker_main(&queue_type_##id, &queue_type_##id,                        \
					self->pool->config.work, worker);                          \
	}                                                                                          \
	static void *pool_entry_mixed(void *worker)                                                \
	{                                                                                          \
		const struct pool_config *config = &((struct pool_worker *)worker)->pool->config;  \
		return pool_worker_main(&queue_type_##id, config->result_type, config->work,       \
					worker);                                                   \
	}                                                                                          \
	static int pool_run_same(struct pool *pool)                                                \
	{                                                                                          \
		return pool_main(&queue_type_##id, &queue_type_##id, pool->config.work, pool,      \
				 pool_entry_same);                                                 \
	}                                                                                          \
	static int pool_run_mixed(struct pool *pool)                                               \
	{                                                                                          \
		return pool_main(&queue_type_##id, pool->config.result_type, pool->config.work,    \
				 pool, pool_entry_mixed);                                          \
	}                                                                                          \
	const struct pool_type pool_type_##id = {                                                  \
		.queue = &queue_type_##id,                                                         \
		.run_same = pool_run_same,                                                         \
		.run_mixed = pool_run_mixed,                                                       \
	}

#endif // POOL_H
