// SPDX-License-Identifier: MIT

/**
 * A recorded walk in memory, which loops/replay.c replays. It is made and judged here, in code that
 * is not compiled for each queue.
 *
 * A node of the shape is an item of the pool and its own result, as a directory is in dirwalk.
 * Two numbers prove what happened to a node: the round in which a worker last visited it, and the
 * round in which its result last came. Each must become the current round exactly once. A node that
 * comes twice, or that was never handed out, is found when it comes. A lost node keeps the round
 * from ending.
 *
 * Where the queue claims order, the results of each worker must come in the order in which the
 * worker sent them. The order of items proves nothing: the pool keeps items that do not fit, and
 * offers them last in, first out.
 *
 * A visit is noted without a locked instruction. If two workers visit one node at the same time,
 * each may take itself for the first; the second result then shows it.
 */

#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include "pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** On a cache line of its own, so that workers meet in the queues alone. */
struct replay_node {
	_Alignas(64) struct pool_item item;
	uint64_t visited;
	uint64_t received;
	uint32_t first_child;
	uint32_t children;
	/** Worker that handed the node out; REPLAY_NO_MAKER for main. */
	uint32_t maker;
	/** Last visitor, and the number of that visit among its visits. */
	uint32_t worker;
	uint64_t nth;
};

struct replay {
	struct replay_node *nodes;
	size_t count;
	/** Nodes that main hands out: the first ones. */
	size_t roots;
	/** Processor of each worker, or -1. NULL: no worker is pinned. */
	const int *processors;
	/** Receives the processor on which each worker begins. */
	int *began;
	struct pool *pool;
	/** Number of the round, from 1. Main changes it between two rounds. */
	uint64_t round;
	/** errno of a pool that did not run; else 0. */
	int error;
	struct pool_stats stats;

	/** Results of this round. Main's. */
	_Alignas(QUEUE_APART) uint64_t received;
	/** Number of the last result of each worker; and results that came after a later one. */
	uint64_t *last;
	uint64_t overtaken;
	/** An item came that is no node; or a node came twice in a round. */
	_Atomic bool forged;
	_Atomic bool repeated;
};

#define REPLAY_NO_MAKER UINT32_MAX

/**
 * Reads a shape, and makes its nodes.
 *
 * @param threads workers
 * @param error   receives a message, to be freed; NULL without memory for one
 * @return 0, or -1
 */
int replay_create(struct replay *replay, const char *path, unsigned int threads, char **error);

/**
 * Why the replays are void; NULL if they are proved.
 *
 * @param threads workers that should have run
 * @param ordered the queue claims order
 */
const char *replay_failure(const struct replay *replay, unsigned int threads, bool ordered);

/** Whether an item is a node of the walk. */
QUEUE_OP bool replay_knows(const struct replay *replay, const struct pool_item *item)
{
	uintptr_t offset = (uintptr_t)item - (uintptr_t)replay->nodes;
	return offset < replay->count * sizeof(*replay->nodes) &&
	       offset % sizeof(*replay->nodes) == 0;
}

/**
 * Notes a fault and cancels the pool, which might never end by itself. Relaxed: the fault is read
 * after the join.
 */
QUEUE_OP void replay_accuse(struct replay *replay, _Atomic bool *what)
{
	atomic_store_explicit(what, true, memory_order_relaxed);
	pool_cancel(replay->pool);
}

/** Notes that a worker got an item. False if it should not have come. */
QUEUE_OP bool replay_visit(struct replay *replay, struct pool_item *item)
{
	struct replay_node *node = (struct replay_node *)item;
	if (!replay_knows(replay, item)) {
		replay_accuse(replay, &replay->forged);
		return false;
	}
	if (node->visited != replay->round - 1) {
		replay_accuse(replay, &replay->repeated);
		return false;
	}
	node->visited = replay->round;
	return true;
}

/** Notes that main got a result. True if it is the last one of the round. */
QUEUE_OP bool replay_receive(struct replay *replay, struct pool_item *item)
{
	struct replay_node *node = (struct replay_node *)item;
	if (!replay_knows(replay, item)) {
		replay_accuse(replay, &replay->forged);
		return false;
	}
	if (node->visited != replay->round || node->received != replay->round - 1) {
		replay_accuse(replay, &replay->repeated);
		return false;
	}
	uint64_t *last = &replay->last[node->worker];
	replay->overtaken += node->nth <= *last;
	*last = node->nth;
	node->received = replay->round;
	return ++replay->received == replay->count;
}

/** Begins the next round, in main. */
QUEUE_OP void replay_begin(struct replay *replay)
{
	++replay->round;
	replay->received = 0;
	for (size_t i = 0; i < replay->roots; ++i) {
		replay->nodes[i].maker = REPLAY_NO_MAKER;
		pool_add(replay->pool, &replay->nodes[i].item);
	}
}

#endif // BENCH_REPLAY_H
