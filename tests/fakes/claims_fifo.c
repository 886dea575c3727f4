// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: claims to be FIFO, and keeps only the order of each producer, because
 * consumers stay with one producer as long as the list has items of it.
 */

// rejected-by: history explore

#include "stays.h"

LIST_EXPORT(claims_fifo, "fake: keeps the order of each producer, claims FIFO",
	    .order = QUEUE_FIFO);
