// SPDX-License-Identifier: MIT

/**
 * MultiFIFO: Koch, Sanders & Williams, "BlockFIFO & MultiFIFO: Scalable Relaxed Queues",
 * ALENEX 2026, arXiv:2507.22764; from the MultiQueue, a relaxed priority queue (Williams, Sanders &
 * Dementiev, ESA 2021). Items carry the time of their enqueue.
 *
 *     front                                   enqueue: into a part at random that is not locked
 *      17  lock  [ 41 38 25 17 ] -->          dequeue: look at the fronts of two at random,
 *      19  lock  [ 40 22 19 ]    -->                   without a lock; lock that with the
 *       -  lock  [ ]             -->                   older front, and take it
 *      12  lock  [ 37 12 ]       -->
 *
 * There are two rings for each thread, so most locks are free, and no thread waits for one: it
 * draws other parts. The older of two fronts is seldom much younger than the oldest of all. An item
 * in front of a part that is never drawn would wait for ever; that is as unlikely as it sounds.
 *
 * The front of a part, its time or NO_ITEM, stands beside the lock for all to read. Who holds the
 * lock changes it when the first item changes, and so
 *
 *     front == NO_ITEM    if and only if nothing is inside
 *
 * at every instant: an operation takes effect at its store to the front (marked LP), or where it
 * changes the ring behind an older first item. So EMPTY is found without locks
 * (shared/put_counts.h).
 *
 * Surprising: a lock per part loses little, since holders are brief and there are more parts than
 * threads. It is blocking all the same: a holder that stops keeps the items of its part, and when
 * the other parts are empty, or full, the answer is BUSY.
 *
 * Times are of the processor's counter. They need not agree between processors: they only choose.
 * No order is claimed.
 */

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/** Parts for each thread, and most of them: a thread that finds nothing looks at all. */
#define PARTS_PER_THREAD 2
#define MOST_PARTS 128

/** Draws while locks are taken, before all parts are tried, one after the other. */
#ifndef QUEUE_EXPLORED
#define CHOICES 8
#else
#define CHOICES 1
#endif

#define NO_ITEM UINT64_MAX

struct stamped {
	uint64_t time;
	void *item;
};

struct part {
	_Alignas(QUEUE_APART) atomic_bool locked;
	/** Time of the first item, or NO_ITEM. Written under the lock. */
	_Atomic uint64_t front;
	// Under the lock
	size_t first;
	size_t count;
	size_t capacity;
	struct stamped *slots;
};

static unsigned int parts_for(unsigned int threads)
{
	unsigned int wanted = PARTS_PER_THREAD * threads;
	return wanted < MOST_PARTS ? wanted : MOST_PARTS;
}

static int part_create(struct part *part, size_t capacity, const struct queue_config *config)
{
	if (capacity == 0 || capacity > PTRDIFF_MAX / sizeof(*part->slots)) {
		errno = EINVAL;
		return -1;
	}
	part->slots = malloc(capacity * sizeof(*part->slots));
	if (!part->slots) {
		return -1;
	}
	atomic_init(&part->locked, false);
	atomic_init(&part->front, NO_ITEM);
	part->first = config->first_ticket % capacity;
	part->count = 0;
	part->capacity = capacity;
	return 0;
}

static void part_destroy(struct part *part)
{
	free(part->slots);
}

static size_t part_capacity(const struct part *part)
{
	return part->capacity;
}

