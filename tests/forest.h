// SPDX-License-Identifier: MIT

/** Made-up work for the pool: complete trees that exist only as numbers. */

#ifndef TESTS_FOREST_H
#define TESTS_FOREST_H

#include "harness.h"

/** A node of a tree. */
struct node {
	struct pool_item item;
	_Atomic unsigned int visits;
};

enum { FOREST_THREADS = 64 };

/** State of a worker. */
struct gardener {
	struct forest *forest;
	/** Children of the current node that were handed out. */
	unsigned int given;
};

/** All nodes of a complete tree. The children of node i begin at fan * i + 1. */
struct forest {
	struct pool *pool;
	unsigned int fan;
	size_t count;
	/** Number of nodes with children. They come first. */
	size_t inner;
	struct node *nodes;
	/** Children handed out per step, so that items take several steps. */
	unsigned int per_step;
	struct gardener workers[FOREST_THREADS];
	/** Results so far, and after how many to cancel. */
	size_t results;
	size_t cancel_at;
};

extern const struct pool_work forest_work;

/** Makes a tree; forest_fell() frees it. */
struct forest *forest_plant(unsigned int fan, unsigned int depth, unsigned int per_step);

void forest_fell(struct forest *forest);

/** Makes a pool of the forest, with its first node as the root. NULL with errno. */
struct pool *forest_pool(struct forest *forest, const struct pool_type *type,
			 struct pool_config config);

/** Number of nodes that were worked on; -1 if one was worked on more than once. */
long forest_visited(const struct forest *forest);

#endif // TESTS_FOREST_H
