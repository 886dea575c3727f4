// SPDX-License-Identifier: MIT

/**
 * A queue's file, with a channel and the pool over it, compiled with hooks. So are the files of
 * src/ that these need, and nothing else.
 */

// A pause is not a step
#define __builtin_ia32_pause() ((void)0)

// A queue may have smaller sizes here, so that a small program reaches every step of its algorithm
#define QUEUE_EXPLORED

#include "explore/programs.h"

#include QUEUE_FILE

#include "explore/waiting.h"

#define QUEUE_TYPE_OF(id) queue_type_##id
#define QUEUE_TYPE(id) QUEUE_TYPE_OF(id)
#define POOL_TYPE_OF(id) pool_type_##id
#define POOL_TYPE(id) POOL_TYPE_OF(id)
#define EXPORT(id) POOL_EXPORT(id)

extern const struct pool_type POOL_TYPE(QUEUE_ID);
EXPORT(QUEUE_ID);

static enum queue_status enqueue_waiting(struct channel *channel, struct channel_end *end,
					 void *item)
{
	return channel_enqueue(&QUEUE_TYPE(QUEUE_ID), channel, end, item);
}

static enum queue_status dequeue_waiting(struct channel *channel, struct channel_end *end,
					 void **item)
{
	return channel_dequeue(&QUEUE_TYPE(QUEUE_ID), channel, end, item);
}

static void wake_consumers(struct channel *channel, struct channel_end *end, size_t count)
{
	channel_wake(channel, end, count);
}

const struct waiting_code waiting_code = {
	.enqueue = enqueue_waiting,
	.dequeue = dequeue_waiting,
	.wake = wake_consumers,
	.pool = &POOL_TYPE(QUEUE_ID),
};

extern const struct explore_module explore_module;

/** The symbol that an exploring module exports. */
__attribute__((visibility("default"))) const struct explore_module explore_module = {
	.version = EXPLORE_MODULE_VERSION,
	.type = &QUEUE_TYPE(QUEUE_ID),
	.run = explore_run,
	.programs = explore_programs,
	.programs_all = explore_programs_all,
	.run_waiting = waiting_run,
	.waiting = waiting_programs,
};
