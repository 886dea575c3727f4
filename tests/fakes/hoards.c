// SPDX-License-Identifier: MIT

/** Wrong on purpose: gives no node back before it is destroyed, so that nothing leaks. */

// rejected-by: memory
// unseen-under: asan tsan

#define LIST_DISCARD(queue, node)                                                                  \
	do {                                                                                       \
		(node)->next = (queue)->kept;                                                      \
		(queue)->kept = (node);                                                            \
	} while (0)
#include "list.h"

LIST_EXPORT(hoards, "fake: gives no memory back before its end", .order = QUEUE_FIFO);
