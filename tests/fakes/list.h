// SPDX-License-Identifier: MIT

/**
 * Queues that are wrong on purpose, and allocate: an unbounded linked list under a mutex. A fake
 * redefines a macro, whose default is right. fake.h says how a fake is tested.
 */

#ifndef FAKES_LIST_H
#define FAKES_LIST_H

#include "queue.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct node {
	struct node *next;
	void *item;
	const struct queue_handle *producer;
};

struct queue {
	pthread_mutex_t lock;
	struct node *first;
	struct node **last;
	uint64_t takes;
	/** State of the fake. */
	struct node *kept;
	const struct queue_handle *producer;
};

struct queue_handle {
	/** Only the address of a handle matters: it names the producer. */
	char nothing;
};

/** Disposes of a node whose item was taken. Called under the lock. */
#ifndef LIST_DISCARD
#define LIST_DISCARD(queue, node) free(node)
#endif

/** Answer when there is no memory for a node. */
#ifndef LIST_NO_MEMORY
#define LIST_NO_MEMORY QUEUE_NOMEM
#endif

/** The link to the node to take next, in a list that is not empty. Called under the lock. */
#ifndef LIST_CHOOSE
#define LIST_CHOOSE(queue) (&(queue)->first)
#endif

static void list_free(struct node *node)
{
	while (node) {
		struct node *next = node->next;
		free(node);
		node = next;
	}
}

static struct queue *list_create(const struct queue_config *config)
{
	(void)config;
	struct queue *queue = calloc(1, sizeof(*queue));
	if (queue) {
		pthread_mutex_init(&queue->lock, NULL);
		queue->last = &queue->first;
	}
	return queue;
}

static void list_destroy(struct queue *queue)
{
	list_free(queue->first);
	list_free(queue->kept);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

static struct queue_handle *list_attach(struct queue *queue)
{
	(void)queue;
	return malloc(sizeof(struct queue_handle));
}

static void list_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	free(handle);
}

QUEUE_OP enum queue_status list_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	struct node *node = malloc(sizeof(*node));
	if (!node) {
		return LIST_NO_MEMORY;
	}
	*node = (struct node){.item = item, .producer = handle};
	pthread_mutex_lock(&queue->lock);
	*queue->last = node;
	queue->last = &node->next;
	pthread_mutex_unlock(&queue->lock);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status list_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	(void)handle;
	enum queue_status status = QUEUE_EMPTY;
	pthread_mutex_lock(&queue->lock);
	if (queue->first) {
		struct node **link = LIST_CHOOSE(queue);
		struct node *node = *link;
		*link = node->next;
		if (!node->next) {
			queue->last = link;
		}
		*item = node->item;
		queue->producer = node->producer;
		++queue->takes;
		LIST_DISCARD(queue, node);
		status = QUEUE_OK;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

/** Ends a fake. Its claims come last. */
#define LIST_EXPORT(id, text, ...)                                                                 \
	QUEUE_EXPORT(id) = {.name = #id,                                                           \
			    .title = text,                                                         \
			    .source = "wrong on purpose",                                          \
			    .exact_empty = 1,                                                      \
			    .exact_full = 1,                                                       \
			    .create = list_create,                                                 \
			    .destroy = list_destroy,                                               \
			    .attach = list_attach,                                                 \
			    .detach = list_detach,                                                 \
			    .enqueue = list_enqueue,                                               \
			    .dequeue = list_dequeue,                                               \
			    __VA_ARGS__}

#endif // FAKES_LIST_H
