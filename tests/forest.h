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

/** A worker's. */
struct gardener {
	struct forest *forest;
	/** Children of the node at hand that were handed out. */
	unsigned int given;
};

/** All nodes of a complete tree, the children of node i at fan * i + 1 and on. */
struct forest {
	struct pool *pool;
	unsigned int fan;
	size_t count;
	/** Nodes with children: the first ones. */
	size_t inner;
	struct node *nodes;
	/** Children handed out per step, to have items of several steps. */
	unsigned int per_step;
	struct gardener workers[FOREST_THREADS];
	/** Results that came, and after how many to cancel. */
	size_t results;
	size_t cancel_at;
};

/** What the workers of a forest do. */
extern const struct pool_work forest_work;

/** Plant a tree; forest_fell() frees it. */
struct forest *forest_plant(unsigned int fan, unsigned int depth, unsigned int per_step);

void forest_fell(struct forest *forest);

/** Make a pool of the forest, with its first node as the root. NULL with errno. */
struct pool *forest_pool(struct forest *forest, const struct pool_type *type,
			 struct pool_config config);

/** Nodes that were worked on, each once; -1 if one was more often. */
long forest_visited(const struct forest *forest);

#endif // TESTS_FOREST_H
