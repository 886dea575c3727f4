// SPDX-License-Identifier: MIT

/**
 * A deque per thread, and stealing: Chase & Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005,
 * with the accesses of Lê, Pop, Cohen & Zappa Nardelli, PPoPP 2013, made stronger as explained
 * below. For pools of workers whose items may leave in any order.
 *
 *                  top                 bottom
 *                   v                    v
 *     [ ][ ][ ][ ][a][b][c][d][e][f][g][ ][ ]      a circle, doubled when it is full
 *          thieves  ->                <-  the owner puts and takes here
 *
 * Each handle owns a deque. Its thread enqueues and dequeues at `bottom`: last in, first out. A
 * thread whose own deque is empty steals from the others' tops, where the oldest items are. So each
 * thread walks a directory tree depth first, and the largest pieces change hands.
 *
 *     bottom - top <= 0      empty
 *     bottom - top == 1      the last item: the thread that moves `top` by a CAS has it,
 *                            owner or thief
 *     bottom - top >= 2      the owner takes one by moving `bottom`. If thieves took all the
 *                            others meanwhile, the owner needs a CAS on `top`, too
 *
 * In the papers the owner always moves `bottom` back first, which costs a fence. Here the owner
 * takes the last item as a thief does, so it pays for a CAS alone. And after a deque was found
 * empty, `bottom` never returns to the same place with `top` unmoved, even if an item is put and
 * taken in between. EMPTY relies on that:
 *
 * A round that finds every deque empty proves nothing: an item may have come where the round had
 * been, while another left where it was not yet. But a deque that had an item, and is empty again,
 * has another top, and tops only grow. So if the sum of all tops is that of the round before, all
 * deques were empty between the two rounds. A handle keeps the sum of its last round, also across
 * calls, so polling costs one round per call. EMPTY is thus exact: it holds for the whole queue at
 * the instant at which the last round began, and a thread may sleep on it. The papers' steal() may
 * answer "abort". Here a thief tries again: it lost to a thread that has the item.
 *
 * A detached handle keeps its items, which are stolen as before. The next thread that attaches
 * takes the lowest free handle. There are max_threads handles.
 *
 * Known errors of the published code, avoided here. The C11 text subtracts from an unsigned
 * `bottom` before it compares; differences are signed here, so tickets may begin anywhere and wrap
 * around. It also writes into the old array after growing. Old arrays are kept until the queue is
 * destroyed, since a thief may be reading in them: all together they are smaller than the last one.
 * The arrays never shrink: a deque keeps room for the most that it ever held.
 *
 * Enqueueing is wait-free, except for the allocator, and for copying when the array is doubled.
 * Dequeueing is lock-free: a CAS fails, or a sum differs, only because another thread moved `top`.
 * Surprising: looking for items reads a line of every handle that was ever in use. And the oldest
 * item of a deque may stay for as long as its owner has younger ones and no thread steals.
 *
 * There are no stand-alone fences, which some tools cannot see. In their place O2, O3, S1, S2 and
 * the CAS are sequentially consistent, so they stand in one order. If the owner at O3 finds `top`
 * below the item it wants, no thief had that index at S1 before O3. A thief that has it later looks
 * at `bottom` (S2) after O2, and finds it moved. LP: the CAS, or O2 if no CAS is needed; P1 for an
 * enqueue.
 */

#include "queue.h"

#include "shared/handle_slots.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** Most slots of a deque's first array: four lines, from which a walk needs few doublings. */
#define FIRST_SLOTS_MOST 32

/** A circle of slots. */
struct items {
	/** The array before this one, until the end of the queue. */
	struct items *smaller;
	size_t mask;
	_Atomic(void *) slots[];
};

/** A deque, and the state of its owner. */
struct queue_handle {
	_Alignas(QUEUE_APART) _Atomic size_t top;
	/** Written by the owner, read by thieves. */
	_Alignas(QUEUE_APART) _Atomic size_t bottom;
	_Atomic(struct items *) items;
	/** Number of slots; 0 until the first enqueue. Only the owner uses this and all below. */
	size_t size;
	/** An earlier value of `top`, which only grows. */
	size_t seen_top;
	/** Sum of all tops when a round last found all deques empty. */
	size_t sum_when_empty;
	/**
	 * Index of the deque where the next search begins: the one that was last stolen from, which
	 * mostly has more, or the one after it if other thieves steal there too (part()). At first
	 * the own, so that not all begin at the same.
	 */
	unsigned int victim;
	/** Items that this thread may yet lose to other thieves before it moves on. */
	unsigned int stays;
	struct handle_slot slot;
};

struct queue {
	unsigned int max_threads;
	/** Slots of a deque's first array. */
	size_t first_size;
	/** First value of all tops and bottoms. */
	size_t first_ticket;
	_Alignas(QUEUE_APART) struct handle_slots handle_slots;
	struct queue_handle handles[];
};

