// SPDX-License-Identifier: MIT

/** Watching the peers: see peers.h. */

#include "verify/progress/peers.h"

#include "process/patience.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** How long nothing finishes before a side that claims nothing is said to be blocked. */
#define BLOCKED_AFTER 1500000
/** The same before a claim is said to be false; about as long again for it to go on. */
#define FALSE_AFTER 1200000000
/** What a peer must have had of a processor in that time, unless it slept. */
#define BLOCKED_RUN 1000000
#define FALSE_RUN 50000000
/** Or the answers it must have had. */
#define BLOCKED_ANSWERS 64
#define FALSE_ANSWERS 500

#define NOT_ASKED UINT64_MAX

/** What a peer had done when the victim was stopped. */
struct base {
	uint64_t done;
	/** How much it had finished at the last look, and since when. */
	uint64_t seen;
	uint64_t since;
	/** What it had then begun, and of the processor: NOT_ASKED until that is of interest. */
	uint64_t begun;
	uint64_t run_time;
};

enum side_state {
	/** It has finished what it has to. */
	SIDE_MOVED,
	/** It has nothing to do, or honest answers. */
	SIDE_IDLE,
	/** An operation does not end, or ends with nothing. */
	SIDE_STOPPED,
};

/** Read the beginning of a file of a thread. */
static bool read_thread(const struct stage *stage, enum role peer, const char *name, char *text,
			int size)
{
	char path[64];
	pid_t thread = atomic_load_explicit(&stage->actors[peer].thread, memory_order_relaxed);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", stage->process, thread, name);
	FILE *file = fopen(path, "re");
	if (!file) {
		return false;
	}
	bool found = fgets(text, size, file) != NULL;
	fclose(file);
	return found;
}

/** Nanoseconds of processor time that a peer has had, and whether it sleeps. */
static uint64_t run_time(const struct stage *stage, enum role peer, bool *asleep)
{
	char text[512];
	char state = 'R';
	unsigned long user = 0;
	unsigned long system = 0;
	unsigned long long exact;
	if (read_thread(stage, peer, "stat", text, sizeof(text))) {
		const char *end = strrchr(text, ')');
		if (end) {
			sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			       &state, &user, &system);
		}
	}
	*asleep = state == 'S';
	if (read_thread(stage, peer, "schedstat", text, sizeof(text)) &&
	    sscanf(text, "%llu", &exact) == 1) {
		return exact;
	}
	return (uint64_t)(user + system) * (uint64_t)(1000000000 / sysconf(_SC_CLK_TCK));
}

static uint64_t done(const struct stage *stage, enum role side)
{
	const struct actor *actor = &stage->actors[side];
	return side == PRODUCER ? stage_get(&actor->enqueued) : stage_get(&actor->dequeued);
}

/** Bases as of now. Times are those of the watcher, from 0. */
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

/** Items that each side has to finish: a lap, what was inside, and some more. */
static uint64_t laps_of(const struct stage *stage)
{
	return 3 * stage->window + 2;
}

/**
 * Where no consumer can be relied on, producers go on for as long as they are watched. Counted
 * after look_first(): what a producer finishes in between must leave it room for its laps, or it
 * would have nothing to do before they are done.
 */
static void give_room(struct stage *stage)
{
	bool reliable = stage->peers[CONSUMER] && stage_claims(stage->type, CONSUMER);
	int64_t items = stage_backlog(stage);
	uint64_t over = items > (int64_t)stage->window ? (uint64_t)items - stage->window : 0;
	atomic_store_explicit(&stage->beyond, reliable ? 0 : over + laps_of(stage),
			      memory_order_relaxed);
}

/** Is the last answer of a peer true, by what all have counted? */
static bool honest(const struct stage *stage, enum role side)
{
	int answer = atomic_load_explicit(&stage->actors[side].answer, memory_order_relaxed);
	if (side == CONSUMER) {
		// One may be in the hands of the victim
		return answer == QUEUE_EMPTY && stage_backlog(stage) <= 1;
	}
	// And the victim may hold a place as well
	return answer == QUEUE_FULL && stage->capacity > 0 &&
	       stage_backlog(stage) + 2 >= (int64_t)stage->capacity;
}

static enum side_state look(const struct stage *stage, enum role side, struct base *base,
			    uint64_t now)
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
	if (count - base->done >= laps_of(stage)) {
		return SIDE_MOVED;
	}
	bool calling = stage_get(&actor->begun) != stage_get(&actor->ended);
	if (atomic_load_explicit(&actor->idle, memory_order_relaxed)) {
		return SIDE_IDLE;
	}
	// In the midst of many calls: what the last one said holds for all
	bool stuck = calling && stage_get(&actor->begun) - base->begun < 2;
	return !stuck && honest(stage, side) ? SIDE_IDLE : SIDE_STOPPED;
}

/**
 * Has a peer had time to go on? It was told something else often enough, or sleeps in an
 * operation, or has had a processor for so long since it was first asked.
 */
static bool peer_had_chance(const struct stage *stage, enum role peer, struct base *base,
			    uint64_t run, uint64_t answers)
{
	bool asleep;
	const struct actor *actor = &stage->actors[peer];
	// Calls end in what they say: those of one that gives its time away after each
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

/** The peer that has stopped; and the other one, unless that is not in an operation. */
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

/** Answers that a peer without a partner is asked for, who waits for an item or room. */
#define ANSWERS 16

/** The victim is all that a peer could wait for, and it has been answered honestly. */
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
		for (enum role side = PRODUCER; side <= CONSUMER; ++side) {
			states[side] = look(stage, side, &bases[side], now);
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
		[QUEUE_BUSY] = "it is told QUEUE_BUSY",
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
	while (look(stage, side, &bases[side], 0) != SIDE_MOVED) {
		if (patience_look(&patience) >= most) {
			return false;
		}
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return true;
}
