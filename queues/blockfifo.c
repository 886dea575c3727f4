// SPDX-License-Identifier: MIT

/**
 * BlockFIFO: Koch, Sanders & Williams, "BlockFIFO & MultiFIFO: Scalable Relaxed Queues", ALENEX
 * 2026, arXiv:2507.22764. A ring of windows, each of as many blocks as there are threads.
 *
 *     window   4 (dequeue)         5                   6 (enqueue)         7
 *              [ . . e f g h i ]   [ a b c d e f g ]   [ a b c ]           [ ]
 *              [ . . . . e f g ]   [ a b c d e f g ]   [ a b c d e ]       [ ]
 *              [ . ]  closed       [ a b c d ]         [ ]  not claimed    [ ]
 *
 * A thread claims a block of the window by a bit in a set, and fills it; another claims it, and
 * drains it. So most operations touch one block, which no other thread does. When no bit is left,
 * enqueues go to the next window. When all blocks are drained, dequeues do. So items overtake
 * others of their window, and those in a block of an older window that its thread fills slowly.
 * Surprising: the end of a window is the worst place. All threads look into all its blocks for the
 * last items, and then into all of the next, so that in the simulator, with 64 threads, it is
 * behind multififo in throughput and order.
 *
 * The scheme is the paper's; the blocks and their headers are ours. A claim is only a hint here.
 * What holds is the header of a block:
 *
 *     [ window | written | taken ]      0 <= taken <= written <= CELLS, changed by CAS alone
 *
 *     enqueue: written + 1, which reserves the cell; then the item, then the cell's turn = window
 *     dequeue: turn == window, so the item is there; then taken + 1 (LP)
 *     closing: written == taken, the window is no longer enqueued to: window + ring, 0, 0
 *
 * A block is closed and made ready for the next lap in one step, and only when all that was
 * reserved is taken. So no late store of an item can hit a block of the next lap. The window of
 * dequeues moves on when all its blocks were closed. EMPTY is in shared/put_counts.h: while the two
 * windows differ, drained blocks are closed; when they are one, all items are in its blocks.
 *
 * FULL comes of tokens, since cells that were taken are not free before their whole window is
 * closed. There is a token for each item of the capacity, in purses, one for each handle. An
 * enqueue takes a token, out of its own purse if there is one, and a dequeue puts one into its own.
 * The ring has one window more than the capacity needs. So behind the window of the dequeues there
 * is a free cell for each thread that has a token: at the latest, it is found by looking at all.
 *
 * A producer that stops with a cell reserved keeps its window open: dequeues answer BUSY when all
 * else in it is taken. An enqueue fails a CAS only because another operation moved, and yet no more
 * than *blocking* is claimed: a claim that comes late, in the next lap, takes blocks of the new
 * window from the others, and if each window meets one, all move on and none puts its item in.
 * No order is claimed.
 */

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef QUEUE_EXPLORED
/** Cells of a block, which are two cache lines with the header. */
#define CELLS 7
/** Most blocks of a window: bits of a set. */
#define MOST_BLOCKS 64
#else
#define CELLS 1
#define MOST_BLOCKS 2
#endif

/** Step of a window's number. The bits below it are the counts in a header. */
#define WINDOW UINT64_C(256)
/** In a handle or a cell: none. */
#define NO_WINDOW UINT64_MAX
#define WRITTEN_SHIFT 4
#define COUNT_MASK 15

struct block;

/** What a handle keeps. */
struct owned {
	/** The purse: all threads take from it, and the owner puts in. */
	_Atomic uint64_t tokens;
	/** Index of the handle that the last token of another purse came from. */
	unsigned int donor;
	/** The blocks that it fills and drains, and the windows that they were of. */
	struct block *fills;
	struct block *drains;
	uint64_t fills_in;
	uint64_t drains_in;
};

#include "shared/put_counts.h"

struct block_cell {
	/** Window that the item is of. */
	_Atomic uint64_t turn;
	_Atomic(void *) item;
};

struct block {
	_Alignas(QUEUE_APART) _Atomic uint64_t header;
	struct block_cell cells[CELLS];
};

