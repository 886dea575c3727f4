// SPDX-License-Identifier: MIT

/** An execution as text. */

#ifndef EXPLORE_TRACE_H
#define EXPLORE_TRACE_H

#include "explore/model.h"

/** Writes which threads cannot go on, and where each of them waits. */
void trace_stuck(char *text, size_t size);

/** The finding and the execution that shows it. For the caller to free; NULL with ENOMEM. */
char *trace_execution(const struct queue_type *type, const struct explore_request *request);

#endif // EXPLORE_TRACE_H
