// SPDX-License-Identifier: MIT

/** Made-up work for the pool. */

#include "forest.h"

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

const struct pool_work forest_work = {
	.start = forest_start,
	.step = forest_step,
	.result = forest_result,
};

struct forest *forest_plant(unsigned int fan, unsigned int depth, unsigned int per_step)
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

void forest_fell(struct forest *forest)
{
	free(forest->nodes);
	free(forest);
}

struct pool *forest_pool(struct forest *forest, const struct pool_type *type,
			 struct pool_config config)
{
	config.work = &forest_work;
	config.context = forest;
	forest->results = 0;
	for (size_t i = 0; i < forest->count; ++i) {
		atomic_store_explicit(&forest->nodes[i].visits, 0, memory_order_relaxed);
	}
	forest->pool = pool_create(type, &config);
	if (forest->pool) {
		pool_add(forest->pool, &forest->nodes[0].item);
	}
	return forest->pool;
}

long forest_visited(const struct forest *forest)
{
	long visited = 0;
	for (size_t i = 0; i < forest->count; ++i) {
		unsigned int visits =
			atomic_load_explicit(&forest->nodes[i].visits, memory_order_relaxed);
		if (visits > 1) {
			return -1;
		}
		visited += visits;
	}
	return visited;
}
