// SPDX-License-Identifier: MIT

/** The operations of one execution, and whether they have an order that explains their answers. */

#ifndef EXPLORE_HISTORY_H
#define EXPLORE_HISTORY_H

#include "explore/explore.h"

struct operation {
	unsigned int thread;
	bool enqueue;
	enum queue_status status;
	/** The item that went in or came out, counted from 1. */
	unsigned int item;
	/** The operations that were over before it began, as bits. */
	uint32_t before;
};

struct history {
	struct operation operations[EXPLORE_OPERATIONS];
	unsigned int count;
	/** Items that the queue holds at most; 0: no bound. */
	size_t capacity;
	/** `before` is what happens before, and not what came earlier. */
	bool weak;
};

/**
 * Is there an order of the operations, in which each comes after those that were over before it
 * began, and in which a queue as claimed gives the same answers? An exact search; what was found
 * before is remembered.
 *
 * Of a weak history, EMPTY and FULL are held against what happens before alone: an instant of the
 * call, which all threads agree on, is more than C11 lets any queue promise without fences. EMPTY
 * is wrong with an item inside whose enqueue happened before, and which nobody can have taken
 * yet; FULL if fewer items than the capacity can be inside.
 */
bool history_explained(const struct queue_type *type, const struct history *history);

#endif // EXPLORE_HISTORY_H