/** Blocks that threads chose in a window, as bits. Hints: any thread may use any block. */
struct claims {
	_Alignas(QUEUE_APART) _Atomic uint64_t fills;
	_Alignas(QUEUE_APART) _Atomic uint64_t drains;
};

struct queue {
	_Alignas(QUEUE_APART) _Atomic uint64_t enqueue_window;
	_Alignas(QUEUE_APART) _Atomic uint64_t dequeue_window;
	_Alignas(QUEUE_APART) struct block *blocks;
	struct claims *claims;
	/** Windows in the ring, a power of two, and blocks in a window. */
	uint64_t ring;
	size_t capacity;
	unsigned int width;
	/** After one failed try, threads go where others are: see put_elsewhere(). */
	bool impatient;
	struct put_counts counts;
};

enum {
	ANY_CELL,
	NOT_THERE,
	CLAIMED,
	LATE_ITEM,
};

static struct queue_slow_path slow_paths[] = {
	[ANY_CELL] = {"look for a free cell in all windows", false, 0},
	[NOT_THERE] = {"find a reserved cell without its item", false, 0},
	[CLAIMED] = {"take from a block that was claimed before", false, 0},
	[LATE_ITEM] = {"find an item in a window that is being closed", false, 0},
	{NULL, false, 0},
};

QUEUE_OP struct block *block_of(struct queue *queue, uint64_t window, unsigned int index)
{
	return &queue->blocks[(window / WINDOW & (queue->ring - 1)) * queue->width + index];
}

static void blockfifo_destroy(struct queue *queue)
{
	free(queue->claims);
	free(queue->blocks);
	put_counts_destroy(&queue->counts);
	free(queue);
}

static struct queue *blockfifo_create(const struct queue_config *config)
{
	if (config->capacity == 0 || config->capacity > (size_t)1 << 40) {
		errno = EINVAL;
		return NULL;
	}
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue || put_counts_create(&queue->counts, config->max_threads) != 0) {
		free(queue);
		return NULL;
	}
	queue->width = config->max_threads < MOST_BLOCKS ? config->max_threads : MOST_BLOCKS;
	queue->impatient = config->patience != QUEUE_PATIENT;
	queue->ring = 2;
	while ((queue->ring - 1) * queue->width * CELLS < config->capacity) {
		queue->ring *= 2;
	}
	queue->blocks = aligned_alloc(_Alignof(struct block),
				      queue->ring * queue->width * sizeof(*queue->blocks));
	queue->claims =
		aligned_alloc(_Alignof(struct claims), queue->ring * sizeof(*queue->claims));
	if (!queue->blocks || !queue->claims) {
		blockfifo_destroy(queue);
		return NULL;
	}
	for (uint64_t i = 0; i < queue->ring; ++i) {
		atomic_init(&queue->claims[i].fills, 0);
		atomic_init(&queue->claims[i].drains, 0);
	}
	uint64_t first = config->first_ticket * WINDOW;
	for (uint64_t i = 0; i < queue->ring * queue->width; ++i) {
		uint64_t window = first + i / queue->width * WINDOW;
		struct block *block = block_of(queue, window, (unsigned int)(i % queue->width));
		atomic_init(&block->header, window);
		for (int j = 0; j < CELLS; ++j) {
			atomic_init(&block->cells[j].turn, NO_WINDOW);
			atomic_init(&block->cells[j].item, NULL);
		}
	}
	queue->capacity = config->capacity;
	for (unsigned int i = 0; i < config->max_threads; ++i) {
		struct owned *owned = &queue->counts.handles[i].owned;
		size_t tokens = config->capacity / config->max_threads +
				(i < config->capacity % config->max_threads);
		atomic_init(&owned->tokens, tokens);
		owned->donor = i;
		owned->fills = owned->drains = queue->blocks;
		owned->fills_in = owned->drains_in = NO_WINDOW;
	}
	atomic_init(&queue->enqueue_window, first);
	atomic_init(&queue->dequeue_window, first);
	return queue;
}

static size_t blockfifo_capacity(const struct queue *queue)
{
	return queue->capacity;
}

