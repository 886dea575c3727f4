// SPDX-License-Identifier: MIT

/**
 * BBQ, a ring of blocks: Wang et al., "BBQ: A Block-based Bounded Queue for Exchanging Data and
 * Profiling", USENIX ATC 2022, in its mode that keeps what is inside ("retry new").
 *
 *                     chead                 phead
 *                       v                     v
 *     [ . . . . ]  [ . . c d ]  [ e f g h ]  [ i j . . ]
 *       consumed        ^ reserved                ^ allocated
 *
 * Producers work on the block at `phead`, consumers on the one at `chead`. Each block has four
 * cursors of its own, { version, offset }; the version counts the laps of the ring:
 *
 *     consumed <= reserved <= committed <= allocated <= entries of a block
 *
 *     enqueue:   fetch-and-add `allocated` (LP), fill the entry, fetch-and-add `committed`
 *     dequeue:   compare-and-swap `reserved` (LP), empty the entry, fetch-and-add `consumed`
 *
 * `committed` and `consumed` count, in no order. So a consumer may go on up to `committed` only if
 * it equals `allocated`, or the block is full of items. While the two sides work in different
 * blocks, neither touches a line that the other writes. At its end a block is done: a producer
 * opens the next one, if all its entries of the lap before are consumed; a consumer follows into a
 * block that is open.
 *
 * Blocking, though it has no lock and is often called lock-free. While a producer stops between
 * `allocated` and `committed`, consumers get QUEUE_BUSY at its block, even for items before its
 * own; producers go on until the queue is full. While a consumer stops between `reserved` and
 * `consumed`, the others go on; producers, until they come round to its block.
 *
 * Surprising, and not as published:
 *
 * - There, a dequeue answers "no entry" if `reserved` equals `committed`. If a producer has stopped
 *   in that block while another has finished in the next one, that is a false EMPTY. Here EMPTY
 *   means that `reserved` equals `allocated`.
 * - There, it depends on the places of both sides in their blocks how many items fit: from all
 *   entries but those of one block, plus one, to all entries. Here exactly the capacity that was
 *   asked for fits: there is a block more than it takes, and position P is given out only after
 *   position P - capacity was reserved. If that is known for all of a block when it is opened, it
 *   costs nothing. If not, the block is narrow: its entries are given out by compare-and-swap,
 *   each after a look at the cursor of consumers. So producers feel consumers within a block of
 *   full. A late fetch-and-add does no harm to a narrow block: it counts in a field of its own:
 *
 *     allocated = [ version | narrow | open ]       items: open + narrow - entries
 *     wide:   narrow == entries                     open counts from 0, and beyond the entries
 *     narrow: open >= entries                       narrow counts from 0
 *
 * EMPTY and FULL are exact: positions only grow, `reserved` does not pass `allocated`, and that is
 * at most a capacity ahead. A thread reads first the one that is limited, then its limit. If these
 * meet, they met at the second look (LP). That wants one order of all accesses to cursors and
 * heads, so they are sequentially consistent. All changes are updates, so on x86 it costs nothing.
 * They also order the entries, which are plain: a commit releases one to the consumer that reads
 * `committed`, and `consumed` releases it to the producer that opens the block again.
 */

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** Most entries of a block: enough to make opening the next one cheap. A power of two. */
#define ENTRIES_MOST 256
/** Blocks that the capacity is divided into, or more: a block is what near full begins at. */
#define BLOCKS_LEAST 8
/** log2 of the entries in a cache line, over which neighbouring entries are spread. */
#define LINE_ORDER 3
/** Most items: positions within a lap leave 32 bits for the version. */
#define CAPACITY_MOST ((size_t)1 << 30)
/** Most threads, each of which may add one to a field that is at its end. */
#define THREADS_MOST (1U << 20)

/** Fields of `allocated`; the version is above them, as in the other cursors. */
#define OPEN_BITS 22
#define OPEN_MASK (((uint64_t)1 << OPEN_BITS) - 1)
#define NARROW_ONE ((uint64_t)1 << OPEN_BITS)
#define NARROW_MASK (((uint64_t)1 << (32 - OPEN_BITS)) - 1)

