// SPDX-License-Identifier: MIT

/** The programs, and exploring one. */

#ifndef EXPLORE_PROGRAMS_H
#define EXPLORE_PROGRAMS_H

#include "explore/explore.h"

/** Up to one without a name. */
extern const struct explore_program explore_programs[];
extern const struct explore_program explore_programs_all[];

/** As struct explore_module says. */
int explore_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result);

/** One execution. False if it would have repeated another. */
typedef bool explore_execution(const struct explore_request *request,
			       struct explore_result *result);

/** Run all executions of a program, as far as the request goes. */
void explore_search(const struct queue_type *type, const struct explore_request *request,
		    struct explore_result *result, explore_execution *execution);

/** Some cannot go on: say who. */
void explore_fail_stuck(void);

#endif // EXPLORE_PROGRAMS_H
