// SPDX-License-Identifier: MIT

/** Watches the peers: see peers.h. */

#include "verify/progress/peers.h"

#include "base/patience.h"
#include "machine/sysfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** Nanoseconds without progress after which a side that claims nothing counts as blocked. */
#define BLOCKED_AFTER 1500000
/** The same before a claim counts as false. */
#define FALSE_AFTER 1200000000
/** Processor time that the peer must have had meanwhile, unless it slept. */
#define BLOCKED_RUN 1000000
#define FALSE_RUN 50000000
/** Or the answers that it must have received. */
#define BLOCKED_ANSWERS 64
#define FALSE_ANSWERS 500

#define NOT_ASKED UINT64_MAX

/** Counts of a peer when the victim was stopped. */
struct base {
	uint64_t done;
	/** Operations finished at the last look, and the time when that last changed. */
	uint64_t seen;
	uint64_t since;
	/** Operations begun and processor time at that time; NOT_ASKED until it is needed. */
	uint64_t begun;
	uint64_t run_time;
};

enum side_state {
	/** It has finished its laps. */
	SIDE_MOVED,
	/** It has nothing to do, or received honest answers. */
	SIDE_IDLE,
	/** An operation does not end, or does nothing without an honest answer. */
	SIDE_STOPPED,
};

/** Processor time of a peer in nanoseconds, and whether it sleeps. */
static uint64_t run_time(const struct stage *stage, enum role peer, bool *asleep)
{
	pid_t thread = atomic_load_explicit(&stage->actors[peer].thread, memory_order_relaxed);
	char state = 'R';
	unsigned long user = 0;
	unsigned long system = 0;
	double exact;
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", stage->process, thread);
	char *text = sysfs_read("", path);
	const char *end = text ? strrchr(text, ')') : NULL;
	if (end) {
		sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state,
		       &user, &system);
	}
	free(text);
	*asleep = state == 'S';
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", stage->process, thread);
	if (sysfs_numbers("", &exact, 1, path)) {
		return (uint64_t)exact;
	}
	return (uint64_t)(user + system) * (uint64_t)(1000000000 / sysconf(_SC_CLK_TCK));
}

static uint64_t done(const struct stage *stage, enum role side)
{
	const struct actor *actor = &stage->actors[side];
	return side == PRODUCER ? stage_get(&actor->enqueued) : stage_get(&actor->dequeued);
}

/** Sets the bases to the counts of now. Times are those of the watcher, from 0. */
static void look_first(const struct stage *stage, struct base bases[2])
{
	for (enum role side = PRODUCER; side <= CONSUMER; ++side) {
		if (stage->peers[side]) {
			uint64_t count = done(stage, side);
			bases[side] = (struct base){.done = count,
						    .seen = count,
						    .begun = stage_get(&stage->actors[side].begun),
						    .run_time = NOT_ASKED};
		}
	}
}

/** Items that each side must finish: a lap of the ring, what was inside, and a few more. */
static uint64_t laps_of(const struct stage *stage)
{
	return 3 * stage->window + 2;
}

/**
 * Gives producers room for their laps if no consumer can be relied on. Call it after look_first():
 * else a producer could use up the room before its laps are counted.
 */
static void give_room(struct stage *stage)
{
	bool reliable = stage->peers[CONSUMER] && stage_claims(stage->type, CONSUMER);
	int64_t items = stage_backlog(stage);
	uint64_t over = items > (int64_t)stage->window ? (uint64_t)items - stage->window : 0;
	atomic_store_explicit(&stage->beyond, reliable ? 0 : over + laps_of(stage),
			      memory_order_relaxed);
}

/** True if the peer's last answer agrees with the counts of all threads. */
static bool honest(const struct stage *stage, enum role side)
{
	int answer = atomic_load_explicit(&stage->actors[side].answer, memory_order_relaxed);
	if (side == CONSUMER) {
		// The victim may hold one item
		return answer == QUEUE_EMPTY && stage_backlog(stage) <= 1;
	}
	// The victim may hold one item and one place
	return answer == QUEUE_FULL && stage->capacity > 0 &&
	       stage_backlog(stage) + 2 >= (int64_t)stage->capacity;
}

static enum side_state look(const struct stage *stage, enum role side, struct base *base,
			    uint64_t laps, uint64_t now)
{
	const struct actor *actor = &stage->actors[side];
	if (!stage->peers[side]) {
		return SIDE_MOVED;
	}
	uint64_t count = done(stage, side);
	if (count != base->seen) {
		base->seen = count;
		base->since = now;
		base->begun = stage_get(&actor->begun);
		base->run_time = NOT_ASKED;
	}
	if (count - base->done >= laps) {
		return SIDE_MOVED;
	}
	bool calling = stage_get(&actor->begun) != stage_get(&actor->ended);
	if (atomic_load_explicit(&actor->idle, memory_order_relaxed)) {
		return SIDE_IDLE;
	}
	// Between two of many calls, the last answer counts
	bool stuck = calling && stage_get(&actor->begun) - base->begun < 2;
	return !stuck && honest(stage, side) ? SIDE_IDLE : SIDE_STOPPED;
}

/**
 * Had a peer the chance to make progress? It received enough answers, or sleeps in an operation, or
 * had enough processor time since the first call.
 */
