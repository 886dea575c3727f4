// SPDX-License-Identifier: MIT

/**
 * waiting: no wake-up is lost, and no close is missed. Threads that sleep whenever they can hand
 * items to each other (handoffs.h), under each wait of the queue that sleeps.
 *
 * The races are a few instructions wide. So the channel and its eventcount are compiled a second
 * time, with delays between their steps (delays.h). A delay lasts from nanoseconds to a time slice,
 * or until other threads have made progress. A thread that sends signals also delays threads
 * elsewhere, as inside the queue's own waiting. Some rounds have no delay, since a function call
 * hides what a store buffer would show.
 */

#include "base/number.h"
#include "verify/handoffs/handoffs.h"

#include <errno.h>
#include <stdio.h>

/** Most hand-offs of a channel: a few milliseconds. */
#define HAND_OFFS (3000 / BUILD_SLOW)

/** Most bursts of a channel, in a round with many channels. */
#define FEW_BURSTS 8

/** A queue with a larger real capacity is never filled: it takes too long. */
#define MOST_ROOM 1024

/** Draws a wait that sleeps. The queue has at least one. */
static enum channel_wait draw_wait(const struct queue_type *type, struct rng *rng)
{
	enum channel_wait first = rng_below(rng, 2) ? CHANNEL_PARK : CHANNEL_NATIVE;
	enum channel_wait second = first == CHANNEL_PARK ? CHANNEL_NATIVE : CHANNEL_PARK;
	return channel_offers(type, first) ? first : second;
}

/** Draws the numbers of givers and takers, and the size of a burst. */
static void draw_threads(struct round *round, struct rng *rng)
{
	unsigned int producers = check_at_most(HANDOFFS_MOST, round->type->max_producers);
	unsigned int consumers = check_at_most(HANDOFFS_MOST, round->type->max_consumers);
	unsigned int givers = round->room ? consumers : producers;
	unsigned int takers = round->room ? producers : consumers;
	// Half of the time one giver: no other thread makes up for a wake-up that it loses
	round->givers = rng_below(rng, 2) ? 1 : 1 + (unsigned int)rng_below(rng, givers);
	round->takers = 1 + (unsigned int)rng_below(rng, takers);
	round->per_giver = 1;
	switch (rng_below(rng, 4)) {
	case 0:
		round->per_giver = 1 + (unsigned int)rng_below(rng, 16);
		break;
	case 1:
		if (round->takers > round->givers) {
			round->per_giver = round->takers / round->givers;
		}
		break;
	}
	round->burst = (uint64_t)round->givers * round->per_giver;
}

/** Draws the number of channels, bursts, and the kind of acknowledgement. */
static void draw_lives(struct round *round, struct rng *rng)
{
	// A channel ends only once, so most rounds have many
	round->life_count =
		rng_below(rng, 3) == 0 ? 1 : 1 + (unsigned int)rng_below(rng, HANDOFFS_LIVES);
	uint64_t most = round->life_count > 1 ? FEW_BURSTS : HAND_OFFS / round->burst + 1;
	round->bursts = 1 + rng_below(rng, most);
	// Acknowledgements go the other way: takers enqueue and givers dequeue
	const struct queue_type *type = round->type;
	unsigned int givers = check_at_most(HANDOFFS_MOST, round->room ? type->max_consumers
								       : type->max_producers);
	unsigned int takers = check_at_most(HANDOFFS_MOST, round->room ? type->max_producers
								       : type->max_consumers);
	bool can_turn = round->givers <= takers && round->takers <= givers;
	switch (rng_below(rng, 4)) {
	case 0:
		round->acknowledgement = can_turn ? BY_CHANNEL : BY_COUNT;
		break;
	case 1:
		round->acknowledgement = round->room ? BY_COUNT : UNTOLD;
		break;
	default:
		round->acknowledgement = BY_COUNT;
	}
	round->holds = round->acknowledgement != UNTOLD && round->burst <= round->takers;
}

