// SPDX-License-Identifier: MIT

/** Channel functions off the hot path. */

#include "channel.h"

#include <string.h>

static const char *const wait_names[CHANNEL_WAITS] = {
	[CHANNEL_SPIN] = "spin",
	[CHANNEL_YIELD] = "yield",
	[CHANNEL_PARK] = "park",
	[CHANNEL_NATIVE] = "native",
};

bool channel_offers(const struct queue_type *type, enum channel_wait wait)
{
	switch (wait) {
	case CHANNEL_PARK:
		return type->exact_empty;
	case CHANNEL_NATIVE:
		return type->dequeue_wait != NULL;
	default:
		return true;
	}
}

enum channel_wait channel_best_wait(const struct queue_type *type)
{
	enum channel_wait wait = CHANNEL_NATIVE;
	while (!channel_offers(type, wait)) {
		--wait;
	}
	return wait;
}

const char *channel_wait_name(unsigned int wait)
{
	return wait_names[wait];
}

bool channel_wait_parse(const char *name, enum channel_wait *wait)
{
	for (int i = 0; i < CHANNEL_WAITS; ++i) {
		if (strcmp(name, wait_names[i]) == 0) {
			*wait = (enum channel_wait)i;
			return true;
		}
	}
	return false;
}

int channel_create(const struct queue_type *type, struct channel *channel,
		   const struct channel_config *config)
{
	channel->queue = type->create(&config->queue);
	if (!channel->queue) {
		return -1;
	}
	channel->wait = config->wait;
	channel->polls = config->polls;
	channel->waits_for_room = config->waits_for_room;
	atomic_init(&channel->state, CHANNEL_OPEN);
	eventcount_init(&channel->items);
	eventcount_init(&channel->room);
	return 0;
}

void channel_destroy(const struct queue_type *type, struct channel *channel)
{
	type->destroy(channel->queue);
}

int channel_attach(const struct queue_type *type, struct channel *channel, struct channel_end *end)
{
	end->counts = (struct channel_counts){0};
	end->handle = queue_attach(type, channel->queue);
	return end->handle ? 0 : -1;
}

void channel_detach(const struct queue_type *type, struct channel *channel, struct channel_end *end)
{
	queue_detach(type, channel->queue, end->handle);
}

/** Changes the state and wakes all threads. */
static void channel_end_with(const struct queue_type *type, struct channel *channel,
			     enum channel_state state)
{
	// Release, pairs with channel_state(): a thread that sees the new state sees all items
	// enqueued before. The fence in eventcount_wake() orders the new state before the look
	// for waiters.
	enum channel_state expected = CHANNEL_OPEN;
	while (!atomic_compare_exchange_weak_explicit(&channel->state, &expected, state,
						      memory_order_acq_rel, memory_order_relaxed)) {
		// A cancelled channel stays cancelled; a closed one can still be cancelled
		if (expected == CHANNEL_CANCELLED || expected == state) {
			break;
		}
	}
	eventcount_wake(&channel->items, UINT32_MAX);
	eventcount_wake(&channel->room, UINT32_MAX);
	WAIT_STEP(ending);
	if (type->close) {
		type->close(channel->queue);
	}
}

void channel_close(const struct queue_type *type, struct channel *channel)
{
	channel_end_with(type, channel, CHANNEL_CLOSED);
}

void channel_cancel(const struct queue_type *type, struct channel *channel)
{
	channel_end_with(type, channel, CHANNEL_CANCELLED);
}

void channel_counts_add(struct channel_counts *sum, const struct channel_counts *counts)
{
	sum->enqueued += counts->enqueued;
	sum->dequeued += counts->dequeued;
	sum->full += counts->full;
	sum->empty += counts->empty;
	sum->busy += counts->busy;
	sum->parks += counts->parks;
	sum->wakes += counts->wakes;
}