static struct queue_handle *blockfifo_attach(struct queue *queue)
{
	return put_counts_attach(&queue->counts);
}

static void blockfifo_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	handle_slot_leave(&handle->slot);
}

QUEUE_OP struct claims *claims_of(struct queue *queue, uint64_t window)
{
	return &queue->claims[window / WINDOW & (queue->ring - 1)];
}

QUEUE_OP uint64_t window_of(uint64_t header)
{
	return header & -WINDOW;
}

QUEUE_OP uint64_t written_of(uint64_t header)
{
	return header >> WRITTEN_SHIFT & COUNT_MASK;
}

QUEUE_OP uint64_t taken_of(uint64_t header)
{
	return header & COUNT_MASK;
}

QUEUE_OP uint64_t header_load(struct block *block)
{
	// H1, acquire: pairs with H2, so that the cells are seen as the header says
	return atomic_load_explicit(&block->header, memory_order_acquire);
}

/** Changes a header. On failure `*header` is the present one. */
QUEUE_OP bool header_swap(struct block *block, uint64_t *header, uint64_t next)
{
	// H2, acquire and release: a thread that reserves a cell is ordered after all threads that
	// took items in the lap before, so their reads of the cell come before its store
	return atomic_compare_exchange_strong_explicit(&block->header, header, next,
						       memory_order_acq_rel, memory_order_acquire);
}

/** A number of a window. W1, acquire: pairs with W2, so that its blocks were made ready. */
QUEUE_OP uint64_t window_load(const _Atomic uint64_t *window)
{
	return atomic_load_explicit(window, memory_order_acquire);
}

/** Moves to the next window, unless another thread has. */
QUEUE_OP void window_move(_Atomic uint64_t *window, uint64_t from)
{
	// W2, release. Relaxed on failure: it is loaded again
	atomic_compare_exchange_strong_explicit(window, &from, from + WINDOW, memory_order_acq_rel,
						memory_order_relaxed);
}

/** Puts an item into a block, if it is still of that window and has a free cell. */
QUEUE_OP bool block_put(struct block *block, uint64_t window, void *item)
{
	uint64_t header = header_load(block);
	do {
		if (window_of(header) != window || written_of(header) == CELLS) {
			return false;
		}
	} while (!header_swap(block, &header, header + (1 << WRITTEN_SHIFT)));
	struct block_cell *cell = &block->cells[written_of(header)];
	// Relaxed: T1 publishes it
	atomic_store_explicit(&cell->item, item, memory_order_relaxed);
	// T1, release: publishes the item to T2
	atomic_store_explicit(&cell->turn, window, memory_order_release);
	return true;
}

/** Takes an item from a block of that window. BUSY if the item is not there yet. */
QUEUE_OP enum queue_status block_take(struct block *block, uint64_t window, void **item)
{
	uint64_t header = header_load(block);
	void *taken;
	do {
		if (window_of(header) != window || taken_of(header) == written_of(header)) {
			return QUEUE_EMPTY;
		}
		struct block_cell *cell = &block->cells[taken_of(header)];
		// T2, acquire: pairs with T1, so that the item is seen whole
		if (atomic_load_explicit(&cell->turn, memory_order_acquire) != window) {
			queue_slow_path(&slow_paths[NOT_THERE]);
			return QUEUE_BUSY;
		}
		// Relaxed: T2 brings it along. Of a later lap only if the swap fails
		taken = atomic_load_explicit(&cell->item, memory_order_relaxed);
	} while (!header_swap(block, &header, header + 1)); // LP
	*item = taken;
	return QUEUE_OK;
}

/** A bit at random that is not in the set, or the next one behind it. 0 if all are in. */
QUEUE_OP uint64_t bit_outside(const struct queue *queue, struct queue_handle *handle, uint64_t set)
{
	uint64_t outside = ~set & (UINT64_MAX >> (64 - queue->width));
	uint64_t behind = outside & UINT64_MAX << random_below(handle, queue->width);
	return behind ? behind & -behind : outside & -outside;
}

