// SPDX-License-Identifier: MIT

/**
 * Rings of indices as the parts of shared/parts.h: sharded.c and dcbo.c have the same parts, and
 * differ in which one an operation goes to.
 */

#ifndef SHARED_INDEX_PARTS_H
#define SHARED_INDEX_PARTS_H

#include "shared/index_rings.h"

/**
 * Most parts. A thread that finds nothing looks at all of them, and each has room for at least as
 * many items as there are threads.
 */
#define MOST_PARTS 64

struct part {
	struct index_rings rings;
};

static int part_create(struct part *part, size_t capacity, const struct queue_config *config)
{
	return index_rings_create(&part->rings, capacity, config->max_threads,
				  config->first_ticket);
}

static void part_destroy(struct part *part)
{
	index_rings_destroy(&part->rings);
}

static size_t part_capacity(const struct part *part)
{
	return index_rings_capacity(&part->rings);
}

QUEUE_OP enum queue_status part_put(struct part *part, void *item)
{
	return index_rings_put(&part->rings, item) ? QUEUE_OK : QUEUE_FULL;
}

/** Takes an item, and writes nothing in a part that seems empty. */
QUEUE_OP enum queue_status part_take(struct part *part, void **item)
{
	void *taken = index_rings_claimed(&part->rings) ? NULL : index_rings_take(&part->rings);
	if (!taken) {
		return QUEUE_EMPTY;
	}
	*item = taken;
	return QUEUE_OK;
}

#endif // SHARED_INDEX_PARTS_H