/** The time, in any unit. */
QUEUE_OP uint64_t stamp(void)
{
#ifdef QUEUE_EXPLORED
	// The same in every execution
	return 0;
#elif defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t now;
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
	return now;
#else
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

QUEUE_OP bool part_lock(struct part *part)
{
	// Relaxed: only a look, which does not take the line from the holder
	return !atomic_load_explicit(&part->locked, memory_order_relaxed) &&
	       // K1, acquire: pairs with K2, so that the part is seen as it was left
	       !atomic_exchange_explicit(&part->locked, true, memory_order_acquire);
}

QUEUE_OP void part_unlock(struct part *part)
{
	// K2, release: hands the part to the next K1
	atomic_store_explicit(&part->locked, false, memory_order_release);
}

/** Wraps an index, which is less than twice the capacity, around the end of the ring. */
QUEUE_OP size_t wrap(const struct part *part, size_t index)
{
	return index < part->capacity ? index : index - part->capacity;
}

/**
 * Time of the first item. C2 brings the items that must be seen, K1 the others. F2, acquire: pairs
 * with F1. Who sees a part empty sees afterwards the counts of what its last consumer had put
 * elsewhere before.
 */
QUEUE_OP uint64_t front_of(const struct part *part)
{
	return atomic_load_explicit(&part->front, memory_order_acquire);
}

/** Sets the front, under the lock. F1, release: pairs with F2. */
QUEUE_OP void set_front(struct part *part)
{
	uint64_t time = part->count > 0 ? part->slots[part->first].time : NO_ITEM;
	atomic_store_explicit(&part->front, time, memory_order_release);
}

QUEUE_OP enum queue_status part_put(struct part *part, void *item)
{
	uint64_t time = stamp();
	if (!part_lock(part)) {
		return QUEUE_BUSY;
	}
	bool room = part->count < part->capacity;
	if (room) {
		part->slots[wrap(part, part->first + part->count)] = (struct stamped){time, item};
		if (part->count++ == 0) {
			set_front(part); // LP
		}
	}
	part_unlock(part);
	return room ? QUEUE_OK : QUEUE_FULL;
}

QUEUE_OP enum queue_status part_take(struct part *part, void **item)
{
	if (front_of(part) == NO_ITEM) {
		return QUEUE_EMPTY;
	}
	if (!part_lock(part)) {
		return QUEUE_BUSY;
	}
	bool taken = part->count > 0;
	if (taken) {
		*item = part->slots[part->first].item;
		part->first = wrap(part, part->first + 1);
		--part->count;
		set_front(part); // LP
	}
	part_unlock(part);
	return taken ? QUEUE_OK : QUEUE_EMPTY;
}

#include "shared/parts.h"

enum {
	DRAWS_AGAIN,
	LOOKS_AT_ALL,
};

static struct queue_slow_path slow_paths[] = {
	[DRAWS_AGAIN] = {"find the lock of a drawn part taken", false, 0},
	[LOOKS_AT_ALL] = {"try all parts, as one may have an item, or room", false, 0},
	{NULL, false, 0},
};

/** True if a thread shall draw once more, after that many draws: see CHOICES. */
QUEUE_OP bool draws(const struct queue *queue, unsigned int draw, enum queue_status status)
{
	if (status != QUEUE_BUSY) {
		return false;
	}
	if (draw > 0) {
		queue_slow_path(&slow_paths[DRAWS_AGAIN]);
	}
	return draw < queue->choices;
}

QUEUE_OP enum queue_status multififo_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	enum queue_status status = QUEUE_BUSY;
	for (unsigned int draw = 0; draws(queue, draw, status); ++draw) {
		status = part_put(random_part(queue, handle), item);
	}
	if (status != QUEUE_OK) {
		status = put_to_any(queue, item);
		// A try at a full queue is no slow path, nor is a poll of an empty one
		if (status != QUEUE_FULL) {
			queue_slow_path(&slow_paths[LOOKS_AT_ALL]);
		}
	}
	if (status == QUEUE_OK) {
		count_put(handle);
	}
	return status;
}

QUEUE_OP enum queue_status multififo_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	enum queue_status status = QUEUE_BUSY;
	for (unsigned int draw = 0; draws(queue, draw, status); ++draw) {
		struct part *one = random_part(queue, handle);
		struct part *other = random_part(queue, handle);
		status = part_take(front_of(one) <= front_of(other) ? one : other, item);
	}
	if (status != QUEUE_OK) {
		status = take_unless_empty(queue, handle, item);
		if (status != QUEUE_EMPTY) {
			queue_slow_path(&slow_paths[LOOKS_AT_ALL]);
		}
	}
	return status;
}

QUEUE_EXPORT(multififo) = {
	.name = "multififo",
	.title = "bounded rings under locks, the older of two fronts",
	.source = "Koch, Sanders & Williams, ALENEX 2026, arXiv:2507.22764",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	PARTS_OPERATIONS,
	.enqueue = multififo_enqueue,
	.dequeue = multififo_dequeue,
	.slow_paths = slow_paths,
};
