// SPDX-License-Identifier: MIT

/** The search over the orders of a program. */

#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore/model.h"

/** The steps of an operation. */
struct span {
	unsigned int thread;
	/** Number of steps of the thread when it began, and when it ended. */
	uint16_t first;
	uint16_t last;
	/** Steps that happened before it began. */
	vector_clock known;
};

/** The item of a number, and the number of an item. */
static inline void *search_item(unsigned int number)
{
	return (void *)((uintptr_t)number << 4);
}

static inline unsigned int search_number(const void *item)
{
	return (unsigned int)((uintptr_t)item >> 4);
}

/** One execution: prepares, calls search_execute() and judges. False if it repeats another. */
typedef bool search_execution(struct explore_result *result);

/** Begins a search with an empty heap. 0, or -1 with ENOMEM. */
int search_begin(const struct explore_request *request);

/** Runs the threads once. False if the execution repeats another. */
bool search_execute(void (*body)(unsigned int thread));

/** Runs executions of a program until there is a finding or none is left, within the request. */
void search_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result, search_execution *execution);

/** The steps of an operation of the calling thread, which begins it. */
struct span search_span(unsigned int thread);

/** True if an operation ended before one of another thread began. */
bool search_is_before(const struct span *first, const struct span *second);

/** Makes a finding of threads that cannot go on. */
void search_fail_stuck(void);

#endif // EXPLORE_SEARCH_H
