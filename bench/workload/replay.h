// SPDX-License-Identifier: MIT

/**
 * A recorded walk that is replayed from memory: what loops/replay.c works on, made and judged
 * here, outside of what is compiled for each queue.
 *
 * A node of the shape is an item of the pool and its own result, as a directory is in dirwalk.
 * It proves what happened to it by two numbers: the round in which it was last visited by a
 * worker, and that in which its result came. In every round each becomes the round's, once: what
 * comes a second time, or was never handed out, is found where it comes; what is lost keeps the
 * round from ending. And the results of each worker must come in the order in which it sent them,
 * where the queue claims order. (Of the items themselves none is to be had: those that do not fit
 * are kept by the pool, and offered last in, first out.) Visits are noted without a locked
 * instruction: of two workers that visit the same node at the very same time, each may think that
 * it is the first; then the second result shows.
 */

#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include "pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** On a line of its own, so that two workers meet in the queues and nowhere else. */
struct replay_node {
	_Alignas(64) struct pool_item item;
	uint64_t visited;
	uint64_t received;
	uint32_t first_child;
	uint32_t children;
	/** The worker that handed it out; main is none. */
	uint32_t maker;
	/** The worker that visited it last, as its how manyth node. */
	uint32_t worker;
	uint64_t nth;
};

struct replay {
	struct replay_node *nodes;
	size_t count;
	/** The first of the nodes, which main hands out. */
	size_t roots;
	/** Per worker, the processor that it is pinned to, or -1. NULL: none is pinned. */
	const int *processors;
	struct pool *pool;
	/** From 1 on; changed by main between two rounds. */
	uint64_t round;
	/** Why there is nothing to measure, as an errno. */
	int error;
	struct pool_stats stats;

	/** Main's: results of this round. */
	_Alignas(QUEUE_APART) uint64_t received;
	/** Per worker, the number of its last result; results that came after a later one. */
	uint64_t *last;
	uint64_t overtaken;
	/** What must not be has been. */
	_Atomic bool forged;
	_Atomic bool repeated;
};

#define REPLAY_NO_MAKER UINT32_MAX

/**
 * Read a shape, and make the nodes of it, for so many workers.
 *
 * @param error receives a message, the caller's to free; NULL if there is no memory for one
 * @return 0, or -1
 */
int replay_create(struct replay *replay, const char *path, unsigned int threads, char **error);

/**
 * Why the replays prove nothing; NULL if they do.
 *
 * @param threads workers that there were to be
 * @param ordered the queue claims order
 */
const char *replay_failure(const struct replay *replay, unsigned int threads, bool ordered);

/** Is this a node? */
QUEUE_OP bool replay_knows(const struct replay *replay, const struct pool_item *item)
{
	uintptr_t offset = (uintptr_t)item - (uintptr_t)replay->nodes;
	return offset < replay->count * sizeof(*replay->nodes) &&
	       offset % sizeof(*replay->nodes) == 0;
}

/**
 * Note something that must not be, and end it all: half-right, it may never end. Relaxed: it is
 * looked at after the join.
 */
QUEUE_OP void replay_accuse(struct replay *replay, _Atomic bool *what)
{
	atomic_store_explicit(what, true, memory_order_relaxed);
	pool_cancel(replay->pool);
}

/** A worker has got an item. False if it should not have. */
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

/** Main has got a result. True if it is the last one of the round. */
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

/** Begin the next round, in main. */
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
