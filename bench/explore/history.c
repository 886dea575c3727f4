// SPDX-License-Identifier: MIT

/** The search for an order of a few operations (Wing & Gong, 1993). */

#include "explore/history.h"
#include "explore/hash.h"

#include <string.h>

/** Slots for hashes of explained histories. */
#define REMEMBERED (1U << 16)

struct linearization {
	const struct queue_type *type;
	const struct history *history;
	/** Items inside, the oldest first. */
	unsigned int items[EXPLORE_OPERATIONS];
	unsigned int producers[EXPLORE_OPERATIONS];
	unsigned int count;
	uint32_t done;
};

/** Index of an item inside; -1 if it may not be taken now. */
static int find_item(const struct linearization *order, unsigned int item)
{
	for (unsigned int i = 0; i < order->count; ++i) {
		if (order->items[i] == item) {
			return (int)i;
		}
		if (order->type->order == QUEUE_FIFO) {
			return -1;
		}
		if (order->type->order == QUEUE_PRODUCER_FIFO) {
			for (unsigned int j = i + 1; j < order->count; ++j) {
				if (order->items[j] == item &&
				    order->producers[j] == order->producers[i]) {
					return -1;
				}
			}
		}
	}
	return -1;
}

/** True if a peer overlaps with the operation: it may hold a slot. */
static bool has_peers(const struct history *history, unsigned int index)
{
	for (unsigned int i = 0; i < history->count; ++i) {
		bool ordered = (history->operations[index].before >> i & 1) ||
			       (history->operations[i].before >> index & 1);
		if (i != index && !ordered) {
			return true;
		}
	}
	return false;
}

/**
 * The answer of an operation. A batch that moved nothing stands for FULL or EMPTY; for BUSY as well
 * if a peer overlaps and may be in its way, which it may not be in a wait-free operation.
 */
static enum queue_status answer_of(const struct queue_type *type, const struct history *history,
				   unsigned int index)
{
	const struct operation *operation = &history->operations[index];
	enum queue_progress progress =
		operation->enqueue ? type->enqueue_progress : type->dequeue_progress;
	return operation->batch && progress != QUEUE_WAIT_FREE && has_peers(history, index)
		       ? QUEUE_BUSY
		       : operation->status;
}

static bool extend(struct linearization *order);

/** Lets an operation take effect next, and goes on with the others. */
static bool take_effect(struct linearization *order, unsigned int index)
{
	const struct operation *operation = &order->history->operations[index];
	size_t capacity = order->history->capacity;
	struct linearization next = *order;
	next.done |= (uint32_t)1 << index;
	switch (answer_of(order->type, order->history, index)) {
	case QUEUE_OK:
		if (operation->enqueue) {
			if (capacity && next.count == capacity) {
				return false;
			}
			next.producers[next.count] = operation->thread;
			next.items[next.count++] = operation->item;
		} else {
			int place = find_item(order, operation->item);
			if (place < 0) {
				return false;
			}
			--next.count;
			for (unsigned int i = (unsigned int)place; i < next.count; ++i) {
				next.items[i] = next.items[i + 1];
				next.producers[i] = next.producers[i + 1];
			}
		}
		break;
	case QUEUE_EMPTY:
		if (order->count > 0 && order->type->exact_empty && !order->history->weak) {
			return false;
		}
		break;
	case QUEUE_FULL:
		if (capacity == 0 ||
		    (order->count < capacity && !order->history->weak &&
		     (order->type->exact_full || !has_peers(order->history, index)))) {
			return false;
		}
		break;
	default:
		// Busy, or without memory: no effect
		break;
	}
	return extend(&next);
}

static bool extend(struct linearization *order)
{
	const struct history *history = order->history;
	if (order->done == ((uint64_t)1 << history->count) - 1) {
		return true;
	}
	for (unsigned int i = 0; i < history->count; ++i) {
		bool done = order->done >> i & 1;
		bool waits = history->operations[i].before & ~order->done;
		if (!done && !waits && take_effect(order, i)) {
			return true;
		}
	}
	return false;
}

static bool is_before(const struct history *history, unsigned int first, unsigned int second)
{
	return history->operations[second].before >> first & 1;
}

/** True if the operation `at` must find the item of an enqueue inside. */
static bool surely_inside(const struct history *history, unsigned int enqueue, unsigned int at)
{
	for (unsigned int i = 0; i < history->count; ++i) {
		const struct operation *other = &history->operations[i];
		if (!other->enqueue && other->status == QUEUE_OK &&
		    other->item == history->operations[enqueue].item) {
			return is_before(history, enqueue, at) && is_before(history, at, i);
		}
	}
	return is_before(history, enqueue, at);
}

/** Judges EMPTY and FULL of a weak history. */
static bool answers_allowed(const struct queue_type *type, const struct history *history)
{
	for (unsigned int at = 0; at < history->count; ++at) {
		enum queue_status status = answer_of(type, history, at);
		size_t possible = 0;
		for (unsigned int i = 0; i < history->count; ++i) {
			const struct operation *other = &history->operations[i];
			if (other->status != QUEUE_OK) {
				continue;
			}
			if (other->enqueue && status == QUEUE_EMPTY && type->exact_empty &&
			    surely_inside(history, i, at)) {
				return false;
			}
			possible += other->enqueue && !is_before(history, at, i);
			possible -= !other->enqueue && is_before(history, i, at);
		}
		if (status == QUEUE_FULL && type->exact_full && possible < history->capacity) {
			return false;
		}
	}
	return true;
}

static uint64_t code_of(const struct history *history)
{
	struct hash code = {0};
	for (unsigned int i = 0; i < history->count; ++i) {
		const struct operation *operation = &history->operations[i];
		hash_add(&code, (uint64_t)operation->before << 32 | operation->item << 8 |
					(unsigned int)operation->batch << 4 |
					(unsigned int)operation->status << 1 | operation->enqueue);
		hash_add(&code, operation->thread);
	}
	return code.first | 1;
}

bool history_explained(const struct queue_type *type, const struct history *history)
{
	static uint64_t remembered[REMEMBERED];
	static const struct queue_type *remembered_type;
	static size_t remembered_capacity;
	static bool remembered_weak;
	if (type != remembered_type || history->capacity != remembered_capacity ||
	    history->weak != remembered_weak) {
		memset(remembered, 0, sizeof(remembered));
		remembered_type = type;
		remembered_capacity = history->capacity;
		remembered_weak = history->weak;
	}
	uint64_t code = code_of(history);
	uint64_t *place = &remembered[(code >> 7) % REMEMBERED];
	if (*place == code) {
		return true;
	}
	struct linearization order = {.type = type, .history = history};
	bool explained = (!history->weak || answers_allowed(type, history)) && extend(&order);
	if (explained) {
		*place = code;
	}
	return explained;
}
