// SPDX-License-Identifier: MIT

/** A recorded walk in memory. */

#include "workload/replay.h"

#include "shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int replay_create(struct replay *replay, const char *path, unsigned int threads, char **error)
{
	struct shape shape;
	memset(replay, 0, sizeof(*replay));
	if (shape_read(&shape, path, error) != 0) {
		return -1;
	}
	size_t size = shape.count * sizeof(*replay->nodes);
	replay->nodes = aligned_alloc(_Alignof(struct replay_node), size);
	replay->last = calloc(threads, sizeof(*replay->last));
	if (!replay->nodes || !replay->last) {
		free(replay->last);
		free(replay->nodes);
		*error = strdup(strerror(ENOMEM));
		shape_destroy(&shape);
		return -1;
	}
	memset(replay->nodes, 0, size);
	replay->count = shape.count;
	replay->roots = shape.roots;
	for (size_t i = 0; i < shape.count; ++i) {
		replay->nodes[i].first_child = shape.directories[i].first_child;
		replay->nodes[i].children = shape.directories[i].children;
	}
	shape_destroy(&shape);
	return 0;
}

const char *replay_failure(const struct replay *replay, unsigned int threads, bool ordered)
{
	if (atomic_load_explicit(&replay->forged, memory_order_relaxed)) {
		return "an item came out that nobody made";
	}
	if (atomic_load_explicit(&replay->repeated, memory_order_relaxed)) {
		return "a node of the walk came twice in one replay";
	}
	if (replay->stats.start_error == EINVAL) {
		return "a worker cannot be pinned to its processor";
	}
	if (replay->error) {
		return strerror(replay->error);
	}
	if (replay->stats.started < threads) {
		return "not all workers could be started";
	}
	if (replay->overtaken && ordered) {
		return "a result came after a later one of the same worker";
	}
	for (size_t i = 0; i < replay->count; ++i) {
		const struct replay_node *node = &replay->nodes[i];
		if (node->visited != replay->round || node->received != replay->round) {
			return "a replay ended without all of its nodes";
		}
	}
	return NULL;
}
