// SPDX-License-Identifier: MIT

/**
 * A channel: a queue, with waiting and closing added.
 *
 * Every operation takes the queue's type as an argument and is forced inline. With a
 * constant type it compiles to the queue's own code.
 *
 *     OPEN --channel_close()---> CLOSED        consumers drain the rest, then get QUEUE_CLOSED
 *       \------channel_cancel()--> CANCELLED   items still inside are abandoned
 *
 * An enqueue wakes nobody, so that one wake-up can serve many items. After enqueuing, a
 * producer calls channel_wake(), at the latest before it sleeps on something else. A
 * queue with a native wait wakes its consumers itself.
 */

#ifndef CHANNEL_H
#define CHANNEL_H

#include "eventcount.h"
#include "queue.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** How a thread waits for an item or for room. */
enum channel_wait {
	/** Polls, with a pause instruction. */
	CHANNEL_SPIN,
	/** Polls a little, then yields its processor. */
	CHANNEL_YIELD,
	/** Polls a little, then sleeps on an eventcount. */
	CHANNEL_PARK,
	/** The queue's own blocking call. */
	CHANNEL_NATIVE,
};

/** Number of waits. */
#define CHANNEL_WAITS 4

/**
 * Polls before a thread yields or sleeps: about 2 microseconds, as long as a sleep and its
 * wake-up take. With more threads than processors, more polls would take time from the
 * threads that have work.
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
	/** Producers may wait for room: each dequeue looks for sleeping ones. */
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
	/** Times that the thread slept; not known where a module waits natively outside its loops.
	 */
	uint64_t parks;
	/** Threads woken; not known for a native wait. */
	uint64_t wakes;
};

/** A thread's end of a channel. */
struct channel_end {
	struct queue_handle *handle;
	struct channel_counts counts;
};

/** True if this queue can be waited on in this way. */
bool channel_offers(const struct queue_type *type, enum channel_wait wait);

/** The best wait that a queue offers: its native one, else park, else yield. */
enum channel_wait channel_best_wait(const struct queue_type *type);

/** "spin", "yield", "park", "native". */
const char *channel_wait_name(unsigned int wait);

/** Stores the wait of that name in `*wait`. False if there is none. */
bool channel_wait_parse(const char *name, enum channel_wait *wait);

/** Makes a channel with a new queue. 0, or -1 with the queue's errno. */
int channel_create(const struct queue_type *type, struct channel *channel,
		   const struct channel_config *config);

/** Frees the channel. No thread may be attached; items left inside stay the caller's. */
void channel_destroy(const struct queue_type *type, struct channel *channel);

/** Attaches the calling thread. 0, or -1 with the queue's errno. */
int channel_attach(const struct queue_type *type, struct channel *channel, struct channel_end *end);

/** Detaches the calling thread. The end keeps its counts. */
void channel_detach(const struct queue_type *type, struct channel *channel,
		    struct channel_end *end);

/** Ends enqueuing and wakes all threads. Consumers drain the rest. */
void channel_close(const struct queue_type *type, struct channel *channel);

/** Ends everything and wakes all threads. Items inside are abandoned. Not for signal handlers. */
void channel_cancel(const struct queue_type *type, struct channel *channel);

/** Adds a thread's counts to a sum. */
void channel_counts_add(struct channel_counts *sum, const struct channel_counts *counts);

/** The current state. Acquire: pairs with the exchange in channel_end_with(). */
QUEUE_OP enum channel_state channel_state(const struct channel *channel)
{
	return atomic_load_explicit(&channel->state, memory_order_acquire);
}

/** Wakes up to `count` consumers, for items that this thread has enqueued. */
QUEUE_OP void channel_wake(struct channel *channel, struct channel_end *end, size_t count)
{
	if (channel->wait == CHANNEL_PARK && count > 0) {
		uint32_t most = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
		end->counts.wakes += eventcount_wake(&channel->items, most);
	}
}

/** One more poll: a pause; a yield once there were too many. */
QUEUE_OP void channel_poll(const struct channel *channel, unsigned int *polls)
{
	if (channel->wait == CHANNEL_SPIN || *polls < channel->polls) {
		++*polls;
		queue_pause();
	} else {
		sched_yield();
	}
}

/** Tries once to enqueue. Wakes no consumer; see channel_wake(). */
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

/** Tries once to dequeue. Wakes a producer that waits for room. */
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

/** Tries once, after a look at the state, as the operations that wait do. */
QUEUE_OP enum queue_status channel_try(const struct queue_type *type, struct channel *channel,
				       struct channel_end *end, void **item, bool enqueue)
{
	// The state before the queue: items enqueued before the close must still be found
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

/** Sleeps of the calling thread in queues. */
QUEUE_OP uint64_t channel_slept(void)
{
#ifdef QUEUE_EXPLORED
	return 0;
#else
	return queue_slept;
#endif
}

/** The queue's own blocking operation. */
QUEUE_OP enum queue_status channel_native(const struct queue_type *type, struct channel *channel,
					  struct channel_end *end, void **item, bool enqueue)
{
	uint64_t slept = channel_slept();
	enum queue_status status;
	if (enqueue) {
		status = type->enqueue_wait(channel->queue, end->handle, *item);
		end->counts.enqueued += status == QUEUE_OK;
	} else {
		status = type->dequeue_wait(channel->queue, end->handle, item);
		end->counts.dequeued += status == QUEUE_OK;
		if (channel_state(channel) == CHANNEL_CANCELLED) {
			// The queue only knows closing. An item that it still handed out is dropped
			status = QUEUE_CLOSED;
		}
	}
	end->counts.parks += channel_slept() - slept;
	return status;
}

/** Tries until the operation succeeds or the channel has ended, and waits in between. */
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
			// The second look, after the announcement, found nothing either
			++end->counts.parks;
			eventcount_wait(eventcount);
			announced = false;
			polls = 0;
		} else if (announced) {
			eventcount_cancel(eventcount);
			announced = false;
		} else if (sleeps && polls >= channel->polls) {
			if (enqueue) {
				// A consumer that could make room may still sleep
				channel_wake(channel, end, SIZE_MAX);
			}
			eventcount_announce(eventcount);
			announced = true;
		} else if (status == hopeless && channel->wait == CHANNEL_NATIVE &&
			   type->dequeue_wait) {
			// Looked up in the type too: a queue without it compiles to no call
			return channel_native(type, channel, end, item, enqueue);
		} else if (waits) {
			channel_poll(channel, &polls);
		}
		if (status == QUEUE_NOMEM && channel->wait == CHANNEL_PARK) {
			// This thread may have taken a wake-up for room. It cannot use the room,
			// so it passes the wake-up on
			end->counts.wakes += eventcount_wake(&channel->room, 1);
		}
		if (!waits) {
			return status;
		}
	}
}

/**
 * Enqueues, and waits for room. Returns QUEUE_OK, QUEUE_NOMEM or QUEUE_CLOSED. Wakes
 * consumers only if it has to wait for one; see channel_wake().
 */
QUEUE_OP enum queue_status channel_enqueue(const struct queue_type *type, struct channel *channel,
					   struct channel_end *end, void *item)
{
	return channel_wait(type, channel, end, &item, true);
}

/** Dequeues, and waits for an item. Returns QUEUE_OK, or QUEUE_CLOSED at the end. */
QUEUE_OP enum queue_status channel_dequeue(const struct queue_type *type, struct channel *channel,
					   struct channel_end *end, void **item)
{
	return channel_wait(type, channel, end, item, false);
}

#endif // CHANNEL_H
