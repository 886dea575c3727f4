// SPDX-License-Identifier: MIT

/**
 * The process that the progress audit leads: three threads that share a queue, of which the
 * victim is stopped, and the two others go on while the gate is open. What they have done
 * stands in memory that it shares with who watches.
 */

#ifndef CHECKS_STAGE_H
#define CHECKS_STAGE_H

#include "verify/allocator.h"
#include "verify/check.h"
#include "workload/proof.h"

#include <sys/types.h>

/** Operations before the first stop, so that all is bound and warm. */
#define STAGE_WARM_UP 256

enum role { PRODUCER, CONSUMER, VICTIM, ACTORS };

/** "enqueue" and "dequeue". */
extern const char *const stage_side_names[];

/** One of the three threads, seen by the process that watches. Written by the thread alone. */
struct actor {
	_Alignas(QUEUE_APART) _Atomic pid_t thread;
	/** Items that it has enqueued and dequeued. */
	_Atomic uint64_t enqueued;
	_Atomic uint64_t dequeued;
	/** Operations begun and ended. */
	_Atomic uint64_t begun;
	_Atomic uint64_t ended;
	/** What the last one said. */
	_Atomic int answer;
	/** It is in one just now. */
	_Atomic int operating;
	/** It has no reason to begin one: no credit, or nothing to take. */
	atomic_bool idle;
	/** The longest time that one item took. */
	_Atomic uint64_t held;
	struct proof_tally tallies[ACTORS];
};

/** What the two processes share. */
struct stage {
	const struct queue_type *type;
	/** 0 when it has ended. The watching process alone writes it. */
	pid_t process;
	struct queue *queue;
	const struct allocator *allocator;
	/** What the victim does. */
	enum role role;
	bool peers[2];
	size_t requested;
	size_t first_ticket;
	struct actor actors[ACTORS];

	/** As made: 0 is no bound. Set before `ready`. */
	size_t capacity;
	uint64_t window;
	/** errno of what could not be made. */
	int error;
	/** The victim is about to stop for the first time; it is led, and may. */
	atomic_bool ready;
	atomic_bool led;

	/** Peers go on while it is odd. */
	_Atomic uint32_t gate;
	/** Items beyond the window, and those that the consumer leaves inside. */
	_Atomic uint64_t beyond;
	_Atomic uint64_t left_inside;
	atomic_bool ending;
	/** After how many operations in all the victim stops itself, just before another one. */
	_Atomic uint64_t stop_at;
	/** The victim is in the allocator. */
	_Atomic int inside;

	/** At the end, when all that was left inside had been taken out. */
	bool finished;
	bool conserved;
};

/** One thread writes it, and others read it some time. */
static inline void stage_add(_Atomic uint64_t *count, uint64_t value)
{
	uint64_t old = atomic_load_explicit(count, memory_order_relaxed);
	atomic_store_explicit(count, old + value, memory_order_relaxed);
}

static inline uint64_t stage_get(const _Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

/** Items that are inside, give or take operations that are going on. */
static inline int64_t stage_backlog(const struct stage *stage)
{
	int64_t items = 0;
	for (int i = 0; i < ACTORS; ++i) {
		items -= (int64_t)stage_get(&stage->actors[i].dequeued);
	}
	for (int i = 0; i < ACTORS; ++i) {
		items += (int64_t)stage_get(&stage->actors[i].enqueued);
	}
	return items;
}

/** Does the queue claim that operations of a side finish, whoever is stopped? */
bool stage_claims(const struct queue_type *type, enum role side);

/** More operations than there is time for. */
#define STAGE_NO_STOP (UINT64_MAX / 2)

/** How many operations the victim does before it stops itself. It stands still now. */
static inline void stage_let_run(struct stage *stage, uint64_t operations)
{
	uint64_t begun = stage_get(&stage->actors[VICTIM].begun);
	atomic_store_explicit(&stage->stop_at, begun + operations, memory_order_relaxed);
}

/** Let the peers go on, or stop them between two operations. */
void stage_set_gate(struct stage *stage, bool open);

/** The process that is led, from its beginning to its end. */
_Noreturn void stage_main(struct stage *stage);

#endif // CHECKS_STAGE_H
