// SPDX-License-Identifier: MIT

/** The pool over one queue, with made-up work: trees that exist only as numbers. */

#include "harness.h"

static const struct pool_type *type;

/** A node of a made-up tree. */
struct node {
	struct pool_item item;
	_Atomic unsigned int visits;
};

/** A worker's. */
struct gardener {
	struct forest *forest;
	/** Children of the node at hand that were handed out. */
	unsigned int given;
};

/** All nodes of a complete tree, the children of node i at fan * i + 1 and on. */
struct forest {
	struct pool *pool;
	unsigned int fan;
	size_t count;
	size_t inner;
	struct node *nodes;
	/** Children handed out per step, to have items of several steps. */
	unsigned int per_step;
	struct gardener workers[64];
	size_t results;
	/** Cancel after so many results. */
	size_t cancel_at;
};

static void *forest_start(void *context, unsigned int index)
{
	struct forest *forest = context;
	forest->workers[index].forest = forest;
	forest->workers[index].given = 0;
	return &forest->workers[index];
}

static bool forest_step(void *context, struct pool_item *item, struct pool_output *output)
{
	struct gardener *worker = context;
	struct forest *forest = worker->forest;
	struct node *node = (struct node *)item;
	size_t index = (size_t)(node - forest->nodes);
	if (index < forest->inner) {
		for (unsigned int i = 0; i < forest->per_step && worker->given < forest->fan; ++i) {
			pool_list_add(
				&output->items,
				&forest->nodes[forest->fan * index + 1 + worker->given++].item);
		}
		if (worker->given < forest->fan) {
			return false;
		}
	}
	worker->given = 0;
	atomic_fetch_add_explicit(&node->visits, 1, memory_order_relaxed);
	pool_list_add(&output->results, item);
	return true;
}

static void forest_result(void *context, struct pool_item *item)
{
	struct forest *forest = context;
	(void)item;
	if (++forest->results == forest->cancel_at) {
		pool_cancel(forest->pool);
	}
}

static const struct pool_work forest_work = {
	.start = forest_start,
	.step = forest_step,
	.result = forest_result,
};

/** Plant a tree. */
static struct forest *plant(unsigned int fan, unsigned int depth, unsigned int per_step)
{
	struct forest *forest = calloc(1, sizeof(*forest));
	assert_non_null(forest);
	forest->fan = fan;
	forest->per_step = per_step;
	size_t level = 1;
	for (unsigned int d = 0; d <= depth; ++d) {
		forest->inner = forest->count;
		forest->count += level;
		level *= fan;
	}
	forest->nodes = calloc(forest->count, sizeof(*forest->nodes));
	assert_non_null(forest->nodes);
	return forest;
}

static void fell(struct forest *forest)
{
	free(forest->nodes);
	free(forest);
}

/** Threads, as far as the queue allows. */
static unsigned int allowed(unsigned int threads)
{
	unsigned int most = type->queue->max_consumers;
	return most && threads > most ? most : threads;
}

/** Run the pool over the tree once. */
static struct pool_stats run(struct forest *forest, unsigned int threads, size_t capacity,
			     enum channel_wait wait, const struct queue_type *result_type)
{
	struct pool_config config = {
		.threads = allowed(threads),
		.capacity = capacity,
		.wait = wait,
		.result_type = result_type,
		.work = &forest_work,
		.context = forest,
	};
	struct pool *pool = pool_create(type, &config);
	assert_non_null(pool);
	forest->pool = pool;
	forest->results = 0;
	for (size_t i = 0; i < forest->count; ++i) {
		atomic_store_explicit(&forest->nodes[i].visits, 0, memory_order_relaxed);
	}
	pool_add(pool, &forest->nodes[0].item);
	assert_int_equal(pool_run(pool), 0);
	struct pool_stats stats = *pool_stats(pool);
	pool_destroy(pool);
	return stats;
}

/** Every node was worked on once, and its result came. */
static void assert_all_visited(const struct forest *forest, const struct pool_stats *stats)
{
	assert_int_equal(forest->results, forest->count);
	for (size_t i = 0; i < forest->count; ++i) {
		assert_int_equal(
			atomic_load_explicit(&forest->nodes[i].visits, memory_order_relaxed), 1);
	}
	// One enqueue and one dequeue each
	assert_int_equal(stats->work.enqueued, forest->count);
	assert_int_equal(stats->work.dequeued, forest->count);
	assert_int_equal(stats->unqueued, 0);
	assert_int_equal(stats->results.enqueued, forest->count);
	assert_int_equal(stats->results.dequeued, forest->count);
	assert_false(stats->cancelled);
}

