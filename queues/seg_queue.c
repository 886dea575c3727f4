// SPDX-License-Identifier: MIT

/**
 * SegQueue, as users know it from Rust's crossbeam: an unbounded list of blocks, whose slots say by
 * themselves when their block may be freed.
 *
 *     head: index, block                 tail: index, block
 *       v                                  v
 *     [ r r . a b c ... ] -> [ d e f ... . . ] -> NULL
 *
 * An index counts slots, across all blocks. A thread claims a slot by a compare-and-swap of the
 * index at its end of the queue, and only then follows the pointer to the block. If the index had
 * moved on, the pointer might be another block's, but then the compare-and-swap fails. Each slot is
 * used once:
 *
 *     WRITTEN    its producer has put the item in: the consumer of the slot waits for this
 *     READ       its consumer has done with the slot
 *     HANDED_ON  the block shall be freed by the consumer of the slot, once that has done with it
 *
 * The consumer of the last slot frees the block. Where it finds a slot that is not READ, it says
 * HANDED_ON there instead, and the consumer of that slot goes on from there: one of the two updates
 * of the slot sees the other. Producers are done with a block by then, since consumers wait for
 * them. So a thread needs no hazard pointer: a block stays until the slot that the thread has
 * claimed is READ.
 *
 * Where the next slot would be the one behind the last, there is none: the index stays at this
 * END while the thread that claimed the last slot brings its end of the queue to the next block.
 * A thread that meets END answers QUEUE_BUSY.
 *
 * A consumer claims only if the tail's index is past its own. It does not look if HAS_NEXT, the low
 * bit of the head's index, says that there is another block behind this one. So while the queue is
 * long, consumers do not touch the line that producers write.
 *
 * Blocking. A producer that stops between claim and WRITTEN stops the consumer of its slot; one
 * that stops at END, or claims the last slot and stops before it has linked the next block, stops
 * all of its side, and a producer there all consumers as well. Surprising: the consumer cannot look
 * first and answer QUEUE_BUSY, as in vyukov.c. Before it has claimed a slot, the block may be freed
 * at any time, which is the price of doing without hazard pointers; and after that, the claim
 * cannot be given back. So it waits, and gives its processor away when that takes long.
 *
 * Crossbeam makes the first block with the first item, and backs off when a claim is lost. Here the
 * first block comes with the queue, and nobody backs off, as in the other queues.
 *
 * An operation takes effect at its claim (marked LP). The claims, and the load of the tail's index
 * before a consumer's, are sequentially consistent: EMPTY compares the two indices.
 */

#include "queue.h"
#include "reclaim/magazine.h"

#include <stdatomic.h>
#include <stdlib.h>

/** Indices of a block, a power of two: one for each slot, and END. */
#ifndef QUEUE_EXPLORED
#define LAP 32
#else
// Few enough for a short program to reach the next block
#define LAP 4
#endif
/** Places in a block: of the last slot, and behind it. */
#define LAST (LAP - 2)
#define END (LAP - 1)

/** Step of an index. */
#define STEP ((size_t)2)
/** The low bit of the head's index: its block is not the last. */
#define HAS_NEXT ((size_t)1)

/** Looks at END before QUEUE_BUSY: longer than a running peer stays there. */
#define END_LOOKS 16

/**
 * Looks at what a peer is about to write before a thread gives the processor away: a few
 * microseconds, as long as a switch to another thread and back takes.
 */
#define PEER_LOOKS 256

enum slot_state {
	WRITTEN = 1,
	READ = 2,
	HANDED_ON = 4,
};

struct slot {
	void *item;
	_Atomic unsigned int state;
};

struct block {
	struct block *_Atomic next;
	struct slot slots[END];
};

/** An end of the queue. The block is that of the index, unless this is at END. */
struct end {
	_Alignas(QUEUE_APART) _Atomic size_t index;
	struct block *_Atomic block;
};

struct queue {
	struct end tail;
	struct end head;
	struct depot depot;
};

#include "reclaim/nodes.h"

enum {
	NEXT_LOST,
	AT_END,
	WAITS,
	HANDS_ON,
};

static struct queue_slow_path slow_paths[] = {
	[NEXT_LOST] = {"lose the last slot of a block to a peer", false, 0},
	[AT_END] = {"meet a peer at the end of a block", false, 0},
	[WAITS] = {"wait for a producer", false, 0},
	[HANDS_ON] = {"leave a block to a consumer that is late", false, 0},
	{NULL, false, 0},
};

