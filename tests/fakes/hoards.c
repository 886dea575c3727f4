// SPDX-License-Identifier: MIT

/** Wrong on purpose: frees no node before the queue is destroyed. Nothing leaks. */

// rejected-by: memory
// unseen-under: asan

#define LIST_DISCARD(queue, node)                                                                  \
	do {                                                                                       \
		(node)->next = (queue)->kept;                                                      \
		(queue)->kept = (node);                                                            \
	} while (0)
#include "list.h"

LIST_EXPORT(hoards, "fake: gives no memory back before its end", .order = QUEUE_FIFO);
