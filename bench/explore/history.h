// SPDX-License-Identifier: MIT

/** The operations of one execution, and the order that explains their answers. */

#ifndef EXPLORE_HISTORY_H
#define EXPLORE_HISTORY_H

#include "explore/explore.h"

struct operation {
	unsigned int thread;
	bool enqueue;
	enum queue_status status;
	/** A batch that moved nothing. It does not say whether a peer was in its way. */
	bool batch;
	/** The item that went in or came out, counted from 1. */
	unsigned int item;
	/** Operations that ended before this one began, as bits. */
	uint32_t before;
};

struct history {
	struct operation operations[EXPLORE_OPERATIONS];
	unsigned int count;
	/** Most items that the queue holds; 0 means no bound. */
	size_t capacity;
	/** `before` is happens-before, not the order in time. */
	bool weak;
};

/**
 * True if the operations have an order in which each comes after those that ended before it began,
 * and in which a queue of this type gives the same answers. The search is exact, and remembers
 * histories that it has explained.
 *
 * In a weak history EMPTY and FULL are judged by happens-before alone. Without fences, C11 lets no
 * queue promise that they are true at an instant that all threads agree on. EMPTY is wrong if an
 * item is inside whose enqueue happened before, and which no thread can have taken. FULL is wrong
 * if fewer items than the capacity can be inside.
 */
bool history_explained(const struct queue_type *type, const struct history *history);

#endif // EXPLORE_HISTORY_H
