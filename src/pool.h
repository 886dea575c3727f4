// SPDX-License-Identifier: MIT

/**
 * The worker pool: workers take items from one queue, work on them, put the items
 * that come out of that back on it, and report on a second queue to the thread
 * that runs the pool. One source for every queue, compiled once for each by
 * instantiate.c, with both queues' types as constants; and for every work: walking
 * directories, or replaying a walk.
 *
 *                     .----------- children ------------.
 *                     v                                 |
 *     roots --> [ work channel ] --> worker 1 ... N ----'
 *                                        |
 *     main  <-- [ result channel ] <-----'
 *
 * One item is one enqueue and one dequeue, always.
 *
 * - Nobody waits for room in the work channel: all workers could be waiting. A
 *   worker keeps what does not fit on a list of its own, its overflow, and offers
 *   it again before it takes the next item; with overflow it never sleeps. Main
 *   keeps roots, offers them without waiting, and waits for results only: each
 *   item has one, and it makes another offer due.
 * - Workers do wait for room in the result channel. Main never waits for a worker
 *   to take something, so that ends.
 * - The end is known from `outstanding`, the items that are not finished: children
 *   are added before they are published, their parent is subtracted in the same
 *   update, and results are published before that. Who makes it zero closes the
 *   work channel, and the clock stops. The last worker to leave closes the result
 *   channel; main drains it, so no result is lost, cancelled or not.
 * - Main is woken for RESULTS_PER_WAKE results at once, and whenever a worker is
 *   about to wait.
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
 * Results for which main is woken once. Waking it for each one costs half of a
 * walk again; from 64 on, no difference is left to be seen.
 */
#define RESULTS_PER_WAKE 64

/**
 * What goes through the channels: the first member of an item or a result. It is
 * the pool's from the moment it is handed over until it is handed back.
 */
struct pool_item {
	union {
		/** On a list. */
		struct pool_item *next;
		/** Inside the work channel: when it was enqueued, where that is measured. */
		uint64_t since;
	};
};

/** A list with a tail. Empty when all zero. */
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

/** NULL when the list is empty. */
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

/** Put an item back where it was taken from. */
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

/** What a step of work has brought. */
struct pool_output {
	/** New items. */
	struct pool_list items;
	/** For the thread that runs the pool. */
	struct pool_list results;
};

/** What the workers do. `worker` is what start() gave. */
struct pool_work {
	/** Called by each worker first, with its number from 0. NULL with errno on failure. */
	void *(*start)(void *context, unsigned int index);
	/**
	 * Work on an item: a part of it, if it is large, since children are shared out and
	 * cancelling is noticed between steps. True when the item is finished; every item
	 * must have brought a result by then.
	 */
	bool (*step)(void *worker, struct pool_item *item, struct pool_output *output);
	/** The worker has nothing to do, or leaves: bring what was held back. May be NULL. */
	void (*idle)(void *worker, struct pool_output *output);
	/** The worker leaves: the last call in its thread. May be NULL. */
	void (*stop)(void *worker);
	/** A result, in the thread that runs the pool. It may call pool_cancel(). */
	void (*result)(void *context, struct pool_item *result);
};

struct pool_config {
	/** 1 or more, as the queue allows. */
	unsigned int threads;
	/** Of both channels: items. */
	size_t capacity;
	/** Must be offered by the queue; the result channel takes the nearest that its own offers.
	 */
	enum channel_wait wait;
	/** Polls before a thread yields or sleeps. */
	unsigned int polls;
	/** Measure how long items are in the queue and how long workers wait. */
	bool timed;
	/** The type of the result queue; NULL is the same as the work queue's. */
	const struct queue_type *result_type;
	const struct pool_work *work;
	void *context;
};

/** What the pool did, from pool_run() on. */
struct pool_stats {
	/** Workers that there were: fewer than configured when threads or memory ran out. */
	unsigned int started;
	/** Why, as an errno, if there were fewer. */
	int start_error;
	bool cancelled;
	/** From the start of pool_run() to the end of the last item, and to the last join. */
	uint64_t nanoseconds;
	uint64_t wind_down_nanoseconds;

	struct channel_counts work;
	struct channel_counts results;
	/** Times that an item did not fit, and was kept. */
	uint64_t overflow;
	/** Items that a worker kept and then worked on itself, as the queue had no memory. */
	uint64_t unqueued;
	/** The most items that were not finished at any one time. */
	uint64_t peak_depth;

	/** Only when timed, in nanoseconds: time inside the work channel, per item ... */
	struct histogram time_in_queue;
	/** ... and time that workers waited, all together. */
	uint64_t waited;
};

struct pool;

struct pool_worker {
	/** Its own lines: the next worker's counters are hot as well. */
	_Alignas(QUEUE_APART) struct pool *pool;
	unsigned int index;
	/** Has attached and started. */
	bool entered;
	int error;
	pthread_t thread;
	void *context;
	struct channel_end work;
	struct channel_end results;
	/** Items that did not fit, newest first: that keeps the list short. */
	struct pool_list overflow;
	/** Results that wait for memory. */
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
	/** Threads that there are. */
	unsigned int created;
	/** Main's ends, and the roots that it has yet to offer. */
	struct channel_end main_work;
	struct channel_end main_results;
	struct pool_list roots;
	/** Main's alone: 1 in `outstanding` is no item. */
	bool held;
	uint64_t started_at;
	/** Written by the one worker that finishes the last item. */
	uint64_t finished_at;
	/** Why it could not go on, as an errno. */
	int error;
	struct pool_stats stats;