/** Draws the step to delay: half of the time the one before the second look. */
static enum step draw_favourite(struct rng *rng)
{
	switch (rng_below(rng, 4)) {
	case 0:
	case 1:
		return STEP_announcing;
	case 2:
		return STEP_looked;
	default:
		return (enum step)rng_below(rng, STEPS);
	}
}

static void draw_round(struct round *round, bool can_fill)
{
	static const size_t capacities[] = {1, 2, 7, 64};
	static const uint32_t means[] = {DELAYS_NEVER, 100, 20, 5};
	struct rng rng;
	rng_seed(&rng, round->seed);
	round->wait = draw_wait(round->type, &rng);
	round->room = rng_below(&rng, 3) == 0 && can_fill;
	round->early = rng_below(&rng, 2) == 0;
	round->cancels = rng_below(&rng, 3) == 0;
	round->signals = rng_below(&rng, 4) == 0;
	round->capacity = capacities[rng_below(&rng, 4)];
	round->polls = rng_below(&rng, 8) == 0 ? (unsigned int)rng_below(&rng, CHANNEL_POLLS) : 0;
	round->delay_mean = means[rng_below(&rng, 4)];
	round->favourite = draw_favourite(&rng);
	if (round->delay_mean == DELAYS_NEVER) {
		round->favourite = STEPS;
	}
	draw_threads(round, &rng);
	draw_lives(round, &rng);
}

static void describe(const struct round *round)
{
	static const char *const told[] = {"counted", "acknowledged", "untold"};
	snprintf(round->run->about, sizeof(round->run->about),
		 "%s, wait %s, capacity %zu: %u give %u %s%s at once, %u take, %s, then %s%s",
		 round->holds ? "one each" : "freely", channel_wait_name(round->wait),
		 round->capacity, round->givers, round->per_giver, round->room ? "room" : "item",
		 number_plural(round->per_giver), round->takers, told[round->acknowledgement],
		 round->cancels ? "cancel" : "close", round->early ? " in the midst" : "");
}

/** True if the queue is bounded, and small enough to be filled quickly. */
static bool can_fill(struct check_run *run)
{
	struct queue *queue = check_create(run, 64, 2 * HANDOFFS_MOST + 1, 0);
	if (!queue) {
		return false;
	}
	size_t capacity = queue_capacity(run->type, queue);
	run->type->destroy(queue);
	return capacity > 0 && capacity <= MOST_ROOM;
}

static void run_waiting(struct check_run *run)
{
	if (!channel_offers(run->type, CHANNEL_PARK) &&
	    !channel_offers(run->type, CHANNEL_NATIVE)) {
		check_skip(run, "no wait of the queue sleeps");
		return;
	}
	handoffs_prepare();
	bool fills = can_fill(run);
	uint64_t hand_offs = 0;
	uint64_t parks = 0;
	uint64_t closes = 0;
	uint64_t seed;
	uint64_t begin = clock_now();
	while (check_round(run, &seed)) {
		struct round round = {.run = run, .type = run->type, .seed = seed};
		draw_round(&round, fills);
		describe(&round);
		if (!handoffs_play(&round)) {
			check_cannot(run, errno, "its channels could not be made (%s)", run->about);
		}
		hand_offs += round.hand_offs;
		parks += round.parks;
		closes += round.life_count;
	}
	double seconds = clock_seconds(clock_now() - begin);
	char text[8];
	check_summarize(run, "%s items", check_count(text, hand_offs));
	check_figure(run, "hand_offs", (double)hand_offs);
	check_figure(run, "closes", (double)closes);
	check_figure(run, "parks", (double)parks);
	check_figure(run, "hand_offs_per_second", (double)hand_offs / seconds);
}

CHECK_EXPORT(waiting, .title = "no wake-up is lost, and no close is missed", .weight = 2,
	     .refutes = "EMPTY", .run = run_waiting);
