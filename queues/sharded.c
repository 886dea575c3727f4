// SPDX-License-Identifier: MIT

/**
 * A FIFO per thread, and two choices: how much of a queue's bottleneck is left when order is given
 * up. Distributed queues (Haas et al., Computing Frontiers 2013), with SCQ for a shard.
 *
 *     handle 0 --> [ d c b a ] -->         enqueue: into the own; where that is full, into
 *     handle 1 --> [ f e ] ------>                  another, the emptier of two chosen at random
 *     handle 2 --> [ ] ---------->         dequeue: from the own; where that is empty, from
 *     handle 3 --> [ k j i h g ] >                  the fuller of two; at last, from any,
 *                                                   beginning where the last item was found
 *
 * While threads consume what they produce, none writes a line of another's. The fuller of two
 * random shards is nearly the fullest of all (the power of two choices: Azar et al., STOC 1994), so
 * all shards stay about as long as each other. The literature on such queues chooses for every
 * operation, and so bounds how far items overtake each other: dcbo has the same shards. Here an
 * item may wait for as long as its shard's owner has older ones and no other thread comes. Items of
 * a producer leave its shard in order, except those that went elsewhere while it was full: no order
 * is claimed.
 *
 * What that is worth, simulated with 64 threads on two EPYC Milan, in million items a second, with
 * the mean rank error: where each thread takes what it puts (rank), 637 at 121, against dcbo's 33
 * at 27 and multififo's 58 at 69; no other queue comes near, and the order is mere luck. With
 * producers apart from consumers, 14 against 17 and 24.
 *
 * shared/put_counts.h says when it is empty, shared/parts.h when full. A detached handle keeps its
 * shard with the items inside, which other threads take. At most MOST_PARTS handles have a shard of
 * their own; further ones share.
 *
 * Lock-free, as its shards are.
 */

#include "shared/index_parts.h"

static unsigned int parts_for(unsigned int threads)
{
	return threads < MOST_PARTS ? threads : MOST_PARTS;
}

/** The one that the choice of two comes to, beside the own. */
#define CHOICES 1

#include "shared/parts.h"

/** The fuller, or the emptier, of two random shards. */
static struct part *better_of_two(struct queue *queue, struct queue_handle *handle, bool fuller)
{
	struct part *one = random_part(queue, handle);
	struct part *other = random_part(queue, handle);
	bool more = index_rings_about(&one->rings) > index_rings_about(&other->rings);
	return more == fuller ? one : other;
}

/** Puts an item elsewhere than into the own shard. */
QUEUE_RARE enum queue_status put_elsewhere(struct queue *queue, struct queue_handle *handle,
					   void *item)
{
	return queue->choices > 0 && part_put(better_of_two(queue, handle, false), item) == QUEUE_OK
		       ? QUEUE_OK
		       : put_to_any(queue, item);
}

QUEUE_OP enum queue_status sharded_enqueue(struct queue *queue, struct queue_handle *handle,
					   void *item)
{
	if (part_put(handle->owned.own, item) != QUEUE_OK &&
	    put_elsewhere(queue, handle, item) != QUEUE_OK) {
		return QUEUE_FULL;
	}
	count_put(handle);
	return QUEUE_OK;
}

/**
 * Takes from another shard, when the own one was empty. A thread that only consumes comes here each
 * time.
 */
static __attribute__((noinline)) enum queue_status
take_elsewhere(struct queue *queue, struct queue_handle *handle, void **item)
{
	return queue->choices > 0 && part_take(better_of_two(queue, handle, true), item) == QUEUE_OK
		       ? QUEUE_OK
		       : take_unless_empty(queue, handle, item);
}

QUEUE_OP enum queue_status sharded_dequeue(struct queue *queue, struct queue_handle *handle,
					   void **item)
{
	return part_take(handle->owned.own, item) == QUEUE_OK ? QUEUE_OK
							      : take_elsewhere(queue, handle, item);
}

QUEUE_EXPORT(sharded) = {
	.name = "sharded",
	.title = "bounded rings of indices, one per thread, two choices",
	.source = "Haas et al., Computing Frontiers 2013, doi:10.1145/2482767.2482789",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	PARTS_OPERATIONS,
	.enqueue = sharded_enqueue,
	.dequeue = sharded_dequeue,
	.slow_paths = index_rings_slow_paths,
};