struct block {
	_Alignas(QUEUE_APART) _Atomic uint64_t allocated;
	_Alignas(QUEUE_APART) _Atomic uint64_t committed;
	_Alignas(QUEUE_APART) _Atomic uint64_t reserved;
	_Alignas(QUEUE_APART) _Atomic uint64_t consumed;
};

struct queue {
	/** Position of the first entry of each side's block: [version | index | 0]. */
	_Alignas(QUEUE_APART) _Atomic uint64_t phead;
	_Alignas(QUEUE_APART) _Atomic uint64_t chead;
	/** Read only. */
	_Alignas(QUEUE_APART) size_t capacity;
	/** Entries of a block, and log2 of it; log2 of the entries of all blocks. */
	uint32_t entries;
	unsigned int order;
	unsigned int lap_order;
	/** log2 of the distance between neighbouring entries. */
	unsigned int spread;
	struct block *blocks;
	void **items;
};

enum {
	OVERSHOOTS,
	NARROWS,
	HELD,
};

static struct queue_slow_path slow_paths[] = {
	[OVERSHOOTS] = {"find the block done after the fetch-and-add", false, 0},
	[NARROWS] = {"open a block for less than all its entries", false, 0},
	[HELD] = {"find the next block in use by a consumer", false, 0},
	{NULL, false, 0},
};

/** A cursor, also `allocated` of a block with that many entries given out by `open`. */
QUEUE_OP uint64_t cursor(uint32_t version, uint32_t offset)
{
	return (uint64_t)version << 32 | offset;
}

QUEUE_OP uint32_t version_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

/** The version of a block while it holds that position. */
QUEUE_OP uint32_t version_at(const struct queue *queue, uint64_t position)
{
	return (uint32_t)(position >> queue->lap_order);
}

QUEUE_OP uint64_t in_lap(const struct queue *queue, uint64_t position)
{
	return position & (((uint64_t)1 << queue->lap_order) - 1);
}

QUEUE_OP struct block *block_at(const struct queue *queue, uint64_t position)
{
	return &queue->blocks[in_lap(queue, position) >> queue->order];
}

/** The entry of a position. */
QUEUE_OP void **entry_at(const struct queue *queue, uint64_t position)
{
	uint64_t offset = position & (queue->entries - 1);
	return &queue->items[in_lap(queue, position - offset) +
			     (offset << queue->spread & (queue->entries - 1)) +
			     (offset >> (queue->order - queue->spread))];
}

QUEUE_OP uint32_t open_count(uint64_t allocated)
{
	return (uint32_t)(allocated & OPEN_MASK);
}

QUEUE_OP uint32_t narrow_count(uint64_t allocated)
{
	return (uint32_t)(allocated >> OPEN_BITS & NARROW_MASK);
}

/** `allocated` of a block whose first entries are given out. */
QUEUE_OP uint64_t allocation(const struct queue *queue, uint32_t version, uint32_t given, bool wide)
{
	uint32_t open = wide ? given : queue->entries;
	uint32_t narrow = wide ? queue->entries : given;
	return cursor(version, open) | narrow * NARROW_ONE;
}

/** Entries that are given out. */
QUEUE_OP uint32_t given(const struct queue *queue, uint64_t allocated)
{
	uint32_t open = open_count(allocated);
	return (open < queue->entries ? open : queue->entries) + narrow_count(allocated) -
	       queue->entries;
}

// The accesses to cursors and heads

QUEUE_OP uint64_t look(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_seq_cst);
}

QUEUE_OP uint64_t add_one(_Atomic uint64_t *word)
{
	return atomic_fetch_add_explicit(word, 1, memory_order_seq_cst);
}

QUEUE_OP bool change(_Atomic uint64_t *word, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong_explicit(word, &from, to, memory_order_seq_cst,
						       memory_order_seq_cst);
}