/** Empties a block that no other thread sees yet. */
static void block_init(struct block *block)
{
	atomic_init(&block->next, NULL);
	for (size_t i = 0; i < END; ++i) {
		atomic_init(&block->slots[i].state, 0);
	}
}

static struct queue *seg_queue_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	struct block *block = malloc(sizeof(*block));
	if (!queue || !block) {
		free(block);
		free(queue);
		return NULL;
	}
	block_init(block);
	// The first slot of a block
	size_t index = config->first_ticket / LAP * LAP * STEP;
	atomic_init(&queue->tail.index, index);
	atomic_init(&queue->tail.block, block);
	atomic_init(&queue->head.index, index);
	atomic_init(&queue->head.block, block);
	depot_create(&queue->depot, sizeof(*block));
	return queue;
}

static void seg_queue_destroy(struct queue *queue)
{
	// Relaxed: no other thread is left
	struct block *block = atomic_load_explicit(&queue->head.block, memory_order_relaxed);
	while (block) {
		struct block *next = atomic_load_explicit(&block->next, memory_order_relaxed);
		free(block);
		block = next;
	}
	depot_destroy(&queue->depot);
	free(queue);
}

/** Place of an index in its block. */
QUEUE_OP size_t place(size_t index)
{
	return index / STEP % LAP;
}

/** Claims the slot of an index. If another thread was faster, sets `*index` to where the end is. */
QUEUE_OP bool claim(struct end *end, size_t *index, size_t next)
{
	// LP. As an acquire and a release it is part of what I1 and I2 say: on failure, too
	return atomic_compare_exchange_strong_explicit(&end->index, index, next,
						       memory_order_seq_cst, memory_order_seq_cst);
}

/** The block of an index that was loaded before. If the end has moved on, claim() fails. */
QUEUE_OP struct block *end_block(struct end *end)
{
	// B2, acquire: pairs with B1. The block is seen as it was made. If it is a later one, so is
	// the index that claim() sees
	return atomic_load_explicit(&end->block, memory_order_acquire);
}

/** Brings an end to the next block, and lets other threads go on there. */
static void end_move(struct end *end, struct block *next, size_t index)
{
	// B1, release: hands the block on to B2
	atomic_store_explicit(&end->block, next, memory_order_release);
	// I1, release: a thread that sees the index (I2) also sees its block
	atomic_store_explicit(&end->index, index, memory_order_release);
}

/** Looks again at an end that was found at END. False after some looks. */
QUEUE_RARE bool end_leaves(struct end *end, size_t *index)
{
	queue_slow_path(&slow_paths[AT_END]);
	for (int look = 0; look < END_LOOKS && place(*index) == END; ++look) {
		queue_pause();
		// I2
		*index = atomic_load_explicit(&end->index, memory_order_seq_cst);
	}
	return place(*index) != END;
}

QUEUE_OP void slot_put(struct slot *slot, void *item)
{
	slot->item = item;
	// W1, release: publishes the item to W2
	atomic_fetch_or_explicit(&slot->state, WRITTEN, memory_order_release);
}

/** Enqueues into the last slot of a block. QUEUE_BUSY, with the new index, if a peer was faster. */
QUEUE_RARE enum queue_status enqueue_last(struct queue *queue, struct queue_handle *handle,
					  struct block *block, size_t *index, void *item)
{
	// Before the claim, so that END lasts no longer than it must
	struct block *next = node_alloc(&queue->depot, &handle->magazines);
	if (!next) {
		return QUEUE_NOMEM;
	}
	block_init(next);
	if (!claim(&queue->tail, index, *index + STEP)) {
		queue_slow_path(&slow_paths[NEXT_LOST]);
		node_free(&queue->depot, &handle->magazines, next);
		return QUEUE_BUSY;
	}
	end_move(&queue->tail, next, *index + 2 * STEP);
	// N1, release: hands the block on to N2
	atomic_store_explicit(&block->next, next, memory_order_release);
	slot_put(&block->slots[LAST], item);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status seg_queue_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	// I2, acquire: pairs with I1
	size_t index = atomic_load_explicit(&queue->tail.index, memory_order_acquire);
	for (;;) {
		struct block *block = end_block(&queue->tail);
		if (__builtin_expect(place(index) >= LAST, 0)) {
			if (place(index) == LAST) {
				enum queue_status status =
					enqueue_last(queue, handle, block, &index, item);
				if (status != QUEUE_BUSY) {
					return status;
				}
			} else if (!end_leaves(&queue->tail, &index)) {
				return QUEUE_BUSY;
			}
			continue;
		}
		if (claim(&queue->tail, &index, index + STEP)) {
			slot_put(&block->slots[place(index)], item);
			return QUEUE_OK;
		}
	}
}