static bool peer_had_chance(const struct stage *stage, enum role peer, struct base *base,
			    uint64_t run, uint64_t answers)
{
	bool asleep;
	const struct actor *actor = &stage->actors[peer];
	// A peer that yields after each answer has little processor time, but many answers
	if (!stage->peers[peer] || stage_get(&actor->ended) - base->begun >= answers) {
		return true;
	}
	uint64_t time = run_time(stage, peer, &asleep);
	if (base->run_time == NOT_ASKED) {
		base->run_time = time;
		return false;
	}
	return asleep || time - base->run_time >= run;
}

/** Had the stopped peer a chance, and the other one as well if it is in an operation? */
static bool had_chance(const struct stage *stage, struct base bases[2], enum role which,
		       bool claimed)
{
	enum role other = which == PRODUCER ? CONSUMER : PRODUCER;
	const struct actor *actor = &stage->actors[other];
	return peer_had_chance(stage, which, &bases[which], claimed ? FALSE_RUN : BLOCKED_RUN,
			       claimed ? FALSE_ANSWERS : BLOCKED_ANSWERS) &&
	       (stage_get(&actor->begun) == stage_get(&actor->ended) ||
		peer_had_chance(stage, other, &bases[other], BLOCKED_RUN, BLOCKED_ANSWERS));
}

/** Honest answers after which a peer without a partner is done. */
#define ANSWERS 16

/** True if this is the only peer, and it has received enough honest answers. */
static bool all_answered(const struct stage *stage, const struct base bases[2])
{
	enum role peer = stage->peers[PRODUCER] ? PRODUCER : CONSUMER;
	return stage->peers[PRODUCER] != stage->peers[CONSUMER] &&
	       stage_get(&stage->actors[peer].ended) - bases[peer].begun >= ANSWERS;
}

enum peers_outcome peers_watch(struct stage *stage, enum role *which, uint64_t *quiet)
{
	struct base bases[2];
	look_first(stage, bases);
	give_room(stage);
	struct patience patience;
	patience_begin(&patience);
	stage_set_gate(stage, true);
	for (;;) {
		enum side_state states[2];
		enum peers_outcome outcome = PEERS_WENT_ON;
		uint64_t now = patience_look(&patience);
		uint64_t laps = laps_of(stage);
		states[CONSUMER] = look(stage, CONSUMER, &bases[CONSUMER], laps, now);
		// A ring may be longer than the capacity: a producer that is stopped after its laps
		// must be seen as well, while the consumer waits for items
		laps = states[CONSUMER] == SIDE_IDLE ? UINT64_MAX : laps;
		states[PRODUCER] = look(stage, PRODUCER, &bases[PRODUCER], laps, now);
		for (enum role side = PRODUCER; side <= CONSUMER; ++side) {
			if (states[side] == SIDE_STOPPED && outcome != PEERS_FALSE_CLAIM) {
				outcome = stage_claims(stage->type, side) ? PEERS_FALSE_CLAIM
									  : PEERS_BLOCKED;
				*which = side;
			}
		}
		if (states[PRODUCER] == SIDE_MOVED && states[CONSUMER] == SIDE_MOVED) {
			return PEERS_WENT_ON;
		}
		if (outcome == PEERS_WENT_ON && all_answered(stage, bases)) {
			return PEERS_WENT_ON;
		}
		*quiet = now > bases[*which].since ? now - bases[*which].since : 0;
		if (outcome == PEERS_BLOCKED && *quiet > BLOCKED_AFTER &&
		    had_chance(stage, bases, *which, false)) {
			return PEERS_BLOCKED;
		}
		if (outcome == PEERS_FALSE_CLAIM && *quiet > FALSE_AFTER &&
		    had_chance(stage, bases, *which, true)) {
			return PEERS_FALSE_CLAIM;
		}
		if (now > PEERS_HANG_AFTER && had_chance(stage, bases, *which, true)) {
			return PEERS_HANG;
		}
		long pause = now < 1000000 ? 20000 : now < 20000000 ? 200000 : 5000000;
		nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
	}
}

const char *peers_describe(const struct stage *stage, enum role side)
{
	static const char *const answers[] = {
		[QUEUE_OK] = "its operation does not end",
		[QUEUE_FULL] = "it finds the queue full, with room left",
		[QUEUE_EMPTY] = "it finds the queue empty, with items inside",
		[QUEUE_BUSY] = "its call returns QUEUE_BUSY",
		[QUEUE_NOMEM] = "it finds no memory",
		[QUEUE_CLOSED] = "it finds the queue closed",
	};
	const struct actor *actor = &stage->actors[side];
	uint64_t begun = stage_get(&actor->begun);
	nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	bool calling = stage_get(&actor->begun) == begun && stage_get(&actor->ended) != begun;
	int answer = atomic_load_explicit(&actor->answer, memory_order_relaxed);
	return calling ? answers[QUEUE_OK] : answers[answer];
}

bool peers_go_on(const struct stage *stage, enum role side, uint64_t most)
{
	struct base bases[2];
	struct patience patience;
	look_first(stage, bases);
	patience_begin(&patience);
	while (look(stage, side, &bases[side], laps_of(stage), 0) != SIDE_MOVED) {
		if (patience_look(&patience) >= most) {
			return false;
		}
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return true;
}
