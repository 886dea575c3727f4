// SPDX-License-Identifier: MIT

/**
 * The events of virtual time: a heap in which each event has up to four later ones below it, in one
 * line of the real processor. An event is a number: its time, how many were noted before it, its
 * kind and its index. So one comparison says which is first.
 *
 * Mostly the event that was noted last is due soon. It is held apart, and takes the place of the
 * one that is taken next, if it is not that one itself.
 */

#include "simulate/engine/engine.h"

/** A thread, its store buffer, and the lines that these wait for have one event each; the window
 * has two. */
#define EVENTS (4 * SIMULATE_THREADS + 2)
#define NONE ((word128)INT64_MAX << 64)
#define KIND EVENT_INDEXES
#define NUMBER (4 * KIND)

typedef unsigned __int128 word128;

static struct {
	/** Behind the last one there is NONE. Four after 4 n are those below the nth. */
	_Alignas(64) word128 heap[3 + EVENTS + 4];
	word128 held;
	unsigned int count;
	uint64_t number;
} state;

#define HEAP(i) state.heap[3 + (i)]

static inline void tell_due(void)
{
	simulation.due = (int64_t)((state.held < HEAP(0) ? state.held : HEAP(0)) >> 64);
}

void events_create(void)
{
	for (unsigned int i = 0; i < EVENTS + 4; ++i) {
		HEAP(i) = NONE;
	}
	state.held = NONE;
	tell_due();
}

void event_add(int64_t time, enum event_kind kind, unsigned int index)
{
	word128 added =
		(word128)(uint64_t)time << 64 | (state.number++ * NUMBER + kind * KIND + index);
	word128 later = added < state.held ? state.held : added;
	state.held = added < state.held ? added : state.held;
	if (later != NONE) {
		unsigned int i = state.count++;
		for (; i > 0 && later < HEAP((i - 1) / 4); i = (i - 1) / 4) {
			HEAP(i) = HEAP((i - 1) / 4);
		}
		HEAP(i) = later;
	}
	tell_due();
}

/** Puts an event in place of the first one. */
static void replace(word128 event)
{
	unsigned int i = 0;
	for (unsigned int below; (below = 4 * i + 1) < state.count;) {
		unsigned int one = below + (HEAP(below + 1) < HEAP(below));
		unsigned int other = below + 2 + (HEAP(below + 3) < HEAP(below + 2));
		below = HEAP(other) < HEAP(one) ? other : one;
		if (event < HEAP(below)) {
			break;
		}
		HEAP(i) = HEAP(below);
		i = below;
	}
	HEAP(i) = event;
}

bool event_take(struct event *event)
{
	word128 held = state.held;
	word128 taken = held < HEAP(0) ? held : HEAP(0);
	if (taken == NONE) {
		return false;
	}
	state.held = NONE;
	if (taken != held) {
		if (held == NONE) {
			held = HEAP(--state.count);
			HEAP(state.count) = NONE;
		}
		if (state.count > 0) {
			replace(held);
		}
	}
	tell_due();
	*event = (struct event){.time = (int64_t)(taken >> 64),
				.kind = (uint64_t)taken / KIND % 4,
				.index = (unsigned int)((uint64_t)taken % KIND)};
	return true;
}
