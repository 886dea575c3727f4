// SPDX-License-Identifier: MIT

/** The pool over one queue, with made-up work: trees that exist only as numbers. */

#include "forest.h"

static const struct pool_type *type;

/** The number of threads, or the most that the queue allows. */
static unsigned int allowed(unsigned int threads)
{
	unsigned int most = type->queue->max_consumers;
	return most && threads > most ? most : threads;
}

/** Runs the pool over the tree once. */
static struct pool_stats run(struct forest *forest, unsigned int threads, size_t capacity,
			     enum channel_wait wait, const struct queue_type *result_type)
{
	struct pool_config config = {
		.threads = allowed(threads),
		.capacity = capacity,
		.wait = wait,
		.result_type = result_type,
	};
	struct pool *pool = forest_pool(forest, type, config);
	assert_non_null(pool);
	assert_int_equal(pool_run(pool), 0);
	struct pool_stats stats = *pool_stats(pool);
	pool_destroy(pool);
	return stats;
}

/** Asserts that every node was worked on once, and that its result came. */
static void assert_all_visited(const struct forest *forest, const struct pool_stats *stats)
{
	assert_int_equal(forest->results, forest->count);
	assert_int_equal(forest_visited(forest), forest->count);
	// One enqueue and one dequeue for each node
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
	// Deeper trees have the same cases more often
	struct forest *large = forest_plant(4, BUILD_SLOW > 1 ? 4 : 5, 3);
	// If more threads spin than there are processors, each hand-off waits for its turn
	struct forest *small = forest_plant(2, 2, 3);
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (!channel_offers(type->queue, (enum channel_wait)wait)) {
			continue;
		}
		for (size_t t = 0; t < 4; ++t) {
			struct forest *forest =
				wait == CHANNEL_SPIN && threads[t] > 1 ? small : large;
			for (size_t c = 0; c < 4; ++c) {
				harness_watch("every_item_is_worked_on_once", 120);
				struct pool_stats stats = run(forest, threads[t], capacities[c],
							      (enum channel_wait)wait, NULL);
				assert_all_visited(forest, &stats);
				harness_watch("", 0);
			}
		}
	}
	// In these builds walk_matches_find has 64 workers with the default queues alone
	if (BUILD_SLOW > 1 && channel_offers(type->queue, CHANNEL_PARK)) {
		harness_watch("every_item_is_worked_on_once", 120);
		struct pool_stats stats = run(small, 64, 2, CHANNEL_PARK, NULL);
		assert_all_visited(small, &stats);
		harness_watch("", 0);
	}
	forest_fell(small);
	forest_fell(large);
}

/** Every worker produces into a full queue with few slots. */
static void ten_thousand_short_walks_end(void **state)
{
	(void)state;
	static const enum channel_wait waits[] = {CHANNEL_PARK, CHANNEL_NATIVE};
	struct forest *forest = forest_plant(6, 2, 6);
	for (size_t w = 0; w < 2; ++w) {
		if (!channel_offers(type->queue, waits[w])) {
			continue;
		}
		for (unsigned int round = 0; round < 1000 / BUILD_SLOW; ++round) {
			harness_watch("ten_thousand_short_walks_end", 60);
			struct pool_stats stats =
				run(forest, 2 + round % 3, 1 + round % 2, waits[w], NULL);
			assert_all_visited(forest, &stats);
		}
		harness_watch("", 0);
	}
	forest_fell(forest);
}

static void cancelling_ends_the_walk_and_loses_no_result(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(5, 4, 2);
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (!channel_offers(type->queue, (enum channel_wait)wait)) {
			continue;
		}
		// Small for the same reason: up to four threads and main spin
		size_t most = wait == CHANNEL_SPIN ? 70 : 700;
		for (size_t at = 1; at < most; at += 23) {
			harness_watch("cancelling_ends_the_walk_and_loses_no_result", 60);
			forest->cancel_at = at;
			struct pool_stats stats = run(forest, 1 + (unsigned int)(at % 4),
						      1 + at % 9, (enum channel_wait)wait, NULL);
			assert_true(stats.cancelled);
			assert_true(forest->results >= at);
			assert_int_equal(forest_visited(forest), forest->results);
		}
		harness_watch("", 0);
	}
	forest_fell(forest);
}

/** Results travel on the default queue; those of the default queue, on each of the others. */
static void results_travel_on_any_queue(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(4, 4, 4);
	bool is_default = strcmp(type->queue->name, registry_default()) == 0;
	char **names = registry_names();
	assert_non_null(names);
	for (char **name = names; *name; ++name) {
		if ((!is_default || BUILD_SLOW > 1) && strcmp(*name, registry_default()) != 0) {
			continue;
		}
		char *error;
		const struct registry_queue *other = registry_find(*name, &error);
		assert_non_null(other);
		if (other->pool->queue->max_producers && other->pool->queue->max_producers < 3) {
			continue;
		}
		for (size_t capacity = 1; capacity < 100; capacity += 98) {
			harness_watch("results_travel_on_any_queue", 60);
			struct pool_stats stats =
				run(forest, 3, capacity, channel_best_wait(type->queue),
				    other->pool->queue);
			assert_all_visited(forest, &stats);
		}
	}
	harness_watch("", 0);
	registry_names_free(names);
	forest_fell(forest);
}

static void nothing_is_kept_back_where_there_is_room(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(4, 4, 4);
	struct pool_stats stats =
		run(forest, 2, forest->count, channel_best_wait(type->queue), NULL);
	assert_all_visited(forest, &stats);
	// With room for all, items overflow only because a peer is in the way
	assert_true(stats.overflow <= stats.work.busy);
	assert_int_equal(stats.work.full, 0);
	assert_true(stats.peak_depth >= 1 && stats.peak_depth <= forest->count);
	forest_fell(forest);
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
