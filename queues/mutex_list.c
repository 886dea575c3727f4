// SPDX-License-Identifier: MIT

/**
 * A linked list under a mutex, with condition variables to sleep on: the unbounded queue that most
 * programs use.
 *
 *     first -> [a] -> [b] -> [c] -> NULL
 *                             ^ &c.next == last
 *
 * `last` points to where the next node is linked: to `first` while the list is empty, so putting a
 * node has no special case. Nodes come from magazines, outside of the lock.
 */

#include "queue.h"
#include "reclaim/magazine.h"

#include <stdbool.h>
#include <stdlib.h>

struct node {
	struct node *next;
	void *item;
};

struct store {
	struct node *first;
	struct node **last;
	struct depot depot;
};

struct queue_handle {
	struct magazines magazines;
};

static int store_create(struct store *store, const struct queue_config *config)
{
	(void)config;
	store->first = NULL;
	store->last = &store->first;
	depot_create(&store->depot, sizeof(struct node));
	return 0;
}

static void store_destroy(struct store *store)
{
	while (store->first) {
		struct node *node = store->first;
		store->first = node->next;
		free(node);
	}
	depot_destroy(&store->depot);
}

QUEUE_OP void *cell_make(struct store *store, struct queue_handle *handle, void *item)
{
	struct node *node = node_alloc(&store->depot, &handle->magazines);
	if (node) {
		node->next = NULL;
		node->item = item;
	}
	return node;
}

QUEUE_OP void *cell_open(struct store *store, struct queue_handle *handle, void *cell)
{
	struct node *node = cell;
	void *item = node->item;
	node_free(&store->depot, &handle->magazines, node);
	return item;
}

QUEUE_OP bool store_put(struct store *store, void *cell)
{
	struct node *node = cell;
	*store->last = node;
	store->last = &node->next;
	return true;
}

QUEUE_OP void *store_take(struct store *store)
{
	struct node *node = store->first;
	if (node) {
		store->first = node->next;
		if (!store->first) {
			store->last = &store->first;
		}
	}
	return node;
}

#include "shared/monitor.h"

static struct queue_handle *mutex_list_attach(struct queue *queue)
{
	return magazines_attach_handle(&queue->store.depot);
}

static void mutex_list_detach(struct queue *queue, struct queue_handle *handle)
{
	magazines_detach_handle(&queue->store.depot, handle);
}

QUEUE_EXPORT(mutex_list) = {
	.name = "mutex_list",
	.title = "unbounded list under a mutex, condition variables",
	.source = "textbook; monitors: Hoare, CACM 1974, doi:10.1145/355620.361161",
	.headline = 1,
	.order = QUEUE_FIFO,
	.attach = mutex_list_attach,
	.detach = mutex_list_detach,
	MONITOR_OPERATIONS,
};
