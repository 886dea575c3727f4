// SPDX-License-Identifier: MIT

/**
 * d-CBO, balanced operations with a choice of two: von Geijer, Tsigas, Johansson & Hermansson,
 * "Balanced Allocations over Efficient Queues: A Fast Relaxed FIFO Queue", PPoPP 2025.
 *
 *            enqueued  dequeued
 *     part 0    41        37    [ 41 40 39 38 ] -->     enqueue: look at two parts at random, go
 *     part 1    40        37    [ 40 39 38 ]    -->              where fewer items were enqueued
 *     part 2    41        38    [ 41 40 39 ]    -->     dequeue: go where fewer were dequeued
 *     part 3    40        36    [ 40 39 38 37 ] -->
 *
 * With a choice of two the counts of all parts stay close together (balls into bins: Azar et al.,
 * STOC 1994). So the item with some number in its part is about as old as those with that number
 * in the others, and the parts that gave fewest have the oldest items in front. How far items
 * overtake depends on the number of parts. Surprising: it does not depend on how many items are
 * inside. Older designs go by lengths, and a part that is short because it gave much looks the same
 * as one that got little.
 *
 * The parts are SCQs, as in sharded, and the counts are their tickets, as the paper has it for
 * rings: no other line is touched. A ticket that a consumer spoils moves both counts of its part by
 * one, so it stands for an item that nobody put or took. The counts of a part may be old when they
 * are compared: relaxed, since any choice is right.
 *
 * The paper finds EMPTY by a double collect over the counts of enqueues, and needs parts that count
 * at the very step that enqueues. A ticket is taken before. So here it is a double collect over
 * counts that each thread keeps (shared/put_counts.h). Where the part of the choice is empty or
 * full, the others are tried one after the other.
 *
 * No order is claimed: the next item of a producer goes to another part. Lock-free, as its parts.
 */

#include "shared/index_parts.h"

/** One for each thread: more would be less contended, and in worse order. */
static unsigned int parts_for(unsigned int threads)
{
	return threads < 2 ? 2 : threads < MOST_PARTS ? threads : MOST_PARTS;
}

/** The one that the choice of two comes to. No fewer without patience: a branch would cost 2 %. */
#define CHOICES 1

#include "shared/parts.h"

/** That of two random parts which has seen fewer enqueues, or fewer dequeues. */
QUEUE_OP struct part *fewer_of_two(struct queue *queue, struct queue_handle *handle, bool dequeues)
{
	struct part *one = random_part(queue, handle);
	struct part *other = random_part(queue, handle);
	_Atomic uint64_t *ones = dequeues ? &one->rings.filled.head : &one->rings.filled.tail;
	_Atomic uint64_t *others = dequeues ? &other->rings.filled.head : &other->rings.filled.tail;
	// Relaxed: a guess, to choose by. Tickets wrap around
	int64_t more = (int64_t)(atomic_load_explicit(ones, memory_order_relaxed) -
				 atomic_load_explicit(others, memory_order_relaxed));
	return more <= 0 ? one : other;
}

QUEUE_OP enum queue_status dcbo_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	if (part_put(fewer_of_two(queue, handle, false), item) != QUEUE_OK &&
	    put_to_any(queue, item) != QUEUE_OK) {
		return QUEUE_FULL;
	}
	count_put(handle);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status dcbo_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	return part_take(fewer_of_two(queue, handle, true), item) == QUEUE_OK
		       ? QUEUE_OK
		       : take_unless_empty(queue, handle, item);
}

QUEUE_EXPORT(dcbo) = {
	.name = "dcbo",
	.title = "bounded rings of indices, where fewer operations were",
	.source = "von Geijer et al., PPoPP 2025, doi:10.1145/3710848.3710892",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	PARTS_OPERATIONS,
	.enqueue = dcbo_enqueue,
	.dequeue = dcbo_dequeue,
	.slow_paths = index_rings_slow_paths,
};
