// SPDX-License-Identifier: MIT

/**
 * A channel is a queue plus waiting plus closing: what a worker sleeps on.
 *
 * The queue's type is an argument of every operation, and the operations are
 * forced inline: given a constant type they compile to the queue itself.
 *
 *     OPEN --channel_close()---> CLOSED      consumers drain what is left, and are told
 *       \------channel_cancel()--> CANCELLED   what is inside is abandoned
 *
 * Waking is the producer's word and not part of an enqueue, so that it can be
 * said once for many items: whoever enqueues calls channel_wake() afterwards, at
 * the latest before it sleeps on something else. The queue's native wait knows no
 * such thing, and wakes by itself.
 */

#ifndef CHANNEL_H
#define CHANNEL_H

#include "eventcount.h"
#include "queue.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** What a thread does that finds nothing, or no room. */
enum channel_wait {
	/** Polls, with a pause instruction. */
	CHANNEL_SPIN,
	/** Polls a little, then lets others run. */
	CHANNEL_YIELD,
	/** Polls a little, then sleeps on an eventcount. */
	CHANNEL_PARK,
	/** The queue's own blocking call. */
	CHANNEL_NATIVE,
};

/** How many there are. */
#define CHANNEL_WAITS 4

/**
 * Polls before a thread yields or sleeps: some 2 microseconds, the order of what a
 * sleep and its wake-up cost. More is time taken from whoever has work, where
 * there are more threads than processors.
 */
#define CHANNEL_POLLS 64

enum channel_state {
	CHANNEL_OPEN,
	CHANNEL_CLOSED,
	CHANNEL_CANCELLED,
};

struct channel_config {
	struct queue_config queue;
	enum channel_wait wait;
	/** Polls before a thread yields or sleeps; tests set it to 0. */
	unsigned int polls;
	/** Somebody may wait for room: every dequeue then looks for sleeping producers. */
	bool waits_for_room;
};

struct channel {
	struct queue *queue;
	enum channel_wait wait;
	unsigned int polls;
	bool waits_for_room;
	_Atomic enum channel_state state;
	/** Consumers sleep on `items`, producers on `room`. */
	struct eventcount items;
	struct eventcount room;
};

/** What a thread did to a channel. */
struct channel_counts {
	uint64_t enqueued;
	uint64_t dequeued;
	uint64_t full;
	uint64_t empty;
	uint64_t busy;
	/** Times that it slept, or called the queue's own blocking operation to do so. */
	uint64_t parks;
	/** Threads that it woke; those of a native wait are not known. */
	uint64_t wakes;
};

/** A thread's end of a channel. */
struct channel_end {
	struct queue_handle *handle;
	struct channel_counts counts;
};

/** Can this queue be waited on like that? */
bool channel_offers(const struct queue_type *type, enum channel_wait wait);

/** The best wait that a queue offers: its native one, else park, else yield. */
enum channel_wait channel_best_wait(const struct queue_type *type);

/** "spin", "yield", "park", "native". */
const char *channel_wait_name(enum channel_wait wait);

/** The wait of that name into `*wait`. False if there is none. */
bool channel_wait_parse(const char *name, enum channel_wait *wait);

/** Make a channel over a new queue. 0, or -1 with the queue's errno. */
int channel_create(const struct queue_type *type, struct channel *channel,
		   const struct channel_config *config);

/** Free it. No thread may be attached; items left inside are the caller's. */
void channel_destroy(const struct queue_type *type, struct channel *channel);

/** Join the calling thread. 0, or -1 with the queue's errno. */
int channel_attach(const struct queue_type *type, struct channel *channel, struct channel_end *end);

/** Leave. The counts stay. */
void channel_detach(const struct queue_type *type, struct channel *channel,
		    struct channel_end *end);

/** Nothing is enqueued any more: wake everybody; consumers drain what is inside. */
void channel_close(const struct queue_type *type, struct channel *channel);

/** It is over: wake everybody; what is inside is abandoned. Not for signal handlers. */
void channel_cancel(const struct queue_type *type, struct channel *channel);

/** Add what a thread did to a sum. */
void channel_counts_add(struct channel_counts *sum, const struct channel_counts *counts);

/** The state just now. Acquire: pairs with the store in channel_end_with(). */
QUEUE_OP enum channel_state channel_state(const struct channel *channel)
{
	return atomic_load_explicit(&channel->state, memory_order_acquire);
}

/** Wake up to `count` consumers for items that this thread has enqueued. */
QUEUE_OP void channel_wake(struct channel *channel, struct channel_end *end, size_t count)
{
	if (channel->wait == CHANNEL_PARK && count > 0) {
		uint32_t most = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
		end->counts.wakes += eventcount_wake(&channel->items, most);
	}
}

/** One poll more: pause, or let others run when it takes long. */
QUEUE_OP void channel_poll(const struct channel *channel, unsigned int *polls)
{
	if (channel->wait == CHANNEL_SPIN || *polls < channel->polls) {
		++*polls;
		queue_pause();
	} else {
		sched_yield();
	}
}