/** The block of a bit. */
QUEUE_OP struct block *block_at(struct queue *queue, uint64_t window, uint64_t bit)
{
	return block_of(queue, window, (unsigned int)__builtin_ctzll(bit));
}

/** Claims blocks of a window one after the other, and puts the item into the first with room. */
static bool put_into_claimed(struct queue *queue, struct queue_handle *handle, uint64_t window,
			     void *item)
{
	_Atomic uint64_t *fills = &claims_of(queue, window)->fills;
	// Relaxed: a hint, here and below
	uint64_t claimed = atomic_load_explicit(fills, memory_order_relaxed);
	for (uint64_t bit; (bit = bit_outside(queue, handle, claimed)); claimed |= bit) {
		claimed |= atomic_fetch_or_explicit(fills, bit, memory_order_relaxed);
		if (claimed & bit) {
			continue;
		}
		handle->owned.fills = block_at(queue, window, bit);
		handle->owned.fills_in = window;
		if (block_put(handle->owned.fills, window, item)) {
			return true;
		}
	}
	return false;
}

/**
 * Puts an item into any free cell of the windows from `first` to `last`, which enqueues have come
 * to: in a window behind that, no thread would look for it.
 */
QUEUE_RARE bool put_into_any(struct queue *queue, uint64_t first, uint64_t last, void *item)
{
	queue_slow_path(&slow_paths[ANY_CELL]);
	// Signed: numbers wrap around
	for (uint64_t window = first; (int64_t)(last - window) >= 0; window += WINDOW) {
		for (unsigned int i = 0; i < queue->width; ++i) {
			if (block_put(block_of(queue, window, i), window, item)) {
				return true;
			}
		}
	}
	return false;
}

/**
 * Puts an item into another block than the thread's. A token says that there is a free cell. An
 * impatient thread claims no block and opens no window, as long as there is one in those that are
 * open. So it puts items into blocks that others drain, and close.
 */
static __attribute__((noinline)) void put_elsewhere(struct queue *queue,
						    struct queue_handle *handle, void *item)
{
	for (;;) {
		uint64_t window = window_load(&queue->enqueue_window);
		if (!queue->impatient && put_into_claimed(queue, handle, window, item)) {
			return;
		}
		uint64_t first = window_load(&queue->dequeue_window);
		// Signed: numbers wrap around, and the window may be an old one already
		bool last = (int64_t)(window + WINDOW - first) >= (int64_t)(queue->ring * WINDOW);
		if ((last || queue->impatient) && put_into_any(queue, first, window, item)) {
			return;
		}
		if (!last) {
			window_move(&queue->enqueue_window, window);
		}
	}
}

/** Takes a token from a purse. False if there is none. */
QUEUE_OP bool token_take(struct queue_handle *handle)
{
	// Relaxed: B1 takes it
	uint64_t tokens = atomic_load_explicit(&handle->owned.tokens, memory_order_relaxed);
	// B1, acquire: pairs with B2, so that the cells are seen that were free when it came back
	while (tokens > 0 &&
	       !atomic_compare_exchange_weak_explicit(&handle->owned.tokens, &tokens, tokens - 1,
						      memory_order_acquire, memory_order_relaxed)) {
	}
	return tokens > 0;
}

/** Takes a token from any purse. False if each was empty at some instant of the call. */
static __attribute__((noinline)) bool token_take_any(struct queue *queue,
						     struct queue_handle *handle)
{
	unsigned int *donor = &handle->owned.donor;
	for (unsigned int i = 0; i < queue->counts.max_threads; ++i) {
		if (token_take(&queue->counts.handles[*donor])) {
			return true;
		}
		*donor = *donor + 1 < queue->counts.max_threads ? *donor + 1 : 0;
	}
	return false;
}

QUEUE_OP enum queue_status blockfifo_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	if (!token_take(handle) && !token_take_any(queue, handle)) {
		return QUEUE_FULL;
	}
	if (!block_put(handle->owned.fills, handle->owned.fills_in, item)) {
		put_elsewhere(queue, handle, item);
	}
	count_put(handle);
	return QUEUE_OK;
}