static struct queue *bbq_create(const struct queue_config *config)
{
	if (config->capacity == 0 || config->capacity > CAPACITY_MOST ||
	    config->max_threads > THREADS_MOST) {
		errno = EINVAL;
		return NULL;
	}
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->capacity = config->capacity;
	queue->order = 1;
	while ((size_t)BLOCKS_LEAST << (queue->order + 1) <= queue->capacity &&
	       1 << queue->order < ENTRIES_MOST) {
		++queue->order;
	}
	queue->entries = 1U << queue->order;
	size_t count = 2;
	queue->lap_order = queue->order + 1;
	while ((count - 1) << queue->order < queue->capacity) {
		count *= 2;
		++queue->lap_order;
	}
	queue->spread = queue->order > LINE_ORDER ? LINE_ORDER : 0;

	queue->blocks = aligned_alloc(_Alignof(struct block), count * sizeof(*queue->blocks));
	queue->items = malloc((count << queue->order) * sizeof(*queue->items));
	if (!queue->blocks || !queue->items) {
		free(queue->blocks);
		free(queue->items);
		free(queue);
		errno = ENOMEM;
		return NULL;
	}

	// The first block is in use up to the first ticket; the others are left from the lap before
	uint32_t offset = (uint32_t)config->first_ticket & (queue->entries - 1);
	uint64_t first = config->first_ticket - offset;
	for (size_t i = 0; i < count; ++i) {
		uint64_t position = first + (i << queue->order);
		uint32_t version = version_at(queue, position) - (i > 0);
		uint32_t used = i > 0 ? queue->entries : offset;
		bool wide = i > 0 || queue->capacity + offset >= queue->entries;
		struct block *block = block_at(queue, position);
		atomic_init(&block->allocated, allocation(queue, version, used, wide));
		atomic_init(&block->committed, cursor(version, used));
		atomic_init(&block->reserved, cursor(version, used));
		atomic_init(&block->consumed, cursor(version, used));
	}
	atomic_init(&queue->phead, first);
	atomic_init(&queue->chead, first);
	return queue;
}

static void bbq_destroy(struct queue *queue)
{
	free(queue->blocks);
	free(queue->items);
	free(queue);
}

static size_t bbq_capacity(const struct queue *queue)
{
	return queue->capacity;
}

/** True if a consumer has reserved the position: it has room for the one a capacity later. */
QUEUE_OP bool is_reserved(const struct queue *queue, uint64_t position)
{
	uint64_t reserved = look(&block_at(queue, position)->reserved);
	int32_t laps = (int32_t)(version_of(reserved) - version_at(queue, position));
	return laps > 0 || (laps == 0 && (uint32_t)reserved > (position & (queue->entries - 1)));
}

/** Opens the block behind a done one, and moves producers there. Or QUEUE_FULL, or QUEUE_BUSY. */
QUEUE_RARE enum queue_status open_next(struct queue *queue, uint64_t done)
{
	uint64_t first = done + queue->entries;
	struct block *block = block_at(queue, first);
	uint32_t version = version_at(queue, first);
	uint64_t left = cursor(version - 1, queue->entries);

	uint64_t consumed = look(&block->consumed);
	if (consumed != left && (int32_t)(version_of(consumed) - version) < 0) {
		if (!is_reserved(queue, first - queue->capacity)) { // LP
			return QUEUE_FULL;
		}
		// It can only be a consumer that has not left the block: there is room
		queue_slow_path(&slow_paths[HELD]);
		return QUEUE_BUSY;
	}
	// Each of these succeeds in one thread. `committed` first: a producer that finds the block
	// open commits there
	change(&block->committed, left, cursor(version, 0));
	uint64_t allocated = look(&block->allocated);
	while (version_of(allocated) == version - 1) {
		// Late producers may add to it in between
		bool wide = is_reserved(queue, first + queue->entries - 1 - queue->capacity);
		if (change(&block->allocated, allocated, allocation(queue, version, 0, wide)) &&
		    !wide) {
			queue_slow_path(&slow_paths[NARROWS]);
		}
		allocated = look(&block->allocated);
	}
	change(&queue->phead, done, first);
	return QUEUE_OK;
}

