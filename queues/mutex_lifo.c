// SPDX-License-Identifier: MIT

/**
 * A stack under a mutex, with condition variables to sleep on. Not a queue: the youngest item
 * leaves first. It is here because a stack makes a walk of a tree go depth first: fewer open
 * directories wait to be visited, and the last one is still in the cache.
 *
 *                    count
 *                      v
 *     [a][b][c][d][e][f][ ][ ]        both sides work at `count`
 *
 * The slots are those of shared/array_store.h. Surprising: the item at the bottom may wait for
 * ever, while younger ones come and go. Nothing here bounds how long an item is inside.
 * shared/monitor.h has the waiting, and what is surprising about it.
 */

#include "shared/array_store.h"

#include <stdbool.h>

QUEUE_OP bool store_put(struct store *store, void *cell)
{
	if (store->count == store->capacity) {
		return false;
	}
	store->slots[store->count++] = cell;
	return true;
}

QUEUE_OP void *store_take(struct store *store)
{
	return store->count > 0 ? store->slots[--store->count] : NULL;
}

#include "shared/monitor.h"

static size_t mutex_lifo_capacity(const struct queue *queue)
{
	return queue->store.capacity;
}

QUEUE_EXPORT(mutex_lifo) = {
	.name = "mutex_lifo",
	.title = "bounded stack under a mutex, condition variables",
	.source = "textbook; monitors: Hoare, CACM 1974, doi:10.1145/355620.361161",
	.order = QUEUE_UNORDERED,
	.capacity = mutex_lifo_capacity,
	MONITOR_OPERATIONS,
};
