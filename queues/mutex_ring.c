// SPDX-License-Identifier: MIT

/**
 * A ring under a mutex, with condition variables to sleep on: the textbook's
 * bounded buffer, and what most programs use.
 *
 *     taken            put
 *       v               v
 *     [ ][a][b][c][d][ ][ ][ ]        put - taken items are inside
 *
 * Bounded at exactly the capacity that was asked for. The waiting, and what is
 * surprising about it, is in body/monitor.h.
 */

#include "queue.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct store {
	void **slots;
	size_t capacity;
	size_t first;
	size_t count;
};

static int store_create(struct store *store, const struct queue_config *config)
{
	if (config->capacity == 0 || config->capacity > PTRDIFF_MAX / sizeof(void *)) {
		errno = EINVAL;
		return -1;
	}
	store->slots = malloc(config->capacity * sizeof(*store->slots));
	store->capacity = config->capacity;
	store->first = config->first_ticket % config->capacity;
	store->count = 0;
	return store->slots ? 0 : -1;
}

static void store_destroy(struct store *store)
{
	free(store->slots);
}

static size_t store_capacity(const struct store *store)
{
	return store->capacity;
}

/** The ring keeps nothing per thread, so the store itself serves as the handle. */
static struct queue_handle *store_attach(struct store *store)
{
	return (struct queue_handle *)store;
}

static void store_detach(struct store *store, struct queue_handle *handle)
{
	(void)store;
	(void)handle;
}

/** A cell of the ring is the item. */
QUEUE_OP void *cell_make(struct store *store, struct queue_handle *handle, void *item)
{
	(void)store;
	(void)handle;
	return item;
}

QUEUE_OP void *cell_open(struct store *store, struct queue_handle *handle, void *cell)
{
	(void)store;
	(void)handle;
	return cell;
}

/** The slot that is `index` <= capacity after the first slot of the ring, wrapped. */
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

#include "body/monitor.h"

QUEUE_EXPORT(mutex_ring) = {
	.name = "mutex_ring",
	.title = "bounded ring under a mutex, condition variables",
	.source = "textbook; monitors: Hoare, CACM 1974, doi:10.1145/355620.361161",
	.headline = 1,
	.order = QUEUE_FIFO,
	MONITOR_OPERATIONS,
};
