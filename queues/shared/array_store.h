// SPDX-License-Identifier: MIT

/**
 * An array of slots, as the store of shared/monitor.h. mutex_ring.c and mutex_lifo.c share it, and
 * add store_put() and store_take(). Bounded at exactly the capacity that was asked for.
 */

#ifndef SHARED_ARRAY_STORE_H
#define SHARED_ARRAY_STORE_H

#include "queue.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

struct store {
	void **slots;
	size_t capacity;
	/** Index of a ring's first item. A stack has no use for it. */
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

/** A cell of the array is the item. */
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

#endif // SHARED_ARRAY_STORE_H