static struct queue *chase_lev_create(const struct queue_config *config)
{
	if (config->max_threads == 0 || config->max_threads > 1U << 20) {
		errno = EINVAL;
		return NULL;
	}
	size_t size = sizeof(struct queue) + config->max_threads * sizeof(struct queue_handle);
	struct queue *queue = aligned_alloc(_Alignof(struct queue), size);
	if (!queue) {
		return NULL;
	}
	queue->max_threads = config->max_threads;
	queue->first_ticket = config->first_ticket;
	queue->first_size = 1;
	while (queue->first_size < config->capacity && queue->first_size < FIRST_SLOTS_MOST) {
		queue->first_size *= 2;
	}
	handle_slots_create(&queue->handle_slots);
	for (unsigned int i = 0; i < config->max_threads; ++i) {
		struct queue_handle *handle = &queue->handles[i];
		atomic_init(&handle->top, config->first_ticket);
		atomic_init(&handle->bottom, config->first_ticket);
		atomic_init(&handle->items, NULL);
		handle_slot_create(&handle->slot);
		handle->size = 0;
		handle->seen_top = config->first_ticket;
		// All deques were empty when their tops stood here
		handle->sum_when_empty = 0;
		handle->victim = i;
		handle->stays = 0;
	}
	return queue;
}

static void chase_lev_destroy(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->max_threads; ++i) {
		// Relaxed: no other thread is left
		struct items *items =
			atomic_load_explicit(&queue->handles[i].items, memory_order_relaxed);
		while (items) {
			struct items *smaller = items->smaller;
			free(items);
			items = smaller;
		}
	}
	free(queue);
}

static struct queue_handle *chase_lev_attach(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->max_threads; ++i) {
		struct queue_handle *handle = &queue->handles[i];
		if (handle_slot_take(&queue->handle_slots, &handle->slot, i)) {
			return handle;
		}
	}
	errno = EAGAIN;
	return NULL;
}

static void chase_lev_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	handle_slot_leave(&handle->slot);
}

/** Reads a slot. Relaxed: the indices order the item. With a stale value, the CAS fails. */
QUEUE_OP void *slot_load(struct items *items, size_t index)
{
	return atomic_load_explicit(&items->slots[index & items->mask], memory_order_relaxed);
}

QUEUE_OP void slot_store(struct items *items, size_t index, void *item)
{
	atomic_store_explicit(&items->slots[index & items->mask], item, memory_order_relaxed);
}

/** Replaces the array by one of twice the size, or makes the first. False if there is no memory. */
QUEUE_RARE bool deque_grow(struct queue *queue, struct queue_handle *own, size_t bottom)
{
	size_t size = own->size ? 2 * own->size : queue->first_size;
	if (size > PTRDIFF_MAX / 2 / sizeof(void *)) {
		return false;
	}
	struct items *items = malloc(sizeof(*items) + size * sizeof(*items->slots));
	if (!items) {
		return false;
	}
	// Relaxed: only the owner writes it
	struct items *smaller = atomic_load_explicit(&own->items, memory_order_relaxed);
	items->smaller = smaller;
	items->mask = size - 1;
	for (size_t i = 0; i < size; ++i) {
		// A late thief may read any slot; its CAS fails then
		atomic_init(&items->slots[i], NULL);
	}
	for (size_t i = own->seen_top; i != bottom; ++i) {
		slot_store(items, i, slot_load(smaller, i));
	}
	// G1, release: publishes the array and its items to G2
	atomic_store_explicit(&own->items, items, memory_order_release);
	own->size = size;
	return true;
}

QUEUE_OP enum queue_status chase_lev_enqueue(struct queue *queue, struct queue_handle *own,
					     void *item)
{
	// Relaxed: only the owner writes it
	size_t bottom = atomic_load_explicit(&own->bottom, memory_order_relaxed);
	if (__builtin_expect(bottom - own->seen_top >= own->size, 0)) {
		// O1, acquire: pairs with the CAS: a thread that took an item has read its slot
		own->seen_top = atomic_load_explicit(&own->top, memory_order_acquire);
		if (bottom - own->seen_top >= own->size && !deque_grow(queue, own, bottom)) {
			return QUEUE_NOMEM;
		}
	}
	// Relaxed: only the owner writes it
	slot_store(atomic_load_explicit(&own->items, memory_order_relaxed), bottom, item);
	// P1, release: publishes the item, and the array, to S2. LP
	atomic_store_explicit(&own->bottom, bottom + 1, memory_order_release);
	return QUEUE_OK;
}

/** Takes the item at `*top`. On failure `*top` receives the current top. */
QUEUE_OP bool claim_top(struct queue_handle *handle, size_t *top)
{
	// Sequentially consistent, also where it fails, for the proof above (S1). LP.
	// As a release it pairs with O1: the slot has been read
	return atomic_compare_exchange_strong_explicit(&handle->top, top, *top + 1,
						       memory_order_seq_cst, memory_order_seq_cst);
}

