// SPDX-License-Identifier: MIT

/** The programs over a queue. */

#ifndef EXPLORE_PROGRAMS_H
#define EXPLORE_PROGRAMS_H

#include "explore/explore.h"

/** Up to one without a name. */
extern const struct explore_program explore_programs[];
extern const struct explore_program explore_programs_all[];

/** As struct explore_module says. */
int explore_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result);

#endif // EXPLORE_PROGRAMS_H
