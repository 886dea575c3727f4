// SPDX-License-Identifier: MIT

/** Exploring as an engine of the hooks. */

#include "explore/search.h"

static const struct hooked_engine engine_table = {
	.access = engine_access,
	.plain = engine_plain,
	.allocate = memory_allocate,
	.free = memory_free,
	.announce_sleep = threads_announce_sleep,
	.sleep = threads_sleep,
	.wake = threads_wake,
	.yield = threads_yield,
	.create = threads_create,
	.join = threads_join,
	.fail = engine_fail,
};

int engine_begin(const struct explore_request *request)
{
	hooked_use(&engine_table);
	search_begin(request);
	for (unsigned int i = 0; i < EXPLORE_THREADS; ++i) {
		if (coroutine_prepare(&engine.threads[i].coroutine) != 0) {
			return -1;
		}
	}
	return 0;
}
