// SPDX-License-Identifier: MIT

/**
 * Queues that are wrong on purpose, without a lock: the ring of queues/vyukov.c. A fake redefines
 * a macro, whose default is right. fake.h says how a fake is tested.
 */

#ifndef FAKES_SLOTS_H
#define FAKES_SLOTS_H

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct slot {
	_Atomic size_t turn;
	void *item;
};

struct queue {
	_Alignas(QUEUE_APART) _Atomic size_t enqueue_ticket;
	_Alignas(QUEUE_APART) _Atomic size_t dequeue_ticket;
	_Alignas(QUEUE_APART) size_t mask;
	struct slot *slots;
};

/** The current ticket. Relaxed: a stale one fails to be claimed, or answers QUEUE_BUSY. */
QUEUE_OP size_t peek(const _Atomic size_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/** Passes a slot to the next turn. Release: pairs with turn_ahead(). */
QUEUE_OP void pass(struct slot *slot, size_t turn)
{
	atomic_store_explicit(&slot->turn, turn, memory_order_release);
}

/** Fills a slot, and passes it to consumers. */
#ifndef SLOTS_FILL
#define SLOTS_FILL(slot, value, ticket)                                                            \
	do {                                                                                       \
		(slot)->item = (value);                                                            \
		pass(slot, (ticket) + 1);                                                          \
	} while (0)
#endif

/** Passes a slot, whose item is taken, to producers. */
#ifndef SLOTS_LEAVE
#define SLOTS_LEAVE(slot, turn) pass(slot, turn)
#endif

/** True if there is no item for `ticket`. Asked before the slot is read. */
#ifndef SLOTS_NONE
#define SLOTS_NONE(queue, ticket) false
#endif

/** Answer of an enqueue when the slot of `ticket` still belongs to an earlier lap. */
#ifndef SLOTS_NOT_FREE
#define SLOTS_NOT_FREE(queue, ticket)                                                              \
	((ticket)-peek(&(queue)->dequeue_ticket) == (queue)->mask + 1 ? QUEUE_FULL : QUEUE_BUSY)
#endif

/** Answer of a dequeue when the slot of `ticket` is not filled. */
#ifndef SLOTS_NOT_FILLED
#define SLOTS_NOT_FILLED(queue, ticket)                                                            \
	(peek(&(queue)->enqueue_ticket) == (ticket) ? QUEUE_EMPTY : QUEUE_BUSY)
#endif

static struct queue *slots_create(const struct queue_config *config)
{
	if (config->capacity == 0 || config->capacity > SIZE_MAX / 4 / sizeof(struct slot)) {
		errno = EINVAL;
		return NULL;
	}
	size_t size = 2;
	while (size < config->capacity) {
		size *= 2;
	}
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->slots = calloc(size, sizeof(*queue->slots));
	if (!queue->slots) {
		free(queue);
		return NULL;
	}
	queue->mask = size - 1;
	for (size_t i = 0; i < size; ++i) {
		size_t ticket = config->first_ticket + i;
		atomic_init(&queue->slots[ticket & queue->mask].turn, ticket);
	}
	atomic_init(&queue->enqueue_ticket, config->first_ticket);
	atomic_init(&queue->dequeue_ticket, config->first_ticket);
	return queue;
}

static void slots_destroy(struct queue *queue)
{
	free(queue->slots);
	free(queue);
}

static size_t slots_capacity(const struct queue *queue)
{
	return queue->mask + 1;
}

/** Claims a ticket. On failure `*ticket` is the current one. Relaxed: turns order the items. */
QUEUE_OP bool claim(_Atomic size_t *counter, size_t *ticket)
{
	return atomic_compare_exchange_weak_explicit(counter, ticket, *ticket + 1,
						     memory_order_relaxed, memory_order_relaxed);
}

/** How far the turn of the slot is ahead of `turn`. Acquire: pairs with pass(). */
QUEUE_OP ptrdiff_t turn_ahead(const struct slot *slot, size_t turn)
{
	return (ptrdiff_t)(atomic_load_explicit(&slot->turn, memory_order_acquire) - turn);
}

QUEUE_OP enum queue_status slots_enqueue(struct queue *queue, struct queue_handle *handle,
					 void *item)
{
	(void)handle;
	size_t ticket = peek(&queue->enqueue_ticket);
	for (;;) {
		struct slot *slot = &queue->slots[ticket & queue->mask];
		ptrdiff_t ahead = turn_ahead(slot, ticket);
		if (ahead == 0) {
			if (claim(&queue->enqueue_ticket, &ticket)) {
				SLOTS_FILL(slot, item, ticket);
				return QUEUE_OK;
			}
		} else if (ahead > 0) {
			ticket = peek(&queue->enqueue_ticket);
		} else {
			return SLOTS_NOT_FREE(queue, ticket);
		}
	}
}

QUEUE_OP enum queue_status slots_dequeue(struct queue *queue, struct queue_handle *handle,
					 void **item)
{
	(void)handle;
	size_t ticket = peek(&queue->dequeue_ticket);
	for (;;) {
		if (SLOTS_NONE(queue, ticket)) {
			return QUEUE_EMPTY;
		}
		struct slot *slot = &queue->slots[ticket & queue->mask];
		ptrdiff_t ahead = turn_ahead(slot, ticket + 1);
		if (ahead == 0) {
			if (claim(&queue->dequeue_ticket, &ticket)) {
				*item = slot->item;
				SLOTS_LEAVE(slot, ticket + queue->mask + 1);
				return QUEUE_OK;
			}
		} else if (ahead > 0) {
			ticket = peek(&queue->dequeue_ticket);
		} else {
			return SLOTS_NOT_FILLED(queue, ticket);
		}
	}
}

/** Ends a fake. Its claims come last. */
#define SLOTS_EXPORT(id, text, ...)                                                                \
	QUEUE_EXPORT(id) = {.name = #id,                                                           \
			    .title = text,                                                         \
			    .source = "wrong on purpose",                                          \
			    .order = QUEUE_FIFO,                                                   \
			    .create = slots_create,                                                \
			    .destroy = slots_destroy,                                              \
			    .capacity = slots_capacity,                                            \
			    .enqueue = slots_enqueue,                                              \
			    .dequeue = slots_dequeue,                                              \
			    __VA_ARGS__}

#endif // FAKES_SLOTS_H
