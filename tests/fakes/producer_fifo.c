// SPDX-License-Identifier: MIT

/** Not wrong: consumers stay with one producer, and it claims only the order of each producer. */

// accepted

#include "stays.h"

LIST_EXPORT(producer_fifo, "no fake: keeps the order of each producer, as it says",
	    .order = QUEUE_PRODUCER_FIFO);
