// SPDX-License-Identifier: MIT

/**
 * A ring under a mutex, with condition variables to sleep on: the textbook's
 * bounded buffer, and what most programs use.
 *
 *     taken            put
 *       v               v
 *     [ ][a][b][c][d][ ][ ][ ]        put - taken items are inside
 *
 * The slots are those of shared/array_store.h. shared/monitor.h has the waiting, and what is
 * surprising about it.
 */

#include "shared/array_store.h"

#include <stdbool.h>

/** Wraps an index, which is less than twice the capacity, around the end of the ring. */
QUEUE_OP size_t wrap(const struct store *store, size_t index)
{
	return index < store->capacity ? index : index - store->capacity;
}

QUEUE_OP bool store_put(struct store *store, void *cell)
{
	if (store->count == store->capacity) {
		return false;
	}
	store->slots[wrap(store, store->first + store->count)] = cell;
	++store->count;
	return true;
}

QUEUE_OP void *store_take(struct store *store)
{
	if (store->count == 0) {
		return NULL;
	}
	void *cell = store->slots[store->first];
	store->first = wrap(store, store->first + 1);
	--store->count;
	return cell;
}

#include "shared/monitor.h"

static size_t mutex_ring_capacity(const struct queue *queue)
{
	return queue->store.capacity;
}

QUEUE_EXPORT(mutex_ring) = {
	.name = "mutex_ring",
	.title = "bounded ring under a mutex, condition variables",
	.source = "textbook; monitors: Hoare, CACM 1974, doi:10.1145/355620.361161",
	.headline = 1,
	.order = QUEUE_FIFO,
	.capacity = mutex_ring_capacity,
	MONITOR_OPERATIONS,
};