/** Takes the youngest of two or more items. NULL if thieves took them all. */
QUEUE_OP void *deque_take_youngest(struct queue_handle *own, size_t bottom)
{
	size_t youngest = bottom - 1;
	// O2, O3: see above. A thief that looks after O2 leaves the youngest alone
	atomic_store_explicit(&own->bottom, youngest, memory_order_seq_cst);
	size_t top = atomic_load_explicit(&own->top, memory_order_seq_cst);
	own->seen_top = top;
	// Relaxed: only the owner writes it
	struct items *items = atomic_load_explicit(&own->items, memory_order_relaxed);
	void *item = slot_load(items, youngest);
	if ((ptrdiff_t)(youngest - top) > 0) {
		return item;
	}
	// Thieves took all the others. A thief that looked before O2 may want this one, too
	if (top != youngest || !claim_top(own, &top)) {
		item = NULL;
	}
	// The deque is empty: `top` is here. P1, without an item: S2 may read it
	atomic_store_explicit(&own->bottom, bottom, memory_order_release);
	return item;
}

/** Takes from the own deque. NULL if it is empty; it stays so until the owner enqueues. */
QUEUE_OP void *deque_take(struct queue_handle *own)
{
	// Relaxed: only the owner writes it. O1 as above
	size_t bottom = atomic_load_explicit(&own->bottom, memory_order_relaxed);
	size_t top = atomic_load_explicit(&own->top, memory_order_acquire);
	own->seen_top = top;
	if (bottom == top) {
		return NULL;
	}
	if (bottom - top > 1) {
		return deque_take_youngest(own, bottom);
	}
	// Relaxed: only the owner writes it
	void *item = slot_load(atomic_load_explicit(&own->items, memory_order_relaxed), top);
	return claim_top(own, &top) ? item : NULL;
}

/**
 * Takes the oldest item of a deque. NULL if it is empty, with its top in `*top`.
 *
 * @param lost  set if another thread took an item that this one wanted
 */
QUEUE_OP void *deque_steal(struct queue_handle *handle, size_t *top, bool *lost)
{
	*top = atomic_load_explicit(&handle->top, memory_order_seq_cst); // S1
	for (;;) {
		// S2. As an acquire it pairs with P1
		size_t bottom = atomic_load_explicit(&handle->bottom, memory_order_seq_cst);
		if ((ptrdiff_t)(bottom - *top) <= 0) {
			return NULL;
		}
		// G2, acquire: pairs with G1
		struct items *items = atomic_load_explicit(&handle->items, memory_order_acquire);
		void *item = slot_load(items, *top);
		if (claim_top(handle, top)) {
			return item;
		}
		*lost = true;
	}
}

/**
 * Decides where the next search of a thief begins, after it stole an item. If it lost items to
 * other thieves, it moves on to the next deque, so that thieves spread over the deques.
 *
 * @param alone  number of deques if all others were found empty, else 0. To move on would then cost
 *               a round over all deques, so the thief first loses that many items here.
 */
QUEUE_RARE void part(struct queue_handle *own, bool lost, unsigned int alone)
{
	if (alone) {
		own->stays = alone;
	}
	if (lost && own->stays > 0) {
		--own->stays;
	} else {
		own->victim += lost;
	}
}

/** Steals from the first deque with an item, from the last victim on. NULL if all were empty. */
QUEUE_RARE void *steal(struct queue *queue, struct queue_handle *own)
{
	for (;;) {
		// Relaxed: a handle that came later had no items when this round began
		unsigned int used =
			atomic_load_explicit(&queue->handle_slots.used, memory_order_relaxed);
		unsigned int victim = own->victim;
		size_t sum = 0;
		for (unsigned int i = 0; i < used; ++i) {
			size_t top;
			bool lost = false;
			victim = victim < used ? victim : 0;
			void *item = deque_steal(&queue->handles[victim], &top, &lost);
			if (item) {
				own->victim = victim;
				if (__builtin_expect(lost || i + 1 == used, 0)) {
					part(own, lost, i + 1 == used ? used : 0);
				}
				return item;
			}
			sum += top - queue->first_ticket;
			++victim;
		}
		if (sum == own->sum_when_empty) {
			// LP: the beginning of this round
			return NULL;
		}
		own->sum_when_empty = sum;
	}
}

QUEUE_OP enum queue_status chase_lev_dequeue(struct queue *queue, struct queue_handle *own,
					     void **item)
{
	void *taken = deque_take(own);
	if (!taken) {
		taken = steal(queue, own);
	}
	if (!taken) {
		return QUEUE_EMPTY;
	}
	*item = taken;
	return QUEUE_OK;
}

QUEUE_EXPORT(chase_lev) = {
	.name = "chase_lev",
	.title = "deques, one per thread, and stealing",
	.source = "Chase & Lev, SPAA 2005, doi:10.1145/1073970.1073974; Le et al., PPoPP 2013, "
		  "doi:10.1145/2442516.2442524",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_UNORDERED,
	.exact_empty = 1,
	.exact_full = 1,
	.create = chase_lev_create,
	.destroy = chase_lev_destroy,
	.attach = chase_lev_attach,
	.detach = chase_lev_detach,
	.enqueue = chase_lev_enqueue,
	.dequeue = chase_lev_dequeue,
};