/** Waits for the producer of a slot that the caller has claimed. */
QUEUE_RARE void slot_wait(struct slot *slot)
{
	queue_slow_path(&slow_paths[WAITS]);
	// W2, acquire: pairs with W1, so that the item is seen whole
	for (unsigned int looks = 0;
	     !(atomic_load_explicit(&slot->state, memory_order_acquire) & WRITTEN);) {
		queue_give_way(&looks, PEER_LOOKS);
	}
}

/** Brings the head to the next block, after the last slot of this one was claimed. */
QUEUE_RARE void dequeue_next(struct queue *queue, struct block *block, size_t index)
{
	// N2, acquire: pairs with N1. The producer of the last slot may be on its way
	struct block *next = atomic_load_explicit(&block->next, memory_order_acquire);
	for (unsigned int looks = 0; !next;) {
		queue_give_way(&looks, PEER_LOOKS);
		next = atomic_load_explicit(&block->next, memory_order_acquire);
	}
	// Nobody can claim a slot there yet, so that block stays. Relaxed: a hint, once for all
	bool more = atomic_load_explicit(&next->next, memory_order_relaxed);
	end_move(&queue->head, next, (index & ~HAS_NEXT) + 2 * STEP + (more ? HAS_NEXT : 0));
}

/**
 * Frees a block, whose last slot is done with and those before `first` are READ. If the consumer of
 * another slot is not done yet, leaves the rest to that.
 */
QUEUE_RARE void block_free(struct queue *queue, struct queue_handle *handle, struct block *block,
			   size_t first)
{
	for (size_t i = first; i < LAST; ++i) {
		_Atomic unsigned int *state = &block->slots[i].state;
		// R2, acquire: pairs with R1, so that the block is not used again too early. The
		// update is also a release: the consumer that finds HANDED_ON follows R2 of others
		if (!(atomic_load_explicit(state, memory_order_acquire) & READ) &&
		    !(atomic_fetch_or_explicit(state, HANDED_ON, memory_order_acq_rel) & READ)) {
			queue_slow_path(&slow_paths[HANDS_ON]);
			return;
		}
	}
	node_free(&queue->depot, &handle->magazines, block);
}

QUEUE_OP enum queue_status seg_queue_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	// I2. Sequentially consistent like the load of the tail's index, which must not come before
	size_t index = atomic_load_explicit(&queue->head.index, memory_order_seq_cst);
	struct block *block;
	size_t next;
	do {
		if (__builtin_expect(place(index) == END, 0) && !end_leaves(&queue->head, &index)) {
			return QUEUE_BUSY;
		}
		block = end_block(&queue->head);
		next = index + STEP;
		if (!(index & HAS_NEXT)) {
			size_t tail =
				atomic_load_explicit(&queue->tail.index, memory_order_seq_cst);
			if (tail == index) {
				return QUEUE_EMPTY; // LP, in the load
			}
			if (tail / STEP / LAP != index / STEP / LAP) {
				next |= HAS_NEXT;
			}
		}
	} while (!claim(&queue->head, &index, next));

	size_t at = place(index);
	struct slot *slot = &block->slots[at];
	if (__builtin_expect(at == LAST, 0)) {
		dequeue_next(queue, block, index);
	}
	// W2
	if (!(atomic_load_explicit(&slot->state, memory_order_acquire) & WRITTEN)) {
		slot_wait(slot);
	}
	*item = slot->item;
	if (__builtin_expect(at == LAST, 0)) {
		block_free(queue, handle, block, 0);
		return QUEUE_OK;
	}
	// R1, release: the slot is not touched any more. Acquire: if HANDED_ON is there, the slots
	// before are READ, and the last one is done with
	if (atomic_fetch_or_explicit(&slot->state, READ, memory_order_acq_rel) & HANDED_ON) {
		block_free(queue, handle, block, at + 1);
	}
	return QUEUE_OK;
}

QUEUE_EXPORT(seg_queue) = {
	.name = "seg_queue",
	.title = "unbounded list of blocks, CAS at both ends",
	.source = "crossbeam (Rust), SegQueue",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = seg_queue_create,
	.destroy = seg_queue_destroy,
	NODES_OPERATIONS,
	.enqueue = seg_queue_enqueue,
	.dequeue = seg_queue_dequeue,
	.slow_paths = slow_paths,
};
