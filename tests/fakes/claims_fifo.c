// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: consumers stay with one producer as long as there is something of it, which
 * keeps the order of each producer, and it claims to be FIFO.
 */

// rejected-by: history explore

#include "stays.h"

LIST_EXPORT(claims_fifo, "fake: keeps the order of each producer, claims FIFO",
	    .order = QUEUE_FIFO);
