// SPDX-License-Identifier: MIT

/** The programs that sleep. */

#ifndef EXPLORE_WAITING_H
#define EXPLORE_WAITING_H

#include "explore/explore.h"
#include "pool.h"

/** Up to one without a name. */
extern const struct explore_waiting waiting_programs[];

/** The channel and the pool over the queue of the module, compiled with hooks. */
struct waiting_code {
	enum queue_status (*enqueue)(struct channel *channel, struct channel_end *end, void *item);
	enum queue_status (*dequeue)(struct channel *channel, struct channel_end *end, void **item);
	void (*wake)(struct channel *channel, struct channel_end *end, size_t count);
	const struct pool_type *pool;
};

extern const struct waiting_code waiting_code;

/** As struct explore_module says. */
int waiting_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result);

#endif // EXPLORE_WAITING_H