/** Enqueue unless the queue says otherwise. Wakes nobody; see channel_wake(). */
QUEUE_OP enum queue_status channel_try_enqueue(const struct queue_type *type,
					       struct channel *channel, struct channel_end *end,
					       void *item)
{
	enum queue_status status = type->enqueue(channel->queue, end->handle, item);
	end->counts.enqueued += status == QUEUE_OK;
	end->counts.full += status == QUEUE_FULL;
	end->counts.busy += status == QUEUE_BUSY;
	return status;
}

/** Dequeue unless the queue says otherwise. Wakes a producer who waits for room. */
QUEUE_OP enum queue_status channel_try_dequeue(const struct queue_type *type,
					       struct channel *channel, struct channel_end *end,
					       void **item)
{
	enum queue_status status = type->dequeue(channel->queue, end->handle, item);
	end->counts.dequeued += status == QUEUE_OK;
	end->counts.empty += status == QUEUE_EMPTY;
	end->counts.busy += status == QUEUE_BUSY;
	if (status == QUEUE_OK && channel->waits_for_room && channel->wait == CHANNEL_PARK) {
		end->counts.wakes += eventcount_wake(&channel->room, 1);
	}
	return status;
}

/** One try of an operation that waits: closing comes first, as each says. */
QUEUE_OP enum queue_status channel_try(const struct queue_type *type, struct channel *channel,
				       struct channel_end *end, void **item, bool enqueue)
{
	// Before the queue: what was enqueued before closing must still be found
	enum channel_state state = channel_state(channel);
	WAIT_STEP(state_read);
	if (state == CHANNEL_CANCELLED || (enqueue && state == CHANNEL_CLOSED)) {
		return QUEUE_CLOSED;
	}
	enum queue_status status = enqueue ? channel_try_enqueue(type, channel, end, *item)
					   : channel_try_dequeue(type, channel, end, item);
	WAIT_STEP(looked);
	return status == QUEUE_EMPTY && state == CHANNEL_CLOSED ? QUEUE_CLOSED : status;
}

/** The queue's own blocking operation. */
QUEUE_OP enum queue_status channel_native(const struct queue_type *type, struct channel *channel,
					  struct channel_end *end, void **item, bool enqueue)
{
	++end->counts.parks;
	enum queue_status status;
	if (enqueue) {
		status = type->enqueue_wait(channel->queue, end->handle, *item);
		end->counts.enqueued += status == QUEUE_OK;
	} else {
		status = type->dequeue_wait(channel->queue, end->handle, item);
		end->counts.dequeued += status == QUEUE_OK;
		if (channel_state(channel) == CHANNEL_CANCELLED) {
			// The queue knows closing alone: what it drained is abandoned here
			status = QUEUE_CLOSED;
		}
	}
	return status;
}

/** Try until it is done or over, waiting in between. */
QUEUE_OP enum queue_status channel_wait(const struct queue_type *type, struct channel *channel,
					struct channel_end *end, void **item, bool enqueue)
{
	struct eventcount *eventcount = enqueue ? &channel->room : &channel->items;
	enum queue_status hopeless = enqueue ? QUEUE_FULL : QUEUE_EMPTY;
	bool announced = false;
	unsigned int polls = 0;

	for (;;) {
		enum queue_status status = channel_try(type, channel, end, item, enqueue);
		bool waits = status == hopeless || status == QUEUE_BUSY;
		bool sleeps = status == hopeless && channel->wait == CHANNEL_PARK;

		if (announced && sleeps) {
			// Nothing at the second look either
			++end->counts.parks;
			eventcount_wait(eventcount);
			announced = false;
			polls = 0;
		} else if (announced) {
			eventcount_cancel(eventcount);
			announced = false;
		} else if (sleeps && polls >= channel->polls) {
			if (enqueue) {
				// Who could make room may not know yet of what is inside
				channel_wake(channel, end, SIZE_MAX);
			}
			eventcount_announce(eventcount);
			announced = true;
		} else if (status == hopeless && channel->wait == CHANNEL_NATIVE &&
			   type->dequeue_wait) {
			// Asked of the type too, so that a queue without it compiles to no call
			return channel_native(type, channel, end, item, enqueue);
		} else if (waits) {
			channel_poll(channel, &polls);
		}
		if (status == QUEUE_NOMEM && channel->wait == CHANNEL_PARK) {
			// Perhaps woken for room that it cannot use: somebody else can
			end->counts.wakes += eventcount_wake(&channel->room, 1);
		}
		if (!waits) {
			return status;
		}
	}
}

/**
 * Enqueue, waiting for room. QUEUE_OK, QUEUE_NOMEM or QUEUE_CLOSED. Wakes no
 * consumer unless it has to wait for one; see channel_wake().
 */
QUEUE_OP enum queue_status channel_enqueue(const struct queue_type *type, struct channel *channel,
					   struct channel_end *end, void *item)
{
	return channel_wait(type, channel, end, &item, true);
}

/** Dequeue, waiting for an item. QUEUE_OK, or QUEUE_CLOSED when there will be none. */
QUEUE_OP enum queue_status channel_dequeue(const struct queue_type *type, struct channel *channel,
					   struct channel_end *end, void **item)
{
	return channel_wait(type, channel, end, item, false);
}

#endif // CHANNEL_H