	/** Main has roots that did not fit into the queue. */
	atomic_bool roots_left;
	/** Items that are not finished, those still with main included; and one more while held. */
	_Alignas(QUEUE_APART) _Atomic int64_t outstanding;
	/** Workers that have not left, those yet to start included. */
	_Alignas(QUEUE_APART) _Atomic unsigned int running;
};

/** The pool made for one queue. */
struct pool_type {
	const struct queue_type *queue;
	/** With results on a queue of the same type. */
	int (*run_same)(struct pool *pool);
	/** With results on another, whose operations are called through its table. */
	int (*run_mixed)(struct pool *pool);
};

/**
 * Make a pool. The configuration is copied; the context stays the caller's.
 *
 * @return NULL with ENOMEM, or with the errno of the queue's create
 */
struct pool *pool_create(const struct pool_type *type, const struct pool_config *config);

/**
 * Give the pool a root: before it runs; and while it is held, from work->result(), which is called
 * in the thread that runs it.
 */
void pool_add(struct pool *pool, struct pool_item *root);

/**
 * Work until all roots and what came out of them are finished, or the pool is
 * cancelled. Once for each pool.
 *
 * @return 0; or -1 with errno when there was no worker, or no memory to go on
 */
int pool_run(struct pool *pool);

/** Keep the pool open when all its items are finished, for more roots. Before it runs. */
void pool_hold(struct pool *pool);

/** Let go: the pool ends with its last item, or now if there is none. From work->result(). */
void pool_release(struct pool *pool);

/** Abandon what is not begun. From any thread, at any time, but not from a signal handler. */
void pool_cancel(struct pool *pool);

/** What it did. Owned by the pool. */
const struct pool_stats *pool_stats(const struct pool *pool);

void pool_destroy(struct pool *pool);

/** Start the workers, each at `entry`. 0, or -1 with errno when there is none. */
int pool_start(struct pool *pool, void *(*entry)(void *));

/** Join the workers, and sum up what they did. */
void pool_finish(struct pool *pool);

QUEUE_OP bool pool_is_cancelled(const struct pool *pool)
{
	return channel_state(&pool->work) == CHANNEL_CANCELLED;
}

/** Send what there is to report; wake main when it is due, or when told to. */
QUEUE_OP void pool_send(const struct queue_type *result_type, struct pool_worker *worker, bool wake)
{
	struct pool *pool = worker->pool;
	struct pool_item *result;
	while ((result = pool_list_take(&worker->unsent))) {
		if (channel_enqueue(result_type, &pool->results, &worker->results, result) !=
		    QUEUE_OK) {
			// No memory: it is tried again before the worker sleeps, and what is left
			// at the end is found here after the join
			pool_list_put_back(&worker->unsent, result);
			break;
		}
		++worker->unannounced;
	}
	// Relaxed: a hint. While main has roots that did not fit, each result lets it offer again
	if (worker->unannounced > 0 &&
	    (wake || worker->unannounced >= RESULTS_PER_WAKE ||
	     atomic_load_explicit(&pool->roots_left, memory_order_relaxed))) {
		worker->unannounced = 0;
		channel_wake(&pool->results, &worker->results, 1);
	}
}

/**
 * Items that are enqueued in a row share one look at the clock, which costs as much as enqueuing
 * one: so many of them, lest the last one seem to have waited for long.
 */
#define ITEMS_PER_STAMP 16

/** Enqueue the item that is the `index`-th in a row to be tried. It must not be touched afterwards
 * if that was done. */
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

/** Put new items on the queue; keep those that do not fit. */
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
	// A worker that is done looks at the queue itself next: one less to wake
	channel_wake(&pool->work, &worker->work, published - (finished && published > 0));
}

/** Offer the overflow again. The status of the last offer; QUEUE_OK when none is left. */
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

/** What idle() held back. */
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
 * Find an item without sleeping, while there is overflow, or a result that found no
 * memory: main may wait for that one. NULL when there is neither any more, or at the end.
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

/** The next item to work on. NULL when it is over. */
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
			// Over, too: a queue knows nothing of cancelling, and may never be empty
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

/** Count children in and a finished parent out. Closes the work channel at zero. */
QUEUE_OP void pool_account(const struct queue_type *type, struct pool_worker *worker,
			   size_t children, bool finished)
{
	struct pool *pool = worker->pool;
	int64_t change = (int64_t)children - finished;
	if (change == 0) {
		return;
	}
	// Relaxed: all updates are of this one object, and an item's arrival orders the update
	// that counted it in before the one that counts it out, so no sum is zero too early
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

/** Work on an item to its end, or until cancelled. */
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
		// In this order: main must have the results before the end can be known, and
		// children must count before they can be finished
		pool_send(result_type, worker, false);
		pool_account(type, worker, output.items.count, finished);
		pool_publish(type, worker, &output.items, finished);
	} while (!finished && !pool_is_cancelled(pool));
}

/** A worker's life, but for attaching and leaving. `work` is that of the pool, or a constant. */
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
	// Every result of every worker is published before the last of these, acq_rel
	if (atomic_fetch_sub_explicit(&pool->running, 1, memory_order_acq_rel) == 1) {
		channel_close(result_type, &pool->results);
	}
	return NULL;
}

/**
 * Offer roots. True when some are left that no result makes an offer due for: the
 * queue did not say that it is full, but that a peer is in the way, or no memory.
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
		// Nothing else is going on that could give some back
		pool->error = ENOMEM;
		pool_cancel(pool);
	}
	return status == QUEUE_BUSY || status == QUEUE_NOMEM;
}

/** The part of the thread that runs the pool. `work` is that of the pool, or a constant. */
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
 * The pool for the queue `id`: pool_type_<id>. The operations are inlined into
 * each of the two; with another result queue, its own are called through the table.
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
