// SPDX-License-Identifier: MIT

/** Exploring as an engine of the hooks. */

#include "explore/engine.h"
#include "explore/finding.h"
#include "explore/heap.h"
#include "explore/memory.h"
#include "explore/search.h"
#include "explore/states.h"
#include "explore/threads.h"

static const struct hooked_engine engine_table = {
	.access = search_access,
	.plain = memory_plain,
	.allocate = heap_allocate,
	.free = memory_free,
	.announce_sleep = threads_announce_sleep,
	.sleep = threads_sleep,
	.wake = threads_wake,
	.yield = threads_yield,
	.create = threads_create,
	.join = threads_join,
	.fail = finding_set,
};

int engine_begin(const struct explore_request *request)
{
	hooked_use(&engine_table);
	search_begin(request);
	heap_begin();
	memory_begin();
	for (unsigned int i = 0; i < EXPLORE_THREADS; ++i) {
		if (coroutine_prepare(&search.threads[i].coroutine, 0) != 0) {
			return -1;
		}
	}
	return request->states ? states_begin() : 0;
}
