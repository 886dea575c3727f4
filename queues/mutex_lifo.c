// SPDX-License-Identifier: MIT

/**
 * A stack under a mutex, with condition variables to sleep on. Not a queue: the
 * youngest item leaves first. It is here because a tree that is walked from a stack is walked depth
 * first, with fewer directories open to be visited, and the last one still in the cache.
 *
 *                    count
 *                      v
 *     [a][b][c][d][e][f][ ][ ]        both sides work at `count`
 *
 * Bounded at exactly the capacity that was asked for. What is surprising: the item at the
 * bottom may wait for ever, while younger ones come and go; nothing here bounds how long an
 * item is inside. The waiting, and what is surprising about that, is in body/monitor.h.
 */

#include "queue.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct store {
	void **slots;
	size_t capacity;
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

/** The stack keeps nothing per thread, so the store itself serves as the handle. */
static struct queue_handle *store_attach(struct store *store)
{
	return (struct queue_handle *)store;
}

static void store_detach(struct store *store, struct queue_handle *handle)
{
	(void)store;
	(void)handle;
}

/** A cell of the stack is the item. */
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

#include "body/monitor.h"

QUEUE_EXPORT(mutex_lifo) = {
	.name = "mutex_lifo",
	.title = "bounded stack under a mutex, condition variables",
	.source = "textbook; monitors: Hoare, CACM 1974, doi:10.1145/355620.361161",
	.order = QUEUE_UNORDERED,
	MONITOR_OPERATIONS,
};
