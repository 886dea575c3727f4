// SPDX-License-Identifier: MIT

/** Begins a search: the engine of the hooks is in search.c, memory.c, heap.c and threads.c. */

#include "explore/engine.h"
#include "explore/heap.h"
#include "explore/memory.h"
#include "explore/search.h"
#include "explore/states.h"

int engine_begin(const struct explore_request *request)
{
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