/**
 * Takes from a block of the window: of those first that no thread has claimed, or if it is
 * impatient, of those that one has.
 */
static enum queue_status take_from_window(struct queue *queue, struct queue_handle *handle,
					  uint64_t window, void **item)
{
	_Atomic uint64_t *drains = &claims_of(queue, window)->drains;
	// Relaxed: a hint, here and below
	uint64_t claimed = atomic_load_explicit(drains, memory_order_relaxed);
	uint64_t seen = queue->impatient ? ~claimed : claimed;
	enum queue_status all = QUEUE_EMPTY;
	for (int pass = 0; pass < 2; ++pass) {
		for (uint64_t bit; (bit = bit_outside(queue, handle, seen)); seen |= bit) {
			struct block *block = block_at(queue, window, bit);
			enum queue_status status = block_take(block, window, item);
			if (status == QUEUE_OK) {
				if (claimed & bit) {
					queue_slow_path(&slow_paths[CLAIMED]);
				} else {
					atomic_fetch_or_explicit(drains, bit, memory_order_relaxed);
				}
				handle->owned.drains = block;
				handle->owned.drains_in = window;
				return QUEUE_OK;
			}
			all = status == QUEUE_BUSY ? QUEUE_BUSY : all;
		}
		// Then the others
		seen = queue->impatient ? claimed : ~claimed;
	}
	return all;
}

/** Closes all blocks of a window that is no longer enqueued to, and moves on from it. */
static void close_window(struct queue *queue, uint64_t window)
{
	for (unsigned int i = 0; i < queue->width; ++i) {
		struct block *block = block_of(queue, window, i);
		uint64_t header = header_load(block);
		do {
			if (window_of(header) != window) {
				break;
			}
			if (taken_of(header) != written_of(header)) {
				queue_slow_path(&slow_paths[LATE_ITEM]);
				return;
			}
		} while (!header_swap(block, &header, window + queue->ring * WINDOW));
	}
	// Relaxed: hints. A thread that comes late with this undoes hints of the next lap
	atomic_store_explicit(&claims_of(queue, window)->fills, 0, memory_order_relaxed);
	atomic_store_explicit(&claims_of(queue, window)->drains, 0, memory_order_relaxed);
	window_move(&queue->dequeue_window, window);
}

/** Takes from any window. EMPTY if all blocks were empty, one after the other. */
static enum queue_status take_from_any(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	for (;;) {
		uint64_t window = window_load(&queue->dequeue_window);
		enum queue_status status = take_from_window(queue, handle, window, item);
		if (status != QUEUE_EMPTY || window_load(&queue->enqueue_window) == window) {
			return status;
		}
		close_window(queue, window);
	}
}

static __attribute__((noinline)) enum queue_status
take_elsewhere(struct queue *queue, struct queue_handle *handle, void **item)
{
	enum queue_status status;
	do {
		status = take_from_any(queue, handle, item);
		// LP of EMPTY: before the count
	} while (status == QUEUE_EMPTY && !nothing_was_put(&queue->counts, handle));
	return status;
}

QUEUE_OP enum queue_status blockfifo_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	enum queue_status status = block_take(handle->owned.drains, handle->owned.drains_in, item);
	if (status != QUEUE_OK) {
		status = take_elsewhere(queue, handle, item);
	}
	if (status == QUEUE_OK) {
		// B2, release: hands the cell to B1
		atomic_fetch_add_explicit(&handle->owned.tokens, 1, memory_order_release);
	}
	return status;
}

QUEUE_EXPORT(blockfifo) = {
	.name = "blockfifo",
	.title = "bounded ring of windows of blocks, one per thread",
	.source = "Koch, Sanders & Williams, ALENEX 2026, arXiv:2507.22764",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_UNORDERED,
	.exact_empty = 1,
	.exact_full = 0,
	.create = blockfifo_create,
	.destroy = blockfifo_destroy,
	.capacity = blockfifo_capacity,
	.attach = blockfifo_attach,
	.detach = blockfifo_detach,
	.enqueue = blockfifo_enqueue,
	.dequeue = blockfifo_dequeue,
	.slow_paths = slow_paths,
};
