// SPDX-License-Identifier: MIT

/**
 * Threads that hand something to each other through a channel, and sleep whenever they can.
 *
 *     givers --- hand over ---> [ channel ] --- takers sleep for it
 *        ^                                        |
 *        '------------- acknowledgements ---------'
 *
 * What is given is an item, or else room: then the channel is full, the givers dequeue and
 * the takers enqueue. A wake-up that is lost shows only where nobody else's makes up for it.
 * So givers send nothing after a burst until all of it has been acknowledged, and a taker
 * takes nothing more until then: with as many takers as there are in a burst, each of them
 * must be woken, or everything stands still and the watchdog of check_threads() tells.
 * Other rounds acknowledge nothing: everybody works at the edges of a tiny queue.
 *
 * A channel ends with closing or cancelling, after all is done or in the midst of it:
 * everybody who sleeps must then come back, and what was inside when the channel closed must
 * be drained. The same threads then go on with the next channel.
 */

#ifndef CHECKS_HANDOFFS_H
#define CHECKS_HANDOFFS_H

#include "channel.h"
#include "verify/check.h"
#include "verify/handoffs/delays.h"

#include <pthread.h>

/** Most givers and most takers: more than there are often processors for. */
#define HANDOFFS_MOST 4

/** Most channels of a round. */
#define HANDOFFS_LIVES 32

/** How takers tell that they have taken. */
enum acknowledgement {
	/** By a count that givers look at: they go on while takers are on their way to sleep. */
	BY_COUNT,
	/** By another channel, on which givers sleep in turn. */
	BY_CHANNEL,
	/** Not at all. */
	UNTOLD,
};

/** What goes through the channel. */
struct parcel {
	/** Written before it is sent, checked by who receives it. */
	uint64_t stamp;
	/** Times that it came out. */
	_Atomic uint32_t received;
	bool sent;
};

/** A channel from its making to its end. */
struct life {
	struct channel channel;
	struct channel back;
	struct parcel *parcels;
	uint64_t parcel_count;

	_Alignas(QUEUE_APART) _Atomic uint64_t taken;
	_Alignas(QUEUE_APART) _Atomic uint64_t parcels_used;
	_Atomic unsigned int givers_left;
	/** Bursts of each giver: as many as drawn, or less where it gets late. */
	_Atomic uint64_t bursts;

	/* Under the lock of the round. */
	struct channel_counts counts;
	struct channel_counts counts_back;
};

struct round {
	struct check_run *run;
	const struct queue_type *type;
	uint64_t seed;

	/* Drawn from the seed. */
	enum channel_wait wait;
	enum acknowledgement acknowledgement;
	/** Room is given, not items. */
	bool room;
	/** A channel ends in the midst of it all, and by cancelling. */
	bool early;
	bool cancels;
	bool signals;
	/** A taker takes nothing more before all of a burst is taken. */
	bool holds;
	size_t capacity;
	unsigned int polls;
	uint32_t delay_mean;
	enum step favourite;
	unsigned int givers;
	unsigned int takers;
	unsigned int per_giver;
	uint64_t burst;
	uint64_t bursts;
	unsigned int life_count;

	struct life *lives;
	/** When givers come to an end, by clock_now(). */
	uint64_t until;

	/** All of a burst is taken, or the channel has ended. */
	pthread_cond_t told;
	pthread_mutex_t lock;
	/* Under the lock. */
	pthread_t threads[2 * HANDOFFS_MOST];
	bool runs[2 * HANDOFFS_MOST];
	unsigned int running;

	/** All that went through, and how often somebody slept for it. */
	uint64_t hand_offs;
	uint64_t parks;
};

/** Have threads delayed by signals, from now on. */
void handoffs_prepare(void);

/** Play a round that was drawn. A fault fails the check. False with errno if it cannot be made. */
bool handoffs_play(struct round *round);

#endif // CHECKS_HANDOFFS_H
