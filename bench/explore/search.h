// SPDX-License-Identifier: MIT

/** The search over the orders of a program. */

#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore/model.h"

/** One execution: prepares it, calls search_execute() and judges it. False if it repeats another.
 */
typedef bool search_execution(const struct explore_request *request, struct explore_result *result);

void search_begin(const struct explore_request *request);

/** Makes an access, before which other threads may run. Sets access->before. */
void search_access(struct access *access);

/** Runs the threads once. False if the execution repeats another. */
bool search_execute(unsigned int threads, void (*body)(unsigned int thread));

/** Runs executions of a program until there is a finding or none is left, within the request. */
void search_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result, search_execution *execution);

/** Makes a finding of threads that cannot go on. */
void search_fail_stuck(void);

#endif // EXPLORE_SEARCH_H
