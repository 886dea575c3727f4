// SPDX-License-Identifier: MIT

/** Wrong on purpose: does not free one node in 1,000. */

// rejected-by: memory

#define LIST_DISCARD(queue, node)                                                                  \
	if ((queue)->takes % 1000 != 0) {                                                          \
		free(node);                                                                        \
	}
#include "list.h"

LIST_EXPORT(leaks, "fake: forgets one node in a thousand", .order = QUEUE_FIFO);
