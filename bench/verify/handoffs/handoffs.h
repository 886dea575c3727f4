// SPDX-License-Identifier: MIT

/**
 * Threads that hand something to each other through a channel, and sleep whenever they can.
 *
 *     givers --- hand over ---> [ channel ] --- takers sleep for it
 *        ^                                        |
 *        '------------- acknowledgements ---------'
 *
 * An item is handed over, or room: then the channel is full, givers dequeue and takers enqueue. A
 * lost wake-up only shows if no other wake-up makes up for it. So givers send nothing after a burst
 * until all of it is acknowledged, and a taker takes nothing more until then. With as many takers
 * as things in a burst, each taker must be woken; otherwise everything stops, and the watchdog of
 * check_threads() reports it. Other rounds acknowledge nothing: all threads work at the edges of a
 * tiny queue.
 *
 * A channel is closed or cancelled, after its work or in the middle of it. All sleepers must then
 * return, and what was inside when it closed must be drained. The same threads go on with the next
 * channel.
 */

#ifndef CHECKS_HANDOFFS_H
#define CHECKS_HANDOFFS_H

#include "channel.h"
#include "verify/check.h"
#include "verify/handoffs/delays.h"

#include <pthread.h>

/** Most givers, and most takers: more than many machines have processors. */
#define HANDOFFS_MOST 4

/** Most channels of a round. */
#define HANDOFFS_LIVES 32

/** How takers acknowledge what they have taken. */
enum acknowledgement {
	/** By a count that givers read: they go on while takers are about to sleep. */
	BY_COUNT,
	/** By another channel, on which givers sleep in turn. */
	BY_CHANNEL,
	/** Not at all. */
	UNTOLD,
};

/** An item of a channel. */
struct parcel {
	/** Written before it is sent, checked by its taker. */
	uint64_t stamp;
	/** Number of times it came out. */
	_Atomic uint32_t received;
	bool sent;
};

/** The life of a channel. */
struct life {
	struct channel channel;
	struct channel back;
	struct parcel *parcels;
	uint64_t parcel_count;

	_Alignas(QUEUE_APART) _Atomic uint64_t taken;
	_Alignas(QUEUE_APART) _Atomic uint64_t parcels_used;
	_Atomic unsigned int givers_left;
	/** Bursts of each giver: as drawn, or fewer if the time is over. */
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
	/** A channel ends in the middle of its work; and it is cancelled, not closed. */
	bool early;
	bool cancels;
	bool signals;
	/** A taker takes one thing of each burst. */
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
	/** Time when givers stop, by clock_now(). */
	uint64_t until;

	/** All of a burst is taken, or the channel has ended. */
	pthread_cond_t told;
	pthread_mutex_t lock;
	/** Threads that signals delay. They are joined later, so signalling them is safe. */
	pthread_t _Atomic threads[2 * HANDOFFS_MOST];
	_Atomic unsigned int running;

	/** Hand-offs, and the number of times a thread slept. */
	uint64_t hand_offs;
	uint64_t parks;
};

/** Installs the signal handler that delays threads. */
void handoffs_prepare(void);

/** Plays a round. A fault fails the check. False with errno if a channel cannot be made. */
bool handoffs_play(struct round *round);

#endif // CHECKS_HANDOFFS_H
