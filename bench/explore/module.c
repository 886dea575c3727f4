// SPDX-License-Identifier: MIT

/** The symbol that an exploring module exports. */

#include "explore/programs.h"
#include "explore/waiting.h"

extern const struct queue_type *const explore_type;

extern const struct explore_module explore_module;

static const struct queue_type *type_of(void)
{
	return explore_type;
}

__attribute__((visibility("default"))) const struct explore_module explore_module = {
	.version = EXPLORE_MODULE_VERSION,
	.type = type_of,
	.run = explore_run,
	.programs = explore_programs,
	.programs_all = explore_programs_all,
	.run_waiting = waiting_run,
	.waiting = waiting_programs,
};
