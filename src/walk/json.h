// SPDX-License-Identifier: MIT

/** The one JSON object that dirwalk --json prints. */

#ifndef WALK_JSON_H
#define WALK_JSON_H

#include "walk/report.h"

#include <stdbool.h>
#include <stdio.h>

/** Prints it. 0, or -1 with errno. */
int json_print(const struct report *report, const struct pool_stats *stats, bool interrupted,
	       FILE *stream);

#endif // WALK_JSON_H