static void every_item_is_worked_on_once(void **state)
{
	(void)state;
	static const unsigned int threads[] = {1, 2, 3, 8};
	static const size_t capacities[] = {1, 2, 7, 4096};
	struct forest *forest = plant(4, 5, 3);
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (!channel_offers(type->queue, (enum channel_wait)wait)) {
			continue;
		}
		for (size_t t = 0; t < 4; ++t) {
			for (size_t c = 0; c < 4; ++c) {
				harness_watch("every_item_is_worked_on_once", 120);
				struct pool_stats stats = run(forest, threads[t], capacities[c],
							      (enum channel_wait)wait, NULL);
				assert_all_visited(forest, &stats);
				harness_watch("", 0);
			}
		}
	}
	fell(forest);
}

/** Every worker produces into a full queue, whose slots are few. */
static void ten_thousand_short_walks_end(void **state)
{
	(void)state;
	static const enum channel_wait waits[] = {CHANNEL_PARK, CHANNEL_NATIVE};
	struct forest *forest = plant(6, 2, 6);
	for (size_t w = 0; w < 2; ++w) {
		if (!channel_offers(type->queue, waits[w])) {
			continue;
		}
		for (unsigned int round = 0; round < 10000 / HARNESS_SLOW; ++round) {
			harness_watch("ten_thousand_short_walks_end", 60);
			struct pool_stats stats =
				run(forest, 2 + round % 3, 1 + round % 2, waits[w], NULL);
			assert_all_visited(forest, &stats);
		}
		harness_watch("", 0);
	}
	fell(forest);
}

static void cancelling_ends_the_walk_and_loses_no_result(void **state)
{
	(void)state;
	struct forest *forest = plant(5, 4, 2);
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (!channel_offers(type->queue, (enum channel_wait)wait)) {
			continue;
		}
		for (size_t at = 1; at < 700; at += 23) {
			harness_watch("cancelling_ends_the_walk_and_loses_no_result", 60);
			forest->cancel_at = at;
			struct pool_stats stats = run(forest, 1 + (unsigned int)(at % 4),
						      1 + at % 9, (enum channel_wait)wait, NULL);
			size_t visited = 0;
			for (size_t i = 0; i < forest->count; ++i) {
				visited += atomic_load(&forest->nodes[i].visits);
			}
			assert_true(stats.cancelled);
			assert_true(forest->results >= at);
			assert_int_equal(visited, forest->results);
		}
		harness_watch("", 0);
	}
	fell(forest);
}

/** Results go through another queue, each one there is. */
static void results_travel_on_any_queue(void **state)
{
	(void)state;
	struct forest *forest = plant(4, 4, 4);
	char **names = registry_names();
	assert_non_null(names);
	for (char **name = names; *name; ++name) {
		char *error;
		const struct pool_type *other = registry_find(*name, &error);
		assert_non_null(other);
		for (size_t capacity = 1; capacity < 100; capacity += 98) {
			harness_watch("results_travel_on_any_queue", 60);
			struct pool_stats stats = run(forest, 3, capacity,
						      channel_best_wait(type->queue), other->queue);
			assert_all_visited(forest, &stats);
		}
	}
	harness_watch("", 0);
	registry_names_free(names);
	fell(forest);
}

static void nothing_is_kept_back_where_there_is_room(void **state)
{
	(void)state;
	struct forest *forest = plant(4, 4, 4);
	struct pool_stats stats =
		run(forest, 2, forest->count, channel_best_wait(type->queue), NULL);
	assert_all_visited(forest, &stats);
	assert_int_equal(stats.overflow, 0);
	assert_int_equal(stats.work.full, 0);
	assert_true(stats.peak_depth >= 1 && stats.peak_depth <= forest->count);
	fell(forest);
}

int main(int argc, char **argv)
{
	type = harness_queue(argc, argv);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_is_worked_on_once),
		cmocka_unit_test(ten_thousand_short_walks_end),
		cmocka_unit_test(cancelling_ends_the_walk_and_loses_no_result),
		cmocka_unit_test(results_travel_on_any_queue),
		cmocka_unit_test(nothing_is_kept_back_where_there_is_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
