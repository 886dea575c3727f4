// SPDX-License-Identifier: MIT

/**
 * The process that the progress audit traces: three threads that share a queue. The victim is
 * stopped, and the two peers run while the gate is open. Their counts are in memory shared with the
 * watcher, which is the process of the check.
 */

#ifndef CHECKS_STAGE_H
#define CHECKS_STAGE_H

#include "verify/allocator.h"
#include "verify/check.h"
#include "workload/proof.h"

#include <sys/types.h>

/** Operations before the first stop: the dynamic linker has then bound all functions. */
#define STAGE_WARM_UP 256

enum role { PRODUCER, CONSUMER, VICTIM, ACTORS };

/** "enqueue" and "dequeue". */
extern const char *const stage_side_names[];

/** One of the three threads. Written by that thread, read by the watcher. */
struct actor {
	_Alignas(QUEUE_APART) _Atomic pid_t thread;
	/** Items enqueued and dequeued. */
	_Atomic uint64_t enqueued;
	_Atomic uint64_t dequeued;
	/** Operations begun and ended. */
	_Atomic uint64_t begun;
	_Atomic uint64_t ended;
	/** Answer of the last operation. */
	_Atomic int answer;
	/** Nonzero inside an operation. */
	_Atomic int operating;
	/** No operation is due: the window is full, or nothing is to be taken. */
	atomic_bool idle;
	/** Longest time of one item, in nanoseconds. */
	_Atomic uint64_t held;
	struct proof_tally tallies[ACTORS];
};

/** Memory shared by the traced process and the watcher. */
struct stage {
	const struct queue_type *type;
	/** The traced process; 0 when it has ended. Written by the watcher. */
	pid_t process;
	struct queue *queue;
	const struct allocator *allocator;
	/** Side of the victim. */
	enum role role;
	bool peers[2];
	size_t requested;
	size_t first_ticket;
	struct actor actors[ACTORS];

	/** Real capacity; 0 means no bound. Set before `ready`. */
	size_t capacity;
	uint64_t window;
	/** errno of a queue or thread that could not be made. */
	int error;
	/** `ready`: the victim is about to stop first. `led`: it is traced, and may. */
	atomic_bool ready;
	atomic_bool led;

	/** Peers run while it is odd. */
	_Atomic uint32_t gate;
	/** Items allowed beyond the window, and items that the consumer leaves inside. */
	_Atomic uint64_t beyond;
	_Atomic uint64_t left_inside;
	atomic_bool ending;
	/** Number of operations after which the victim stops itself. */
	_Atomic uint64_t stop_at;
	/** Nonzero while the victim is in the allocator. */
	_Atomic int inside;

	/** Set at the end, after the queue was drained. */
	bool finished;
	bool conserved;
};

/** Adds to a count that only this thread writes. */
static inline void stage_add(_Atomic uint64_t *count, uint64_t value)
{
	uint64_t old = atomic_load_explicit(count, memory_order_relaxed);
	atomic_store_explicit(count, old + value, memory_order_relaxed);
}

static inline uint64_t stage_get(const _Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

/** Items inside, apart from operations that are under way. */
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

/** True if the queue claims that the side is lock-free or wait-free. */
bool stage_claims(const struct queue_type *type, enum role side);

/** More operations than there is time for. */
#define STAGE_NO_STOP (UINT64_MAX / 2)

/** Sets the number of operations until the victim stops itself. It must be stopped now. */
static inline void stage_let_run(struct stage *stage, uint64_t operations)
{
	uint64_t begun = stage_get(&stage->actors[VICTIM].begun);
	atomic_store_explicit(&stage->stop_at, begun + operations, memory_order_relaxed);
}

/** Lets the peers run, or stops them between two operations. */
void stage_set_gate(struct stage *stage, bool open);

/** Main function of the traced process. */
_Noreturn void stage_main(struct stage *stage);

#endif // CHECKS_STAGE_H
