// SPDX-License-Identifier: MIT

/** The part of the pool that does not depend on the queue. */

#include "pool.h"

#include <stdlib.h>
#include <string.h>

/** Stack size of a worker, in bytes. Large objects are on the heap. */
#define WORKER_STACK (256 * 1024)

static const struct queue_type *result_type(const struct pool *pool)
{
	return pool->config.result_type ? pool->config.result_type : pool->type->queue;
}

/** How main waits for results: it sleeps where workers sleep, and is woken once for many. */
static enum channel_wait result_wait(const struct pool *pool)
{
	enum channel_wait wait = pool->config.wait;
	if (wait == CHANNEL_NATIVE) {
		wait = CHANNEL_PARK;
	}
	if (!channel_offers(result_type(pool), wait)) {
		wait = CHANNEL_YIELD;
	}
	return wait;
}

static void free_memory(struct pool *pool)
{
	for (unsigned int i = 0; pool->workers && i < pool->config.threads; ++i) {
		free(pool->workers[i].time_in_queue);
	}
	free(pool->workers);
	free(pool);
}

struct pool *pool_create(const struct pool_type *type, const struct pool_config *config)
{
	struct pool *pool = aligned_alloc(_Alignof(struct pool), sizeof(*pool));
	if (!pool) {
		return NULL;
	}
	memset(pool, 0, sizeof(*pool));
	pool->type = type;
	pool->config = *config;
	atomic_init(&pool->outstanding, 0);
	atomic_init(&pool->running, config->threads);

	size_t size = config->threads * sizeof(*pool->workers);
	pool->workers = aligned_alloc(_Alignof(struct pool_worker), size);
	if (!pool->workers) {
		goto fail;
	}
	memset(pool->workers, 0, size);
	for (unsigned int i = 0; i < config->threads; ++i) {
		struct pool_worker *worker = &pool->workers[i];
		worker->pool = pool;
		worker->index = i;
		if (config->timed &&
		    !(worker->time_in_queue = calloc(1, sizeof(*worker->time_in_queue)))) {
			goto fail;
		}
	}

	struct channel_config channel = {
		// One handle more: main is attached as well
		.queue = {.capacity = config->capacity, .max_threads = config->threads + 1},
		.wait = config->wait,
		.polls = config->polls,
	};
	if (channel_create(type->queue, &pool->work, &channel) != 0) {
		goto fail;
	}
	channel.wait = result_wait(pool);
	channel.waits_for_room = true;
	if (channel_create(result_type(pool), &pool->results, &channel) == 0) {
		return pool;
	}
	channel_destroy(type->queue, &pool->work);
fail:
	free_memory(pool);
	return NULL;
}

void pool_destroy(struct pool *pool)
{
	channel_destroy(result_type(pool), &pool->results);
	channel_destroy(pool->type->queue, &pool->work);
	free_memory(pool);
}

void pool_add(struct pool *pool, struct pool_item *root)
{
	pool_list_add(&pool->roots, root);
	// Relaxed: no thread has started yet; or the pool is held, and no sum can be zero
	int64_t before = atomic_fetch_add_explicit(&pool->outstanding, 1, memory_order_relaxed);
	if (before + 1 > (int64_t)pool->stats.peak_depth) {
		pool->stats.peak_depth = (uint64_t)(before + 1);
	}
}

void pool_hold(struct pool *pool)
{
	pool->held = true;
	// Relaxed: no thread has started yet
	atomic_fetch_add_explicit(&pool->outstanding, 1, memory_order_relaxed);
}

void pool_release(struct pool *pool)
{
	pool->held = false;
	// Relaxed, as in pool_account()
	if (atomic_fetch_sub_explicit(&pool->outstanding, 1, memory_order_relaxed) == 1) {
		pool->finished_at = clock_now();
		channel_close(pool->type->queue, &pool->work);
	}
}

int pool_run(struct pool *pool)
{
	// Relaxed: no thread has started yet
	if (atomic_load_explicit(&pool->outstanding, memory_order_relaxed) == 0) {
		// Without an item, no worker would find the end
		channel_close(pool->type->queue, &pool->work);
	}
	return pool->config.result_type ? pool->type->run_mixed(pool) : pool->type->run_same(pool);
}

void pool_cancel(struct pool *pool)
{
	channel_cancel(pool->type->queue, &pool->work);
}

void pool_abandon(struct pool *pool)
{
	pool_cancel(pool);
	channel_cancel(result_type(pool), &pool->results);
}

const struct pool_stats *pool_stats(const struct pool *pool)
{
	return &pool->stats;
}

int pool_start(struct pool *pool, void *(*entry)(void *))
{
	unsigned int threads = pool->config.threads;
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);
	if (error == 0) {
		pthread_attr_setstacksize(&attributes, WORKER_STACK);
		while (error == 0 && pool->created < threads) {
			struct pool_worker *worker = &pool->workers[pool->created];
			error = pthread_create(&worker->thread, &attributes, entry, worker);
			pool->created += error == 0;
		}
		pthread_attr_destroy(&attributes);
	}

	if (pool->created < threads) {
		pool->stats.start_error = error;
		if (pool->created == 0) {
			errno = error;
			return -1;
		}
		// Missing workers count as having left. If the others left before, main closes
		unsigned int missing = threads - pool->created;
		if (atomic_fetch_sub_explicit(&pool->running, missing, memory_order_acq_rel) ==
		    missing) {
			channel_close(result_type(pool), &pool->results);
		}
	}
	return 0;
}

void pool_finish(struct pool *pool)
{
	struct pool_stats *stats = &pool->stats;
	bool abandoned = channel_state(&pool->results) == CHANNEL_CANCELLED;
	for (unsigned int i = 0; i < pool->created; ++i) {
		struct pool_worker *worker = &pool->workers[i];
		if (!abandoned) {
			pthread_join(worker->thread, NULL);
		} else if (pthread_tryjoin_np(worker->thread, NULL) != 0) {
			// All that it has is still its own
			worker->hangs = true;
		}
	}
	uint64_t joined_at = clock_now();

	for (unsigned int i = 0; i < pool->created; ++i) {
		struct pool_worker *worker = &pool->workers[i];
		struct pool_item *result;
		if (worker->hangs) {
			++stats->started;
			++stats->hanging;
			continue;
		}
		while ((result = pool_list_take(&worker->unsent))) {
			pool->config.work->result(pool->config.context, result);
		}
		if (!worker->entered) {
			stats->start_error = worker->error;
			continue;
		}
		++stats->started;
		channel_counts_add(&stats->work, &worker->work.counts);
		channel_counts_add(&stats->results, &worker->results.counts);
		stats->overflow += worker->overflowed;
		stats->unqueued += worker->unqueued;
		if ((uint64_t)worker->peak_depth > stats->peak_depth) {
			stats->peak_depth = (uint64_t)worker->peak_depth;
		}
		if (worker->time_in_queue) {
			histogram_merge(&stats->time_in_queue, worker->time_in_queue);
		}
		stats->waited += worker->waited;
	}
	channel_counts_add(&stats->work, &pool->main_work.counts);
	channel_counts_add(&stats->results, &pool->main_results.counts);

	stats->cancelled = pool_is_cancelled(pool);
	uint64_t finished_at = pool->finished_at ? pool->finished_at : joined_at;
	stats->nanoseconds = finished_at - pool->started_at;
	stats->wind_down_nanoseconds = joined_at - finished_at;
}