/** Fills an entry that the caller was given. */
QUEUE_OP enum queue_status fill(struct queue *queue, uint64_t position, void *item)
{
	*entry_at(queue, position) = item;
	add_one(&block_at(queue, position)->committed);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status bbq_enqueue(struct queue *queue, struct queue_handle *handle, void *item)
{
	(void)handle;
	for (;;) {
		uint64_t first = look(&queue->phead);
		struct block *block = block_at(queue, first);
		uint64_t allocated = look(&block->allocated);
		if (version_of(allocated) != version_at(queue, first)) {
			// In a later lap already, so phead has moved
			continue;
		}
		if (open_count(allocated) < queue->entries) {
			// LP. In whatever lap the block is now: if the count is below the entries,
			// it was opened for all of them
			uint32_t offset = open_count(add_one(&block->allocated));
			if (offset < queue->entries) {
				return fill(queue, first + offset, item);
			}
			queue_slow_path(&slow_paths[OVERSHOOTS]);
			continue;
		}
		uint32_t offset = narrow_count(allocated);
		if (offset < queue->entries) {
			if (!is_reserved(queue, first + offset - queue->capacity)) { // LP
				return QUEUE_FULL;
			}
			if (change(&block->allocated, allocated, allocated + NARROW_ONE)) { // LP
				return fill(queue, first + offset, item);
			}
			continue;
		}
		enum queue_status status = open_next(queue, first);
		if (status != QUEUE_OK) {
			return status;
		}
	}
}

/** Moves consumers from a block without items left to the next. False if it is not open: LP. */
QUEUE_RARE bool follow(struct queue *queue, uint64_t done)
{
	uint64_t first = done + queue->entries;
	struct block *block = block_at(queue, first);
	uint32_t version = version_at(queue, first);
	if ((int32_t)(version_of(look(&block->committed)) - version) < 0) {
		return false;
	}
	// The producer that opened it saw both at their end. `consumed` first: a consumer that
	// finds something to reserve counts there
	change(&block->consumed, cursor(version - 1, queue->entries), cursor(version, 0));
	change(&block->reserved, cursor(version - 1, queue->entries), cursor(version, 0));
	change(&queue->chead, done, first);
	return true;
}

QUEUE_OP enum queue_status bbq_dequeue(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	(void)handle;
	for (;;) {
		uint64_t first = look(&queue->chead);
		struct block *block = block_at(queue, first);
		uint64_t reserved = look(&block->reserved);
		uint32_t version = version_of(reserved);
		uint32_t offset = (uint32_t)reserved;
		if (version != version_at(queue, first)) {
			// In a later lap already, so chead has moved
			continue;
		}
		if (offset == queue->entries) {
			if (!follow(queue, first)) {
				return QUEUE_EMPTY;
			}
			continue;
		}
		uint32_t available = queue->entries;
		uint64_t committed = look(&block->committed);
		if (committed != cursor(version, available)) {
			// After `committed`: if they are equal, all that was given out was filled
			uint64_t allocated = look(&block->allocated);
			int32_t laps = (int32_t)(version_of(allocated) - version);
			if (laps > 0) {
				// Others have taken all that was in it
				continue;
			}
			// If not of this lap yet, the producer that opens the block is between its
			// steps, and gave out nothing
			available = laps < 0 ? 0 : given(queue, allocated);
			if (available == offset) { // LP
				return QUEUE_EMPTY;
			}
			if (committed != cursor(version, available)) {
				return QUEUE_BUSY;
			}
		}
		// A consumer that loses an item to another tries the next at once, as far as it
		// knows them to be filled. In another version, the distance is beyond them
		while (cursor(version, available) - reserved - 1 < available) {
			uint64_t next = reserved + 1;
			if (atomic_compare_exchange_strong_explicit(&block->reserved, &reserved,
								    next, memory_order_seq_cst,
								    memory_order_seq_cst)) { // LP
				*item = *entry_at(queue, first + (uint32_t)reserved);
				add_one(&block->consumed);
				return QUEUE_OK;
			}
		}
	}
}

QUEUE_EXPORT(bbq) = {
	.name = "bbq",
	.title = "bounded ring of blocks with cursors of their own",
	.source = "Wang et al., USENIX ATC 2022, retry-new mode",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = bbq_create,
	.destroy = bbq_destroy,
	.capacity = bbq_capacity,
	.enqueue = bbq_enqueue,
	.dequeue = bbq_dequeue,
	.slow_paths = slow_paths,
};
